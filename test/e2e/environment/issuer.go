package environment

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
)

// The issuer of StartIssuer, and the host name of a second console, whose users sign in.
const (
	IssuerURL     = "https://" + issuerHost + "/dex"
	IssuerClient  = "geoconsole"
	LoginHostname = "console.login.localhost"

	issuerHost = "login.eu-central-1.example.com"
)

// LoginHost is where people sign in. Browsers lead it to this machine, as they do Hostname, and pods are led to the same
// port of an address outside of their cluster: for both the issuer has one URL, which its tokens name.
const LoginHost = "login.localhost"

// StartIssuer starts a real issuer on this machine, which the pods of the geography's cluster reach at IssuerURL, and no
// browser does by itself. Consoles are the URLs of those that people sign in to. Whoever starts it stops it.
func (e *Environment) StartIssuer(ctx context.Context, consoles ...string) (*dex.Server, error) {
	e.say("starting the issuer")
	listen, err := unused()
	if err != nil {
		return nil, err
	}
	options, err := e.issuerOptions(issuerHost, e.issuer, listen)
	if err != nil {
		return nil, err
	}
	options.URL = IssuerURL
	signIn(&options, consoles)
	return dex.Start(ctx, options)
}

// LoginOptions say where an issuer is and whose users it knows.
type LoginOptions struct {
	// Listen is its address on this machine, for example 127.0.0.1:5556; empty is one that nobody listens on.
	Listen string
	// Consoles are the URLs of the consoles that people sign in to.
	Consoles []string
	// TokenLifetime is how long a token is good; 0 is a day.
	TokenLifetime time.Duration
}

// Login is a real issuer where people sign in by their browser.
type Login struct {
	*dex.Server
	// Options are those that it was started with.
	Options dex.Options
}

// StartLogin starts an issuer on this machine, for browsers and for the pods of the geography's cluster. Whoever starts it
// stops it.
func (e *Environment) StartLogin(ctx context.Context, options LoginOptions) (*Login, error) {
	e.say("starting the issuer where users sign in")
	listen := options.Listen
	if listen == "" {
		var err error
		if listen, err = unused(); err != nil {
			return nil, err
		}
	}
	at, err := netip.ParseAddrPort(listen)
	if err != nil {
		return nil, err
	}
	issuer, err := e.issuerOptions(LoginHost, netip.AddrPortFrom(e.issuer.Addr(), at.Port()), listen)
	if err != nil {
		return nil, err
	}
	issuer.URL = fmt.Sprintf("https://%s:%d/dex", LoginHost, at.Port())
	issuer.TokenLifetime = options.TokenLifetime
	signIn(&issuer, options.Consoles)
	l := &Login{Options: issuer}
	return l, l.Start(ctx)
}

// Start starts it again after Stop. It has forgotten all, and has other keys.
func (l *Login) Start(ctx context.Context) (err error) {
	l.Server, err = dex.Start(ctx, l.Options)
	return err
}

// Auth lets the users of a GeoConsole sign in there.
func (l *Login) Auth() v1alpha1.Auth {
	return v1alpha1.Auth{Type: v1alpha1.AuthOIDC, OIDC: &v1alpha1.OIDC{
		// The host names no cloud region, so the country that the issuer plays in is declared.
		IssuerURL: l.Options.URL, Country: "DE", ClientID: IssuerClient, Audiences: []v1alpha1.Audience{IssuerClient},
		Scopes:   []v1alpha1.Scope{"openid", "profile", "offline_access"},
		CABundle: &v1alpha1.CABundle{HubConfigMap: v1alpha1.ConfigMapKey{Name: caName, Key: caKey}},
	}}
}

// signIn lets people sign in to consoles.
func signIn(options *dex.Options, consoles []string) {
	options.AllowedOrigins = consoles
	for _, console := range consoles {
		options.RedirectURIs = append(options.RedirectURIs, console+"/callback")
	}
}

// issuerOptions make the issuer's folder with a certificate for its host, and lead an address that pods reach to where it
// listens.
func (e *Environment) issuerOptions(host string, outside netip.AddrPort, listen string) (dex.Options, error) {
	dir := filepath.Join(e.options.Dir, "issuer-"+outside.String())
	options := dex.Options{
		Dir: dir, Listen: listen, ClientID: IssuerClient,
		CertFile: filepath.Join(dir, "issuer.crt"), KeyFile: filepath.Join(dir, "issuer.key"), CAFile: filepath.Join(dir, "ca.crt"),
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return options, err
	}
	pair, err := e.CA.Issue(host)
	if err != nil {
		return options, err
	}
	if err := pair.Save(dir, "issuer"); err != nil {
		return options, err
	}
	if err := os.WriteFile(options.CAFile, e.CA.CAPEM(), 0o600); err != nil {
		return options, err
	}
	return options, e.Geography.Expose(outside.String(), listen)
}

// unused is an address of this machine that nobody listens on.
func unused() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is closed at once
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
