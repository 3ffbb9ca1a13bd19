package proxy

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	gojwt "github.com/golang-jwt/jwt/v4"
)

func TestIssuerTakesItsOwnTokens(t *testing.T) {
	l := newLogin(t)
	rsa, ec := rsaKey(t, 2048), ecKey(t)
	l.publish(published(rsa, "r"), published(ec, "e"))
	settings := l.settings()
	settings.Audiences = []string{"other", "console"}
	issuer := l.running(settings, time.Hour)
	first, _ := issuer.Caller(t.Context(), carrying(signed(t, gojwt.SigningMethodRS256, "r", rsa, nil)))
	now := time.Now()
	for name, test := range map[string]struct {
		token string
		same  bool
	}{
		"another algorithm":         {signed(t, gojwt.SigningMethodPS512, "r", rsa, nil), true},
		"another key":               {signed(t, gojwt.SigningMethodES256, "e", ec, nil), true},
		"no key id":                 {signed(t, gojwt.SigningMethodES256, "", ec, nil), true},
		"several audiences":         {signed(t, gojwt.SigningMethodRS256, "r", rsa, gojwt.MapClaims{"aud": []string{"x", "console"}}), true},
		"valid since now":           {signed(t, gojwt.SigningMethodRS256, "r", rsa, gojwt.MapClaims{"nbf": now.Unix()}), true},
		"a clock that is behind":    {signed(t, gojwt.SigningMethodRS256, "r", rsa, gojwt.MapClaims{"nbf": now.Add(clockSkew / 2).Unix()}), true},
		"a clock that is ahead":     {signed(t, gojwt.SigningMethodRS256, "r", rsa, gojwt.MapClaims{"exp": now.Add(-clockSkew / 2).Unix()}), true},
		"an end with a fraction":    {signed(t, gojwt.SigningMethodRS256, "r", rsa, gojwt.MapClaims{"exp": float64(now.Unix()) + 60.5}), true},
		"somebody else":             {signed(t, gojwt.SigningMethodRS256, "r", rsa, gojwt.MapClaims{"sub": "v"}), false},
		"a subject like the issuer": {signed(t, gojwt.SigningMethodRS256, "r", rsa, gojwt.MapClaims{"sub": issuerURL}), false},
	} {
		caller, cause := issuer.Caller(t.Context(), carrying(test.token))
		if cause != "" || (caller == first) != test.same || caller == (Caller{}) {
			t.Errorf("%s: refused for %q, the same caller: %t", name, cause, caller == first)
		}
	}
	if asked := l.asked.Load(); asked != 1 {
		t.Errorf("the issuer was asked %d times", asked)
	}
	if got := issuer.Places(); got != (IssuerPlaces{issuerURL + "/auth", issuerURL + "/token", issuerURL + "/logout"}) {
		t.Errorf("places %q", got)
	}
}

