package controllers

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

// eventful are the conditions whose change of status a person would act on or wait for.
var eventful = []string{
	v1alpha1.ConditionAccepted, v1alpha1.ConditionSovereign, v1alpha1.ConditionReachable,
	v1alpha1.ConditionRegionsHealthy, v1alpha1.ConditionReady,
}

// tell records an Event for every change of an eventful condition, and for a warning that comes, changes or goes while
// the condition stays True. The texts are the conditions' own, so they are from the same closed set.
func (r *GeoConsoleReconciler) tell(gc *v1alpha1.GeoConsole, before v1alpha1.GeoConsoleStatus) {
	if !gc.DeletionTimestamp.IsZero() && len(gc.Status.Clusters) == 0 {
		return // nothing is left that anything could be said of
	}
	for _, name := range eventful {
		now := meta.FindStatusCondition(gc.Status.Conditions, name)
		was := meta.FindStatusCondition(before.Conditions, name)
		if now == nil || !isNews(was, *now) {
			continue
		}
		kind := corev1.EventTypeNormal
		if now.Status != metav1.ConditionTrue || health.IsWarning(*now) {
			kind = corev1.EventTypeWarning
		}
		r.Recorder.Eventf(gc, nil, kind, now.Reason, "Assess", "%s", noteOf(*now))
	}
}

func isNews(was *metav1.Condition, now metav1.Condition) bool {
	switch {
	case was == nil:
		return now.Status != metav1.ConditionUnknown
	case was.Status != now.Status:
		return true
	case health.IsWarning(*was) || health.IsWarning(now):
		return was.Reason != now.Reason || was.Message != now.Message
	default:
		return false
	}
}

// maxNote is the most bytes that the API server takes as an Event's note (k8s.io/kubernetes, pkg/apis/core/validation);
// a longer one would be lost whole.
const maxNote = 1024

// noteOf says what a condition says. A message may be as long as a note, so its end may not fit behind its name.
func noteOf(c metav1.Condition) string {
	note := fmt.Sprintf("%s is %s: %s", c.Type, c.Status, c.Message)
	return strings.ToValidUTF8(note[:min(len(note), maxNote)], "")
}
