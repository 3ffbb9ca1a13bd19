// Package pki is a small certificate authority for tests, preview and demo. Its keys protect nothing real.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	// validity keeps below the 398 days that browsers accept of a server's certificate.
	validity = 365 * 24 * time.Hour
	// margin is how far a certificate reaches into the past, for clocks that differ, and how long an authority that
	// Open finds must still last.
	margin = 24 * time.Hour
)

// Authority signs certificates. It is not changed by its methods and may be shared.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Pair is a certificate and its key, both PEM; the key is PKCS #8.
type Pair struct {
	Cert, Key []byte
}

// NewAuthority makes an authority with a new key and the given common name.
func NewAuthority(name string) (*Authority, error) {
	template, key, err := template(name)
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the authority %q: %w", name, err)
	}
	certificate, err := x509.ParseCertificate(der)
	return &Authority{certificate: certificate, key: key}, err
}

// CAPEM is the authority's certificate, for those who are to trust it.
func (a *Authority) CAPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Issue makes a server's certificate for DNS names, wildcards among them, and IP addresses.
func (a *Authority) Issue(hosts ...string) (Pair, error) {
	if len(hosts) == 0 {
		return Pair{}, errors.New("issue a certificate: no host given; name at least one")
	}
	template, key, err := template(hosts[0])
	if err != nil {
		return Pair{}, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return a.sign(template, key)
}

// IssueClient makes a client's certificate. Kubernetes takes the name for the user and the groups as they are.
func (a *Authority) IssueClient(name string, groups ...string) (Pair, error) {
	template, key, err := template(name)
	if err != nil {
		return Pair{}, err
	}
	template.Subject.Organization = groups
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.sign(template, key)
}

// Save writes ca.crt and ca.key into a folder, which it makes when it is not there.
func (a *Authority) Save(dir string) error {
	key, err := KeyPEM(a.key)
	if err != nil {
		return err
	}
	return Pair{Cert: a.CAPEM(), Key: key}.Save(dir, "ca")
}

// Load reads what Save wrote.
func Load(dir string) (*Authority, error) {
	certificate, err := readDER(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return nil, err
	}
	der, err := readDER(filepath.Join(dir, "ca.key"))
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, fmt.Errorf("%s/ca.crt: %w", dir, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s/ca.key: %w", dir, err)
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok || !private.PublicKey.Equal(parsed.PublicKey) {
		return nil, fmt.Errorf("%s: ca.key is not the key of ca.crt; delete both", dir)
	}
	return &Authority{certificate: parsed, key: private}, nil
}

// Open loads the authority of a folder. Where there is none, or it ends within a day, it makes a new one and saves it.
func Open(dir, name string) (*Authority, error) {
	authority, err := Load(dir)
	if err == nil && time.Until(authority.certificate.NotAfter) > margin {
		return authority, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	authority, err = NewAuthority(name)
	if err != nil {
		return nil, err
	}
	return authority, authority.Save(dir)
}

// Save writes NAME.crt and NAME.key into a folder, which it makes when it is not there.
func (p Pair) Save(dir, name string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	return errors.Join(os.WriteFile(path+".crt", p.Cert, 0o600), os.WriteFile(path+".key", p.Key, 0o600))
}

// NewKey makes a private key, P-256.
func NewKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// KeyPEM is a private key as PKCS #8 in PEM.
func KeyPEM(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func (a *Authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) (Pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return Pair{}, fmt.Errorf("issue a certificate for %q: %w", template.Subject.CommonName, err)
	}
	keyPEM, err := KeyPEM(key)
	return Pair{Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), Key: keyPEM}, err
}

// template is what all certificates here have in common, and a new key for it.
func template(name string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := NewKey()
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-margin),
		NotAfter:              now.Add(validity),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
	}, key, nil
}

func readDER(path string) ([]byte, error) {
	text, err := os.ReadFile(path) //nolint:gosec // a folder that the caller names
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: no PEM block; delete it", path)
	}
	return block.Bytes, nil
}
