package health

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// vote is what one cluster's console says of one region.
type vote struct {
	cluster string
	report  geography.RegionReport
}

// regions are the rows of the regions in the order of the spec, over the clusters whose word counts.
func (f *fold) regions(wanted []v1alpha1.ClusterStatus) []v1alpha1.RegionStatus {
	var rows []v1alpha1.RegionStatus
	for _, region := range f.Model.Regions {
		var votes []vote
		for _, row := range wanted {
			if report, voted := f.report(row, region.ID); voted {
				votes = append(votes, vote{row.Name, report})
			}
		}
		row := verdict(region.ID, votes)
		row.State = region.State
		rows = append(rows, row)
	}
	return rows
}

// verdict folds the votes on one region: Unhealthy beats Healthy beats Unknown.
func verdict(id string, votes []vote) v1alpha1.RegionStatus {
	row := v1alpha1.RegionStatus{ID: id, Verdict: v1alpha1.RegionUnknown}
	reasons := map[geography.Verdict]string{}
	for _, v := range votes {
		reasons[v.report.Verdict] = cmp.Or(reasons[v.report.Verdict], v.report.Reason)
		switch v.report.Verdict {
		case geography.Unhealthy:
			row.UnhealthyIn = append(row.UnhealthyIn, v.cluster)
		case geography.Healthy:
			if row.Endpoint == nil {
				row.Endpoint = &v.report.Endpoint
			}
		case geography.Unknown:
		}
	}
	slices.Sort(row.UnhealthyIn)
	switch {
	case len(row.UnhealthyIn) > 0:
		row.Verdict, row.Reason = v1alpha1.RegionUnhealthy, reasons[geography.Unhealthy]
	case row.Endpoint != nil:
		row.Verdict = v1alpha1.RegionHealthy
	default:
		row.Reason = cmp.Or(reasons[geography.Unknown], v1alpha1.ReasonNotProbed)
	}
	return row
}

// report is what a cluster's console says of a region. Until a cluster that was lost, or was not observed since the
// operator's start, is given up, its last word stands; and so it does until its ready pods have reported again.
func (f *fold) report(row v1alpha1.ClusterStatus, id string) (geography.RegionReport, bool) {
	previous, promised := f.previous(row.Name)
	o := f.observation(previous, row.Name)
	reporting := o.passed() && (o.Regions != nil || o.Workload.ReadyReplicas == 0)
	switch {
	case reporting:
		i := slices.IndexFunc(o.Regions, func(r geography.RegionReport) bool { return r.ID == id })
		if i < 0 {
			return geography.RegionReport{}, false
		}
		return o.Regions[i], true
	case !promised || previous.ClusterUID == "" || f.lost(row):
		return geography.RegionReport{}, false
	}
	return f.lastWord(row.Name, id)
}

// lastWord reads a cluster's vote out of the previous status, which keeps who found a region Unhealthy, and an endpoint
// when anybody found it Healthy.
func (f *fold) lastWord(cluster, id string) (geography.RegionReport, bool) {
	i := slices.IndexFunc(f.Previous.Regions, func(r v1alpha1.RegionStatus) bool { return r.ID == id })
	if i < 0 {
		return geography.RegionReport{}, false
	}
	before := f.Previous.Regions[i]
	switch {
	case slices.Contains(before.UnhealthyIn, cluster):
		return geography.RegionReport{ID: id, Verdict: geography.Unhealthy, Reason: before.Reason}, true
	case before.Endpoint != nil:
		return geography.RegionReport{ID: id, Verdict: geography.Healthy, Endpoint: *before.Endpoint}, true
	}
	return geography.RegionReport{ID: id, Verdict: geography.Unknown, Reason: before.Reason}, before.Verdict == v1alpha1.RegionUnknown
}

// activeOf are the rows of the regions that are used: what one in Maintenance or Drained does is nobody's outage. Its
// verdict is told all the same, for whoever wants to use it again.
func activeOf(rows []v1alpha1.RegionStatus) []v1alpha1.RegionStatus {
	return slices.DeleteFunc(slices.Clone(rows), func(row v1alpha1.RegionStatus) bool { return !row.State.IsActive() })
}

// regionsHealthy counts the Active regions; the rows name them.
func regionsHealthy(rows []v1alpha1.RegionStatus) finding {
	active := activeOf(rows)
	if len(active) == 0 && len(rows) > 0 {
		return isTrue(v1alpha1.ReasonNoneActive, fmt.Sprintf("none of %d regions is Active by spec.regions[].state, so none can be missed", len(rows)))
	}
	unhealthy, unknown := 0, 0
	for _, row := range active {
		switch row.Verdict {
		case v1alpha1.RegionUnhealthy:
			unhealthy++
		case v1alpha1.RegionUnknown:
			unknown++
		case v1alpha1.RegionHealthy:
		}
	}
	what := "regions"
	if len(active) < len(rows) {
		what = "Active regions"
	}
	switch {
	case unhealthy > 0 && unhealthy == len(active):
		return isFalse(v1alpha1.ReasonAllUnhealthy, fmt.Sprintf("all %d %s are Unhealthy; status.regions says why", len(active), what))
	case unhealthy > 0:
		return isFalse(v1alpha1.ReasonSomeUnhealthy, fmt.Sprintf("%d of %d %s Unhealthy; status.regions names them", unhealthy, len(active), what))
	case unknown > 0 || len(active) == 0:
		return isUnknown(v1alpha1.ReasonNoVerdict, fmt.Sprintf("%d of %d %s without a verdict; status.regions names them", unknown, len(active), what))
	}
	return isTrue(v1alpha1.ReasonAllHealthy, fmt.Sprintf("%d of %d %s Healthy", len(active), len(active), what))
}
