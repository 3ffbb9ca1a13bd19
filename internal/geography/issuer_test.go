package geography

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func TestIssuerIsResolved(t *testing.T) {
	cert, _ := certificate(t)
	gc, f := sample(), facts()
	f.CABundles = map[v1alpha1.ConfigMapKey]string{caKey: "# a comment\n" + cert}
	gc.Spec.Auth = withOIDC("https://login.lab.example.com:8443/dex/")
	gc.Spec.Auth.OIDC.Country = "DE"
	gc.Spec.Auth.OIDC.Audiences = []v1alpha1.Audience{"b", "a"}
	gc.Spec.Auth.OIDC.CABundle = &v1alpha1.CABundle{HubConfigMap: caKey}
	m, problems := FromSpec(gc, f)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := &Issuer{
		Endpoint: Endpoint{
			URL: "https://login.lab.example.com:8443/dex/", Host: "login.lab.example.com", Port: 8443, Place: Place{Country: "DE", Evidence: Declared},
		},
		ClientID: "geoconsole", Audiences: []string{"b", "a"}, Scopes: []string{"openid", "profile"}, CABundle: cert,
	}
	if diff := cmp.Diff(want, m.Issuer); diff != "" {
		t.Error(diff)
	}
	told := ConfigAuth{Type: "OIDC", OIDC: &ConfigOIDC{IssuerURL: want.URL, ClientID: want.ClientID, Audiences: want.Audiences, Scopes: want.Scopes, CABundle: cert}}
	if diff := cmp.Diff(told, m.Config().Auth); diff != "" {
		t.Error(diff)
	}
	if all := m.Destinations(); len(all) != 3 || all[2] != want.Endpoint {
		t.Errorf("%v", all)
	}
	if diff := cmp.Diff([]v1alpha1.ConfigMapKey{caKey}, CABundleKeys(gc)); diff != "" {
		t.Error(diff)
	}
}

func TestIssuerProblems(t *testing.T) {
	for name, test := range map[string]struct {
		change        func(*v1alpha1.OIDC)
		reason, field string
	}{
		"host that names no cloud region": {func(o *v1alpha1.OIDC) { o.IssuerURL = "https://login.example.com" }, v1alpha1.ReasonCountryMissing, "spec.auth.oidc.country: is missing"},
		"country that is contradicted":    {func(o *v1alpha1.OIDC) { o.Country = "FR" }, v1alpha1.ReasonCountryContradicted, "spec.auth.oidc.country: is FR"},
		"authorities that are not there": {
			func(o *v1alpha1.OIDC) { o.CABundle = &v1alpha1.CABundle{HubConfigMap: caKey} }, v1alpha1.ReasonCABundleMissing,
			"spec.auth.oidc.caBundle.hubConfigMap: ",
		},
		"url that nobody checked": {
			func(o *v1alpha1.OIDC) { o.IssuerURL = "http://login.eu-west-1.example.com" }, v1alpha1.ReasonConfigRefused,
			"spec, as the console's config: auth.oidc.issuerURL: ",
		},
	} {
		gc := sample()
		gc.Spec.Auth = withOIDC("https://login.eu-west-1.example.com")
		test.change(gc.Spec.Auth.OIDC)
		_, problems := FromSpec(gc, facts())
		if len(problems) != 1 || problems[0].Reason != test.reason || !strings.HasPrefix(problems[0].Message, test.field) {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// The issuer is placed like an endpoint: by its host name, else by what is declared, and is inside or not.
func TestProperty8_TheIssuerIsPlaced(t *testing.T) {
	for url, test := range map[string]struct {
		country v1alpha1.Country
		inside  bool
	}{
		"https://login.eu-central-1.example.com/realms/x": {"", true},
		"https://login.us-east-1.example.com":             {"", false},
		"https://login.eu-west-2.example.com:8443/dex":    {"", false},
		"https://login.example.com/eu-central-1":          {"US", false},
		"https://login.example.com":                       {"NL", true},
	} {
		gc := sample()
		gc.Spec.Auth = withOIDC(url)
		gc.Spec.Auth.OIDC.Country = test.country
		m, problems := FromSpec(gc, facts())
		if len(problems) > 0 || m.Geography.Contains(m.Issuer.Place) != test.inside {
			t.Errorf("%s: %v, %v", url, m.Issuer.Place, problems)
		}
	}
}
