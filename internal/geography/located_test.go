package geography

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// What a config tells of its model is what the spec told, once the countries that were declared are known.
func TestALocatedConfigIsTheModel(t *testing.T) {
	gc := sample()
	gc.Spec.Regions[1].Endpoints[0] = v1alpha1.Endpoint{URL: "https://xcm.example.de", Country: "DE"}
	gc.Spec.Auth = withOIDC("https://login.example.ie/realms/eu")
	gc.Spec.Auth.OIDC.Country = "IE"
	gc.Spec.Accounts = &v1alpha1.Accounts{Type: v1alpha1.AccountsEndpoint, Endpoint: &v1alpha1.AccountsService{
		Endpoint: v1alpha1.Endpoint{URL: "https://accounts.eu-west-3.example.com"},
	}}
	want, problems := FromSpec(gc, facts())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, problems := want.Config().Located(map[string]v1alpha1.Country{"https://xcm.example.de": "DE", "https://login.example.ie/realms/eu": "IE"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff(want.Geography, got.Geography); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want.Destinations(), got.Destinations()); diff != "" {
		t.Error(diff)
	}

	unknown, _ := want.Config().Located(nil)
	if place := unknown.Regions[1].Endpoints[0].Place; place != (Place{}) {
		t.Errorf("nothing tells where xcm.example.de stands, and it is in %v", place)
	}
	_, problems = want.Config().Located(map[string]v1alpha1.Country{"https://accounts.eu-west-3.example.com": "DE"})
	if len(problems) != 1 || problems[0].Reason != v1alpha1.ReasonCountryContradicted {
		t.Errorf("got %v", problems)
	}
}

// A geography that only says that it is the EU is not.
func TestALocatedBoundaryIsTheBuiltInOne(t *testing.T) {
	frankfurt, _ := LocateCloudRegion("eu-central-1")
	for name, test := range map[string]struct {
		config    Config
		partition v1alpha1.Partition
		contains  bool
	}{
		"built in":            {Config{Geography: "UK", Countries: []string{"GB"}}, v1alpha1.PartitionCommercial, false},
		"the same countries":  {Config{Geography: "US-GOV", Countries: []string{"US"}}, v1alpha1.PartitionUSGov, false},
		"other countries":     {Config{Geography: "UK", Countries: []string{"DE", "GB"}}, "", false},
		"custom":              {Config{Geography: "NORDICS", Countries: []string{"DE", "SE"}}, "", false},
		"nothing whatsoever":  {Config{}, "", false},
		"built in, Frankfurt": {Config{Geography: "EU", Countries: builtInCountries("EU")}, v1alpha1.PartitionCommercial, true},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := test.config.Located(nil)
			if m.Geography.Partition != test.partition || m.Geography.Contains(frankfurt) != test.contains {
				t.Errorf("got %v", m.Geography)
			}
		})
	}
}

func builtInCountries(name v1alpha1.BuiltInGeography) []string {
	var out []string
	for _, country := range builtIn[name].Countries {
		out = append(out, string(country))
	}
	return out
}
