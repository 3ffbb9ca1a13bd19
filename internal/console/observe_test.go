package console

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// Every request that could carry a secret, good and bad, at the most talkative level: no mark in any log line or metric.
func TestProperty9_NothingOfARequestIsLogged(t *testing.T) {
	p := threeRegions(map[string]http.Handler{
		"aws.eu-central-1": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; mark")
			w.Header().Set("X-Operation-Id", "mark")
			_, _ = io.WriteString(w, "mark")
		}),
		"aws.eu-west-3": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://mark.example.org/mark", http.StatusTemporaryRedirect)
		}),
	})
	c := p.build(t)
	// Then the third region is refused too, by its address.
	asked := 0
	for _, path := range []string{
		"/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters/mark", "/regions/aws.eu-central-1/api/clusters_mgmt/v1/clusters/mark",
		"/regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/mark", "/regions/aws.eu-west-1/mark", "/regions/mark/api/clusters_mgmt/v1/x",
		"/api/mark", "/api/geo/v1/regions", "/assets/mark.js", "/mark", "/", "/config.json", "/regions/aws.eu-west-1/api/clusters_mgmt/v1/%2e%2e/mark",
	} {
		for _, method := range []string{"GET", "POST", "MARK", "mark"} {
			for _, credential := range []string{"Bearer mark", "Basic mark", "AccessToken mark"} {
				ask(t, c.Public(), method, path+"?search=name+%3D+%27mark%27", func(r *http.Request) {
					r.Header.Set("Authorization", credential)
					r.Header.Set("Cookie", "mark=mark")
					r.Header.Set("User-Agent", "mark")
					r.Header.Set("X-Forwarded-For", "mark")
					r.Host = "mark.example.net"
					r.Body = io.NopCloser(strings.NewReader(`{"pull_secret":"mark"}`))
				})
				asked++
			}
		}
	}
	log := p.log.String()
	if lines := strings.Count(log, `"msg":"request"`); lines != asked {
		t.Errorf("%d lines for %d requests", lines, asked)
	}
	if !strings.Contains(log, "LeavesGeography") || !strings.Contains(log, "UnexpectedContent") {
		t.Error("the failures were not logged, so that this test would see nothing")
	}
	_, metrics := get(t, c.Internal(), "/metrics")
	_, status := get(t, c.Internal(), "/status")
	for name, text := range map[string]string{"the log": strings.ReplaceAll(log, "127.0.0.1:", ""), "the metrics": metrics, "the status": status} {
		if strings.Contains(strings.ToLower(text), "mark") {
			t.Errorf("%s holds a mark: %s", name, lineWith(text, "mark"))
		}
	}
	// The demo's own lines name loopback addresses; no other line may name one.
	for line := range strings.Lines(log) {
		if strings.Contains(line, "127.0.0.1") && !strings.Contains(line, "DEMO ONLY") {
			t.Errorf("a client's address is logged: %s", line)
		}
	}
}

func lineWith(text, mark string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(strings.ToLower(line), mark) {
			return line
		}
	}
	return ""
}

func TestAccessLogLine(t *testing.T) {
	p := threeRegions(nil)
	c := p.build(t)
	_, text := get(t, c.Public(), "/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters")
	var line map[string]any
	for candidate := range strings.Lines(p.log.String()) {
		if strings.Contains(candidate, `"msg":"request"`) {
			if err := json.Unmarshal([]byte(candidate), &line); err != nil {
				t.Fatal(err)
			}
		}
	}
	var fields []string
	for field := range line {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	want := []string{"aborted", "bytes", "cause", "duration_ms", "level", "method", "msg", "region", "route", "status", "time"}
	if !slices.Equal(fields, want) {
		t.Errorf("fields %v, want %v", fields, want)
	}
	if line["method"] != "GET" || line["route"] != "/regions/{id}/api/*" || line["region"] != "aws.eu-west-1" || line["status"] != 200.0 || line["bytes"] != float64(len(text)) {
		t.Errorf("%v", line)
	}
}

// The value of a panic may hold anything: the log gets the stack, the client a cut connection.
func TestProperty9_APanicIsLoggedWithoutItsValue(t *testing.T) {
	p := threeRegions(nil)
	c := p.build(t)
	broken := route{pattern: "/broken", handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("mark") })}
	func() {
		defer func() {
			if raised := recover(); raised != http.ErrAbortHandler { //nolint:errorlint // it is raised bare
				t.Errorf("raised %v", raised)
			}
		}()
		c.observe(broken, nil, newRequest(t))
	}()
	log := p.log.String()
	if strings.Contains(log, "mark") || !strings.Contains(log, "observe_test.go") || !strings.Contains(log, `"aborted":true`) {
		t.Errorf("log: %s", log)
	}
	if got := testutil.ToFloat64(c.metrics.requests.WithLabelValues("/broken", "", "aborted")); got != 1 {
		t.Errorf("counted %v", got)
	}
}