// Whatever is not a token of the issuer that is valid now and meant for this console is refused, and no number of such
// tokens makes the console ask the issuer more than once.
func TestProperty10_ForeignTokensAreRefused(t *testing.T) {
	l := newLogin(t)
	own, foreign := rsaKey(t, 2048), rsaKey(t, 2048)
	l.publish(published(own, "r"))
	settings := l.settings()
	settings.Audiences = []string{"console"}
	issuer := l.running(settings, time.Hour)
	now := time.Now()
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(own.Public()))(t)})
	rs := func(change gojwt.MapClaims) string { return signed(t, gojwt.SigningMethodRS256, "r", own, change) }
	good := rs(nil)
	parts := strings.Split(good, ".")
	for name, test := range map[string]struct {
		token string
		cause Cause
	}{
		"another issuer":              {rs(gojwt.MapClaims{"iss": "https://sso.example.com"}), TokenInvalid},
		"another issuer by a slash":   {rs(gojwt.MapClaims{"iss": issuerURL + "/"}), TokenInvalid},
		"no issuer":                   {rs(gojwt.MapClaims{"iss": nil}), TokenInvalid},
		"another key under its name":  {signed(t, gojwt.SigningMethodRS256, "r", foreign, nil), TokenInvalid},
		"another key, no name":        {signed(t, gojwt.SigningMethodRS256, "", foreign, nil), TokenInvalid},
		"another key, another name":   {signed(t, gojwt.SigningMethodRS256, "x", foreign, nil), TokenInvalid},
		"another issuer and key":      {signed(t, gojwt.SigningMethodRS256, "y", foreign, gojwt.MapClaims{"iss": "https://sso.example.com"}), TokenInvalid},
		"no signature":                {signed(t, gojwt.SigningMethodNone, "r", gojwt.UnsafeAllowNoneSignatureType, nil), TokenInvalid},
		"a signature cut off":         {parts[0] + "." + parts[1] + ".", TokenInvalid},
		"other claims":                {parts[0] + "." + strings.Split(rs(gojwt.MapClaims{"sub": "admin"}), ".")[1] + "." + parts[2], TokenInvalid},
		"the public key as a secret":  {signed(t, gojwt.SigningMethodHS256, "r", publicPEM, nil), TokenInvalid},
		"the modulus as a secret":     {signed(t, gojwt.SigningMethodHS256, "r", own.N.Bytes(), nil), TokenInvalid},
		"another audience":            {rs(gojwt.MapClaims{"aud": "elsewhere"}), AudienceRefused},
		"no audience":                 {rs(gojwt.MapClaims{"aud": nil}), AudienceRefused},
		"a part of the audience":      {rs(gojwt.MapClaims{"aud": "consol"}), AudienceRefused},
		"expired":                     {rs(gojwt.MapClaims{"exp": now.Add(-clockSkew - time.Minute).Unix()}), TokenExpired},
		"expired long ago":            {rs(gojwt.MapClaims{"exp": 1}), TokenExpired},
		"expired and of another":      {rs(gojwt.MapClaims{"exp": 1, "iss": "https://sso.example.com"}), TokenInvalid},
		"no end":                      {rs(gojwt.MapClaims{"exp": nil}), TokenInvalid},
		"an end that is none":         {rs(gojwt.MapClaims{"exp": "never"}), TokenInvalid},
		"not valid yet":               {rs(gojwt.MapClaims{"nbf": now.Add(clockSkew + time.Minute).Unix()}), TokenInvalid},
		"no subject":                  {rs(gojwt.MapClaims{"sub": nil}), TokenInvalid},
		"claims from elsewhere":       {rs(gojwt.MapClaims{"_claim_names": map[string]string{"sub": "x"}}), TokenInvalid},
		"no JWT":                      {"abc", TokenInvalid},
		"an encrypted one":            {"a.b.c.d.e", TokenInvalid},
		"a refresh token":             {rs(gojwt.MapClaims{"typ": "Refresh"}), AuthorizationRefused},
		"an offline token, unchecked": {signed(t, gojwt.SigningMethodRS256, "r", foreign, gojwt.MapClaims{"typ": "Offline"}), AuthorizationRefused},
	} {
		caller, cause := issuer.Caller(t.Context(), carrying(test.token))
		if cause != test.cause || caller != (Caller{}) {
			t.Errorf("%s: %q, want %q", name, cause, test.cause)
		}
	}
	for name, h := range map[string]struct {
		values []string
		cause  Cause
	}{
		"nothing": {nil, TokenMissing}, "empty": {[]string{""}, AuthorizationRefused}, "basic": {[]string{"Basic dTpw"}, AuthorizationRefused},
		"a pull secret": {[]string{"AccessToken a:b"}, AuthorizationRefused}, "two": {[]string{"Bearer " + good, "Bearer " + good}, AuthorizationRefused},
	} {
		if _, cause := issuer.Caller(t.Context(), http.Header{"Authorization": h.values}); cause != h.cause {
			t.Errorf("%s: %q, want %q", name, cause, h.cause)
		}
	}
	if _, cause := issuer.Caller(t.Context(), carrying(good)); cause != "" {
		t.Errorf("the good token is refused for %q, so that this test would see nothing", cause)
	}
	if asked := l.asked.Load(); asked != 1 {
		t.Errorf("the issuer was asked %d times", asked)
	}
}

// A flood of tokens with key names that nobody knows costs the issuer one question, and with no name none more.
func TestIssuerIsNotFlooded(t *testing.T) {
	l := newLogin(t)
	own, foreign := ecKey(t), ecKey(t)
	l.publish(published(own, "r"))
	issuer := l.running(l.settings(), 0)
	// A known name is worth no question, however good the time for one is.
	if _, cause := issuer.Caller(t.Context(), carrying(signed(t, gojwt.SigningMethodES256, "r", foreign, nil))); cause != TokenInvalid || l.asked.Load() != 1 {
		t.Errorf("%q, and the issuer was asked %d times", cause, l.asked.Load())
	}
	issuer.keys.lock.Lock()
	issuer.keys.pause = time.Hour
	issuer.keys.ended = time.Now().Add(-2 * time.Hour)
	issuer.keys.lock.Unlock()
	var all sync.WaitGroup
	for i := range 200 {
		token := signed(t, gojwt.SigningMethodES256, fmt.Sprint("unknown-", i), foreign, nil)
		all.Go(func() {
			if _, cause := issuer.Caller(t.Context(), carrying(token)); cause != TokenInvalid {
				t.Errorf("%q", cause)
			}
		})
	}
	all.Wait()
	if asked := l.asked.Load(); asked != 2 {
		t.Errorf("the issuer was asked %d times, want once at the start and once for all", asked)
	}
}

