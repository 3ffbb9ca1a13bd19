package console

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// accessLine is what the access log says of one request.
type accessLine struct {
	Time     time.Time `json:"time"`
	Level    string    `json:"level"`
	Message  string    `json:"msg"`
	Method   string    `json:"method"`
	Route    string    `json:"route"`
	Region   string    `json:"region"`
	Status   int       `json:"status"`
	Cause    string    `json:"cause"`
	Aborted  bool      `json:"aborted"`
	Duration float64   `json:"duration_ms"`
	Bytes    int64     `json:"bytes"`
}

// accessLines are the lines of the access log, and have no field that an accessLine lacks.
func accessLines(t *testing.T, log string) []accessLine {
	t.Helper()
	var lines []accessLine
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"msg":"request"`) {
			lines = append(lines, decode[accessLine](t, line))
		}
	}
	return lines
}

// oneCluster is a region that has one cluster and says no to everything else.
func oneCluster(id string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case clustersOf + "/" + id:
			_, _ = fmt.Fprintf(w, `{"kind":"Cluster","id":%q}`, id)
		case clustersOf:
			_, _ = fmt.Fprintf(w, `{"kind":"ClusterList","total":1,"items":[{"id":%q}]}`, id)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"kind":"Error","id":"404"}`)
		}
	})
}

