package geography

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// withService has one accounts service for all regions.
func withService(url string) *v1alpha1.Accounts {
	return &v1alpha1.Accounts{Type: v1alpha1.AccountsEndpoint, Endpoint: &v1alpha1.AccountsService{Endpoint: v1alpha1.Endpoint{URL: url}}}
}

func TestAccountsAreResolved(t *testing.T) {
	cert, _ := certificate(t)
	gc, f := sample(), facts()
	f.CABundles = map[v1alpha1.ConfigMapKey]string{caKey: "# a comment\n" + cert}
	gc.Spec.Accounts = withService("https://accounts.lab.example.com:8443")
	gc.Spec.Accounts.Endpoint.Country = "DE"
	gc.Spec.Accounts.Endpoint.CABundle = &v1alpha1.CABundle{HubConfigMap: caKey}
	m, problems := FromSpec(gc, f)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := &Accounts{Endpoint: Endpoint{
		URL: "https://accounts.lab.example.com:8443", Host: "accounts.lab.example.com", Port: 8443, Place: Place{Country: "DE", Evidence: Declared},
	}, CABundle: cert}
	if diff := cmp.Diff(want, m.Accounts); diff != "" {
		t.Error(diff)
	}
	file, err := m.Config().Encode()
	if err != nil {
		t.Fatal(err)
	}
	told, err := ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&ConfigAccounts{ConfigEndpoint{want.URL}, cert}, told.Accounts); diff != "" {
		t.Error(diff)
	}
	if all := m.Destinations(); len(all) != 3 || all[2] != want.Endpoint {
		t.Errorf("%v", all)
	}
	if diff := cmp.Diff([]v1alpha1.ConfigMapKey{caKey}, CABundleKeys(gc)); diff != "" {
		t.Error(diff)
	}
}

func TestRegionalAccountsAreNoDestination(t *testing.T) {
	for _, accounts := range []*v1alpha1.Accounts{nil, {Type: v1alpha1.AccountsRegional}} {
		gc := sample()
		gc.Spec.Accounts = accounts
		m, problems := FromSpec(gc, facts())
		if len(problems) > 0 || m.Accounts != nil || m.Config().Accounts != nil || len(m.Destinations()) != 2 {
			t.Errorf("%v: %v %v", accounts, problems, m.Accounts)
		}
	}
}

func TestProperty8_TheAccountsServiceIsPlaced(t *testing.T) {
	for name, test := range map[string]struct {
		accounts      *v1alpha1.Accounts
		change        func(*v1alpha1.AccountsService)
		reason, field string
	}{
		"by its name": {accounts: withService("https://accounts.eu-west-1.example.com")},
		"a host that names no cloud region": {
			accounts: withService("https://accounts.example.com"), reason: v1alpha1.ReasonCountryMissing, field: "spec.accounts.endpoint.country: is missing",
		},
		"a country that is contradicted": {
			accounts: withService("https://accounts.eu-west-1.example.com"), change: func(s *v1alpha1.AccountsService) { s.Country = "FR" },
			reason: v1alpha1.ReasonCountryContradicted, field: "spec.accounts.endpoint.country: is FR",
		},
		"authorities that are not there": {
			accounts: withService("https://accounts.eu-west-1.example.com"),
			change:   func(s *v1alpha1.AccountsService) { s.CABundle = &v1alpha1.CABundle{HubConfigMap: caKey} },
			reason:   v1alpha1.ReasonCABundleMissing, field: "spec.accounts.endpoint.caBundle.hubConfigMap: ",
		},
		"a url that nobody checked": {
			accounts: withService("http://accounts.eu-west-1.example.com"), reason: v1alpha1.ReasonConfigRefused, field: "spec, as the console's config: accounts.url: ",
		},
		"a type of a later release": {
			accounts: &v1alpha1.Accounts{Type: "Federated"}, reason: v1alpha1.ReasonConfigRefused, field: `spec.accounts: type "Federated" without its member`,
		},
		"a type without its member": {
			accounts: &v1alpha1.Accounts{Type: v1alpha1.AccountsEndpoint}, reason: v1alpha1.ReasonConfigRefused, field: `spec.accounts: type "Endpoint" without its member`,
		},
	} {
		gc := sample()
		gc.Spec.Accounts = test.accounts
		if test.change != nil {
			test.change(gc.Spec.Accounts.Endpoint)
		}
		m, problems := FromSpec(gc, facts())
		if test.reason == "" {
			if len(problems) > 0 || m.Accounts.Place.Country != "IE" || m.Accounts.Place.Evidence != Derived {
				t.Errorf("%s: %v %v", name, problems, m.Accounts)
			}
			continue
		}
		if len(problems) != 1 || problems[0].Reason != test.reason || !strings.HasPrefix(problems[0].Message, test.field) {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
