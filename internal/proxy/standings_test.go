package proxy

import (
	"slices"
	"strings"
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
		later := now.Add(time.Minute)
		s.record(region, endpoint, later, func(o opinion) opinion { return o.after(result, later, thresholds{failure: 3, success: 2}) })
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
				s.record("a", 0, time.Now(), func(o opinion) opinion { return o.after(result, time.Now(), thresholds{1, 1}) })
				if all, _ := s.all(); len(all) != 1 || all[0].Region != s.one("a").Region {
					t.Errorf("%+v", all)
				}
			}
		})
	}
	all.Wait()
}

// The events are probes and requests of the endpoints by turns: 0+ is a good probe of the first one, 1t a failed one of the
// second, 0s a request that could not connect to the first.
func TestStandingOfARegionWithTwoEndpoints(t *testing.T) {
	for _, test := range []struct {
		name     string
		events   string
		verdict  Verdict
		reason   Cause
		endpoint int
		// turned is the number of the event that last turned the verdict, 0 for none.
		turned int
	}{
		{"not probed", "", Unknown, NotProbed, 0, 0},
		{"the first one is waited for", "1+", Unknown, NotProbed, 0, 0},
		{"and serves", "1+ 0+", Healthy, "", 0, 2},
		{"a failed probe at the start is enough to prefer a good one", "1+ 0t", Healthy, "", 1, 2},
		{"not to prefer one that is no better", "1t 0t", Unknown, Timeout, 0, 0},
		{"two failed probes leave nothing", "0+ 1+ 0t 0t", Healthy, "", 0, 1},
		{"three do", "0+ 1+ 0t 0t 0t", Healthy, "", 1, 1},
		{"one good probe is no way back", "0+ 1+ 0t 0t 0t 0+", Healthy, "", 1, 1},
		{"two are", "0+ 1+ 0t 0t 0t 0+ 0+", Healthy, "", 0, 1},
		{"one that fails behind the serving one changes nothing", "0+ 1+ 1t 1t 1t", Healthy, "", 0, 1},
		{"none serves", "0+ 1+ 0t 0t 0t 1r 1r 1r", Unhealthy, Timeout, 0, 8},
		{"the second comes back", "0+ 1+ 0t 0t 0t 1r 1r 1r 1+ 1+", Healthy, "", 1, 10},
		{"one request leaves the first", "0+ 1+ 0s", Healthy, "", 1, 1},
		{"for none that is Unhealthy", "0+ 1r 1r 1r 0s", Healthy, "", 0, 1},
		{"for none that is suspect too", "0+ 1+ 0s 1s", Healthy, "", 0, 1},
		{"until two good probes", "0+ 1+ 0s 0+", Healthy, "", 1, 1},
		{"and goes back", "0+ 1+ 0s 0+ 0+", Healthy, "", 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			s := newStandings(func(Standing) {})
			s.add(testRegion, 2, start)
			for i, event := range strings.Fields(test.events) {
				now := start.Add(time.Duration(i+1) * time.Second)
				s.record(testRegion, int(event[0]-'0'), now, func(o opinion) opinion {
					if event[1] == 's' {
						return o.suspected()
					}
					return o.after(probeResults[rune(event[1])], now, thresholds{failure: 3, success: 2})
				})
			}
			want := Standing{
				Region: testRegion, Verdict: test.verdict, Reason: test.reason, Endpoint: test.endpoint,
				Since: start.Add(time.Duration(test.turned) * time.Second),
			}
			if got := s.one(testRegion); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// What is told includes a change of the endpoint alone, for it stands in the report.
func TestStandingsTellOfAnotherEndpoint(t *testing.T) {
	var turns []Standing
	s := newStandings(func(standing Standing) { turns = append(turns, standing) })
	now := time.Now()
	s.add(testRegion, 2, now)
	for endpoint := range 2 {
		s.record(testRegion, endpoint, now, func(o opinion) opinion { return o.after("", now, thresholds{3, 2}) })
	}
	_, changed := s.all()
	s.record(testRegion, 0, now, opinion.suspected)
	s.record(testRegion, 0, now, opinion.suspected)
	if !isClosed(changed) || len(turns) != 2 || turns[1].Endpoint != 1 {
		t.Errorf("told: %t, turns %+v", isClosed(changed), turns)
	}
}

func TestCandidates(t *testing.T) {
	good, bad := opinion{verdict: Healthy}, opinion{verdict: Unhealthy, reason: Timeout}
	suspect, fresh, doubtful := good.suspected(), newOpinion(time.Time{}), opinion{verdict: Unknown, reason: Timeout}
	for name, test := range map[string]struct {
		opinions []opinion
		want     []int
	}{
		"in order":                 {[]opinion{good, good, good}, []int{0, 1, 2}},
		"no Unhealthy one":         {[]opinion{bad, good, bad, good}, []int{1, 3}},
		"suspects last":            {[]opinion{suspect, good, doubtful, fresh}, []int{1, 3, 2, 0}},
		"suspects in order":        {[]opinion{suspect, suspect, bad}, []int{0, 1}},
		"suspect and Unhealthy":    {[]opinion{bad.suspected(), doubtful}, []int{1}},
		"the first stands for all": {[]opinion{bad, bad}, []int{0}},
	} {
		if got := candidates(test.opinions); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
