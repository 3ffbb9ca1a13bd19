package xcm

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// certificate writes a self-signed certificate for loopback and returns its files, and a client that trusts it.
func certificate(t *testing.T) (certFile, keyFile string, client *http.Client) {
	t.Helper()
	key := fatal(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der := fatal(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	private := fatal(x509.MarshalPKCS8PrivateKey(key))(t)
	directory := t.TempDir()
	certFile, keyFile = filepath.Join(directory, "tls.crt"), filepath.Join(directory, "tls.key")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(fatal(x509.ParseCertificate(der))(t))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return certFile, keyFile, &http.Client{Transport: transport}
}

func TestServer(t *testing.T) {
	instance := fatal(New(Options{Region: "aws.eu-west-1", Clusters: 5}))(t)
	certFile, keyFile, client := certificate(t)
	server := fatal(Listen(instance, Port{Address: "127.0.0.1:0", CertFile: certFile, KeyFile: keyFile}))(t)
	root := "https://" + server.Address() + clustersAPI
	ask := func() error {
		request := fatal(http.NewRequestWithContext(t.Context(), http.MethodGet, root, nil))(t)
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK || response.Proto != "HTTP/2.0" {
			t.Errorf("%s %s", response.Proto, response.Status)
		}
		return nil
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}

	// Refused, also on the connection that is open; then served again at the same address.
	if err := instance.SetFaults(Faults{Refuse: true}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "connections are refused", func() bool { return errors.Is(ask(), syscall.ECONNREFUSED) })
	if err := instance.SetFaults(Faults{Refuse: true}); err != nil {
		t.Errorf("refusing twice: %v", err)
	}
	if err := instance.SetFaults(Faults{}); err != nil {
		t.Fatal(err)
	}
	if err := ask(); err != nil {
		t.Errorf("after refusing: %v", err)
	}

	// A reset opens the port too.
	if err := errors.Join(instance.SetFaults(Faults{Refuse: true}), instance.Reset()); err != nil {
		t.Errorf("reset: %v", err)
	}
	eventually(t, "a reset serves again", func() bool { return ask() == nil })

	// Shutting down lets go what hangs, at once.
	if err := instance.SetFaults(Faults{Rules: []Fault{{Hang: true}}}); err != nil {
		t.Fatal(err)
	}
	hung := make(chan error, 1)
	go func() { hung <- ask() }()
	eventually(t, "a request hangs", func() bool {
		arrived, _ := instance.Requests()
		return len(arrived) > 0 && arrived[len(arrived)-1].Status == 0
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if err := <-hung; err == nil {
		t.Error("a request that hung was answered")
	}
	if err := ask(); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("after the shutdown: %v", err)
	}
}

func TestListenRefused(t *testing.T) {
	instance := fatal(New(Options{Region: "aws.eu-west-1"}))(t)
	if _, err := Listen(instance, Port{Address: "127.0.0.1:0", CertFile: "nowhere.crt", KeyFile: "nowhere.key"}); err == nil {
		t.Error("a certificate that is not there was taken")
	}
	taken := fatal(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer func() { _ = taken.Close() }()
	if _, err := Listen(instance, Port{Address: taken.Addr().String()}); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a taken port: %v", err)
	}
}
