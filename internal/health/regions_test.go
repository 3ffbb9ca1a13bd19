package health

import (
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

func TestRegionVerdicts(t *testing.T) {
	healthy, unhealthy, unknown := geography.Healthy, geography.Unhealthy, geography.Unknown
	for _, c := range []struct {
		name   string
		votes  []geography.Verdict // of clusters a, b, ...; empty: none
		want   v1alpha1.RegionVerdict
		reason string
		in     []string
		served bool
	}{
		{name: "nobody", want: v1alpha1.RegionUnknown, reason: "NotProbed"},
		{name: "all healthy", votes: []geography.Verdict{healthy, healthy}, want: v1alpha1.RegionHealthy, served: true},
		{name: "one unhealthy", votes: []geography.Verdict{healthy, unhealthy}, want: v1alpha1.RegionUnhealthy, reason: "Timeout", in: []string{"b"}, served: true},
		{name: "names are sorted", votes: []geography.Verdict{unhealthy, unhealthy, healthy}, want: v1alpha1.RegionUnhealthy, reason: "Timeout", in: []string{"a", "b"}, served: true},
		{name: "one has not probed", votes: []geography.Verdict{unknown, healthy}, want: v1alpha1.RegionHealthy, served: true},
		{name: "none has probed", votes: []geography.Verdict{unknown, unknown}, want: v1alpha1.RegionUnknown, reason: "NotProbed"},
		{name: "unhealthy and not probed", votes: []geography.Verdict{unknown, unhealthy}, want: v1alpha1.RegionUnhealthy, reason: "Timeout", in: []string{"b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var votes []vote
			for i, v := range c.votes {
				reason := map[geography.Verdict]string{unhealthy: "Timeout", unknown: "NotProbed"}[v]
				votes = append(votes, vote{string(rune('a' + i)), geography.RegionReport{ID: "r", Verdict: v, Reason: reason, Endpoint: int32(i)}})
			}
			slices.Reverse(votes)
			got := verdict("r", votes)
			if got.Verdict != c.want || got.Reason != c.reason || !slices.Equal(got.UnhealthyIn, c.in) || (got.Endpoint != nil) != c.served {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWhoseVoteCounts(t *testing.T) {
	unprobed := good("c1", 1)
	unprobed.Regions = []geography.RegionReport{{ID: "aws.eu-west-1", Verdict: geography.Unknown, Reason: "NotProbed"}}
	podless := good("c1", 1)
	podless.Regions, podless.Workload = nil, Workload{Found: true, Replicas: 2, Trouble: v1alpha1.ReasonNoReadyPods}
	silent := good("c1", 1)
	silent.Regions = nil
	for _, c := range []struct {
		name string
		a    Observation
		want v1alpha1.RegionVerdict
	}{
		{"a cluster that was never reached inherits no vote", unprobed, v1alpha1.RegionUnknown},
		{"no ready pod, no vote", podless, v1alpha1.RegionUnknown},
		{"ready pods that have not reported leave the last word", silent, v1alpha1.RegionHealthy},
		{"a lost cluster leaves its last word", lost(), v1alpha1.RegionHealthy},
		{"another cluster has none", good("c9", 1), v1alpha1.RegionHealthy},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := input("a")
			in.Observations["a"] = good("c1", 1)
			in.then(0)
			in.Model = input("a", "b").Model
			in.then(0)
			in.Observations["a"] = c.a
			if got := in.then(time.Second).Regions[0].Verdict; got != c.want {
				t.Errorf("the region is %s, want %s", got, c.want)
			}
		})
	}
}

func TestRegionsHealthy(t *testing.T) {
	row := func(v v1alpha1.RegionVerdict) v1alpha1.RegionStatus { return v1alpha1.RegionStatus{Verdict: v} }
	held := func(row v1alpha1.RegionStatus, state v1alpha1.RegionState) v1alpha1.RegionStatus {
		row.State = state
		return row
	}
	healthy, unhealthy, unknown := row(v1alpha1.RegionHealthy), row(v1alpha1.RegionUnhealthy), row(v1alpha1.RegionUnknown)
	for _, c := range []struct {
		rows   []v1alpha1.RegionStatus
		status metav1.ConditionStatus
		reason string
		says   string
	}{
		{[]v1alpha1.RegionStatus{healthy, healthy}, yes, "AllHealthy", "2 of 2"},
		{[]v1alpha1.RegionStatus{healthy, unhealthy, unknown}, no, "SomeUnhealthy", "1 of 3"},
		{[]v1alpha1.RegionStatus{unhealthy, unknown}, no, "SomeUnhealthy", "1 of 2"},
		{[]v1alpha1.RegionStatus{unhealthy, unhealthy}, no, "AllUnhealthy", "all 2"},
		{[]v1alpha1.RegionStatus{healthy, unknown}, open, "NoVerdict", "1 of 2"},
		{[]v1alpha1.RegionStatus{unknown}, open, "NoVerdict", "1 of 1"},
		{nil, open, "NoVerdict", "0 of 0"},
		{[]v1alpha1.RegionStatus{healthy, held(unhealthy, v1alpha1.RegionDrained)}, yes, "AllHealthy", "1 of 1 Active regions"},
		{[]v1alpha1.RegionStatus{healthy, held(unknown, v1alpha1.RegionMaintenance)}, yes, "AllHealthy", "1 of 1 Active regions"},
		{[]v1alpha1.RegionStatus{unhealthy, held(healthy, v1alpha1.RegionDrained)}, no, "AllUnhealthy", "all 1 Active regions"},
		{[]v1alpha1.RegionStatus{unhealthy, healthy, held(unhealthy, v1alpha1.RegionMaintenance)}, no, "SomeUnhealthy", "1 of 2 Active regions"},
		{[]v1alpha1.RegionStatus{unknown, held(healthy, v1alpha1.RegionMaintenance)}, open, "NoVerdict", "1 of 1 Active regions"},
		{[]v1alpha1.RegionStatus{held(unhealthy, v1alpha1.RegionMaintenance), held(unhealthy, v1alpha1.RegionDrained)}, yes, "NoneActive", "none of 2"},
		{[]v1alpha1.RegionStatus{held(healthy, v1alpha1.RegionActive), healthy}, yes, "AllHealthy", "2 of 2 regions"},
	} {
		if got := regionsHealthy(c.rows); got.status != c.status || got.reason != c.reason || !strings.Contains(got.message, c.says) {
			t.Errorf("%v: %+v, want %s %s ...%s...", c.rows, got, c.status, c.reason, c.says)
		}
	}
}