// Where a request led, to which region, and why the console answered itself: told for each of the ways, by closed words.
func TestTheAccessLogTellsWhereARequestLed(t *testing.T) {
	hangUp := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": oneCluster("a"), "aws.eu-central-1": oneCluster("b")})
	p.edit = withRegionHosts
	m := newMount(t, regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-3": v1alpha1.RegionDrained}, ""))
	p.live = m.file()
	broken := threeRegions(map[string]http.Handler{"aws.eu-west-1": oneCluster("a"), "aws.eu-central-1": hangUp})
	c, lame := p.build(t), broken.build(t)
	for _, test := range []struct {
		console            *Console
		method, host, path string
		want               accessLine
	}{
		{c, "GET", "", "/", accessLine{Route: "/*", Status: 200}},
		{c, "GET", "", clustersOf, accessLine{Route: clustersOf, Status: 200}},
		{c, "GET", "", clustersOf + "/a", accessLine{Route: clustersOf + "/{id}", Region: "aws.eu-west-1", Status: 200}},
		{c, "GET", "", clustersOf + "/z", accessLine{Route: clustersOf + "/{id}", Region: "aws.eu-west-3", Status: 503, Cause: "RegionDrained"}},
		{c, "DELETE", "", clustersOf + "/b/groups/x/users/y", accessLine{Route: clustersOf + "/{id}/{rest...}", Region: "aws.eu-central-1", Status: 404}},
		{c, "GET", "", "/api/clusters_mgmt/v1/nothing", accessLine{Route: "/api/*", Status: 404, Cause: "PathRefused"}},
		{c, "POST", "", accountsOf + "/access_token", accessLine{Route: accountsOf + "/access_token", Status: 400, Cause: "PathRefused"}},
		{c, "GET", "", "/regions/aws.eu-west-1" + clustersOf + "/a", accessLine{Route: "/regions/{id}/api/*", Region: "aws.eu-west-1", Status: 200}},
		{c, "GET", "", "/regions/aws.eu-west-3" + clustersOf, accessLine{Route: "/regions/{id}/api/*", Region: "aws.eu-west-3", Status: 503, Cause: "RegionDrained"}},
		{c, "GET", "", "/regions/x/api/y", accessLine{Route: "/regions/{id}/api/*", Status: 404, Cause: "RegionNotFound"}},
		{c, "GET", west, clustersOf + "/a", accessLine{Route: "{id}.{hostname}/api/*", Region: "aws.eu-west-1", Status: 200}},
		{c, "GET", west, "/", accessLine{Route: "{id}.{hostname}/*", Region: "aws.eu-west-1", Status: 404, Cause: "PathRefused"}},
		{c, "GET", "x." + west, "/", accessLine{Route: "*.{hostname}/*", Status: 421, Cause: "HostRefused"}},
		{lame, "GET", "", clustersOf, accessLine{Route: clustersOf, Region: "aws.eu-central-1", Status: 503, Cause: "ConnectionFailed"}},
		{lame, "GET", "", "/regions/aws.eu-central-1" + clustersOf, accessLine{Route: "/regions/{id}/api/*", Region: "aws.eu-central-1", Status: 502, Cause: "ConnectionFailed"}},
	} {
		log := &p.log
		if test.console == lame {
			log = &broken.log
		}
		before := len(accessLines(t, log.String()))
		_, text := ask(t, test.console.Public(), test.method, test.path, func(r *http.Request) {
			if test.host != "" {
				r.Host = test.host
			}
		})
		lines := accessLines(t, log.String())
		if len(lines) != before+1 {
			t.Errorf("%s %s%s: %d lines", test.method, test.host, test.path, len(lines)-before)
			continue
		}
		got := lines[before]
		test.want.Time, test.want.Duration, test.want.Bytes = got.Time, got.Duration, int64(len(text))
		test.want.Level, test.want.Message, test.want.Method = "INFO", "request", test.method
		if got != test.want {
			t.Errorf("%s %s%s:\n got %+v\nwant %+v", test.method, test.host, test.path, got, test.want)
		}
	}
}

// A cluster that its region alone answers for is logged with that region, whether its owner had to be found or is known.
func TestTheAccessLogTellsTheOwner(t *testing.T) {
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": oneCluster("a"), "aws.eu-central-1": oneCluster("b"), "aws.eu-west-3": oneCluster("c")})
	c := p.build(t)
	for range 2 {
		get(t, c.Public(), clustersOf+"/b")
	}
	for i, line := range accessLines(t, p.log.String()) {
		if line.Status != http.StatusOK || line.Region != "aws.eu-central-1" || line.Route != clustersOf+"/{id}" {
			t.Errorf("request %d: %+v", i, line)
		}
	}
}

func TestTheAccessLogTellsWhyATokenIsRefused(t *testing.T) {
	p := threeRegions(nil)
	c, _ := loggingIn(t, p)
	get(t, c.Public(), clustersOf)
	if lines := accessLines(t, p.log.String()); len(lines) != 1 || lines[0].Status != http.StatusUnauthorized || lines[0].Cause != "TokenMissing" {
		t.Errorf("%+v", lines)
	}
}

// What spec.console.logLevel chooses: trouble of the console itself, the requests too, and the questions behind them too.
func TestLogLevels(t *testing.T) {
	for level, want := range map[string]struct{ requests, questions, failures int }{
		"Error": {0, 0, 0}, "Info": {3, 0, 2}, "Debug": {3, 4, 2},
	} {
		p := threeRegions(map[string]http.Handler{
			"aws.eu-west-1": oneCluster("a"), "aws.eu-central-1": oneCluster("b"),
			"aws.eu-west-3": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
		})
		p.edit = func(config *geography.Config) { config.LogLevel = level }
		c := p.build(t)
		get(t, c.Public(), clustersOf)                                  // three questions, of which one fails
		get(t, c.Public(), "/api/clusters_mgmt/v1")                     // one question
		get(t, c.Public(), "/regions/aws.eu-west-3"+clustersOf+"/mark") // fails
		log := p.log.String()
		got := struct{ requests, questions, failures int }{
			strings.Count(log, `"msg":"request"`), strings.Count(log, `"msg":"a region was asked"`), strings.Count(log, `"msg":"a region failed a request"`),
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v:\n%s", level, got, want, log)
		}
		if level == "Debug" && !strings.Contains(log, `"region":"aws.eu-west-3","status":502,"cause":"ConnectionFailed","duration_ms":`) {
			t.Errorf("%s: the log does not tell which question failed: %s", level, log)
		}
		tellsPanics(t, c, p)
	}
}

// tellsPanics makes a handler panic: that is told at every level.
func tellsPanics(t *testing.T, c *Console, p *plan) {
	t.Helper()
	func() {
		defer func() { _ = recover() }()
		c.observe(route{pattern: "/broken", handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("mark") })}, nil, newRequest(t))
	}()
	if log := p.log.String(); !strings.Contains(log, `"msg":"a handler panicked"`) || strings.Contains(log, "mark") {
		t.Errorf("log: %s", log)
	}
}

