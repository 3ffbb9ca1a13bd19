package console

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v4"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// issuerURL has the name in the certificate of httptest.
const issuerURL = "https://example.com:9100/dex"

// login is the issuer of a test's users.
type login struct {
	key  *ecdsa.PrivateKey
	away atomic.Bool
}

func (l *login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case l.away.Load():
		w.WriteHeader(http.StatusBadGateway)
	case r.URL.Path == "/dex/.well-known/openid-configuration":
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuerURL, "jwks_uri": issuerURL + "/keys", "authorization_endpoint": issuerURL + "/auth", "token_endpoint": issuerURL + "/token"})
	case r.URL.Path == "/dex/keys":
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: l.key.Public(), KeyID: "1"}}})
	default:
		http.NotFound(w, r)
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// withLogin makes a console that takes the tokens of an issuer, which is away when told so.
func withLogin(t *testing.T, p *plan, away bool, edits ...func(*geography.Config)) (*Console, *login) {
	t.Helper()
	l := &login{key: newKey(t)}
	l.away.Store(away)
	server := httptest.NewUnstartedServer(l)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	p.edit = func(config *geography.Config) {
		config.Auth = geography.ConfigAuth{Type: "OIDC", OIDC: &geography.ConfigOIDC{
			IssuerURL: issuerURL, ClientID: "geoconsole", Audiences: []string{"geoconsole"}, Scopes: []string{"openid", "profile"},
			CABundle: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})),
		}}
		for _, edit := range edits {
			edit(config)
		}
		p.demoDial["example.com:9100"] = netip.MustParseAddrPort(server.Listener.Addr().String())
	}
	return p.build(t), l
}

// loggingIn is withLogin for a console that is not served: its keys are fetched as long as the test runs.
func loggingIn(t *testing.T, p *plan, edits ...func(*geography.Config)) (*Console, *login) {
	t.Helper()
	c, l := withLogin(t, p, false, edits...)
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		c.gate.issuer.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		end()
		<-ended
	})
	// This waits for the first fetch.
	if _, cause := c.gate.issuer.Caller(t.Context(), http.Header{"Authorization": {"Bearer " + token(t, l.key, "a", nil)}}); cause != "" {
		t.Fatal(cause)
	}
	return c, l
}

// token makes one of the issuer's for a subject, with some claims changed.
func token(t *testing.T, key *ecdsa.PrivateKey, subject string, change jwt.MapClaims) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": issuerURL, "sub": subject, "aud": "geoconsole", "exp": time.Now().Add(time.Hour).Unix(), "name": "mark"}
	for name, value := range change {
		claims[name] = value
	}
	made := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	made.Header["kid"] = "1"
	text, err := made.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func withToken(token string) func(*http.Request) {
	return func(r *http.Request) {
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
	}
}

// Of all that may carry a foreign token, or none, nothing reaches a region, and the answer tells how to log in. What needs
// no login stays open.
func TestProperty10_WithoutAGoodTokenNoRegionIsAsked(t *testing.T) {
	count := &atomic.Int32{}
	region := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		aRegion(w, r)
	})
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": region, "aws.eu-central-1": region, "aws.eu-west-3": region})
	c, l := loggingIn(t, p)
	tokens := map[string]struct {
		token  string
		status int
		cause  string
	}{
		"none":             {"", 401, "TokenMissing"},
		"another key":      {token(t, newKey(t), "mark", nil), 401, "TokenInvalid"},
		"another issuer":   {token(t, l.key, "mark", jwt.MapClaims{"iss": "https://sso.example.com"}), 401, "TokenInvalid"},
		"another audience": {token(t, l.key, "mark", jwt.MapClaims{"aud": "mark"}), 401, "AudienceRefused"},
		"expired":          {token(t, l.key, "mark", jwt.MapClaims{"exp": 1}), 401, "TokenExpired"},
		"not valid yet":    {token(t, l.key, "mark", jwt.MapClaims{"nbf": time.Now().Add(time.Hour).Unix()}), 401, "TokenInvalid"},
		"no JWT":           {"mark", 401, "TokenInvalid"},
		"a refresh token":  {token(t, l.key, "mark", jwt.MapClaims{"typ": "Refresh"}), 400, "AuthorizationRefused"},
	}
	paths := []string{
		"/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters", "/regions/aws.eu-west-3/api/clusters_mgmt/v1", "/regions/elsewhere/api/x/v1", "/regions",
		"/api/clusters_mgmt/v1/clusters", "/api/geo/v1/regions", "/api",
	}
	for name, test := range tokens {
		for _, path := range paths {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				response, body := ask(t, c.Public(), method, path, withToken(test.token))
				if response.StatusCode != test.status || !strings.Contains(body, `"cause":"`+test.cause+`"`) || strings.Contains(body, "mark") {
					t.Errorf("%s: %s %s: %d %s", name, method, path, response.StatusCode, body)
				}
				checkIsData(t, response)
				challenge := response.Header.Get("WWW-Authenticate")
				if test.status == 401 && (!strings.HasPrefix(challenge, `Bearer realm="console.eu.example.com"`) || (test.token != "") != strings.Contains(challenge, `error="invalid_token"`)) {
					t.Errorf("%s: WWW-Authenticate %q", name, challenge)
				}
				if test.status == 401 && !strings.Contains(body, "ocm login --url https://console.eu.example.com --token-url "+issuerURL+"/token --client-id geoconsole ") {
					t.Errorf("%s: no cure: %s", name, body)
				}
			}
		}
	}
	if asked := count.Load(); asked != 0 {
		t.Errorf("regions were asked %d times", asked)
	}
	for _, path := range []string{"/", "/clusters", "/assets/index-1.js", "/config.json", "/licenses.md", "/api/geo/v1/health"} {
		if response, body := ask(t, c.Public(), http.MethodGet, path, func(r *http.Request) { r.Header.Set("Accept", "text/html") }); response.StatusCode != http.StatusOK {
			t.Errorf("%s is not open: %d %s", path, response.StatusCode, body)
		}
	}
	good := withToken(token(t, l.key, "mark", nil))
	for path, want := range map[string]int{paths[0]: 200, "/api/geo/v1/regions": 200, "/regions/elsewhere/api/x/v1": 404} {
		if response, body := ask(t, c.Public(), http.MethodGet, path, good); response.StatusCode != want {
			t.Errorf("%s with a good token: %d %s", path, response.StatusCode, body)
		}
	}
	if asked := count.Load(); asked != 1 {
		t.Errorf("regions were asked %d times, want once", asked)
	}
	_, metrics := get(t, c.Internal(), "/metrics")
	if !strings.Contains(metrics, `geoconsole_refused_tokens_total{cause="TokenExpired"} 14`) {
		t.Errorf("metrics: %s", lineWith(metrics, "geoconsole_refused_tokens_total"))
	}
	for name, text := range map[string]string{"the log": p.log.String(), "the metrics": metrics} {
		if strings.Contains(text, "mark") || strings.Contains(text, "eyJ") {
			t.Errorf("%s holds something of a token: %s", name, lineWith(text, "mark"))
		}
	}
}

