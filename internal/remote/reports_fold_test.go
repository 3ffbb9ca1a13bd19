package remote

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

func TestFoldReports(t *testing.T) {
	say := func(verdict geography.Verdict, reason string, endpoint int32) geography.Report {
		return geography.Report{Regions: []geography.RegionReport{
			{ID: "b", Verdict: verdict, Reason: reason, Endpoint: endpoint}, {ID: "a", Verdict: geography.Healthy},
		}}
	}
	want := func(verdict geography.Verdict, reason string, endpoint int32) []geography.RegionReport {
		return []geography.RegionReport{{ID: "a", Verdict: geography.Healthy}, {ID: "b", Verdict: verdict, Reason: reason, Endpoint: endpoint}}
	}
	for name, c := range map[string]struct {
		reports []geography.Report
		want    []geography.RegionReport
	}{
		"nobody":                {nil, nil},
		"one":                   {[]geography.Report{say(geography.Unknown, "NotProbed", 0)}, want(geography.Unknown, "NotProbed", 0)},
		"a pod that just began": {[]geography.Report{say(geography.Unknown, "NotProbed", 0), say(geography.Healthy, "", 1)}, want(geography.Healthy, "", 1)},
		"one that cannot reach it": {
			[]geography.Report{say(geography.Healthy, "", 0), say(geography.Unhealthy, "Timeout", 0), say(geography.Unknown, "", 0)},
			want(geography.Unhealthy, "Timeout", 0),
		},
		"two reasons": {
			[]geography.Report{say(geography.Unhealthy, "Timeout", 0), say(geography.Unhealthy, "ConnectionRefused", 0)},
			want(geography.Unhealthy, "ConnectionRefused", 0),
		},
		"two endpoints": {
			[]geography.Report{say(geography.Healthy, "", 1), say(geography.Healthy, "", 0)}, want(geography.Healthy, "", 0),
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 10 { // maps are folded in another order every time
				reported := map[types.UID]geography.Report{}
				for i, r := range c.reports {
					reported[types.UID(rune('a'+i))] = r
				}
				if diff := cmp.Diff(c.want, foldReports(reported)); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
}

func TestLoading(t *testing.T) {
	pod := func(uid string, ready corev1.ConditionStatus) corev1.Pod {
		p := corev1.Pod{}
		p.UID = types.UID(uid)
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}
		return p
	}
	both := []corev1.Pod{pod("a", corev1.ConditionTrue), pod("b", corev1.ConditionTrue)}
	for name, c := range map[string]struct {
		running         []corev1.Pod
		configs         map[string]string
		loaded, unheard bool
	}{
		"no pod":                         {},
		"all have":                       {both, map[string]string{"a": "new", "b": "new"}, true, false},
		"one has not reported":           {both, map[string]string{"a": "new"}, false, true},
		"none has reported":              {both, nil, false, true},
		"one has another":                {both, map[string]string{"a": "new", "b": "old"}, false, false},
		"another, and one silent":        {both, map[string]string{"b": "old"}, false, false},
		"one that is not ready is moot":  {[]corev1.Pod{both[0], pod("c", corev1.ConditionFalse)}, map[string]string{"a": "new"}, true, false},
		"only one that is not ready yet": {[]corev1.Pod{pod("c", corev1.ConditionFalse)}, nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			reported := map[types.UID]geography.Report{}
			for uid, config := range c.configs {
				reported[types.UID(uid)] = geography.Report{Config: config}
			}
			if loaded, unheard := loading(c.running, reported, "new"); loaded != c.loaded || unheard != c.unheard {
				t.Errorf("loaded %t, unheard %t; want %t, %t", loaded, unheard, c.loaded, c.unheard)
			}
		})
	}
}
