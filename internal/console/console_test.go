package console

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

func TestNewRefusesAConfigThatDoesNotCheckOut(t *testing.T) {
	for name, test := range map[string]struct {
		edit  func(*geography.Config)
		names string
	}{
		"another format":        {func(c *geography.Config) { c.Format = 2 }, "format"},
		"no region":             {func(c *geography.Config) { c.Regions = nil }, "regions"},
		"an http endpoint":      {func(c *geography.Config) { c.Regions[0].Endpoints[0].URL = "http://example.com" }, "regions[0].endpoints[0].url"},
		"a CA bundle of no use": {func(c *geography.Config) { c.Regions[0].CABundle = "x" }, "regions[0].caBundle"},
		"a probe of a host":     {func(c *geography.Config) { c.HealthChecks.Path = "//evil.example.com/x" }, "healthChecks.path"},
	} {
		t.Run(name, func(t *testing.T) {
			p := threeRegions(nil)
			var file string
			p.edit = func(config *geography.Config) {
				bad := *config
				bad.Regions = []geography.ConfigRegion{config.Regions[0]}
				bad.Regions[0].Endpoints = []geography.ConfigEndpoint{config.Regions[0].Endpoints[0]}
				test.edit(&bad)
				file = writeConfig(t, bad)
			}
			p.build(t)
			checkRefused(t, file, test.names)
		})
	}
	t.Run("an unknown field", func(t *testing.T) {
		checkRefused(t, writeFileOf(t, []byte(`{"format":1,"surprise":true}`)), "surprise")
	})
	t.Run("an empty file", func(t *testing.T) { checkRefused(t, writeFileOf(t, nil), "config.json") })
	t.Run("no file", func(t *testing.T) { checkRefused(t, filepath.Join(t.TempDir(), "config.json"), "--config") })
}

// checkRefused expects an error that names the file and what is wrong in it.
func checkRefused(t *testing.T, file, names string) {
	t.Helper()
	_, err := New(Settings{ConfigFile: file, UI: builtUI(), Log: &output{}})
	if err == nil || !strings.Contains(err.Error(), names) || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("error %v, want one that names the file and %q", err, names)
	}
}

func TestNewRefusesAUserInterfaceThatItCannotServe(t *testing.T) {
	good := threeRegions(nil)
	var file string
	good.edit = func(config *geography.Config) { file = writeConfig(t, *config) }
	good.build(t)
	for name, ui := range map[string]fstest.MapFS{
		"no page":         {"licenses.md": {}, "assets/a.js": {}},
		"no licences":     {"index.html": {}, "assets/a.js": {}},
		"no assets":       {"index.html": {}, "licenses.md": {}},
		"an unknown type": {"index.html": {}, "licenses.md": {}, "assets/a.exe": {}},
	} {
		if _, err := New(Settings{ConfigFile: file, UI: ui, Log: &output{}}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Whoever lifts the dial-time refusal reads it in the log, at every level.
func TestProperty12_TheDemoIsLoud(t *testing.T) {
	p := threeRegions(nil)
	p.edit = func(config *geography.Config) { config.LogLevel = "Error" }
	p.build(t)
	if log := p.log.String(); strings.Count(log, "DEMO ONLY") != 3 || !strings.Contains(log, "example.com:9001") {
		t.Errorf("log: %s", log)
	}
}

// Without the demo's mapping no region is reached on loopback or a metadata address, though one listens there.
func TestProperty12_RegionsOnRefusedAddressesAreNotReached(t *testing.T) {
	reached := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a region on loopback was reached") })
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": reached, "aws.eu-central-1": reached})
	c := p.build(t)
	// A config file cannot hold an address; a name that leads to one ends in the same dial.
	for i, endpoint := range []string{p.demoDial["example.com:9001"].String(), p.demoDial["example.com:9002"].String(), "169.254.169.254"} {
		c.config.Regions[i].Endpoints[0].URL = "https://" + endpoint
	}
	if err := c.buildRegions(nil); err != nil {
		t.Fatal(err)
	}
	for _, id := range p.order {
		response, body := get(t, c.Public(), "/regions/"+id+"/api/clusters_mgmt/v1/clusters")
		if response.StatusCode != http.StatusBadGateway || !strings.Contains(body, `"cause":"DestinationRefused"`) {
			t.Errorf("%s: %d %s", id, response.StatusCode, body)
		}
	}
	probing(t, c)
	awaitVerdicts(t, c, "Unhealthy", "Unhealthy", "Unhealthy")
	standings, _ := c.regions.Standings()
	for _, standing := range standings {
		if standing.Reason != "DestinationRefused" {
			t.Errorf("%+v", standing)
		}
	}
}
