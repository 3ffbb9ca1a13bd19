package console

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestConfigJSON(t *testing.T) {
	c := threeRegions(nil).build(t)
	response, body := get(t, c.Public(), "/config.json")
	want := `{"geography":{"name":"EU","countries":["DE","FR","IE"]},"hostname":"console.eu.example.com","version":"unknown",` +
		`"configDigest":"` + c.digest + `","auth":{"type":"None"},"regions":[{"id":"aws.eu-west-1","displayName":"Ireland","state":"Active"},` +
		`{"id":"aws.eu-central-1","displayName":"Frankfurt","state":"Active"},{"id":"aws.eu-west-3","displayName":"Paris","state":"Active"}]}` + "\n"
	if body != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	checkIsData(t, response)
}

// checkIsData checks the headers of every answer that is no page and no asset.
func checkIsData(t *testing.T, response reply) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff",
		"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
	} {
		if got := response.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q once", name, got, want)
		}
	}
}

func TestRegionsAndHealthFollowTheVerdicts(t *testing.T) {
	var down atomic.Bool
	fragile := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		aRegion(w, r)
	})
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": fragile, "aws.eu-central-1": fragile})
	c := p.build(t)
	started := time.Now().UTC().Truncate(time.Second)

	unknown := decode[regionStatusList](t, body(get(t, c.Public(), "/api/geo/v1/regions")))
	if unknown.Kind != "RegionStatusList" || len(unknown.Items) != 3 || unknown.Items[0].Verdict != "Unknown" || unknown.Items[0].Reason != "NotProbed" {
		t.Errorf("before the first probe: %+v", unknown)
	}
	probing(t, c)
	awaitVerdicts(t, c, "Healthy", "Healthy", "Healthy")
	down.Store(true)
	awaitVerdicts(t, c, "Unhealthy", "Unhealthy", "Healthy")

	list := decode[regionStatusList](t, body(get(t, c.Public(), "/api/geo/v1/regions")))
	if got := list.Items[1]; got.ID != "aws.eu-central-1" || got.DisplayName != "Frankfurt" || got.Verdict != "Unhealthy" || got.Reason != "UnexpectedStatus" {
		t.Errorf("the region that fell: %+v", got)
	}
	if since, err := time.Parse(time.RFC3339, list.Items[1].Since); err != nil || since.Before(started) {
		t.Errorf("since %q, %v", list.Items[1].Since, err)
	}
	if got := list.Items[2]; got.Verdict != "Healthy" || got.Reason != "" {
		t.Errorf("the region that stands: %+v", got)
	}
	if response, text := get(t, c.Public(), "/api/geo/v1/health"); response.StatusCode != http.StatusOK || text != `{"status":"ok"}`+"\n" {
		t.Errorf("two of three regions down: %d %s", response.StatusCode, text)
	}
}

func body(_ reply, text string) string { return text }

