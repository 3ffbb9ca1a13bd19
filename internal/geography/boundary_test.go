package geography

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func TestContains(t *testing.T) {
	derived := func(code string) Place {
		place, ok := LocateHost("api." + code + ".example.com")
		if !ok {
			t.Fatalf("%s is not in the atlas", code)
		}
		return place
	}
	observed := func(code string) Place {
		place, ok := LocateCloudRegion(code)
		if !ok {
			t.Fatalf("%s is not in the atlas", code)
		}
		return place
	}
	declared := func(country v1alpha1.Country) Place { return Place{Country: country, Evidence: Declared} }
	tests := []struct {
		geography v1alpha1.BuiltInGeography
		place     Place
		inside    bool
	}{
		{"EU", derived("eu-west-1"), true},
		{"EU", observed("eu-central-1"), true},
		{"EU", declared("FI"), true},
		{"EU", derived("eu-west-2"), false},    // United Kingdom
		{"EU", derived("eu-central-2"), false}, // Switzerland
		{"EU", declared("NO"), false},
		{"UK", derived("eu-west-2"), true},
		{"UK", derived("eu-west-1"), false},
		{"US", derived("us-east-1"), true},
		{"US", derived("us-gov-west-1"), false},
		{"US", observed("us-gov-east-1"), false},
		{"US-GOV", derived("us-gov-west-1"), true},
		{"US-GOV", derived("us-east-1"), false},
		{"US-GOV", observed("us-west-2"), false},
		{"US-GOV", declared("US"), true},
		{"CN", derived("cn-north-1"), true},
		{"CN", derived("ap-east-1"), false}, // Hong Kong
		{"CN", declared("CN"), true},
		{"SG", derived("cn-north-1"), false},
		{"EU", Place{}, false},
	}
	for _, test := range tests {
		if got := builtIn[test.geography].Contains(test.place); got != test.inside {
			t.Errorf("%s contains %v: %t, want %t", test.geography, test.place, got, test.inside)
		}
	}
	if (Boundary{}).Contains(Place{}) {
		t.Error("a geography that is not known contains a place that is not known")
	}
}

func TestBuiltInCountriesAreSorted(t *testing.T) {
	for name, boundary := range builtIn {
		if !slices.IsSorted(boundary.Countries) || len(slices.Compact(slices.Clone(boundary.Countries))) != len(boundary.Countries) {
			t.Errorf("%s: %v", name, boundary.Countries)
		}
	}
	if got := len(builtIn["EU"].Countries); got != 27 {
		t.Errorf("EU has %d countries", got)
	}
}

func TestCustomGeography(t *testing.T) {
	gc := sample()
	gc.Spec.Geography = v1alpha1.Geography{Type: v1alpha1.GeographyCustom, Custom: &v1alpha1.CustomGeography{
		Name: "NORDICS", Partition: v1alpha1.PartitionCommercial, Countries: []v1alpha1.Country{"SE", "IE", "DE"},
	}}
	m, problems := FromSpec(gc, facts())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := Boundary{"NORDICS", v1alpha1.PartitionCommercial, []v1alpha1.Country{"DE", "IE", "SE"}}
	if diff := cmp.Diff(want, m.Geography); diff != "" {
		t.Error(diff)
	}
}

// Of 64 regions with four endpoints each, moving any single endpoint over the border, into another country, another
// partition or another cloud, is found, and found to be that one.
func TestProperty8_EndpointsAreCheckedOneByOne(t *testing.T) {
	const inside = "https://r%02d-%d.eu-central-1.xcm.example.com"
	gc := sample()
	gc.Spec.Regions = nil
	for r := range maxRegions {
		region := v1alpha1.Region{ID: fmt.Sprintf("region-%02d", r)}
		for e := range maxEndpoints {
			region.Endpoints = append(region.Endpoints, v1alpha1.Endpoint{URL: fmt.Sprintf(inside, r, e)})
		}
		gc.Spec.Regions = append(gc.Spec.Regions, region)
	}
	if outside := outsideURLs(t, gc); len(outside) > 0 {
		t.Fatalf("%v lie outside", outside)
	}
	moved := []v1alpha1.Endpoint{
		{URL: "https://api.us-east-1.xcm.example.com"},
		{URL: "https://api.eu-west-2.xcm.example.com:8443"},
		{URL: "https://api.us-gov-east-1.xcm.example.com"},
		{URL: "https://xcm.zurich.example.com", Country: "CH"},
	}
	for r := range gc.Spec.Regions {
		for e := range gc.Spec.Regions[r].Endpoints {
			kept := gc.Spec.Regions[r].Endpoints[e]
			moved := moved[(r+e)%len(moved)]
			gc.Spec.Regions[r].Endpoints[e] = moved
			if diff := cmp.Diff([]string{moved.URL}, outsideURLs(t, gc)); diff != "" {
				t.Errorf("regions[%d].endpoints[%d]: %s", r, e, diff)
			}
			gc.Spec.Regions[r].Endpoints[e] = kept
		}
	}
}

func outsideURLs(t *testing.T, gc *v1alpha1.GeoConsole) []string {
	t.Helper()
	m, problems := FromSpec(gc, facts())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var urls []string
	for _, r := range m.Regions {
		for _, e := range r.Endpoints {
			if !m.Geography.Contains(e.Place) {
				urls = append(urls, e.URL)
			}
		}
	}
	return urls
}
