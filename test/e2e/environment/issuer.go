package environment

import (
	"context"
	"net"
	"os"
	"path/filepath"

	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
)

// The issuer of StartIssuer, and the host name of a second console, whose users it knows.
const (
	IssuerURL     = "https://" + issuerHost + "/dex"
	IssuerClient  = "geoconsole"
	LoginHostname = "console.login.localhost"

	issuerHost = "login.eu-central-1.example.com"
)

// StartIssuer starts a real issuer on this machine, which the pods of the geography's cluster reach at IssuerURL. Whoever
// starts it stops it.
func (e *Environment) StartIssuer(ctx context.Context) (*dex.Server, error) {
	e.say("starting the issuer")
	dir := filepath.Join(e.options.Dir, "issuer")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	pair, err := e.CA.Issue(issuerHost)
	if err != nil {
		return nil, err
	}
	if err := pair.Save(dir, "issuer"); err != nil {
		return nil, err
	}
	authorities := filepath.Join(dir, "ca.crt")
	if err := os.WriteFile(authorities, e.CA.CAPEM(), 0o600); err != nil {
		return nil, err
	}
	listen, err := unused()
	if err != nil {
		return nil, err
	}
	if err := e.Geography.Expose(e.issuer.String(), listen); err != nil {
		return nil, err
	}
	return dex.Start(ctx, dex.Options{
		Dir: dir, URL: IssuerURL, Listen: listen, ClientID: IssuerClient,
		CertFile: filepath.Join(dir, "issuer.crt"), KeyFile: filepath.Join(dir, "issuer.key"), CAFile: authorities,
	})
}

// unused is an address of this machine that nobody listens on.
func unused() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
