package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var testProbing = Probing{
	Path: "/api/clusters_mgmt/v1", Interval: 10 * time.Second, Timeout: 3 * time.Second, FailureThreshold: 3, SuccessThreshold: 2,
}

func TestJudge(t *testing.T) {
	endpoint := &url.URL{Scheme: "https", Host: testHost, Path: "/api/clusters_mgmt/v1"}
	for _, test := range []struct {
		status   int
		location string
		want     Cause
	}{
		{200, "", ""},
		{204, "", ""},
		{401, "", ""},
		{403, "", ""},
		{404, "", UnexpectedStatus},
		{429, "", UnexpectedStatus},
		{500, "", UnexpectedStatus},
		{503, "", UnexpectedStatus},
		{304, "", UnexpectedStatus},
		{307, "", UnexpectedStatus},
		{307, "/api/accounts_mgmt/v1", UnexpectedStatus},
		{302, "/login", UnexpectedStatus},
		{307, "https://api.example.com/api/clusters_mgmt/v1", LeavesGeography},
		{301, "http://" + testHost + "/api/clusters_mgmt/v1", LeavesGeography},
		{308, "//api.example.com/", LeavesGeography},
	} {
		response := &http.Response{StatusCode: test.status, Header: http.Header{}, Request: &http.Request{URL: endpoint}}
		if test.location != "" {
			response.Header.Set("Location", test.location)
		}
		if got := judge(response, endpoint); got != test.want {
			t.Errorf("%d %s: got %q, want %q", test.status, test.location, got, test.want)
		}
	}
}

// asked is a region that records when it is asked, and answers with a status, or hangs when that is 0.
type asked struct {
	status   atomic.Int32
	requests chan *http.Request
}

func (a *asked) RoundTrip(request *http.Request) (*http.Response, error) {
	a.requests <- request
	status := int(a.status.Load())
	if status == 0 {
		<-request.Context().Done()
		return nil, request.Context().Err()
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: request}, nil
}

func startProber(ctx context.Context, region *asked) *standings {
	s := newStandings(func(Standing) {})
	s.add(testRegion, 1, time.Now())
	p := prober{
		region: testRegion, url: &url.URL{Scheme: "https", Host: testHost, Path: testProbing.Path},
		probing: testProbing, carrier: region, standings: s,
	}
	go p.run(ctx)
	return s
}

// In a bubble the clock is virtual: hours of probing take no time, and a goroutine that stays fails the test.
func TestProberFindsOutageAndRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		region := &asked{requests: make(chan *http.Request, 1000)}
		region.status.Store(200)
		s := startProber(ctx, region)
		synctest.Wait()
		expect := func(when string, verdict Verdict, reason Cause) {
			t.Helper()
			synctest.Wait()
			if got := s.one(testRegion); got.Verdict != verdict || got.Reason != reason {
				t.Errorf("%s: %s %q, want %s %q", when, got.Verdict, got.Reason, verdict, reason)
			}
		}
		expect("at once", Healthy, "")

		region.status.Store(500)
		time.Sleep(24 * time.Second) // two probes at most: three need 27 s
		expect("after two failures", Healthy, "")
		time.Sleep(9*time.Second + time.Millisecond) // the third begins 33 s later at the latest
		expect("after three failures", Unhealthy, UnexpectedStatus)

		region.status.Store(0) // three probes that hang take 3 s each
		time.Sleep(3 * 14 * time.Second)
		expect("after three that hang", Unhealthy, Timeout)

		region.status.Store(200)
		time.Sleep(3*time.Second + 23*time.Second)
		expect("after two good ones", Healthy, "")
	})
}

func TestProberKeepsItsInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		region := &asked{requests: make(chan *http.Request, 1000)}
		region.status.Store(200)
		startProber(ctx, region)
		time.Sleep(1000*time.Second + time.Millisecond)
		synctest.Wait()
		// 9 to 11 seconds between two.
		if n := len(region.requests); n < 91 || n > 112 {
			t.Errorf("%d probes in 1000 s", n)
		}
	})
}

func TestProbeHasNoCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		region := &asked{requests: make(chan *http.Request, 1000)}
		region.status.Store(200)
		startProber(ctx, region)
		request := <-region.requests
		for name := range request.Header {
			if name != "Accept" && name != "User-Agent" {
				t.Errorf("the probe sends %s", name)
			}
		}
		if got := request.Method + " " + request.URL.String(); got != "GET https://"+testHost+testProbing.Path {
			t.Errorf("the probe asks %s", got)
		}
	})
}

// endless is a body that never ends.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) { e.read.Add(int64(len(p))); return len(p), nil }
func (e *endless) Close() error               { return nil }

func TestProbeReadsABoundedBody(t *testing.T) {
	body := &endless{}
	p := prober{url: &url.URL{Scheme: "https", Host: testHost}, probing: testProbing, carrier: roundTripFunc(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: body, Request: r}, nil
	})}
	if cause := p.probe(context.Background()); cause != "" {
		t.Errorf("got %s", cause)
	}
	if read := body.read.Load(); read > 2*maxProbeBytes {
		t.Errorf("%d bytes were read", read)
	}
}