func newRequest(t *testing.T) *http.Request {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestProperty9_TheServersOwnLogIsWithheld(t *testing.T) {
	p := threeRegions(nil)
	c := p.build(t)
	c.server(c.Public(), answerMargin).ErrorLog.Print("http: panic serving 192.0.2.1:1234: mark")
	if log := p.log.String(); strings.Contains(log, "mark") || strings.Contains(log, "192.0.2.1") || !strings.Contains(log, "withheld") {
		t.Errorf("log: %s", log)
	}
}

func TestMetrics(t *testing.T) {
	down := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") })
	c := threeRegions(map[string]http.Handler{"aws.eu-west-3": down}).build(t)
	get(t, c.Public(), "/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters")
	get(t, c.Public(), "/regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters")
	get(t, c.Public(), "/regions/elsewhere/api")
	get(t, c.Public(), "/")
	want := `
# HELP geoconsole_requests_total Requests to the public port by route, region (empty when none) and class of the status code, or aborted.
# TYPE geoconsole_requests_total counter
geoconsole_requests_total{code="2xx",region="",route="/*"} 1
geoconsole_requests_total{code="2xx",region="aws.eu-west-1",route="/regions/{id}/api/*"} 1
geoconsole_requests_total{code="4xx",region="",route="/regions/{id}/api/*"} 1
geoconsole_requests_total{code="5xx",region="aws.eu-west-3",route="/regions/{id}/api/*"} 1
# HELP geoconsole_requests_in_flight Requests to the public port that are being served, by region (empty when none).
# TYPE geoconsole_requests_in_flight gauge
geoconsole_requests_in_flight{region=""} 0
geoconsole_requests_in_flight{region="aws.eu-west-1"} 0
geoconsole_requests_in_flight{region="aws.eu-west-3"} 0
# HELP geoconsole_region_failures_total Requests that a region failed, by the cause that the user was told.
# TYPE geoconsole_region_failures_total counter
geoconsole_region_failures_total{cause="UnexpectedContent",region="aws.eu-west-3"} 1
# HELP geoconsole_console_info Always 1; the release and the digest of the config that it loaded.
# TYPE geoconsole_console_info gauge
geoconsole_console_info{config="` + c.digest + `",version="unknown"} 1
# HELP geoconsole_endpoint_verdict 1 for the verdict on an endpoint of a region (by its index; the first healthy one serves), else 0.
# TYPE geoconsole_endpoint_verdict gauge
`
	for _, id := range []string{"aws.eu-central-1", "aws.eu-west-1", "aws.eu-west-3"} {
		for _, verdict := range []string{"Healthy", "Unhealthy"} {
			want += `geoconsole_endpoint_verdict{endpoint="0",region="` + id + `",verdict="` + verdict + "\"} 0\n"
		}
		want += `geoconsole_endpoint_verdict{endpoint="0",region="` + id + "\",verdict=\"Unknown\"} 1\n"
	}
	want += `# HELP geoconsole_region_slots How many requests may be with a region at once (spec.proxy.maxConcurrentRequests).
# TYPE geoconsole_region_slots gauge
# HELP geoconsole_region_slots_in_use How many requests are with a region now.
# TYPE geoconsole_region_slots_in_use gauge
# HELP geoconsole_region_serving_endpoint The index of the endpoint that requests to a region are sent to first; 0 also when all are Unhealthy.
# TYPE geoconsole_region_serving_endpoint gauge
# HELP geoconsole_region_requests_total Requests to a region, those that the geography's API makes too, by how they ended.
# TYPE geoconsole_region_requests_total counter
`
	for _, id := range []string{"aws.eu-central-1", "aws.eu-west-1", "aws.eu-west-3"} {
		label := `{region="` + id + `"} `
		want += "geoconsole_region_slots" + label + "256\ngeoconsole_region_slots_in_use" + label + "0\ngeoconsole_region_serving_endpoint" + label + "0\n"
		for _, outcome := range proxy.Outcomes() {
			count := "0"
			if outcome == proxy.Answered && id == "aws.eu-west-1" || outcome == proxy.Failed && id == "aws.eu-west-3" {
				count = "1"
			}
			want += `geoconsole_region_requests_total{outcome="` + string(outcome) + `",region="` + id + `"} ` + count + "\n"
		}
	}
	err := testutil.GatherAndCompare(c.metrics.registry, strings.NewReader(want), "geoconsole_requests_total", "geoconsole_requests_in_flight",
		"geoconsole_region_failures_total", "geoconsole_console_info", "geoconsole_endpoint_verdict",
		"geoconsole_region_slots", "geoconsole_region_slots_in_use", "geoconsole_region_serving_endpoint", "geoconsole_region_requests_total")
	if err != nil {
		t.Error(err)
	}
	if problems, err := testutil.GatherAndLint(c.metrics.registry); err != nil || len(problems) != 0 {
		t.Errorf("%v %v", problems, err)
	}
}
