package health

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// leavingConditions are what is asked of a cluster that is being emptied.
var leavingConditions = []string{v1alpha1.ConditionReachable, v1alpha1.ConditionApplied}

// Abandoned are the rows that Fold lets go though nobody has emptied their clusters: a person agreed, by name and UID,
// that those are gone for good.
func Abandoned(in Input) []v1alpha1.ClusterStatus {
	f := &fold{Input: in, patience: patience{now: in.Now, grace: in.Grace}}
	var rows []v1alpha1.ClusterStatus
	for _, previous := range in.Previous.Clusters {
		if f.leaves(previous.Name) && !f.emptied(previous) && f.abandoned(f.leavingRow(previous)) {
			rows = append(rows, previous)
		}
	}
	return rows
}

// leaving are the rows of clusters that are being emptied: what the spec wanted of them is no longer there.
func (f *fold) leaving() []v1alpha1.ClusterStatus {
	var rows []v1alpha1.ClusterStatus
	for _, previous := range f.Previous.Clusters {
		if !f.leaves(previous.Name) || f.emptied(previous) {
			continue
		}
		if row := f.leavingRow(previous); !f.abandoned(row) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b v1alpha1.ClusterStatus) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// leavingRow is the row of a cluster that is being emptied.
func (f *fold) leavingRow(previous v1alpha1.ClusterStatus) v1alpha1.ClusterStatus {
	cluster, _ := f.Model.Cluster(previous.Name)
	cluster.Name, cluster.Namespace, cluster.Connection = previous.Name, previous.Namespace, previous.Connection
	row := f.row(cluster, previous, notObserved)
	c := meta.FindStatusCondition(row.Conditions, v1alpha1.ConditionApplied)
	switch {
	case f.stranded(row):
		c.Message = strandedText([]v1alpha1.ClusterStatus{row})
	case c.Status != metav1.ConditionFalse && !f.lost(row):
		reason := f.leavingReason(row.Name)
		before := meta.FindStatusCondition(previous.Conditions, c.Type)
		*c = f.stamped(before, isFalse(reason, appliedTexts[reason]).condition(c.Type, f.Generation))
	}
	return row
}

// leaves tells whether what stands in a cluster is to be removed.
func (f *fold) leaves(name string) bool {
	_, wanted := f.Model.Cluster(name)
	return f.Deleting || !wanted
}

// leavingReason says what is done with what stands in a cluster. One that was taken out of the spec is always emptied.
func (f *fold) leavingReason(name string) string {
	if _, inSpec := f.Model.Cluster(name); inSpec {
		return f.deletingReason()
	}
	return v1alpha1.ReasonRemoving
}

// deletingReason says what becomes of the clusters of the spec when the GeoConsole is deleted.
func (f *fold) deletingReason() string {
	if f.Model.Deletion == v1alpha1.DeletionPolicyOrphan {
		return v1alpha1.ReasonReleasing
	}
	return v1alpha1.ReasonRemoving
}

// emptied tells whether a leaving row may go. Another cluster that is empty proves nothing, and so does one that was
// empty before it came into the spec once more.
func (f *fold) emptied(row v1alpha1.ClusterStatus) bool {
	o := f.Observations[row.Name]
	return o.Emptied && o.Generation >= f.Generation && !otherCluster(row, o)
}

// stranded tells whether a leaving row cannot go on: something may stand in its cluster, and nothing was heard of it for
// longer than the grace.
func (f *fold) stranded(row v1alpha1.ClusterStatus) bool {
	return row.ClusterUID != "" && f.lost(row)
}

// abandoned tells whether a stranded row may go because a person says by name and UID that its cluster is gone for good.
// That counts only while the cluster is seen to be unreachable: an operator that has just started does not know yet.
func (f *fold) abandoned(row v1alpha1.ClusterStatus) bool {
	o := f.observation(row, row.Name)
	return f.Model.Abandon[row.Name] == row.ClusterUID && o.probed() && f.stranded(row)
}

// strandedIn says of every stranded row what cures all of them: the annotation has one value.
func (f *fold) strandedIn(rows []v1alpha1.ClusterStatus) []said {
	stranded := slices.DeleteFunc(slices.Clone(rows), func(row v1alpha1.ClusterStatus) bool {
		return !f.leaves(row.Name) || !f.stranded(row)
	})
	var all []said
	for _, row := range stranded {
		c := *meta.FindStatusCondition(row.Conditions, v1alpha1.ConditionApplied)
		c.Message = strandedText(stranded)
		all = append(all, said{row.Name, c})
	}
	return all
}

// strandedText names the exact cure, for one cluster or for several at once.
func strandedText(rows []v1alpha1.ClusterStatus) string {
	var consents []string
	for _, row := range rows {
		consents = append(consents, row.Name+"@"+row.ClusterUID)
	}
	slices.Sort(consents)
	return bounded(fmt.Sprintf(
		"unreachable for longer than the grace, with what was put into it; bring it back, or, when it is gone for good, let it go by the annotation %s=%s",
		v1alpha1.AnnotationAbandon, strings.Join(consents, ",")))
}
