package geography

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func TestHostnamesOverlap(t *testing.T) {
	tests := []struct {
		a, b    string
		overlap bool
	}{
		{"console.eu.example.com", "console.eu.example.com", true},
		{"console.eu.example.com", "aws-eu-west-1.console.eu.example.com", true},
		{"console.eu.example.com", "console.uk.example.com", false},
		{"console.eu.example.com", "other-console.eu.example.com", false},
		{"console.eu.example.com", "console.eu.example.com.evil.example", false},
	}
	for _, test := range tests {
		if HostnamesOverlap(test.a, test.b) != test.overlap || HostnamesOverlap(test.b, test.a) != test.overlap {
			t.Errorf("%s and %s: want %t both ways", test.a, test.b, test.overlap)
		}
	}
}

func TestHostnameHolder(t *testing.T) {
	console := func(name, uid, hostname string, second int64) v1alpha1.GeoConsole {
		gc := v1alpha1.GeoConsole{}
		gc.Namespace, gc.Name, gc.UID = "geoconsoles", name, types.UID(uid)
		gc.CreationTimestamp = metav1.NewTime(time.Unix(second, 0))
		gc.Spec.Hostname = hostname
		return gc
	}
	all := []v1alpha1.GeoConsole{
		console("youngest", "c", "eu.example.com", 30),
		console("oldest", "z", "console.eu.example.com", 10),
		console("second", "a", "x.console.eu.example.com", 20),
		console("apart", "d", "console.uk.example.com", 1),
		console("twin-b", "b2", "console.us.example.com", 40),
		console("twin-a", "b1", "console.us.example.com", 40),
		console("restored", "e", "console.ca.example.com", 50),
		console("running", "f", "console.ca.example.com", 60),
		console("renamed", "g", "console.br.example.com", 1),
		console("published", "h", "console.br.example.com", 70),
	}
	for i, url := range map[int]string{7: "https://console.ca.example.com", 8: "https://former.br.example.com", 9: "https://console.br.example.com"} {
		all[i].Status.Clusters = []v1alpha1.ClusterStatus{{Name: "a-cluster"}}
		all[i].Status.URL = url
	}
	for name, want := range map[string]string{
		"oldest":   "",
		"second":   "geoconsoles/oldest",
		"youngest": "geoconsoles/oldest",
		"apart":    "",
		"twin-a":   "",
		"twin-b":   "geoconsoles/twin-a",
		"running":  "",
		"restored": "geoconsoles/running",

		"published": "",
		"renamed":   "geoconsoles/published",
	} {
		for range 2 { // in either order of the list
			i := slices.IndexFunc(all, func(gc v1alpha1.GeoConsole) bool { return gc.Name == name })
			if got := HostnameHolder(&all[i], all); got != want {
				t.Errorf("%s: held by %q, want %q", name, got, want)
			}
			slices.Reverse(all)
		}
	}
}