// Marks are sent in every place of a request that a user fills, by every way through the console, and come back in every
// answer. None of them, as it is or encoded, is in a line of the log, in a metric or in the status.
func TestProperty9_NoWayThroughTheConsoleLogsWhatIsAsked(t *testing.T) {
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": echo, "aws.eu-central-1": echo, "aws.eu-west-3": echo})
	c, _ := withAccounts(t, p, echo)
	asked := 0
	for _, host := range []string{"console.eu.example.com", west, "mark.console.eu.example.com", "mark.example.net"} {
		for _, path := range []string{
			clustersOf, clustersOf + "/mark", clustersOf + "/mark/groups/mark/users/mark", accountsOf + "/subscriptions/mark", accountsOf + "/organizations/mark/quota_cost",
			accountsOf + "/access_token", accountsOf + "/accounts/mark", accountsOf + "/regions/mark", "/api/clusters_mgmt/v1/cloud_providers/mark/available_regions",
			"/api/clusters_mgmt/v1/versions/mark", "/api/service_logs/v1/clusters/cluster_logs", "/api/addons_mgmt/v1/clusters/mark/addons", "/api/clusters_mgmt/v1/products/mark/x",
			"/regions/aws.eu-west-1" + clustersOf + "/mark", "/regions/mark" + clustersOf, "/clusters/mark", "/assets/mark",
		} {
			for _, query := range []string{
				"?search=id+%3D+%27mark%27+or+name+%3D+%27mark%27", "?order=mark&page=1&size=2", "?cluster_id=mark", "?partial=mark", "?page=mark", "?mark=%zz",
			} {
				for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
					ask(t, c.Public(), method, path+query, func(r *http.Request) {
						r.Host = host
						r.Header.Set("Authorization", "Bearer mark")
						r.Header.Set("Cookie", "mark=mark")
						r.Header.Set("User-Agent", "mark")
						r.Header.Set("Accept-Language", "mark")
						r.Header.Set("If-Match", "mark")
						r.Header.Set("Forwarded", "for=mark;host=mark")
						r.Header.Set("X-Operation-Id", "mark")
						if method != http.MethodGet {
							r.Body = io.NopCloser(strings.NewReader(`{"name":"mark","region":{"id":"mark"},"aws":{"secret_access_key":"mark"}}`))
						}
					})
					asked++
				}
			}
		}
	}
	log := p.log.String()
	if lines := strings.Count(log, `"msg":"request"`); lines != asked {
		t.Errorf("%d lines for %d requests", lines, asked)
	}
	for _, cause := range []string{"RegionNotFound", "HostRefused", "QueryRefused", "MethodRefused", "CloudRegionOfferedTwice", "ClaimedTwice"} {
		if !strings.Contains(log, `"cause":"`+cause+`"`) {
			t.Errorf("no request led to %s: this test does not see what it should", cause)
		}
	}
	_, metrics := get(t, c.Internal(), "/metrics")
	_, status := get(t, c.Internal(), "/status")
	for name, text := range map[string]string{"the log": log, "the metrics": metrics, "the status": status} {
		for _, mark := range []string{"mark", "6d61726b", "bWFya"} { // as it is, in hexadecimal, in base64
			if strings.Contains(strings.ToLower(text), strings.ToLower(mark)) {
				t.Errorf("%s holds a mark: %s", name, lineWith(text, mark))
			}
		}
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, "127.0.0.1") && !strings.Contains(line, "DEMO ONLY") {
			t.Errorf("a client's address is logged: %s", line)
		}
	}
}

// echo answers everything with what it was asked and with marks, a list and an object in one.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Operation-Id", "mark")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"kind": "mark", "id": "mark", "total": 1, "said": r.RequestURI, "items": []any{map[string]string{"id": "mark", "name": "mark"}},
	})
})
