package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A region that hangs delays one read, and the next ones no more: only then is the patience one that this test has. What it
// might say is still waited for when nobody else has an answer.
func TestProperty2_AHangingRegionDelaysOneRead(t *testing.T) {
	object, me := clustersAPI+"/clusters/"+theID, accountsAPI+"/current_account"
	answers := map[string]string{
		"GET " + object: `{"id":"` + theID + `"}`, "GET " + me: `{"id":"me"}`, "GET " + object + "/identity_providers": `{"items":[]}`,
		"GET " + clustersAPI + "/clusters": `{"kind":"ClusterList","page":1,"size":1,"total":1,"items":[{"id":"` + theID + `"}]}`,
	}
	hanging := &script{hang: make(chan struct{})}
	t.Cleanup(func() { close(hanging.hang) })
	clock := newHand()
	g := newGeo(t, []backend{{id: west, handler: hanging}, {id: central, handler: &script{answers: answers}}}, func(s *Settings) { s.Now = clock.time })
	g.client.Timeout = 20 * time.Second
	g.gateway.longest = time.Hour
	reads := []string{object, clustersAPI + "/clusters?search=" + url.QueryEscape("id = '"+theID+"'"), me, object + "/identity_providers"}
	for _, first := range reads {
		clock.advance(lateFor)
		if g.gateway.late.is(0) {
			t.Fatal("late for too long")
		}
		g.gateway.patience = 50 * time.Millisecond
		g.wantOK(first)
		if !g.gateway.late.is(0) || g.gateway.late.is(1) {
			t.Fatalf("%s: late: %t, %t", first, g.gateway.late.is(0), g.gateway.late.is(1))
		}
		g.gateway.patience = time.Hour
		for _, path := range reads {
			g.wantOK(path)
		}
		if got := g.ask(http.MethodPost, clustersAPI+"/clusters?method=get", `{"search":"id = '`+theID+`'"}`); got.status != http.StatusOK {
			t.Errorf("a read by POST: %d %s", got.status, got.body)
		}
	}
	g.gateway.longest = 100 * time.Millisecond
	if got := g.get(clustersAPI + "/clusters/nowhere"); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "region "+west+" (Timeout)") {
		t.Errorf("what nobody has: %d %s", got.status, got.body)
	}
}

func (g *geo) wantOK(path string) {
	g.Helper()
	if got := g.get(path); got.status != http.StatusOK {
		g.Fatalf("%s: %d %s", path, got.status, got.body)
	}
}

// Once a region answers in time, it has its say again.
func TestLateRegionsAreHeardAgain(t *testing.T) {
	const object = clustersAPI + "/clusters/" + theID
	answers := map[string]string{"GET " + object: `{"id":"` + theID + `"}`, "GET " + clustersAPI + "/versions": rows("v")}
	var hangs atomic.Bool
	hangs.Store(true)
	second := &script{answers: answers}
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hangs.Load() {
			<-r.Context().Done()
			return
		}
		select { // the first region is sooner
		case <-time.After(50 * time.Millisecond):
		case <-r.Context().Done():
		}
		second.ServeHTTP(w, r)
	})
	g := newGeo(t, []backend{{id: west, handler: &script{answers: answers}}, {id: central, handler: slow}}, nil)
	g.client.Timeout = 20 * time.Second
	g.gateway.patience = 100 * time.Millisecond
	g.wantOK(object)
	g.gateway.patience, g.gateway.longest = time.Hour, time.Hour
	g.wantOK(object)
	hangs.Store(false)
	g.wantOK(clustersAPI + "/versions") // a catalogue waits for all
	if got := g.get(object); got.status != http.StatusBadGateway || !strings.Contains(got.body, "ClaimedTwice") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestLateRegionsAreLast(t *testing.T) {
	clock := newHand()
	l := newLate(4, clock.time)
	l.note([]int{0, 2})
	if got := l.last([]int{0, 1, 2, 3}); !slices.Equal(got, []int{1, 3, 0, 2}) {
		t.Errorf("%v", got)
	}
	if l.areAll([]int{0, 1}) || !l.areAll([]int{0, 2}) || !l.areAll(nil) {
		t.Error("who is late")
	}
	clock.advance(lateFor)
	if got := l.last([]int{0, 1, 2, 3}); !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("%v", got)
	}
}
