package health

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Input is all that a status is computed from.
type Input struct {
	// Previous is the status that stands in the object.
	Previous v1alpha1.GeoConsoleStatus
	// Generation of the object.
	Generation int64
	Model      geography.Model
	// Problems are those of geography.FromSpec: the reasons not to accept the spec.
	Problems []geography.Problem
	// Observations by the name of the cluster. One that is missing was not made since the operator started.
	Observations map[string]Observation
	// Deleting is set when the object is being deleted.
	Deleting bool
	Now      time.Time
	// Grace is how long a cluster may be unreachable before what it last said is no longer believed, and how long a
	// failure that may heal by itself is left alone before a person is asked.
	Grace time.Duration
}

// fold is one computation of a status.
type fold struct {
	Input
	patience
}

// Fold computes the whole status: nothing of the previous one survives but the rows' promises, the values of clusters
// that cannot be observed, and the times of conditions whose status is the same. The duration is after how long the
// status changes though nothing happens, 0 when it does not. Folding the result again changes nothing.
func Fold(in Input) (v1alpha1.GeoConsoleStatus, time.Duration) {
	f := &fold{Input: in, patience: patience{now: in.Now, grace: in.Grace}}
	rows := f.rows()
	wanted := f.wanted(rows)
	status := v1alpha1.GeoConsoleStatus{
		ObservedGeneration: in.Generation,
		URL:                f.url(),
		Geography: v1alpha1.GeographyStatus{
			Name: in.Model.Geography.Name, Countries: slices.Clone(in.Model.Geography.Countries), Atlas: geography.AtlasDate,
		},
		Clusters: rows,
		Regions:  f.regions(wanted),
	}
	status.Summary = f.summary(wanted, status.Regions)

	for _, c := range f.conditions(wanted, status) {
		before := meta.FindStatusCondition(in.Previous.Conditions, c.Type)
		status.Conditions = append(status.Conditions, f.stamped(before, c))
	}
	return status, f.again
}

// url is where the console was last accepted to be: a spec that is refused publishes nothing.
func (f *fold) url() string {
	if len(f.Problems) > 0 {
		return f.Previous.URL
	}
	return geography.PublicURL(f.Model.Hostname)
}

// placed is what the spec alone says of Sovereign.
func (f *fold) placed() []said {
	spec := []said{{"spec.regions", endpoints(f.Model).condition(v1alpha1.ConditionSovereign, f.Generation)}}
	for _, found := range accounts(f.Model) {
		spec = append(spec, said{"spec.accounts.endpoint", found.condition(v1alpha1.ConditionSovereign, f.Generation)})
	}
	for _, found := range issuer(f.Model) {
		spec = append(spec, said{"spec.auth.oidc", found.condition(v1alpha1.ConditionSovereign, f.Generation)})
	}
	return spec
}

// conditions are those of the whole geography, in the order of the stages.
func (f *fold) conditions(wanted []v1alpha1.ClusterStatus, status v1alpha1.GeoConsoleStatus) []metav1.Condition {
	spec := f.placed()
	all := []metav1.Condition{
		accepted(f.Model, f.Problems).condition(v1alpha1.ConditionAccepted, f.Generation),
		f.together(v1alpha1.ConditionSovereign, append(spec, about(v1alpha1.ConditionSovereign, wanted)...)),
	}
	for _, kind := range []string{
		v1alpha1.ConditionReachable, v1alpha1.ConditionApplied, v1alpha1.ConditionServed, v1alpha1.ConditionExposed,
	} {
		all = append(all, f.together(kind, about(kind, wanted)))
	}
	all = append(all, regionsHealthy(status.Regions).condition(v1alpha1.ConditionRegionsHealthy, f.Generation))
	ready := f.ready(all, wanted).condition(v1alpha1.ConditionReady, f.Generation)
	all = append(all, ready)

	stalled, isStalled := f.stalled(all[0], spec, status.Clusters)
	if reason, working := f.working(all[:2], ready, wanted, isStalled); working {
		all = append(all, isTrue(reason, "the operator works towards the spec; Ready says what is missing").
			condition(v1alpha1.ConditionReconciling, f.Generation))
	}
	if isStalled {
		all = append(all, stalled.condition(v1alpha1.ConditionStalled, f.Generation))
	}
	if f.Model.Paused {
		all = append(all, isTrue(v1alpha1.ReasonPaused, "spec.paused is true: nothing is written into the clusters; observation and deletion go on").
			condition(v1alpha1.ConditionPaused, f.Generation))
	}
	return all
}

// everyCluster says what it means that a condition is True of all clusters.
var everyCluster = map[string]string{
	v1alpha1.ConditionReachable: "the last probe of every cluster succeeded",
	v1alpha1.ConditionApplied:   "all objects in every cluster are ours and as rendered",
	v1alpha1.ConditionServed:    "all ready pods of every cluster are of this revision",
	v1alpha1.ConditionExposed:   "spec.hostname is admitted in every cluster",
}

// together folds one condition over the clusters: False beats Unknown beats True. It speaks of the oldest generation
// that those who decide speak of.
func (f *fold) together(kind string, all []said) metav1.Condition {
	deciding := worst(all)
	if len(deciding) == 0 {
		if kind == v1alpha1.ConditionApplied && f.Deleting {
			return isFalse(f.deletingReason(), "no cluster is left that would have to be dealt with").condition(kind, f.Generation)
		}
		return isUnknown(v1alpha1.ReasonProgressing, "there is no cluster").condition(kind, f.Generation)
	}
	c := *deciding[0].condition.DeepCopy()
	for _, s := range deciding {
		c.ObservedGeneration = min(c.ObservedGeneration, s.condition.ObservedGeneration)
	}
	switch text, known := everyCluster[kind]; {
	case c.Status != metav1.ConditionTrue || IsWarning(c):
		c.Message = speaking(deciding)
	case known:
		c.Message = text
	}
	return c
}

// accepted tells whether the spec resolves.
func accepted(m geography.Model, problems []geography.Problem) finding {
	if len(problems) > 0 {
		var texts []string
		for _, p := range problems {
			texts = append(texts, p.Message)
		}
		return isFalse(problems[0].Reason, strings.Join(texts, "; "))
	}
	if m.Auth == v1alpha1.AuthNone {
		return isTrue(v1alpha1.ReasonAcceptedWithoutAuth,
			"the spec resolves; spec.auth.type is None: the console asks nobody who they are, so whoever reaches it uses it. For demonstrations and air-gapped labs only")
	}
	return isTrue(v1alpha1.ReasonAccepted, "the spec resolves")
}

func (f *fold) summary(wanted []v1alpha1.ClusterStatus, regions []v1alpha1.RegionStatus) v1alpha1.Summary {
	ready, healthy := 0, 0
	for _, row := range wanted {
		if len(f.missing(row)) == 0 {
			ready++
		}
	}
	active := activeOf(regions)
	for _, region := range active {
		if region.Verdict == v1alpha1.RegionHealthy {
			healthy++
		}
	}
	return v1alpha1.Summary{
		Clusters: fmt.Sprintf("%d/%d", ready, len(f.Model.Clusters)),
		Regions:  fmt.Sprintf("%d/%d", healthy, len(active)),
	}
}
