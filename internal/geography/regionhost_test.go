package geography

import (
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func TestRegionHost(t *testing.T) {
	for id, want := range map[string]string{
		"aws.eu-west-1":       "aws-eu-west-1.console.eu.example.com",
		"aws.eu-west-1.stage": "aws-eu-west-1-stage.console.eu.example.com",
		"onprem":              "onprem.console.eu.example.com",
	} {
		if got := RegionHost("console.eu.example.com", id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// Only who asks for them gets region hosts, and a console that has none is told nothing of them.
func TestRegionHostsAreAskedFor(t *testing.T) {
	for choice, want := range map[v1alpha1.RegionHosts]string{"": "", v1alpha1.RegionHostsDisabled: "", v1alpha1.RegionHostsEnabled: "Enabled"} {
		gc := sample()
		gc.Spec.Exposure.RegionHosts = choice
		m, problems := FromSpec(gc, facts())
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if config := m.Config(); config.RegionHosts != want || config.HasRegionHosts() != (want != "") || m.HasRegionHosts() != (want != "") {
			t.Errorf("%q: the config says %q", choice, config.RegionHosts)
		}
	}
}
