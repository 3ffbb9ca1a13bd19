package geography

import (
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func TestAtlas(t *testing.T) {
	if len(atlas) < 30 {
		t.Fatalf("the atlas has %d cloud regions", len(atlas))
	}
	partitions := map[v1alpha1.Partition]bool{}
	for code, place := range atlas {
		switch place.Partition {
		case v1alpha1.PartitionCommercial, v1alpha1.PartitionUSGov, v1alpha1.PartitionChina:
			partitions[place.Partition] = true
		default:
			t.Errorf("%s is in partition %q", code, place.Partition)
		}
		if !countryForm.MatchString(string(place.Country)) {
			t.Errorf("%s is in country %q", code, place.Country)
		}
		if strings.HasPrefix(code, "us-gov-") != (place.Partition == v1alpha1.PartitionUSGov) || strings.HasPrefix(code, "cn-") != (place.Partition == v1alpha1.PartitionChina) {
			t.Errorf("%s is in partition %s", code, place.Partition)
		}
	}
	if len(partitions) != 3 {
		t.Errorf("the atlas knows the partitions %v, want all three", partitions)
	}
	for name, boundary := range builtIn {
		if string(name) != boundary.Name {
			t.Errorf("%s is named %s", name, boundary.Name)
		}
		inside := 0
		for _, place := range atlas {
			if boundary.Contains(place) {
				inside++
			}
		}
		if inside == 0 {
			t.Errorf("no cloud region lies inside %s", name)
		}
	}
}

func TestLocateCloudRegion(t *testing.T) {
	place, ok := LocateCloudRegion("eu-central-1")
	if want := (Place{"eu-central-1", "DE", v1alpha1.PartitionCommercial, Observed}); !ok || place != want {
		t.Errorf("got %v %t, want %v", place, ok, want)
	}
	for _, code := range []string{"", "eu-central", "eu-central-1a", "EU-CENTRAL-1", "westeurope"} {
		if place, ok := LocateCloudRegion(code); ok {
			t.Errorf("%q is %v", code, place)
		}
	}
}

func TestLocateHost(t *testing.T) {
	for host, want := range map[string]string{
		"api.aws.eu-west-1.xcm.example.com":   "IE",
		"eu-central-1":                        "DE",
		"api.us-gov-west-1.example.com":       "US",
		"eu-west-2.eu-west-2.example.com":     "GB",
		"":                                    "",
		".":                                   "",
		"example.com":                         "",
		"api.aws-eu-west-1.example.com":       "",
		"eu-west-1a.example.com":              "",
		"api.eu-west-1.eu-west-3.example.com": "",
		"eu-west-1.eu-west-3.eu-west-1.a.example": "",
	} {
		place, ok := LocateHost(host)
		if ok != (want != "") || string(place.Country) != want {
			t.Errorf("%q is %v %t, want country %q", host, place, ok, want)
		}
		if ok && place.Evidence != Derived {
			t.Errorf("%q is known by %s, want %s", host, place.Evidence, Derived)
		}
	}
}

func FuzzLocateHost(f *testing.F) {
	for _, seed := range []string{"", "api.aws.eu-west-1.xcm.example.com", "eu-west-1.us-east-1", "...", "EU-WEST-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		place, ok := LocateHost(host)
		named := map[string]bool{}
		for _, label := range strings.Split(host, ".") {
			if _, known := atlas[label]; known {
				named[label] = true
			}
		}
		if ok != (len(named) == 1) {
			t.Fatalf("%q names %v, located: %t", host, named, ok)
		}
		if ok && !named[place.CloudRegion] {
			t.Fatalf("%q names %v, got %v", host, named, place)
		}
	})
}
