package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// hostsOf are the hosts of a bundle's Routes or Ingress, in their order, and the hosts for which TLS is asked.
func hostsOf(t *testing.T, bundle Bundle) (hosts, secured []string) {
	t.Helper()
	for _, object := range bundle.Objects {
		switch object.GetKind() {
		case "Route":
			host, _, _ := unstructured.NestedString(object.Object, "spec", "host")
			hosts = append(hosts, host)
			if termination, _, _ := unstructured.NestedString(object.Object, "spec", "tls", "termination"); termination == "edge" {
				secured = append(secured, host)
			}
		case "Ingress":
			rules, _, _ := unstructured.NestedSlice(object.Object, "spec", "rules")
			for _, rule := range rules {
				host, _, _ := unstructured.NestedString(rule.(map[string]any), "host")
				hosts = append(hosts, host)
			}
			entries, _, _ := unstructured.NestedSlice(object.Object, "spec", "tls")
			for _, entry := range entries {
				names, _, _ := unstructured.NestedStringSlice(entry.(map[string]any), "hosts")
				secured = append(secured, names...)
			}
		}
	}
	return hosts, secured
}

// The largest geography with the longest names: every name is one that Kubernetes and DNS take, none is there twice, and
// another GeoConsole of the namespace cannot have it.
func TestRegionHostsWithinAllBounds(t *testing.T) {
	model := readModel(t, "testdata/hosts.in.yaml")
	model.Owner.Name = strings.Repeat("n", 40)
	model.Hostname = strings.Repeat(strings.Repeat("h", 48)+".", 4) + "xmpl"
	model.Regions = nil
	want := []string{model.Hostname}
	for i := range 64 {
		id := fmt.Sprintf("aws.%s-%02d", strings.Repeat("r", 41), i)
		model.Regions = append(model.Regions, geography.Region{ID: id})
		want = append(want, strings.ReplaceAll(id, ".", "-")+"."+model.Hostname)
	}
	if len(model.Hostname) != 200 || len(model.Regions[0].ID) != 48 {
		t.Fatalf("%d and %d characters are not the bounds", len(model.Hostname), len(model.Regions[0].ID))
	}
	for _, kind := range []v1alpha1.ExposureType{v1alpha1.ExposureRoute, v1alpha1.ExposureIngress} {
		model.Exposure = v1alpha1.Exposure{Type: kind, Ingress: &v1alpha1.IngressExposure{ClassName: "traefik"}, RegionHosts: v1alpha1.RegionHostsEnabled}
		bundle, err := Objects(model, geography.Cluster{Namespace: "geoconsole"})
		if err != nil {
			t.Fatal(err)
		}
		hosts, secured := hostsOf(t, bundle)
		if !slices.Equal(hosts, want) || !slices.Equal(secured, want) {
			t.Errorf("%s: hosts %v, TLS for %v, want %v", kind, hosts, secured, want)
		}
		names := map[string]bool{}
		for _, object := range bundle.Objects {
			name := object.GetKind() + "/" + object.GetName()
			if names[name] || len(validation.IsDNS1123Subdomain(object.GetName())) > 0 {
				t.Errorf("%s is there twice, or no name", name)
			}
			names[name] = true
		}
		for _, host := range hosts {
			if problems := validation.IsDNS1123Subdomain(host); len(problems) > 0 || len(strings.Split(host, ".")[0]) > 63 {
				t.Errorf("%s: %v", host, problems)
			}
			if !geography.HostnamesOverlap(host, model.Hostname) {
				t.Errorf("%s is not the holder's of %s", host, model.Hostname)
			}
		}
	}
}

func TestWithoutRegionHostsThereIsOneHost(t *testing.T) {
	for _, choice := range []v1alpha1.RegionHosts{"", v1alpha1.RegionHostsDisabled} {
		for _, in := range []string{"testdata/hosts.in.yaml", "testdata/hosts-ingress.in.yaml"} {
			model := readModel(t, in)
			model.Exposure.RegionHosts = choice
			for _, bundle := range bundles(t, model) {
				if hosts, _ := hostsOf(t, bundle); !slices.Equal(hosts, []string{"console.eu.example.com"}) {
					t.Errorf("%s %q: %v", in, choice, hosts)
				}
				if strings.Contains(string(configOf(t, bundle)), "regionHosts") {
					t.Errorf("%s %q: the config speaks of region hosts", in, choice)
				}
			}
		}
	}
}

// configOf is the console's config in a bundle.
func configOf(t *testing.T, bundle Bundle) []byte {
	t.Helper()
	for _, object := range bundle.Objects {
		if file, found, _ := unstructured.NestedString(object.Object, "data", configKey); found {
			return []byte(file)
		}
	}
	t.Fatal("the bundle has no config")
	return nil
}

// What the console answers on is what is rendered, and a change of it is a change of the revision.
func TestTheConsoleIsToldOfItsRegionHosts(t *testing.T) {
	model := readModel(t, "testdata/hosts.in.yaml")
	with := bundles(t, model)[0]
	config, err := geography.ReadConfig(configOf(t, with))
	if err != nil || !config.HasRegionHosts() {
		t.Errorf("%+v %v", config, err)
	}
	model.Exposure.RegionHosts = v1alpha1.RegionHostsDisabled
	if without := bundles(t, model)[0]; without.Revision == with.Revision || without.ConfigDigest == with.ConfigDigest {
		t.Error("the change is none")
	}
}
