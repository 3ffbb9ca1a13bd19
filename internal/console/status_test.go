package console

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

func TestStatusTellsTheVerdicts(t *testing.T) {
	c := threeRegions(nil).build(t)
	response, text := get(t, c.Internal(), "/status")
	report, err := geography.DecodeReport([]byte(text))
	if err != nil || response.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%v: %s", err, text)
	}
	if report.Config != c.digest || report.Version != Version || len(report.Regions) != 3 {
		t.Errorf("%+v", report)
	}
	if want := (geography.RegionReport{ID: "aws.eu-west-1", Verdict: geography.Unknown, Reason: "NotProbed"}); report.Regions[0] != want {
		t.Errorf("%+v, want %+v", report.Regions[0], want)
	}
	checkIsData(t, response)
}

// What this side may say and what the operator's side understands are two lists: they must not part.
func TestStatusSpeaksTheOperatorsVocabulary(t *testing.T) {
	c := threeRegions(nil).build(t)
	report, _, _ := c.report()
	said := map[proxy.Verdict][]proxy.Cause{
		proxy.Healthy: {""}, proxy.Unhealthy: proxy.ProbeReasons(), proxy.Unknown: proxy.ProbeReasons(),
	}
	for verdict, reasons := range said {
		for _, reason := range reasons {
			report.Regions[0].Reason, report.Regions[0].Verdict = string(reason), geography.Verdict(verdict)
			recorded := httptest.NewRecorder()
			writeJSON(recorded, http.StatusOK, report)
			if _, err := geography.DecodeReport(recorded.Body.Bytes()); err != nil {
				t.Errorf("%s %q: %v", verdict, reason, err)
			}
		}
	}
}

func TestStatusOfTheLargestGeographyIsShort(t *testing.T) {
	p := threeRegions(nil)
	p.edit = func(config *geography.Config) {
		for i := range 61 {
			region := config.Regions[0]
			region.ID = fmt.Sprintf("%s%02d", strings.Repeat("r", 46), i)
			region.Endpoints = []geography.ConfigEndpoint{{URL: fmt.Sprintf("https://example.com:%d", 10000+i)}}
			config.Regions = append(config.Regions, region)
		}
	}
	_, text := get(t, p.build(t).Internal(), "/status")
	if report, err := geography.DecodeReport([]byte(text)); err != nil || len(report.Regions) != 64 {
		t.Errorf("%d bytes: %v", len(text), err)
	}
}

// poll opens a long poll, which must succeed, and returns the body of its answer as soon as the headers are there.
func poll(t *testing.T, handler http.Handler, query string) io.Reader {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	response, err := client.Get(server.URL + "/status" + query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	return response.Body
}

func readReport(t *testing.T, body io.Reader) geography.Report {
	t.Helper()
	text, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	report, err := geography.DecodeReport(text)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return report
}

func TestStatusAnswersAtOnceWhenTheDigestIsAnother(t *testing.T) {
	c := threeRegions(nil).build(t)
	for _, query := range []string{"?wait=300s&after=0000000000000000", "?wait=300s", "?wait=300s&after=", "?after=x", "?wait=0s"} {
		readReport(t, poll(t, c.Internal(), query))
	}
}

// The headers come before the wait, the body with the change.
func TestStatusAnswersOnAChange(t *testing.T) {
	var down atomic.Bool
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		aRegion(w, r)
	})})
	c := p.build(t)
	probing(t, c)
	awaitVerdicts(t, c, "Healthy", "Healthy", "Healthy")
	before, _, _ := c.report()

	body := poll(t, c.Internal(), "?wait=300s&after="+before.Digest)
	down.Store(true)
	after := readReport(t, body)
	if after.Digest == before.Digest || after.Regions[0].Verdict != geography.Unhealthy || after.Regions[0].Reason != "UnexpectedStatus" {
		t.Errorf("%+v", after)
	}
}

func TestStatusAnswersWhenTheWaitIsOver(t *testing.T) {
	c := threeRegions(nil).build(t)
	before, _, _ := c.report()
	start := time.Now()
	report := readReport(t, poll(t, c.Internal(), "?wait=50ms&after="+before.Digest))
	if took := time.Since(start); report.Digest != before.Digest || took < 50*time.Millisecond {
		t.Errorf("after %s: %+v", took, report)
	}
}

func TestStatusEndsWhenTheCallerLeaves(t *testing.T) {
	c := threeRegions(nil).build(t)
	before, _, _ := c.report()
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		c.Internal().ServeHTTP(w, r)
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(context.Background())
	request, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/status?wait=300s&after="+before.Digest, nil)
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	cancel()
	<-ended
}

func TestStatusRefusesABadWait(t *testing.T) {
	c := threeRegions(nil).build(t)
	for _, wait := range []string{"", "x", "-1s", "301s", "300", "1h"} {
		if response, text := get(t, c.Internal(), "/status?wait="+wait); response.StatusCode != http.StatusBadRequest || !strings.Contains(text, "300s") {
			t.Errorf("%q: %d %s", wait, response.StatusCode, text)
		}
	}
}

func TestInternalPort(t *testing.T) {
	c := threeRegions(nil).build(t)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/metrics": 200, "/status": 200, "/": 404, "/config.json": 404, "/api/geo/v1/regions": 404, "/regions/aws.eu-west-1/api/clusters_mgmt/v1/x": 404, "/debug/pprof/": 404} {
		response, text := get(t, c.Internal(), path)
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, response.StatusCode, want)
		}
		if strings.Contains(text, "example.com") {
			t.Errorf("%s names an endpoint or host", path)
		}
		checkIsData(t, response)
	}
	c.ready.Store(true)
	if response, _ := get(t, c.Internal(), "/readyz"); response.StatusCode != http.StatusOK {
		t.Errorf("/readyz while serving: %d", response.StatusCode)
	}
}