func TestHealthFailsWhenEveryRegionIsUnhealthy(t *testing.T) {
	down := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	c := threeRegions(map[string]http.Handler{"aws.eu-west-1": down, "aws.eu-central-1": down, "aws.eu-west-3": down}).build(t)
	if response, _ := get(t, c.Public(), "/api/geo/v1/health"); response.StatusCode != http.StatusOK {
		t.Errorf("before the first probe: %d", response.StatusCode)
	}
	probing(t, c)
	awaitVerdicts(t, c, "Unhealthy", "Unhealthy", "Unhealthy")
	response, text := get(t, c.Public(), "/api/geo/v1/health")
	if response.StatusCode != http.StatusServiceUnavailable || text != `{"status":"unavailable"}`+"\n" {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}

// Where a path leads, and what logs and metrics call it.
func TestRoutes(t *testing.T) {
	c := threeRegions(nil).build(t)
	for path, want := range map[string]struct{ pattern, region string }{
		"/":                         {"/*", ""},
		"/clusters/aws.eu-west-1/x": {"/*", ""},
		"/index.html":               {"/*", ""},
		"/apidocs":                  {"/*", ""},
		"/regionsx":                 {"/*", ""},
		"//regions/aws.eu-west-1":   {"/*", ""},
		"/x/../api/geo/v1/health":   {"/*", ""},
		"/%61pi/geo/v1/health":      {"/*", ""},
		"/assets/index-1.js":        {"/assets/*", ""},
		"/assets/../config.json":    {"/assets/*", ""},
		"/config.json":              {"/config.json", ""},
		"/licenses.md":              {"/licenses.md", ""},
		"/api":                      {"/api/*", ""},
		"/api/clusters_mgmt/v1":     {"/api/*", ""},
		"/api/geo/v1/regions":       {"/api/geo/v1/regions", ""},
		"/api/geo/v1/regions/":      {"/api/*", ""},
		"/api/geo/v1/health":        {"/api/geo/v1/health", ""},
		"/regions":                  {"/regions/{id}/api/*", ""},
		"/regions/":                 {"/regions/{id}/api/*", ""},
		"/regions/aws.eu-west-1":    {"/regions/{id}/api/*", "aws.eu-west-1"},
		"/regions/aws.eu-west-1/api/clusters_mgmt/v1": {"/regions/{id}/api/*", "aws.eu-west-1"},
		"/regions/aws.eu-west-1/../aws.eu-west-3/api": {"/regions/{id}/api/*", "aws.eu-west-1"},
		"/regions/aws%2eeu-west-1/api":                {"/regions/{id}/api/*", ""},
		"/regions/AWS.EU-WEST-1/api":                  {"/regions/{id}/api/*", ""},
		"/regions/elsewhere/api":                      {"/regions/{id}/api/*", ""},
		"/regions//api/clusters_mgmt/v1":              {"/regions/{id}/api/*", ""},
	} {
		if got := c.route(path); got.pattern != want.pattern || got.region != want.region {
			t.Errorf("%s leads to %s of %q, want %s of %q", path, got.pattern, got.region, want.pattern, want.region)
		}
	}
}

// No path is repaired on its way to a region: it is refused, and a redirect would be a repair.
func TestProperty10_PathsThatNeedRepairAreRefused(t *testing.T) {
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the region was asked") })})
	c := p.build(t)
	for _, path := range []string{
		"/regions/aws.eu-west-1", "/regions/aws.eu-west-1/", "/regions/aws.eu-west-1/api", "/regions/aws.eu-west-1//api/clusters_mgmt/v1",
		"/regions/aws.eu-west-1/api/clusters_mgmt/v1/", "/regions/aws.eu-west-1/api/clusters_mgmt/v1/../v1/x",
		"/regions/aws.eu-west-1/../aws.eu-west-3/api/clusters_mgmt/v1", "/regions/aws.eu-west-1/api/clusters_mgmt/%2e%2e/x",
		"/regions/aws.eu-west-1/metrics", "/regions/aws.eu-west-1/api/x/v1",
	} {
		response, text := get(t, c.Public(), path)
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(text, `"cause":"PathRefused"`) {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
		checkIsData(t, response)
	}
}

func TestUnknownRegionsAndTheGeographysAPIAreNamedNotEchoed(t *testing.T) {
	c := threeRegions(nil).build(t)
	for _, path := range []string{"/regions/mark/api/clusters_mgmt/v1/clusters", "/api/clusters_mgmt/v1/mark", "/api/mark"} {
		response, text := get(t, c.Public(), path)
		if response.StatusCode != http.StatusNotFound || strings.Contains(text, "mark") || !strings.Contains(text, "aws.eu-west-1, aws.eu-central-1, aws.eu-west-3") {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
		if !strings.Contains(text, `"kind":"Error","id":"404","href":"/api/geo/v1/errors/404","code":"GEOCONSOLE-404"`) {
			t.Errorf("%s: no OCM error: %s", path, text)
		}
		checkIsData(t, response)
	}
}

func TestProperty14_NavigationsToDataAreRefused(t *testing.T) {
	c := threeRegions(nil).build(t)
	for _, path := range []string{
		"/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters", "/regions/elsewhere/api", "/regions", "/api/geo/v1/regions",
		"/api/geo/v1/health", "/api/clusters_mgmt/v1/clusters", "/api",
	} {
		for header, value := range map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"} {
			response, text := ask(t, c.Public(), http.MethodGet, path, func(r *http.Request) { r.Header.Set(header, value) })
			if response.StatusCode != http.StatusForbidden || !strings.Contains(text, "NavigationRefused") {
				t.Errorf("%s with %s: %d %s", path, header, response.StatusCode, text)
			}
			checkIsData(t, response)
		}
	}
}

func TestMethods(t *testing.T) {
	c := threeRegions(nil).build(t)
	for _, path := range []string{"/", "/clusters", "/assets/index-1.js", "/config.json", "/licenses.md", "/api/geo/v1/regions", "/api/geo/v1/health"} {
		for method, want := range map[string]int{"GET": 200, "HEAD": 200, "POST": 405, "PUT": 405, "DELETE": 405, "OPTIONS": 405, "TRACE": 405} {
			response, _ := ask(t, c.Public(), method, path, func(r *http.Request) { r.Header.Set("Accept", "text/html") })
			if response.StatusCode != want {
				t.Errorf("%s %s: %d, want %d", method, path, response.StatusCode, want)
			}
		}
	}
}

// One browser, three regions: what goes to one goes nowhere else, and what has no region goes nowhere.
func TestProperty10_RegionRequestsReachThatRegionOnly(t *testing.T) {
	counts := map[string]*atomic.Int32{}
	handlers := map[string]http.Handler{}
	for _, id := range []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3"} {
		count := &atomic.Int32{}
		counts[id] = count
		handlers[id] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+id {
				t.Errorf("%s got the credential of another request", id)
			}
			count.Add(1)
			aRegion(w, r)
		})
	}
	c := threeRegions(handlers).build(t)
	for round, id := range []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3"} {
		for _, path := range []string{"/regions/" + id + "/api/clusters_mgmt/v1/clusters", "/api/clusters_mgmt/v1/clusters", "/regions/" + id + "x/api/clusters_mgmt/v1/clusters"} {
			ask(t, c.Public(), http.MethodPost, path, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+id) })
		}
		total := int32(0)
		for _, count := range counts {
			total += count.Load()
		}
		if counts[id].Load() != 1 || total != int32(round+1) {
			t.Errorf("after %s: it was asked %d times, all regions %d times", id, counts[id].Load(), total)
		}
	}
}
