package proxy

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	gojwt "github.com/golang-jwt/jwt/v4"
)

const (
	issuerHost = "login.eu-central-1.example.com"
	issuerURL  = "https://" + issuerHost + "/realms/eu"
)

// login is an issuer of a test. What it serves can be changed at any time.
type login struct {
	t      *testing.T
	ca     *authorityOf
	server *httptest.Server
	// asked counts requests for the keys.
	asked atomic.Int32

	lock     sync.Mutex
	keys     []jose.JSONWebKey
	document map[string]any
	// spoil answers in place of the issuer when it is not nil.
	spoil http.HandlerFunc
}

func newLogin(t *testing.T) *login {
	t.Helper()
	l := &login{t: t, ca: newAuthority(t), document: map[string]any{
		"issuer": issuerURL, "jwks_uri": issuerURL + "/keys", "token_endpoint": issuerURL + "/token",
		"authorization_endpoint": issuerURL + "/auth", "end_session_endpoint": issuerURL + "/logout",
	}}
	l.server = httptest.NewUnstartedServer(l)
	l.server.TLS = &tls.Config{Certificates: []tls.Certificate{l.ca.certificate(time.Hour, issuerHost)}}
	l.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	l.server.StartTLS()
	t.Cleanup(l.server.Close)
	return l
}

func (l *login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.lock.Lock()
	spoil, document, set := l.spoil, l.document, jose.JSONWebKeySet{Keys: l.keys}
	l.lock.Unlock()
	if spoil != nil {
		spoil(w, r)
		return
	}
	switch r.URL.Path {
	case "/realms/eu/.well-known/openid-configuration":
		_ = json.NewEncoder(w).Encode(document)
	case "/realms/eu/keys":
		l.asked.Add(1)
		_ = json.NewEncoder(w).Encode(set)
	default:
		http.NotFound(w, r)
	}
}

// publish replaces the keys that the issuer serves.
func (l *login) publish(keys ...jose.JSONWebKey) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.keys = keys
}

// breaks makes the issuer answer like this, nil mends it.
func (l *login) breaks(spoil http.HandlerFunc) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.spoil = spoil
}

func (l *login) settings() IssuerSettings {
	return IssuerSettings{
		URL: issuerURL, Roots: l.ca.roots(),
		DemoDial: map[string]netip.AddrPort{issuerHost + ":443": netip.MustParseAddrPort(l.server.Listener.Addr().String())},
	}
}

// running returns an issuer whose first fetch has ended, and that fetches as long as the test runs. pause is how often a
// token may cause a fetch.
func (l *login) running(settings IssuerSettings, pause time.Duration) *Issuer {
	l.t.Helper()
	issuer, err := NewIssuer(settings)
	if err != nil {
		l.t.Fatal(err)
	}
	issuer.keys.pause = pause
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	issuer.keys.begin()
	first := issuer.keys.pending
	go func() {
		issuer.Run(ctx)
		close(ended)
	}()
	l.t.Cleanup(func() {
		end()
		<-ended
	})
	receive(l.t, first)
	return issuer
}

// receive takes the next value of a channel, or notes that it is closed.
func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came within 20 s")
		panic("unreachable")
	}
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	return must(rsa.GenerateKey(rand.Reader, bits))(t)
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
}

// published is the public half of a key, under a name.
func published(key crypto.Signer, kid string) jose.JSONWebKey {
	return jose.JSONWebKey{Key: key.Public(), KeyID: kid, Use: "sig"}
}

// signed makes a token of the test's issuer for subject "u", valid now, with some claims changed; nil removes one.
func signed(t *testing.T, method gojwt.SigningMethod, kid string, key any, change gojwt.MapClaims) string {
	t.Helper()
	claims := gojwt.MapClaims{"iss": issuerURL, "sub": "u", "aud": "console", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()}
	for name, value := range change {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	token := gojwt.NewWithClaims(method, claims)
	if kid != "" {
		token.Header["kid"] = kid
	}
	return must(token.SignedString(key))(t)
}

// carrying are the headers of a request with a token.
func carrying(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
