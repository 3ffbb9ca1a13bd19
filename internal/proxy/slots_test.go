package proxy

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestSlots(t *testing.T) {
	s := newSlots(8)
	for i, step := range []struct {
		caller string
		free   bool
		want   Cause
	}{
		{"a", false, ""},
		{"a", false, ""},
		{"a", false, ShareUsed},
		{"b", false, ""},
		{"a", true, ""},
		{"a", false, ""},
		{"b", false, ""},
		{"b", false, ShareUsed},
		{"c", false, ""},
		{"c", false, ""},
		{"d", false, ""},
		{"d", false, ""},
		{"d", false, RegionFull},
		{"e", false, RegionFull},
		{"a", true, ""},
		{"e", false, ""},
	} {
		if step.free {
			s.free(named(step.caller))
		} else if got := s.take(named(step.caller)); got != step.want {
			t.Errorf("step %d: %s gets %q, want %q", i, step.caller, got, step.want)
		}
	}
	for _, caller := range []string{"a", "b", "b", "c", "c", "d", "d", "e"} {
		s.free(named(caller))
	}
	if s.taken != 0 || len(s.held) != 0 {
		t.Errorf("%d are taken, %v are held when all are free", s.taken, s.held)
	}
}

func TestSlotsUnderConcurrency(t *testing.T) {
	s := newSlots(8)
	var now, most atomic.Int32
	var all sync.WaitGroup
	for caller := range 16 {
		all.Go(func() {
			for range 500 {
				if s.take(named(strconv.Itoa(caller%6))) != "" {
					continue
				}
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				now.Add(-1)
				s.free(named(strconv.Itoa(caller % 6)))
			}
		})
	}
	all.Wait()
	if most.Load() > 8 || s.taken != 0 || len(s.held) != 0 {
		t.Errorf("%d at once; %d taken, %v held in the end", most.Load(), s.taken, s.held)
	}
}

// named is a caller of a test; nobody when the name is empty.
func named(name string) Caller {
	if name == "" {
		return Caller{}
	}
	return callerOf("https://issuer.example.com", name)
}

// called is a region that is asked on behalf of whom a header of the test names.
func called(region http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if caller := r.Header.Get("X-Caller"); caller != "" {
			ctx = WithCaller(ctx, named(caller))
		}
		region.ServeHTTP(w, r.WithContext(ctx))
	})
}

// One region hangs with every slot taken: one caller may have a quarter, what is beyond is refused at once and sent nowhere,
// other regions answer, and a slot that is free is used again.
func TestProperty2_AFullRegionAnswersAtOnce(t *testing.T) {
	ca := newAuthority(t)
	var arrived atomic.Int32
	reached, release := make(chan struct{}, 100), make(chan struct{})
	hanging := serveTLS(t, ca, http2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Add(1)
		reached <- struct{}{}
		<-release
		answer(`{}`).ServeHTTP(w, r)
	}))
	free := serveTLS(t, ca, http2, answer(`{}`))
	served := map[string]net.Addr{testRegion: hanging.Listener.Addr(), "aws.eu-west-3": free.Listener.Addr()}
	bounds := Bounds{Timeout: usual.Timeout, Body: usual.Body, Concurrent: 8}
	failed := &failures{seen: make(chan Failure, 100)}
	all := regionsAt(t, served, ca.roots(), Options{Failed: failed.add}, usual.with(bounds))
	url, client := console(t, called(all.Region(testRegion)))

	letGo := sync.OnceFunc(func() { close(release) })
	t.Cleanup(letGo) // before the region is closed, which waits for what it holds
	statuses := make(chan int, 8)
	hold := func(caller string) {
		t.Helper()
		go func() { statuses <- statusFor(client, url+clustersPath, caller) }()
		select {
		case <-reached:
		case status := <-statuses:
			t.Fatalf("%q gets no slot: %d", caller, status)
		case <-time.After(20 * time.Second):
			t.Fatalf("%q reaches no region", caller)
		}
	}
	refused := func(caller string, want Cause) {
		t.Helper()
		response, body := send(t, called(all.Region(testRegion)), http.MethodPost, clustersPath, func(r *http.Request) { r.Header.Set("X-Caller", caller) })
		problem := problemOf(t, body)
		if response.StatusCode != http.StatusServiceUnavailable || problem.Details[0] != (Detail{Region: testRegion, Cause: want}) || response.Header.Get("Retry-After") != "1" {
			t.Errorf("%q: %d, Retry-After %q: %s", caller, response.StatusCode, response.Header.Get("Retry-After"), body)
		}
		checkIsData(t, response)
	}
	hold("a")
	hold("a")
	refused("a", ShareUsed)
	for _, caller := range []string{"b", "", ""} { // who is not known has no share
		hold(caller)
		hold(caller)
	}
	refused("a", RegionFull)
	refused("d", RegionFull)
	if response, _ := send(t, all.Region("aws.eu-west-3"), http.MethodGet, "/regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters", nil); response.StatusCode != http.StatusOK {
		t.Errorf("the other region: %d", response.StatusCode)
	}
	if arrived.Load() != 8 || len(failed.seen) != 0 {
		t.Errorf("%d requests arrived, %d failures were reported", arrived.Load(), len(failed.seen))
	}
	letGo()
	for range 8 {
		if status := <-statuses; status != http.StatusOK {
			t.Errorf("a request that held a slot: %d", status)
		}
	}
	if status := statusFor(client, url+clustersPath, "d"); status != http.StatusOK {
		t.Errorf("after the slots are free: %d", status)
	}
}

// statusFor asks on behalf of a caller; 0 is no answer.
func statusFor(client *http.Client, url, caller string) int {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	request.Header.Set("X-Caller", caller)
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}
