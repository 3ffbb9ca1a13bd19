package proxy

import (
	"testing"
	"time"
)

// one probe is "+" (good) or the initial of a cause.
var probeResults = map[rune]Cause{'+': "", 'r': ConnectionRefused, 't': Timeout}

func TestOpinionAfterProbes(t *testing.T) {
	limits := thresholds{failure: 3, success: 2}
	for _, test := range []struct {
		name    string
		probes  string
		verdict Verdict
		reason  Cause
		// turned is the number of the probe that last turned the verdict, 0 for none.
		turned int
	}{
		{"not probed", "", Unknown, NotProbed, 0},
		{"the first good probe is enough", "+", Healthy, "", 1},
		{"the first good probe after failures is enough", "rr+", Healthy, "", 3},
		{"a failure is no verdict", "r", Unknown, ConnectionRefused, 0},
		{"two failures are none", "rt", Unknown, Timeout, 0},
		{"three failures are one", "rrr", Unhealthy, ConnectionRefused, 3},
		{"three failures of whatever kind", "rtr", Unhealthy, ConnectionRefused, 3},
		{"healthy survives two failures", "+rr", Healthy, "", 1},
		{"healthy counts only failures in a row", "+rr+rr", Healthy, "", 1},
		{"healthy falls at the third", "+rrr", Unhealthy, ConnectionRefused, 4},
		{"one good probe is no recovery", "rrr+", Unhealthy, ConnectionRefused, 3},
		{"good probes count only in a row", "rrr+r+", Unhealthy, ConnectionRefused, 3},
		{"two good probes are one", "rrr++", Healthy, "", 5},
		{"an unhealthy reason does not flap", "rrrtrtrt", Unhealthy, ConnectionRefused, 3},
		{"an unhealthy reason turns by the threshold", "rrrttt", Unhealthy, Timeout, 3},
		{"falls again", "+rrr++ttt", Unhealthy, Timeout, 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			got := newOpinion(start)
			for i, probe := range test.probes {
				got = got.after(probeResults[probe], start.Add(time.Duration(i+1)*time.Second), limits)
			}
			if got.verdict != test.verdict || got.reason != test.reason {
				t.Errorf("got %s %q, want %s %q", got.verdict, got.reason, test.verdict, test.reason)
			}
			if want := start.Add(time.Duration(test.turned) * time.Second); !got.since.Equal(want) {
				t.Errorf("since %s, want %s", got.since, want)
			}
		})
	}
}

func TestOpinionWithThresholdsOfOne(t *testing.T) {
	now := time.Now()
	one := thresholds{failure: 1, success: 1}
	o := newOpinion(now).after(Timeout, now, one)
	if o.verdict != Unhealthy {
		t.Errorf("after one failure: %s", o.verdict)
	}
	if o = o.after("", now, one); o.verdict != Healthy {
		t.Errorf("after one good probe: %s", o.verdict)
	}
}

// s is a request that could not connect, + a good probe, t one that failed.
func TestOpinionOfASuspect(t *testing.T) {
	limits := thresholds{failure: 3, success: 2}
	for _, test := range []struct {
		name    string
		events  string
		suspect bool
		verdict Verdict
	}{
		{"one request is enough", "+s", true, Healthy},
		{"whatever came before", "+++s", true, Healthy},
		{"before the first probe", "s", true, Unknown},
		{"one good probe is no proof", "+s+", true, Healthy},
		{"two are", "+s++", false, Healthy},
		{"only in a row", "+s+t+", true, Healthy},
		{"only after the last request", "+s+s+", true, Healthy},
		{"requests turn no verdict", "+ssssss", true, Healthy},
		{"probes do", "+sttt", true, Unhealthy},
		{"and bring it back", "+sttt++", false, Healthy},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			got := newOpinion(now)
			for _, event := range test.events {
				if event == 's' {
					got = got.suspected()
				} else {
					got = got.after(probeResults[event], now, limits)
				}
			}
			if got.suspect != test.suspect || got.verdict != test.verdict {
				t.Errorf("got %s, suspect %t; want %s, %t", got.verdict, got.suspect, test.verdict, test.suspect)
			}
		})
	}
}
