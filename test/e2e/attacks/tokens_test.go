package attacks

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v4"
)

const (
	issuerHost = "login.eu.example.com"
	issuerURL  = "https://" + issuerHost + "/realms/eu"
)

// An issuer serves its keys, and counts who asks it for anything else: tokens name such places, and nobody shall look there.
type issuer struct {
	address string
	key     *rsa.PrivateKey
	lured   atomic.Int32
}

func newIssuer(t *testing.T, certificate tls.Certificate) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/realms/eu/.well-known/openid-configuration":
			_ = json.NewEncoder(w).Encode(map[string]any{"issuer": issuerURL, "jwks_uri": issuerURL + "/keys", "token_endpoint": issuerURL + "/token"})
		case "/realms/eu/keys":
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "right", Use: "sig"}}})
		default:
			i.lured.Add(1)
			http.NotFound(w, r)
		}
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	i.address = server.Listener.Addr().String()
	return i
}

// tokens are those that an attacker may hold or make, and the good ones of two users.
func (i *issuer) tokens(t *testing.T) map[string]string {
	t.Helper()
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(i.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	now := time.Now()
	const rs256 = "RS256"
	sign := func(method string, key any, header, change map[string]any) string {
		claims := jwt.MapClaims{
			"iss": issuerURL, "sub": "user-07", "aud": "geoconsole", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "preferred_username": mark,
		}
		maps.Copy(claims, change)
		token := jwt.NewWithClaims(jwt.GetSigningMethod(method), claims)
		token.Header["kid"] = "right"
		maps.Copy(token.Header, header)
		text, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	claim := func(name string, value any) string { return sign(rs256, i.key, nil, map[string]any{name: value}) }
	head := func(name string, value any) string { return sign(rs256, foreign, map[string]any{name: value}, nil) }
	good := sign(rs256, i.key, nil, nil)
	parts := strings.Split(good, ".")
	return map[string]string{
		"token":                          good,
		"token of another user":          claim("sub", "user-08"),
		"token, alg none":                sign("none", jwt.UnsafeAllowNoneSignatureType, nil, nil),
		"token, no signature":            parts[0] + "." + parts[1] + ".",
		"token, HS256 by the public key": sign("HS256", public, nil, nil),
		"token, other audience":          claim("aud", "another-service"),
		"token, other issuer":            claim("iss", "https://login.example.net"),
		"token, expired":                 claim("exp", now.Add(-time.Hour).Unix()),
		"token, never expires":           sign(rs256, i.key, nil, map[string]any{"exp": nil}),
		"token, not yet valid":           claim("nbf", now.Add(time.Hour).Unix()),
		"token, no subject":              claim("sub", ""),
		"token, foreign key":             sign(rs256, foreign, nil, nil),
		"token, unknown kid":             head("kid", "../../../dev/null"),
		"token, jku":                     head("jku", "https://"+issuerHost+"/lure/keys"),
		"token, x5u":                     head("x5u", "https://"+issuerHost+"/lure/chain"),
		"token, its own jwk":             head("jwk", jose.JSONWebKey{Key: foreign.Public(), KeyID: "right"}),
		"token, unknown crit":            sign(rs256, i.key, map[string]any{"crit": []string{"x"}, "x": 1}, nil),
		"token, other payload":           parts[0] + "." + strings.Split(claim("sub", "user-08"), ".")[1] + "." + parts[2],
		"refresh token":                  claim("typ", "Refresh"),
	}
}
