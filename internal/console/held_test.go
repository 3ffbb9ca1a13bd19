package console

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// counting is a region that counts what it is asked.
func counting(asked *atomic.Int32) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		aRegion(w, r)
	})
}

const clustersOf = "/api/clusters_mgmt/v1/clusters"

// A region that is held is not asked, whatever the method; whoever asks for it reads why. The others are as ever.
func TestRegionsThatAreHeldAreNotAsked(t *testing.T) {
	var held, active atomic.Int32
	_, c, m := mounted(t, regionsIn(map[string]v1alpha1.RegionState{
		"aws.eu-west-1": v1alpha1.RegionMaintenance, "aws.eu-central-1": v1alpha1.RegionDrained,
	}, `Back <b>soon</b>.`), map[string]http.Handler{
		"aws.eu-west-1": counting(&held), "aws.eu-central-1": counting(&held), "aws.eu-west-3": counting(&active),
	})
	for id, want := range map[string]struct{ cause, retryAfter, reason string }{
		"aws.eu-west-1":    {"RegionMaintenance", "60", `Region aws.eu-west-1 is under maintenance. Back \u003cb\u003esoon\u003c/b\u003e.`},
		"aws.eu-central-1": {"RegionDrained", "", `Region aws.eu-central-1 is taken out of service. Back \u003cb\u003esoon\u003c/b\u003e.`},
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PATCH", "DELETE"} {
			response, text := ask(t, c.Public(), method, "/regions/"+id+clustersOf, nil)
			if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != want.retryAfter {
				t.Errorf("%s %s: %d, Retry-After %q", method, id, response.StatusCode, response.Header.Get("Retry-After"))
			}
			if method != "HEAD" && (!strings.Contains(text, `"details":[{"region":"`+id+`","cause":"`+want.cause+`"}]`) ||
				!strings.Contains(text, `"reason":"`+want.reason+`"`) || !strings.Contains(text, `"kind":"Error","id":"503"`)) {
				t.Errorf("%s %s: %s", method, id, text)
			}
			checkIsData(t, response)
		}
	}
	if response, text := get(t, c.Public(), "/regions/aws.eu-west-3"+clustersOf); response.StatusCode != http.StatusOK {
		t.Errorf("the Active region: %d %s", response.StatusCode, text)
	}
	if held.Load() != 0 || active.Load() != 1 {
		t.Errorf("the held regions were asked %d times, the Active one %d times", held.Load(), active.Load())
	}

	m.put(t, regionsIn(nil, ""))
	c.live.look()
	if response, text := get(t, c.Public(), "/regions/aws.eu-west-1"+clustersOf); response.StatusCode != http.StatusOK || held.Load() != 1 {
		t.Errorf("Active again: %d %s, asked %d times", response.StatusCode, text, held.Load())
	}
}

