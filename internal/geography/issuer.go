package geography

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// Issuer is who makes the users' tokens, and the place where it stands. CABundle is PEM, empty for the system's roots.
type Issuer struct {
	Endpoint

	ClientID  string
	Audiences []string
	Scopes    []string
	CABundle  string
}

// defaultScopes tell who signed in, and by what name.
var defaultScopes = []v1alpha1.Scope{"openid", "profile"}

// issuer resolves spec.auth; there is none where nobody is asked who they are.
func issuer(auth v1alpha1.Auth, facts Facts) (*Issuer, []Problem) {
	if auth.OIDC == nil {
		return nil, nil
	}
	const field = "spec.auth.oidc"
	spec := auth.OIDC
	at, problems := endpoint(v1alpha1.Endpoint{URL: spec.IssuerURL, Country: spec.Country}, field)
	out := &Issuer{Endpoint: at, ClientID: spec.ClientID}
	for _, audience := range spec.Audiences {
		out.Audiences = append(out.Audiences, string(audience))
	}
	scopes := spec.Scopes
	if len(scopes) == 0 {
		scopes = defaultScopes
	}
	for _, scope := range scopes {
		out.Scopes = append(out.Scopes, string(scope))
	}
	if spec.CABundle != nil {
		pem, problem := caBundle(spec.CABundle.HubConfigMap, facts, field+".caBundle")
		problems = append(problems, problem...)
		out.CABundle = pem
	}
	return out, problems
}

// CABundleKeys are the ConfigMap keys that the caBundles of a GeoConsole name.
func CABundleKeys(gc *v1alpha1.GeoConsole) []v1alpha1.ConfigMapKey {
	var keys []v1alpha1.ConfigMapKey
	for _, region := range gc.Spec.Regions {
		if region.CABundle != nil {
			keys = append(keys, region.CABundle.HubConfigMap)
		}
	}
	if accounts := gc.Spec.Accounts; accounts != nil && accounts.Endpoint != nil && accounts.Endpoint.CABundle != nil {
		keys = append(keys, accounts.Endpoint.CABundle.HubConfigMap)
	}
	if oidc := gc.Spec.Auth.OIDC; oidc != nil && oidc.CABundle != nil {
		keys = append(keys, oidc.CABundle.HubConfigMap)
	}
	return keys
}

// ConfigOIDC is the issuer as a console is told it. CABundle is PEM, empty for the system's roots.
type ConfigOIDC struct {
	IssuerURL string `json:"issuerURL"`
	ClientID  string `json:"clientID"`
	// Audiences of which a token must name one; none means that any will do.
	Audiences []string `json:"audiences,omitempty"`
	// Scopes that a sign-in asks for.
	Scopes   []string `json:"scopes"`
	CABundle string   `json:"caBundle,omitempty"`
}

// configAuth is what a console is told of who its users are.
func (m Model) configAuth() ConfigAuth {
	auth := ConfigAuth{Type: string(m.Auth)}
	if m.Issuer != nil {
		auth.OIDC = &ConfigOIDC{
			IssuerURL: m.Issuer.URL, ClientID: m.Issuer.ClientID, Audiences: m.Issuer.Audiences, Scopes: m.Issuer.Scopes,
			CABundle: m.Issuer.CABundle,
		}
	}
	return auth
}

const (
	maxURLLength      = 255
	maxAudiences      = 8
	maxAudienceLength = 255
	maxScopes         = 16
	maxScopeLength    = 128
)

var (
	issuerForm   = regexp.MustCompile(`^https://` + dnsName + `(:(?P<port>[0-9]{1,5}))?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?$`)
	clientIDForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~:/@-]{0,254}$`)
	audienceForm = regexp.MustCompile(`^[!-~]+$`)
	scopeForm    = regexp.MustCompile(`^[!#-\[\]-~]+$`)
)

func (a ConfigAuth) check() error {
	switch {
	case a.Type == string(v1alpha1.AuthNone) && a.OIDC == nil:
		return nil
	case a.Type == string(v1alpha1.AuthNone):
		return errors.New("auth.oidc: belongs to type OIDC; leave it out, or change the type")
	case a.Type != string(v1alpha1.AuthOIDC):
		return fmt.Errorf("auth.type: is %q; choose OIDC or None", a.Type)
	case a.OIDC == nil:
		return errors.New("auth.oidc: is missing; name the issuer, or choose type None")
	}
	if err := a.OIDC.check(); err != nil {
		return fmt.Errorf("auth.oidc.%w", err)
	}
	return nil
}

// check holds an issuer to its form. The url is not quoted, because one of another form has a place for a credential.
func (o ConfigOIDC) check() error {
	parts := issuerForm.FindStringSubmatch(o.IssuerURL)
	switch {
	case parts == nil || len(o.IssuerURL) > maxURLLength:
		return errors.New("issuerURL: is not https://<lower-case DNS name>[:port][/path]; leave out query and user, and give an IP address a DNS name")
	case !clientIDForm.MatchString(o.ClientID):
		return errors.New("clientID: is not 1 to 255 letters, digits and ._~:/@- beginning with a letter or digit; give the public client of the issuer")
	case len(o.Audiences) > maxAudiences:
		return fmt.Errorf("audiences: there are %d; give at most %d", len(o.Audiences), maxAudiences)
	case len(o.Scopes) > maxScopes:
		return fmt.Errorf("scopes: there are %d; give at most %d", len(o.Scopes), maxScopes)
	case !slices.Contains(o.Scopes, "openid"):
		return errors.New("scopes: openid is not among them; add it, because without it an issuer does not say who signed in")
	case o.CABundle != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(o.CABundle)):
		return errors.New("caBundle: holds no certificate; give PEM blocks of type CERTIFICATE")
	}
	if digits := parts[issuerForm.SubexpIndex("port")]; digits != "" {
		if port, err := strconv.ParseUint(digits, 10, 16); err != nil || port == 0 {
			return fmt.Errorf("issuerURL: %s has no port that exists; choose 1 to 65535", o.IssuerURL)
		}
	}
	for i, audience := range o.Audiences {
		if !audienceForm.MatchString(audience) || len(audience) > maxAudienceLength {
			return fmt.Errorf("audiences[%d]: is not 1 to %d printable ASCII characters without spaces; write it as the issuer does", i, maxAudienceLength)
		}
	}
	for i, scope := range o.Scopes {
		if !scopeForm.MatchString(scope) || len(scope) > maxScopeLength {
			return fmt.Errorf("scopes[%d]: is not 1 to %d printable ASCII characters without spaces, quotes and backslashes; write it as the issuer does", i, maxScopeLength)
		}
	}
	return nil
}
