package main

import (
	"context"
	"net"
	"os"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
)

// Every browser leads a name below localhost to this machine; the console is led there by its flags.
const (
	loginHost = "login.localhost"
	clientID  = "geoconsole"
)

// userInterface is where "npm run dev" serves it: its pages sign in here too.
const userInterface = "http://localhost:5173"

func (a addresses) loginPort() string {
	_, port, _ := net.SplitHostPort(a.login) // the issuer listens there, or there is no preview
	return port
}

func (a addresses) issuerURL() string {
	return "https://" + net.JoinHostPort(loginHost, a.loginPort()) + "/dex"
}

// auth lets people sign in here. The host names no cloud region, so the country that the issuer plays in is declared.
func (a addresses) auth(authorities *v1alpha1.CABundle) v1alpha1.Auth {
	return v1alpha1.Auth{Type: v1alpha1.AuthOIDC, OIDC: &v1alpha1.OIDC{
		IssuerURL: a.issuerURL(), Country: "DE", ClientID: clientID, Audiences: []v1alpha1.Audience{clientID},
		Scopes: []v1alpha1.Scope{"openid", "profile", "offline_access"}, CABundle: authorities,
	}}
}

func (p preview) startIssuer(ctx context.Context, at addresses) (*dex.Server, error) {
	pair, err := p.authority.Issue(loginHost)
	if err != nil {
		return nil, err
	}
	if err := pair.Save(p.dir, "issuer"); err != nil {
		return nil, err
	}
	if err := os.Mkdir(p.path("issuer"), 0o750); err != nil {
		return nil, err
	}
	origins := []string{"http://" + at.console, userInterface}
	return dex.Start(ctx, dex.Options{
		Dir: p.path("issuer"), URL: at.issuerURL(), Listen: at.login, ClientID: clientID,
		CertFile: p.path("issuer.crt"), KeyFile: p.path("issuer.key"), CAFile: p.path("ca.crt"),
		AllowedOrigins: origins, RedirectURIs: []string{origins[0] + "/callback", origins[1] + "/callback"},
	})
}
