package health

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// maxRows is how many rows status.clusters takes, leaving ones included; the CRD has the same bound.
const maxRows = 16

// rows are the promised places: those of the spec in its order, then those that are being emptied, by name. A new row is
// made only for an accepted spec, and stands before anything is written into its cluster.
func (f *fold) rows() []v1alpha1.ClusterStatus {
	leaving := f.leaving()
	if f.Deleting {
		return leaving
	}
	room := maxRows - len(leaving)
	for _, cluster := range f.Model.Clusters {
		if _, promised := f.previous(cluster.Name); promised {
			room--
		}
	}
	var rows []v1alpha1.ClusterStatus
	for _, cluster := range f.Model.Clusters {
		previous, promised := f.previous(cluster.Name)
		if !promised {
			if len(f.Problems) > 0 || room == 0 {
				continue
			}
			room--
		}
		rows = append(rows, f.row(cluster, previous, notObserved))
	}
	return append(rows, leaving...)
}

// wanted are the rows that the conditions of the geography speak of: one for every cluster of the spec, also for those
// that got none. While the object is being deleted, they are what is left.
func (f *fold) wanted(rows []v1alpha1.ClusterStatus) []v1alpha1.ClusterStatus {
	if f.Deleting {
		return rows
	}
	var wanted []v1alpha1.ClusterStatus
	for _, cluster := range f.Model.Clusters {
		i := slices.IndexFunc(rows, func(row v1alpha1.ClusterStatus) bool { return row.Name == cluster.Name })
		if i < 0 {
			wanted = append(wanted, f.row(cluster, v1alpha1.ClusterStatus{}, f.notPromised))
			continue
		}
		wanted = append(wanted, rows[i])
	}
	return wanted
}

func (f *fold) previous(name string) (v1alpha1.ClusterStatus, bool) {
	for _, row := range f.Previous.Clusters {
		if row.Name == name {
			return row, true
		}
	}
	return v1alpha1.ClusterStatus{}, false
}

// observation is the latest one of the cluster that the row promised. What another cluster says is not heard.
func (f *fold) observation(previous v1alpha1.ClusterStatus, name string) Observation {
	o := f.Observations[name]
	if otherCluster(previous, o) {
		return Observation{Connection: Connection{Reason: v1alpha1.ReasonClusterChanged}}
	}
	return o
}

func otherCluster(row v1alpha1.ClusterStatus, o Observation) bool {
	return row.ClusterUID != "" && o.ClusterUID != "" && row.ClusterUID != o.ClusterUID
}

// row folds what is known of one cluster: what the observation tells; else, when nothing was heard for too long, that;
// else what was known before; else that nothing is known.
func (f *fold) row(cluster geography.Cluster, previous v1alpha1.ClusterStatus, nothingKnown func(string) finding) v1alpha1.ClusterStatus {
	o := f.observation(previous, cluster.Name)
	row := Assess(f.Model, cluster, o)
	leaves := f.leaves(cluster.Name)
	if o.passed() && !leaves {
		row.Inventory = cmp.Or(row.Inventory, previous.Inventory)
		withhold(&row, previous, o)
		awaitReport(&row, previous, o)
	} else {
		row.Revision, row.Inventory, row.Address = previous.Revision, previous.Inventory, previous.Address
		row.Replicas, row.ReadyReplicas = previous.Replicas, previous.ReadyReplicas
	}
	row.ClusterUID = cmp.Or(previous.ClusterUID, row.ClusterUID)

	told := row.Conditions
	if leaves { // a removal reads nothing but how far it came
		told = slices.DeleteFunc(told, func(c metav1.Condition) bool { return !slices.Contains(leavingConditions, c.Type) })
	}
	row.Conditions = nil
	for _, kind := range clusterConditions {
		before := meta.FindStatusCondition(previous.Conditions, kind)
		c := meta.FindStatusCondition(told, kind)
		switch {
		case c != nil:
			c = f.dated(*c)
		case f.lost(row):
			c = f.dated(isUnknown(v1alpha1.ReasonUnreachable, "the cluster could not be observed for longer than the grace").condition(kind, f.Generation))
		case before != nil:
			c = f.dated(*before)
		default:
			c = f.dated(nothingKnown(kind).condition(kind, f.Generation))
		}
		row.Conditions = append(row.Conditions, f.stamped(before, *c))
	}
	return row
}

