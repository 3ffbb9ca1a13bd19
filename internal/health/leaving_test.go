package health

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// taken is a geography of two clusters in which b was taken out of the spec while it did not answer.
func taken(consents map[string]string) Input {
	in := input("a", "b")
	in.Observations["a"], in.Observations["b"] = good("c1", 1), good("c2", 1)
	in.then(0)
	in.Model = input("a").Model
	in.Model.Abandon = consents
	in.Observations["b"] = lost()
	in.then(0)
	return in
}

func stands(status v1alpha1.GeoConsoleStatus, name string) bool {
	for _, row := range status.Clusters {
		if row.Name == name {
			return true
		}
	}
	return false
}

func TestProperty4_OnlyWhatIsGoneForGoodIsAbandoned(t *testing.T) {
	named := map[string]string{"b": "c2"}
	for name, c := range map[string]struct {
		consents map[string]string
		change   func(*Input)
		after    time.Duration
		gone     bool
	}{
		"named, and lost the whole grace long": {consents: named, after: grace, gone: true},
		"named with others":                    {consents: map[string]string{"a": "c1", "b": "c2"}, after: grace, gone: true},
		"named, within the grace":              {consents: named, after: grace - time.Second},
		"not named":                            {after: time.Hour},
		"named by another UID":                 {consents: map[string]string{"b": "c1"}, after: time.Hour},
		"named by another name":                {consents: map[string]string{"a": "c2"}, after: time.Hour},
		"its credential is refused": {consents: named, after: grace, gone: true, change: func(in *Input) {
			in.Observations["b"] = Observation{Connection: Connection{Reason: v1alpha1.ReasonUnauthorized}}
		}},
		"its Secret is gone": {consents: named, after: grace, gone: true, change: func(in *Input) {
			in.Observations["b"] = Observation{Connection: Connection{Reason: v1alpha1.ReasonSecretMissing}}
		}},
		"another cluster answers in its place": {consents: named, after: grace, gone: true, change: func(in *Input) {
			in.Observations["b"] = Observation{Generation: 1, ClusterUID: "c9", Connection: Connection{Up: true, Reason: v1alpha1.ReasonConnected}}
		}},
		"the other cluster is named": {consents: map[string]string{"b": "c9"}, after: grace, change: func(in *Input) {
			in.Observations["b"] = Observation{Generation: 1, ClusterUID: "c9", Connection: Connection{Up: true, Reason: v1alpha1.ReasonConnected}}
		}},
		"it has just come back": {consents: named, after: grace, change: func(in *Input) {
			in.Observations["b"] = Observation{Generation: 1, ClusterUID: "c2", Connection: Connection{Up: true, Reason: v1alpha1.ReasonConnected}}
		}},
		"it answers, but may not be emptied": {consents: named, after: time.Hour, change: func(in *Input) {
			o := good("c2", 1)
			o.Apply.Reason = v1alpha1.ReasonForbidden
			in.Observations["b"] = o
		}},
		"the operator has just started": {consents: named, after: grace, change: func(in *Input) {
			in.Observations = map[string]Observation{"b": {Connection: Connection{Reason: v1alpha1.ReasonNotProbed}}}
		}},
		"it is in the spec again": {consents: named, after: grace, change: func(in *Input) {
			consents := in.Model.Abandon
			in.Model = input("a", "b").Model
			in.Model.Abandon = consents
		}},
		"the GeoConsole is deleted": {consents: named, after: grace, gone: true, change: func(in *Input) { in.Deleting = true }},
	} {
		t.Run(name, func(t *testing.T) {
			in := taken(c.consents)
			if c.change != nil {
				c.change(&in)
			}
			in.Now = in.Now.Add(c.after)
			abandoned := Abandoned(in)
			status, _ := Fold(in)
			if got := stands(status, "b"); got == c.gone {
				t.Errorf("row b stands: %v", got)
			}
			if !stands(status, "a") {
				t.Error("row a is gone, which was never left")
			}
			if (len(abandoned) == 1 && abandoned[0].Name == "b" && abandoned[0].ClusterUID == "c2") != c.gone {
				t.Errorf("abandoned are %v", abandoned)
			}
			if in.Previous = status; len(Abandoned(in)) > 0 {
				t.Error("what was abandoned is abandoned once more")
			}
		})
	}
}

