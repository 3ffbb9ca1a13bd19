package health

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// stages are the conditions that Ready asks for, in order. The first that is missing gives Ready its reason.
var stages = []string{
	v1alpha1.ConditionAccepted, v1alpha1.ConditionSovereign,
	v1alpha1.ConditionApplied, v1alpha1.ConditionServed, v1alpha1.ConditionExposed,
}

// ready asks for every stage, of every cluster and for this generation. A region that is Unhealthy is somebody else's
// outage; all of them together are ours.
func (f *fold) ready(all []metav1.Condition, wanted []v1alpha1.ClusterStatus) finding {
	missing := worst(f.stagesOf(all))
	if len(missing) > 0 && missing[0].condition.Status == metav1.ConditionFalse {
		c := missing[0].condition
		return isFalse(c.Reason, c.Type+": "+c.Message)
	}
	if c := meta.FindStatusCondition(all, v1alpha1.ConditionRegionsHealthy); c.Reason == v1alpha1.ReasonAllUnhealthy {
		return isFalse(c.Reason, c.Type+": "+c.Message)
	}
	if len(missing) > 0 && missing[0].condition.Status == metav1.ConditionUnknown {
		c := missing[0].condition
		return isUnknown(c.Reason, c.Type+": "+c.Message)
	}
	if late, lost := f.late(wanted); len(late)+len(lost) > 0 {
		return older(late, lost)
	}
	return isTrue(v1alpha1.ReasonReady, "the console is served and exposed in every cluster")
}

func (f *fold) stagesOf(all []metav1.Condition) []said {
	var list []said
	for _, kind := range stages {
		if c := meta.FindStatusCondition(all, kind); c != nil {
			list = append(list, said{condition: *c})
		}
	}
	return list
}

// missing are the stages of a cluster that are not True for this generation.
func (f *fold) missing(row v1alpha1.ClusterStatus) []metav1.Condition {
	return slices.DeleteFunc(slices.Clone(row.Conditions), func(c metav1.Condition) bool {
		return !slices.Contains(stages, c.Type) || (c.Status == metav1.ConditionTrue && c.ObservedGeneration == f.Generation)
	})
}

// late are the clusters that were not observed for this generation yet; lost those among them that do not answer.
func (f *fold) late(wanted []v1alpha1.ClusterStatus) (late, lost []string) {
	for _, row := range wanted {
		older := slices.ContainsFunc(f.missing(row), func(c metav1.Condition) bool { return c.ObservedGeneration < f.Generation })
		switch {
		case older && meta.IsStatusConditionFalse(row.Conditions, v1alpha1.ConditionReachable):
			lost = append(lost, row.Name)
		case older:
			late = append(late, row.Name)
		}
	}
	slices.Sort(late)
	slices.Sort(lost)
	return late, lost
}

func older(late, lost []string) finding {
	if len(lost) > 0 {
		return isUnknown(v1alpha1.ReasonUnreachable, strings.Join(lost, ", ")+": unreachable, and not observed since the spec changed")
	}
	return isUnknown(v1alpha1.ReasonProgressing, strings.Join(late, ", ")+": not observed since the spec changed")
}

// working tells whether the operator works towards the spec, and on what. Somebody's pause, a spec that is not accepted
// and a place outside leave it nothing to do.
func (f *fold) working(gates []metav1.Condition, ready metav1.Condition, rows []v1alpha1.ClusterStatus, stalled bool) (string, bool) {
	forbidden := slices.ContainsFunc(gates, func(c metav1.Condition) bool { return c.Status == metav1.ConditionFalse })
	late, _ := f.late(rows)
	switch {
	case f.Deleting:
		return f.deletingReason(), true
	case len(f.leaving()) > 0:
		return v1alpha1.ReasonRemoving, true
	case f.Model.Paused:
		return "", false
	case len(late) > 0 && !forbidden, ready.Status != metav1.ConditionTrue && !stalled:
		return v1alpha1.ReasonProgressing, true
	}
	return "", false
}

// atOnce are the reasons that no waiting cures: a person has to act.
var atOnce = []string{
	v1alpha1.ReasonEndpointOutside, v1alpha1.ReasonAccountsOutside, v1alpha1.ReasonIssuerOutside, v1alpha1.ReasonClusterOutside, v1alpha1.ReasonEvidenceContradicted,
	v1alpha1.ReasonKubeconfigRefused, v1alpha1.ReasonCredentialTooBroad, v1alpha1.ReasonClusterChanged,
	v1alpha1.ReasonNotOurs, v1alpha1.ReasonOwnedElsewhere, v1alpha1.ReasonHubRewound, v1alpha1.ReasonKindUnknown,
	v1alpha1.ReasonOperatorOutdated, v1alpha1.ReasonFieldContested,
	v1alpha1.ReasonDeadlineExceeded,
}

// afterGrace are the reasons that often cure themselves: a Secret, a namespace or a right that is applied together with
// the GeoConsole, a registry or a router that is slow. A person has to act when they last.
var afterGrace = []string{
	v1alpha1.ReasonEvidenceMissing,
	v1alpha1.ReasonSecretMissing, v1alpha1.ReasonUnauthorized,
	v1alpha1.ReasonNamespaceMissing, v1alpha1.ReasonForbidden, v1alpha1.ReasonKindNotServed, v1alpha1.ReasonRefused,
	v1alpha1.ReasonImagePullFailed, v1alpha1.ReasonConsoleFailing, v1alpha1.ReasonUnschedulable,
	v1alpha1.ReasonNotAdmitted, v1alpha1.ReasonRejected,
}

// stalled gathers what waits for a person.
func (f *fold) stalled(accepted metav1.Condition, spec []said, rows []v1alpha1.ClusterStatus) (finding, bool) {
	var waiting []said
	for _, s := range append([]said{{"", accepted}}, spec...) {
		if s.condition.Status == metav1.ConditionFalse && !f.Deleting { // no deletion waits for a good spec
			waiting = append(waiting, s)
		}
	}
	for _, row := range rows {
		for _, c := range row.Conditions {
			if f.asks(row.Name, c) {
				waiting = append(waiting, said{row.Name, c})
			}
		}
	}
	waiting = append(waiting, f.strandedIn(rows)...)
	if len(waiting) == 0 {
		return finding{}, false
	}
	return isTrue(waiting[0].condition.Reason, speaking(waiting)), true
}

// asks tells whether a cluster's condition waits for a person. Of one that is being emptied, few are looked at.
func (f *fold) asks(cluster string, c metav1.Condition) bool {
	return f.stalls(c) && (!f.leaves(cluster) || slices.Contains(leavingConditions, c.Type))
}

func (f *fold) stalls(c metav1.Condition) bool {
	if c.Status == metav1.ConditionTrue {
		return false
	}
	return slices.Contains(atOnce, c.Reason) || (slices.Contains(afterGrace, c.Reason) && f.over(c.LastTransitionTime))
}
