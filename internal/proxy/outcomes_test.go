package proxy

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Every request ends in one way, and is told of once.
func TestOutcomes(t *testing.T) {
	ca := newAuthority(t)
	reached, release := make(chan struct{}), make(chan struct{})
	upstream := serveTLS(t, ca, http2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/missing"):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
		case strings.HasSuffix(r.URL.Path, "/page"):
			_, _ = io.WriteString(w, "<html>")
		case strings.HasSuffix(r.URL.Path, "/half"):
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"items":[`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case strings.HasSuffix(r.URL.Path, "/slow"):
			reached <- struct{}{}
			<-release
			answer(`{}`).ServeHTTP(w, r)
		default:
			_, _ = io.Copy(io.Discard, r.Body)
			answer(`{}`).ServeHTTP(w, r)
		}
	}))
	defer close(release)
	ended := make(chan Outcome, 10)
	options := Options{Ended: func(region string, outcome Outcome) {
		if region != testRegion {
			t.Errorf("of region %s", region)
		}
		ended <- outcome
	}}
	next := func() Outcome {
		select {
		case outcome := <-ended:
			return outcome
		case <-time.After(20 * time.Second):
			return "none"
		}
	}
	bounds := Bounds{Timeout: usual.Timeout, Body: 1 << 10, Concurrent: 1}
	all := regionsAt(t, map[string]net.Addr{testRegion: upstream.Listener.Addr()}, ca.roots(), options, usual.with(bounds))
	url, client := console(t, all.Region(testRegion))
	for _, test := range []struct {
		path, body string
		want       Outcome
	}{
		{clustersPath, "", Answered},
		{clustersPath + "/missing", "", Answered},
		{"/regions/" + testRegion + "/login", "", Refused},
		{clustersPath + "/page", "", Failed},
		{clustersPath + "/half", "", BrokeOff},
		{clustersPath, strings.Repeat("x", 2<<10), Left},
	} {
		request, err := http.NewRequest(http.MethodPost, url+test.path, io.MultiReader(strings.NewReader(test.body))) // of a length that is not told
		if err != nil {
			t.Fatal(err)
		}
		if response, err := client.Do(request); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		if got := next(); got != test.want {
			t.Errorf("%s: %s, want %s", test.path, got, test.want)
		}
	}

	if response, _ := send(t, all.Region(testRegion).AtRoot("/api"), http.MethodGet, "/api/clusters_mgmt/v1/clusters", nil); response.StatusCode != http.StatusOK {
		t.Errorf("on a host of its own: %d", response.StatusCode)
	}
	if got := next(); got != Answered {
		t.Errorf("on a host of its own: %s", got)
	}

	leaving, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		request, err := http.NewRequestWithContext(leaving, http.MethodGet, url+clustersPath+"/slow", nil)
		if err != nil {
			return
		}
		if response, err := client.Do(request); err == nil {
			_ = response.Body.Close()
		}
	}()
	<-reached
	if usage := all.Usage(); len(usage) != 1 || usage[0] != (Usage{Region: testRegion, Used: 1, Total: 1}) {
		t.Errorf("with a request that waits: %+v", usage)
	}
	if response, _ := send(t, all.Region(testRegion), http.MethodGet, clustersPath, nil); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a slot: %d", response.StatusCode)
	}
	if got := next(); got != Full {
		t.Errorf("without a slot: %s", got)
	}
	leave()
	<-gone
	if got := next(); got != Left {
		t.Errorf("of a client that leaves: %s", got)
	}
	all.standings.record(testRegion, 0, time.Now(), func(o opinion) opinion { return o.turned(Unhealthy, Timeout, time.Now()) })
	send(t, all.Region(testRegion), http.MethodGet, clustersPath, nil)
	if got := next(); got != FailedFast {
		t.Errorf("of a region that is Unhealthy: %s", got)
	}
	if len(ended) != 0 {
		t.Errorf("told of one more: %s", <-ended)
	}
}