// A cluster that was emptied has left nothing that an Event would have to list.
func TestEmptiedIsNotAbandoned(t *testing.T) {
	in := taken(map[string]string{"b": "c2"})
	in.Observations["b"] = Observation{Generation: 1, ClusterUID: "c2", Emptied: true, Connection: Connection{Reason: v1alpha1.ReasonConnectionLost}}
	in.Now = in.Now.Add(grace)
	if abandoned := Abandoned(in); len(abandoned) > 0 {
		t.Errorf("abandoned are %v", abandoned)
	}
}

func TestPeer7_AStrandedRowNamesItsExactCure(t *testing.T) {
	in := input("a", "b", "c")
	in.Observations["a"], in.Observations["b"], in.Observations["c"] = good("c1", 1), good("c2", 1), good("c3", 1)
	in.then(0)
	in.Model = input("a").Model
	in.Observations["b"], in.Observations["c"] = lost(), lost()
	if status := in.then(0); meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStalled) != nil {
		t.Error("Stalled at once, though the clusters may come back")
	}
	status := in.then(grace)
	expect(t, status.Conditions, v1alpha1.ConditionStalled, yes, "Unreachable")
	stalled := condition(t, status.Conditions, v1alpha1.ConditionStalled).Message
	if !strings.HasPrefix(stalled, "b, c: unreachable") || !strings.HasSuffix(stalled, " xcm.openshift.io/abandon=b@c2,c@c3") {
		t.Errorf("Stalled says %q", stalled)
	}
	for i, cure := range map[int]string{1: " xcm.openshift.io/abandon=b@c2", 2: " xcm.openshift.io/abandon=c@c3"} {
		expect(t, status.Clusters[i].Conditions, v1alpha1.ConditionApplied, open, "Unreachable")
		if message := condition(t, status.Clusters[i].Conditions, v1alpha1.ConditionApplied).Message; !strings.HasSuffix(message, cure) {
			t.Errorf("%s says %q", status.Clusters[i].Name, message)
		}
	}
	in.Observations["b"] = Observation{Generation: 1, ClusterUID: "c2", Connection: Connection{Up: true, Reason: v1alpha1.ReasonConnected}}
	row := in.then(0).Clusters[1]
	expect(t, row.Conditions, v1alpha1.ConditionApplied, no, "Removing")
}

// What was put into clusters is dealt with whatever has become of the spec, and nothing else is asked of it.
func TestADeletionWaitsForNoGoodSpec(t *testing.T) {
	in := input("a")
	in.Observations["a"] = good("c1", 1)
	in.then(0)
	in.Problems = []geography.Problem{{Reason: v1alpha1.ReasonImageMissing, Message: "spec.console.image: is missing"}}
	expect(t, in.then(0).Conditions, v1alpha1.ConditionStalled, yes, "ImageMissing")
	in.Deleting = true
	status := in.then(0)
	if meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStalled) != nil {
		t.Error("Stalled over a spec that nobody waits for")
	}
	expect(t, status.Conditions, v1alpha1.ConditionReconciling, yes, "Removing")
}

func TestReleasing(t *testing.T) {
	in := input("a", "b")
	in.Observations["a"], in.Observations["b"] = good("c1", 1), good("c2", 1)
	in.then(0)
	in.Model = input("a").Model
	in.Model.Deletion, in.Deleting = v1alpha1.DeletionPolicyOrphan, true
	status := in.then(0)
	expect(t, status.Clusters[0].Conditions, v1alpha1.ConditionApplied, no, "Releasing")
	expect(t, status.Clusters[1].Conditions, v1alpha1.ConditionApplied, no, "Removing")
	expect(t, status.Conditions, v1alpha1.ConditionReconciling, yes, "Releasing")
	in.Deleting = false
	expect(t, in.then(0).Clusters[1].Conditions, v1alpha1.ConditionApplied, no, "Removing")
}