// A browser that opens data as a page is told so first, as without a login.
func TestProperty14_NavigationsAreRefusedBeforeTheLogin(t *testing.T) {
	c, _ := loggingIn(t, threeRegions(nil))
	response, text := ask(t, c.Public(), http.MethodGet, "/regions/aws.eu-west-1/api/clusters_mgmt/v1", func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", "navigate") })
	if response.StatusCode != http.StatusForbidden || !strings.Contains(text, "NavigationRefused") {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}

// A route that nobody has declared public is behind the gate, and what is behind it knows whose request it is.
func TestTheGateIsClosedByDefault(t *testing.T) {
	c, l := loggingIn(t, threeRegions(nil))
	callers := map[string]proxy.Caller{}
	var name string
	later := c.gate.guard(route{pattern: "/of/a/later/release", handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		caller, known := proxy.CallerOf(r.Context())
		if !known {
			t.Error("nobody's request")
		}
		callers[name] = caller
	})})
	if response, _ := get(t, later.handler, "/of/a/later/release"); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %d", response.StatusCode)
	}
	for _, one := range []struct{ name, subject string }{{"first", "a"}, {"again", "a"}, {"another", "b"}} {
		name = one.name
		ask(t, later.handler, http.MethodGet, "/of/a/later/release", withToken(token(t, l.key, one.subject, nil)))
	}
	if len(callers) != 3 || callers["first"] != callers["again"] || callers["first"] == callers["another"] {
		t.Errorf("%v", callers)
	}
}

// A console that starts while its issuer is away is ready, says what it waits for, and takes tokens as soon as it can.
func TestServeWhileTheIssuerIsAway(t *testing.T) {
	p := threeRegions(nil)
	c, l := withLogin(t, p, true)
	public, internal := listen(t), listen(t)
	ctx, end := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- c.Serve(ctx, public, internal) }()
	t.Cleanup(func() {
		end()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	fetch := func(url, token string) (reply, string) {
		request, err := http.NewRequest(http.MethodGet, "http://"+url, nil)
		if err != nil {
			t.Fatal(err)
		}
		withToken(token)(request)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return reply{StatusCode: response.StatusCode, Header: response.Header}, string(body)
	}
	if response, _ := fetch(internal.Addr().String()+"/readyz", ""); response.StatusCode != http.StatusOK {
		t.Errorf("not ready: %d", response.StatusCode)
	}
	good, path := token(t, l.key, "a", nil), public.Addr().String()+"/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters"
	response, body := fetch(path, good)
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "10" || !strings.Contains(body, `"cause":"IssuerUnavailable"`) {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	if response, body := fetch(public.Addr().String()+"/config.json", ""); response.StatusCode != http.StatusOK ||
		!strings.Contains(body, `"auth":{"type":"OIDC","issuerURL":"`+issuerURL+`","clientID":"geoconsole","scopes":["openid","profile"],"authorizationURL":"","tokenURL":"","endSessionURL":""}`) {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	l.away.Store(false)
	deadline := time.Now().Add(20 * time.Second)
	for response.StatusCode != http.StatusOK && time.Now().Before(deadline) {
		response, body = fetch(path, good)
	}
	if response.StatusCode != http.StatusOK {
		t.Errorf("the issuer is back: %d %s", response.StatusCode, body)
	}
	if _, body := fetch(public.Addr().String()+"/config.json", ""); !strings.Contains(body, `"authorizationURL":"`+issuerURL+`/auth","tokenURL":"`+issuerURL+`/token","endSessionURL":""}`) {
		t.Error(body)
	}
	if !strings.Contains(p.log.String(), `"issuer":"`+issuerURL+`","cause":"UnexpectedStatus"`) {
		t.Error("the log does not say why")
	}
}