// dated says which generation a cluster's condition speaks of. The objects and pods that were observed may be of an
// older one. Where the cluster is, whether it answers and what is not known belong to every generation.
func (f *fold) dated(c metav1.Condition) *metav1.Condition {
	if c.Status == metav1.ConditionUnknown || c.Type == v1alpha1.ConditionReachable || c.Type == v1alpha1.ConditionSovereign {
		c.ObservedGeneration = f.Generation
	}
	c.ObservedGeneration = min(c.ObservedGeneration, f.Generation)
	return &c
}

// lost tells whether a cluster has been unreachable for longer than the grace.
func (f *fold) lost(row v1alpha1.ClusterStatus) bool {
	reachable := meta.FindStatusCondition(row.Conditions, v1alpha1.ConditionReachable)
	return reachable != nil && reachable.Status == metav1.ConditionFalse && f.over(reachable.LastTransitionTime)
}

// withhold corrects a row that nothing was written into because Hold forbade it. What stands there was applied earlier:
// the same revision still counts, also for this generation; another one makes neither what was Applied nor the pods
// that serve it any worse than they were.
func withhold(row *v1alpha1.ClusterStatus, previous v1alpha1.ClusterStatus, o Observation) {
	held := o.Apply.Reason == v1alpha1.ReasonPaused || o.Apply.Reason == v1alpha1.ReasonBlocked
	if !held {
		return
	}
	row.Revision = previous.Revision
	if previous.Revision == "" {
		return
	}
	if o.Apply.Revision == previous.Revision {
		if before := meta.FindStatusCondition(previous.Conditions, v1alpha1.ConditionApplied); before != nil {
			told := meta.FindStatusCondition(row.Conditions, v1alpha1.ConditionApplied)
			told.Status, told.Reason, told.Message = before.Status, before.Reason, before.Message
			if before.Status == metav1.ConditionTrue {
				told.Message = "as the last apply left it; nothing is repaired while writes are held back"
			}
		}
		return
	}
	if o.Apply.Reason == v1alpha1.ReasonBlocked {
		meta.RemoveStatusCondition(&row.Conditions, v1alpha1.ConditionApplied)
	}
	if meta.IsStatusConditionTrue(previous.Conditions, v1alpha1.ConditionServed) && o.Workload.ReadyReplicas > 0 {
		meta.RemoveStatusCondition(&row.Conditions, v1alpha1.ConditionServed)
	}
}

// awaitReport keeps Served while a pod that has just become ready, or all of them after a restart of the operator, have not
// reported yet. The template names the config, so a pod of the same revision has no other to load.
func awaitReport(row *v1alpha1.ClusterStatus, previous v1alpha1.ClusterStatus, o Observation) {
	told := meta.FindStatusCondition(row.Conditions, v1alpha1.ConditionServed)
	if !o.Workload.Unheard || told == nil || o.Apply.Revision != previous.Revision {
		return
	}
	if before := meta.FindStatusCondition(previous.Conditions, v1alpha1.ConditionServed); before != nil && before.Status == metav1.ConditionTrue {
		told.Status, told.Reason, told.Message = before.Status, before.Reason, before.Message
	}
}

func notObserved(kind string) finding {
	if kind == v1alpha1.ConditionReachable {
		return isUnknown(v1alpha1.ReasonNotProbed, "no probe of the cluster has ended yet")
	}
	return isUnknown(v1alpha1.ReasonProgressing, "the cluster was not observed yet")
}

// notPromised speaks of a cluster without a row: nothing was ever written into it.
func (f *fold) notPromised(kind string) finding {
	if kind == v1alpha1.ConditionReachable || kind == v1alpha1.ConditionSovereign {
		return notObserved(kind)
	}
	if len(f.Problems) > 0 {
		return isFalse(v1alpha1.ReasonBlocked, "nothing is written before the spec is accepted")
	}
	return isFalse(v1alpha1.ReasonBlocked, "status.clusters is full of clusters that are being emptied; nothing is written before one of them is gone")
}
