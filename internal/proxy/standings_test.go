package proxy

import (
	"sync"
	"testing"
	"time"
)

func TestStandingsTellOfChangesOnly(t *testing.T) {
	var turns []Standing
	s := newStandings(func(standing Standing) { turns = append(turns, standing) })
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s.add("b", 2, now)
	s.add("a", 1, now)
	all, changed := s.all()
	if len(all) != 2 || all[0].Region != "b" || all[1].Region != "a" {
		t.Fatalf("the order of the config is lost: %+v", all)
	}
	probe := func(region string, endpoint int, result Cause) {
		s.record(region, endpoint, func(o opinion) opinion {
			return o.after(result, now.Add(time.Minute), thresholds{failure: 3, success: 2})
		})
	}

	probe("b", 1, "") // an endpoint that does not serve
	if isClosed(changed) {
		t.Error("an endpoint that does not serve changed the standing")
	}
	probe("b", 0, "")
	if !isClosed(changed) {
		t.Error("the first good probe changed nothing")
	}
	all, changed = s.all()
	if want := (Standing{Region: "b", Verdict: Healthy, Since: now.Add(time.Minute)}); all[0] != want {
		t.Errorf("got %+v, want %+v", all[0], want)
	}
	probe("b", 0, "")
	probe("b", 0, Timeout)
	if isClosed(changed) {
		t.Error("a probe that turned nothing is told as a change")
	}
	if len(turns) != 1 || turns[0].Region != "b" {
		t.Errorf("turns: %+v", turns)
	}
	if endpoints := s.endpoints(); len(endpoints) != 3 || endpoints[1] != (EndpointStanding{Region: "b", Endpoint: 1, Verdict: Healthy}) {
		t.Errorf("endpoints: %+v", endpoints)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestStandingsUnderConcurrency(t *testing.T) {
	s := newStandings(func(Standing) {})
	s.add("a", 1, time.Now())
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 200 {
				result := Cause("")
				if i%2 == 0 {
					result = Timeout
				}
				s.record("a", 0, func(o opinion) opinion { return o.after(result, time.Now(), thresholds{1, 1}) })
				if all, _ := s.all(); len(all) != 1 || all[0].Region != s.one("a").Region {
					t.Errorf("%+v", all)
				}
			}
		})
	}
	all.Wait()
}