func TestAHeldRegionWithoutAMessageSaysWhatItIs(t *testing.T) {
	_, c, _ := mounted(t, regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": v1alpha1.RegionMaintenance}, ""), nil)
	if _, text := get(t, c.Public(), "/regions/aws.eu-west-1"+clustersOf); !strings.Contains(text, "Region aws.eu-west-1 is under maintenance. Try again later; other regions are not affected.") {
		t.Error(text)
	}
}

// In maintenance no API path leads anywhere, and all that people need to read why is there.
func TestMaintenanceOfTheGeography(t *testing.T) {
	var asked atomic.Int32
	region := counting(&asked)
	l := regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-3": v1alpha1.RegionDrained}, "Moved.")
	l.Maintenance = &geography.LiveMaintenance{Message: "Back at 12:00 UTC."}
	_, c, _ := mounted(t, l, map[string]http.Handler{"aws.eu-west-1": region, "aws.eu-central-1": region, "aws.eu-west-3": region})
	for _, path := range []string{
		"/regions/aws.eu-west-1" + clustersOf, "/regions/aws.eu-west-3" + clustersOf, "/regions/elsewhere" + clustersOf, clustersOf, "/api", "/api/accounts_mgmt/v1/current_account",
	} {
		response, text := get(t, c.Public(), path)
		if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "60" ||
			!strings.Contains(text, `"reason":"Geography EU is under maintenance. Back at 12:00 UTC."`) || !strings.Contains(text, `"cause":"GeographyMaintenance"`) {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
		checkIsData(t, response)
	}
	for _, path := range []string{"/", "/clusters", "/assets/index-1.js", "/config.json", "/licenses.md", "/api/geo/v1/regions", "/api/geo/v1/health"} {
		response, text := ask(t, c.Public(), http.MethodGet, path, func(r *http.Request) { r.Header.Set("Accept", "text/html") })
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
	}
	if config := body(get(t, c.Public(), "/config.json")); !strings.Contains(config, `"maintenance":{"message":"Back at 12:00 UTC."}`) {
		t.Error(config)
	}
	if asked.Load() != 0 {
		t.Errorf("regions were asked %d times", asked.Load())
	}
}

func TestProperty14_NavigationsToHeldRegionsAreRefused(t *testing.T) {
	l := regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": v1alpha1.RegionDrained}, "Moved.")
	for name, maintenance := range map[string]*geography.LiveMaintenance{"a region": nil, "the geography": {Message: "Back at 12:00 UTC."}} {
		l.Maintenance = maintenance
		_, c, _ := mounted(t, l, nil)
		for _, path := range []string{"/regions/aws.eu-west-1" + clustersOf, "/regions/elsewhere" + clustersOf, clustersOf} {
			response, text := ask(t, c.Public(), http.MethodGet, path, func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", "navigate") })
			if response.StatusCode != http.StatusForbidden || !strings.Contains(text, "NavigationRefused") {
				t.Errorf("%s held, %s: %d %s", name, path, response.StatusCode, text)
			}
			checkIsData(t, response)
		}
	}
}

func TestStatesAndMessagesAreTold(t *testing.T) {
	_, c, _ := mounted(t, regionsIn(map[string]v1alpha1.RegionState{"aws.eu-central-1": v1alpha1.RegionMaintenance}, "Until noon."), nil)
	list := decode[regionStatusList](t, body(get(t, c.Public(), "/api/geo/v1/regions")))
	if got := list.Items[1]; got.State != v1alpha1.RegionMaintenance || got.Message != "Until noon." {
		t.Errorf("%+v", got)
	}
	if got := list.Items[0]; got.State != v1alpha1.RegionActive || got.Message != "" {
		t.Errorf("%+v", got)
	}
	config := body(get(t, c.Public(), "/config.json"))
	if !strings.Contains(config, `{"id":"aws.eu-central-1","displayName":"Frankfurt","state":"Maintenance","message":"Until noon."}`) || strings.Contains(config, `"maintenance"`) {
		t.Error(config)
	}
}

// A health check in front of several clusters counts Active regions alone. They are still probed when they are not Active,
// so that their verdict is known when they are used again.
func TestHealthCountsActiveRegions(t *testing.T) {
	down := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	_, c, m := mounted(t, regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": v1alpha1.RegionDrained}, ""),
		map[string]http.Handler{"aws.eu-west-1": down, "aws.eu-central-1": down})
	probing(t, c)
	awaitVerdicts(t, c, "Unhealthy", "Unhealthy", "Healthy")
	maintenance := regionsIn(nil, "")
	maintenance.Maintenance = &geography.LiveMaintenance{Message: "Back at 12:00 UTC."}
	drained := v1alpha1.RegionDrained
	for _, test := range []struct {
		name string
		live geography.Live
		want int
	}{
		{"a healthy one is Active", regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": drained}, ""), http.StatusOK},
		{"only unhealthy ones are Active", regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-3": drained}, ""), http.StatusServiceUnavailable},
		{"none is Active", regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": drained, "aws.eu-central-1": drained, "aws.eu-west-3": drained}, ""), http.StatusOK},
		{"the geography is in maintenance", maintenance, http.StatusOK},
	} {
		m.put(t, test.live)
		c.live.look()
		if response, _ := get(t, c.Public(), "/api/geo/v1/health"); response.StatusCode != test.want {
			t.Errorf("%s: %d, want %d", test.name, response.StatusCode, test.want)
		}
	}
}
