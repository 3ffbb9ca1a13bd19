package remote

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
