package xcm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v4"
)

const issuerURL = "https://example.com/dex"

// A token passes when the issuer has signed it, whatever it says of itself.
func TestIssuer(t *testing.T) {
	own, foreign := newKey(t), newKey(t)
	issuer := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/dex/keys" {
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: own.Public(), KeyID: "1"}}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": issuerURL, "jwks_uri": issuerURL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	}))
	t.Cleanup(issuer.Close)
	authorities := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(authorities, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issuer.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProbe(t, Options{Issuer: Issuer{URL: issuerURL, CAFile: authorities, Dial: issuer.Listener.Addr().String()}})
	ask := func(token string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.server.URL+clustersAPI+"/clusters", nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := p.server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	inAnHour := time.Now().Add(time.Hour).Unix()
	for name, test := range map[string]struct {
		token string
		want  int
	}{
		"own":             {signedBy(t, own, jwt.MapClaims{"iss": issuerURL, "sub": "u", "exp": inAnHour}), 200},
		"none":            {"", 401},
		"another key":     {signedBy(t, foreign, jwt.MapClaims{"iss": issuerURL, "sub": "u", "exp": inAnHour}), 401},
		"another issuer":  {signedBy(t, own, jwt.MapClaims{"iss": "https://sso.example.com", "sub": "u", "exp": inAnHour}), 401},
		"expired":         {signedBy(t, own, jwt.MapClaims{"iss": issuerURL, "sub": "u", "exp": 1}), 401},
		"nobody's":        {token(t, "user-07", time.Now().Add(time.Hour)), 401},
		"changed claims":  {strings.Replace(signedBy(t, own, jwt.MapClaims{"iss": issuerURL, "exp": inAnHour}), ".e", ".f", 1), 401},
		"without its end": {signedBy(t, own, jwt.MapClaims{"iss": issuerURL, "sub": "u"}), 401},
	} {
		if got := ask(test.token); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
	if _, err := New(Options{Region: "aws.eu-west-1", Issuer: Issuer{URL: issuerURL, CAFile: "nowhere"}}); err == nil || !strings.Contains(err.Error(), "authorities of the issuer") {
		t.Errorf("a file that is not there: %v", err)
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

func signedBy(t *testing.T, key *ecdsa.PrivateKey, claims jwt.MapClaims) string {
	t.Helper()
	made := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	made.Header["kid"] = "1"
	text, err := made.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