func TestProbeOfABodyThatBreaks(t *testing.T) {
	p := prober{url: &url.URL{Scheme: "https", Host: testHost}, probing: testProbing, carrier: roundTripFunc(func(r *http.Request) (*http.Response, error) {
		broken := io.MultiReader(bytes.NewReader([]byte("{")), errorReader{})
		return &http.Response{StatusCode: 200, Body: io.NopCloser(broken), Request: r}, nil
	})}
	if cause := p.probe(context.Background()); cause != ConnectionFailed {
		t.Errorf("got %q", cause)
	}
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A probe over a connection that is kept would not see a name that moved or a certificate that expired.
func TestEveryProbeOpensItsOwnConnection(t *testing.T) {
	ca := newAuthority(t)
	for _, spoken := range []protocol{http1, http2} {
		t.Run(string(spoken), func(t *testing.T) {
			var from []string
			upstream := serveTLS(t, ca, spoken, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { from = append(from, r.RemoteAddr) }))
			all := regionsAt(t, map[string]net.Addr{testRegion: upstream.Listener.Addr()}, ca.roots(), Options{Probing: testProbing}, usual)
			for range 3 {
				if cause := all.probers[0].probe(t.Context()); cause != "" {
					t.Fatal(cause)
				}
			}
			slices.Sort(from)
			if len(slices.Compact(from)) != 3 {
				t.Errorf("three probes came from %v", from)
			}
		})
	}
}

// Real connections: a hanging region delays no other, and the end leaves nothing behind.
func TestProperty2_AHangingRegionDelaysNoOther(t *testing.T) {
	ca := newAuthority(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	hanging := serveConns(t, func(net.Conn) { <-release })
	good := serveTLS(t, ca, http2, answer(`{}`))
	probing := testProbing
	probing.Interval, probing.Timeout = time.Millisecond, 500*time.Millisecond
	all := regionsAt(t, map[string]net.Addr{"hanging": hanging, testRegion: good.Listener.Addr()}, ca.roots(), Options{Probing: probing}, usual)

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); all.Probe(ctx) }()
	want := map[string]Verdict{"hanging": Unhealthy, testRegion: Healthy}
	awaitVerdicts(t, all, want)

	// The hanging region is refused at once, the other answers.
	start := time.Now()
	response, body := send(t, all.Region("hanging"), http.MethodGet, "/regions/hanging/api/clusters_mgmt/v1/clusters", nil)
	if took := time.Since(start); response.StatusCode != http.StatusServiceUnavailable || took > time.Second {
		t.Errorf("the hanging region: %d after %s", response.StatusCode, took)
	}
	if problem := problemOf(t, body); problem.Details[0].Cause != Timeout || !strings.Contains(problem.Reason, "hanging") {
		t.Errorf("the hanging region: %+v", problem)
	}
	if response, _ := send(t, all.Region(testRegion), http.MethodGet, clustersPath, nil); response.StatusCode != http.StatusOK {
		t.Errorf("the good region: %d", response.StatusCode)
	}
	cancel()
	<-ended
}

func awaitVerdicts(t *testing.T, all *Regions, want map[string]Verdict) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		standings, changed := all.Standings()
		right := 0
		for _, standing := range standings {
			if standing.Verdict == want[standing.Region] {
				right++
			}
		}
		if right == len(want) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("verdicts %+v, want %v", standings, want)
		}
	}
}

// Two endpoints, each probed by itself: the region stays Healthy while one of them serves.
func TestProbersOfTwoEndpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := newStandings(func(Standing) {})
		s.add(testRegion, 2, time.Now())
		var endpoints [2]*asked
		for i := range endpoints {
			endpoints[i] = &asked{requests: make(chan *http.Request, 1000)}
			endpoints[i].status.Store(200)
			p := prober{
				region: testRegion, endpoint: i, url: &url.URL{Scheme: "https", Host: testHost, Path: testProbing.Path},
				probing: testProbing, carrier: endpoints[i], standings: s,
			}
			go p.run(ctx)
		}
		for _, step := range []struct {
			when     string
			statuses [2]int32
			verdict  Verdict
			endpoint int
		}{
			{"both are good", [2]int32{200, 200}, Healthy, 0},
			{"the first fails", [2]int32{500, 200}, Healthy, 1},
			{"both fail", [2]int32{500, 500}, Unhealthy, 0},
			{"the second is back", [2]int32{500, 200}, Healthy, 1},
			{"the first is back", [2]int32{200, 200}, Healthy, 0},
			{"the second fails", [2]int32{200, 500}, Healthy, 0},
		} {
			for i, status := range step.statuses {
				endpoints[i].status.Store(status)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := s.one(testRegion); got.Verdict != step.verdict || got.Endpoint != step.endpoint {
				t.Errorf("%s: %s by endpoint %d, want %s by %d", step.when, got.Verdict, got.Endpoint, step.verdict, step.endpoint)
			}
		}
	})
}