// A key that the issuer has just begun to sign with is found by the first token, and one that it withdrew is gone with
// the next fetch.
func TestIssuerRotatesItsKeys(t *testing.T) {
	l := newLogin(t)
	former, next := ecKey(t), ecKey(t)
	l.publish(published(former, "1"))
	issuer := l.running(l.settings(), 0)
	l.publish(published(next, "2"))
	if _, cause := issuer.Caller(t.Context(), carrying(signed(t, gojwt.SigningMethodES256, "2", next, nil))); cause != "" {
		t.Errorf("the new key: %q", cause)
	}
	if _, cause := issuer.Caller(t.Context(), carrying(signed(t, gojwt.SigningMethodES256, "1", former, nil))); cause != TokenInvalid {
		t.Errorf("the withdrawn key: %q", cause)
	}
}

func TestIssuerAway(t *testing.T) {
	l := newLogin(t)
	own, next := ecKey(t), ecKey(t)
	l.publish(published(own, "1"))
	causes := make(chan Cause, 100)
	settings := l.settings()
	settings.Failed = func(cause Cause) { causes <- cause }
	issuer := l.running(settings, 0)
	l.breaks(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	if _, cause := issuer.Caller(t.Context(), carrying(signed(t, gojwt.SigningMethodES256, "2", next, nil))); cause != IssuerUnavailable {
		t.Errorf("a key that is not known: %q", cause)
	}
	if cause := receive(t, causes); cause != UnexpectedStatus {
		t.Errorf("failed for %q", cause)
	}
	for name, test := range map[string]struct {
		token string
		cause Cause
	}{
		"the last good key":                   {signed(t, gojwt.SigningMethodES256, "1", own, nil), ""},
		"another key under its name":          {signed(t, gojwt.SigningMethodES256, "1", next, nil), TokenInvalid},
		"a token that is not even about ours": {signed(t, gojwt.SigningMethodES256, "9", next, gojwt.MapClaims{"iss": "https://sso.example.com"}), TokenInvalid},
	} {
		if _, cause := issuer.Caller(t.Context(), carrying(test.token)); cause != test.cause {
			t.Errorf("%s: %q, want %q", name, cause, test.cause)
		}
	}
	// It comes back by itself: no token asks for it.
	l.publish(published(own, "1"), published(next, "2"))
	l.breaks(nil)
	await(t, "the keys", issuer.keys.current)
	if _, cause := issuer.Caller(t.Context(), carrying(signed(t, gojwt.SigningMethodES256, "2", next, nil))); cause != "" {
		t.Errorf("back again: %q", cause)
	}
}

// await polls until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within 20 s", what)
		case <-tick.C:
		}
	}
}

// A caller who goes away does not wait for an issuer that hangs, and nobody does who has a known key.
func TestProperty2_AHangingIssuerDelaysNoKnownKey(t *testing.T) {
	l := newLogin(t)
	own := ecKey(t)
	l.publish(published(own, "1"))
	issuer := l.running(l.settings(), 0)
	reached, release := make(chan struct{}, 10), make(chan struct{})
	t.Cleanup(func() { close(release) })
	l.breaks(func(http.ResponseWriter, *http.Request) { reached <- struct{}{}; <-release })
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan Cause)
	go func() {
		_, cause := issuer.Caller(ctx, carrying(signed(t, gojwt.SigningMethodES256, "2", ecKey(t), nil)))
		gone <- cause
	}()
	receive(t, reached)
	if _, cause := issuer.Caller(t.Context(), carrying(signed(t, gojwt.SigningMethodES256, "1", own, nil))); cause != "" {
		t.Errorf("a known key: %q", cause)
	}
	leave()
	receive(t, gone)
}

