package remote

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

// jwt is a token with a payload; nobody signed it.
func jwt(payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(payload)) + "." + encode([]byte("signature"))
}

func TestTokenLifetime(t *testing.T) {
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0) }
	for name, c := range map[string]struct {
		token string
		want  health.Lifetime
	}{
		"from when it was issued":     {jwt(`{"iat":1000,"nbf":1500,"exp":2000}`), health.Lifetime{From: at(1000), Until: at(2000)}},
		"from when it is good":        {jwt(`{"nbf":1500,"exp":2000}`), health.Lifetime{From: at(1500), Until: at(2000)}},
		"of unknown beginning":        {jwt(`{"exp":2000}`), health.Lifetime{Until: at(2000)}},
		"with a part of a second":     {jwt(`{"exp":2000.75}`), health.Lifetime{Until: at(2000)}},
		"without an end":              {jwt(`{"iat":1000,"iss":"kubernetes/serviceaccount"}`), health.Lifetime{From: at(1000)}},
		"with an end that is a text":  {jwt(`{"iat":1000,"exp":"2000"}`), health.Lifetime{}},
		"with an end before all time": {jwt(`{"exp":-1}`), health.Lifetime{}},
		"with an end after all time":  {jwt(`{"exp":1e300}`), health.Lifetime{}},
		"of another form":             {"sha256~abcdefgh", health.Lifetime{}},
		"of two parts":                {"e30.e30", health.Lifetime{}},
		"of five parts":               {jwt(`{"exp":2000}`) + ".e30.e30", health.Lifetime{}},
		"that is not coded":           {"e30.%.e30", health.Lifetime{}},
		"that is not JSON":            {jwt(`exp`), health.Lifetime{}},
		"that is a list":              {jwt(`[2000]`), health.Lifetime{}},
		"as long as any":              {jwt(`{"exp":2000,"x":"` + strings.Repeat("x", maxClaims*3/4-20) + `"}`), health.Lifetime{Until: at(2000)}},
		"longer than any":             {jwt(`{"exp":2000,"x":"` + strings.Repeat("x", maxClaims*3/4) + `"}`), health.Lifetime{}},
		"of depth without end":        {jwt(strings.Repeat("[", 12_000)), health.Lifetime{}},
		"of nothing":                  {"", health.Lifetime{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (access{token: c.token}).lifetime(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestCertificateLifetime(t *testing.T) {
	from, until := time.Now().Add(-time.Hour).Truncate(time.Second), time.Now().Add(240*time.Hour).Truncate(time.Second)
	certificate, key := selfSigned(t, from, until)
	user := "{client-certificate-data: " + certificate + ", client-key-data: " + key + "}"
	bent := strings.NewReplacer("{token: a-token}", user, ", certificate-authority-data: CA", "").Replace(kubeconfig)
	a, err := readKubeconfig([]byte(bent))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.lifetime(); !got.From.Equal(from) || !got.Until.Equal(until) {
		t.Errorf("got %v, want %v to %v", got, from, until)
	}
}

func selfSigned(t *testing.T, from, until time.Time) (certificate, private string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM, err := pki.KeyPEM(key)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.StdEncoding.EncodeToString
	return encode(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), encode(keyPEM)
}
