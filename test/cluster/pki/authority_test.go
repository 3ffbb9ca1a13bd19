package pki_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"

	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

func TestIssue(t *testing.T) {
	authority := newAuthority(t)
	pair, err := authority.Issue("console.eu.example.com", "*.xcm.example.com", "198.18.0.2")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"console.eu.example.com":   true,
		"ireland.xcm.example.com":  true,
		"198.18.0.2":               true,
		"console.uk.example.com":   false,
		"a.b.xcm.example.com":      false,
		"198.18.0.3":               false,
		"xcm.example.com":          false,
		"console.eu.example.com.x": false,
	} {
		err := verify(t, authority, pair, x509.VerifyOptions{DNSName: host})
		if (err == nil) != want {
			t.Errorf("host %s: %v, want valid %t", host, err, want)
		}
	}
	if err := verify(t, newAuthority(t), pair, x509.VerifyOptions{}); err == nil {
		t.Error("another authority vouches for the certificate")
	}
	client := x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if err := verify(t, authority, pair, client); err == nil {
		t.Error("a server's certificate serves as a client's")
	}
	if _, err := authority.Issue(); err == nil {
		t.Error("a certificate without a host is issued")
	}
}

func TestIssueClient(t *testing.T) {
	authority := newAuthority(t)
	pair, err := authority.IssueClient("system:node:geo", "system:nodes")
	if err != nil {
		t.Fatal(err)
	}
	client := x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if err := verify(t, authority, pair, client); err != nil {
		t.Error(err)
	}
	if subject := parse(t, pair).Subject.String(); subject != "CN=system:node:geo,O=system:nodes" {
		t.Errorf("subject %s", subject)
	}
}

func TestOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pki")
	first := open(t, dir)
	if second := open(t, dir); !bytes.Equal(first.CAPEM(), second.CAPEM()) {
		t.Error("the saved authority is not found again")
	}
	pair, err := open(t, dir).Issue("localhost")
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(t, first, pair, x509.VerifyOptions{DNSName: "localhost"}); err != nil {
		t.Errorf("a loaded authority signs with another key: %v", err)
	}

	other := newAuthority(t)
	if err := os.WriteFile(filepath.Join(dir, "ca.crt"), other.CAPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Open(dir, "test"); err == nil {
		t.Error("a certificate with the key of another is loaded")
	}
}

func newAuthority(t *testing.T) *pki.Authority {
	t.Helper()
	authority, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

func open(t *testing.T, dir string) *pki.Authority {
	t.Helper()
	authority, err := pki.Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

func verify(t *testing.T, authority *pki.Authority, pair pki.Pair, options x509.VerifyOptions) error {
	t.Helper()
	options.Roots = x509.NewCertPool()
	options.Roots.AppendCertsFromPEM(authority.CAPEM())
	_, err := parse(t, pair).Verify(options)
	return err
}

func parse(t *testing.T, pair pki.Pair) *x509.Certificate {
	t.Helper()
	loaded, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return loaded.Leaf
}