// What an issuer may not do, and the closed cause that is logged for it. None of it leaves a key behind.
func TestIssuerDocumentsThatAreRefused(t *testing.T) {
	small := published(rsaKey(t, 1024), "small")
	private := jose.JSONWebKey{Key: ecKey(t), KeyID: "private"}
	secret := jose.JSONWebKey{Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "secret"}
	encryption := published(ecKey(t), "encryption")
	encryption.Use = "enc"
	text := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
	}
	for name, test := range map[string]struct {
		change func(*login)
		cause  Cause
	}{
		"another issuer":         {func(l *login) { l.document["issuer"] = "https://sso.example.com" }, IssuerMismatch},
		"no issuer":              {func(l *login) { delete(l.document, "issuer") }, IssuerMismatch},
		"keys elsewhere":         {func(l *login) { l.document["jwks_uri"] = "https://keys.example.com/keys" }, LeavesGeography},
		"keys at another port":   {func(l *login) { l.document["jwks_uri"] = "https://" + issuerHost + ":8443/keys" }, LeavesGeography},
		"keys in clear":          {func(l *login) { l.document["jwks_uri"] = "http://" + issuerHost + "/keys" }, LeavesGeography},
		"keys with a user":       {func(l *login) { l.document["jwks_uri"] = "https://a:b@" + issuerHost + "/keys" }, LeavesGeography},
		"no keys' place":         {func(l *login) { delete(l.document, "jwks_uri") }, LeavesGeography},
		"tokens elsewhere":       {func(l *login) { l.document["token_endpoint"] = "https://sso.example.com/token" }, LeavesGeography},
		"a sign-in elsewhere":    {func(l *login) { l.document["authorization_endpoint"] = "https://sso.example.com/auth" }, LeavesGeography},
		"a script for a sign-in": {func(l *login) { l.document["authorization_endpoint"] = "javascript:alert(1)" }, LeavesGeography},
		"a sign-out elsewhere":   {func(l *login) { l.document["end_session_endpoint"] = "https://sso.example.com/logout" }, LeavesGeography},
		"a token URL for shells": {func(l *login) { l.document["token_endpoint"] = issuerURL + "/$(id)" }, LeavesGeography},
		"no keys":                {func(l *login) { l.publish() }, UnexpectedContent},
		"a short RSA key":        {func(l *login) { l.publish(small) }, UnexpectedContent},
		"a secret":               {func(l *login) { l.publish(secret) }, UnexpectedContent},
		"a private key":          {func(l *login) { l.publish(private) }, UnexpectedContent},
		"a key for encryption":   {func(l *login) { l.publish(encryption) }, UnexpectedContent},
		"no JSON":                {func(l *login) { l.breaks(text("<html>")) }, UnexpectedContent},
		"far too much":           {func(l *login) { l.breaks(text(`{"issuer":"` + strings.Repeat("x", maxDocumentBytes) + `"}`)) }, UnexpectedContent},
		"a redirect": {func(l *login) {
			l.breaks(func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://sso.example.com"+r.URL.Path, http.StatusFound)
			})
		}, UnexpectedStatus},
		"not found": {func(l *login) { l.breaks(http.NotFound) }, UnexpectedStatus},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogin(t)
			l.publish(published(ecKey(t), "1"))
			test.change(l)
			causes := make(chan Cause, 100)
			settings := l.settings()
			settings.Failed = func(cause Cause) { causes <- cause }
			issuer := l.running(settings, time.Hour)
			if cause := receive(t, causes); cause != test.cause {
				t.Errorf("%q, want %q", cause, test.cause)
			}
			if issuer.keys.current() || len(issuer.keys.last.keys) != 0 || issuer.Places() != (IssuerPlaces{}) {
				t.Error("something of it was taken")
			}
		})
	}
}

// The issuer is dialled under the same refusals as a region.
func TestProperty12_IssuersOnRefusedAddressesAreNotReached(t *testing.T) {
	l := newLogin(t)
	l.publish(published(ecKey(t), "1"))
	causes := make(chan Cause, 100)
	settings := l.settings()
	settings.URL, settings.DemoDial = "https://"+l.server.Listener.Addr().String(), nil
	settings.Failed = func(cause Cause) { causes <- cause }
	l.running(settings, time.Hour)
	if cause := receive(t, causes); cause != DestinationRefused || l.asked.Load() != 0 {
		t.Errorf("%q", cause)
	}
}

func TestNewIssuerRefusesWhatIsNoURL(t *testing.T) {
	for _, bad := range []string{"", "http://login.example.com", "https://", "https://u:p@login.example.com", "https://login.example.com?x=1", ":"} {
		if _, err := NewIssuer(IssuerSettings{URL: bad}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
