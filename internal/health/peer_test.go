package health

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Kueue evicted healthy work at every reconnect, because each retry began its grace anew. Ours counts from the first loss,
// over other reasons, retries and a restart of the operator.
func TestPeer3_TheGraceCountsFromTheFirstLoss(t *testing.T) {
	in := input("a")
	in.Observations["a"] = good("c1", 1)
	in.then(0)
	in.Observations["a"] = lost()
	in.then(time.Minute)
	for _, reason := range []string{"Unauthorized", "ConnectionLost", "SecretMissing", "ConnectionLost"} {
		in.Observations["a"] = Observation{Generation: 1, Connection: Connection{Reason: reason}}
		expect(t, in.then(20*time.Second).Conditions, v1alpha1.ConditionServed, yes, "Served")
	}
	in.Observations = map[string]Observation{} // a restart
	expect(t, in.then(39*time.Second).Conditions, v1alpha1.ConditionServed, yes, "Served")
	if _, again := Fold(in); again != time.Second {
		t.Errorf("to be folded again after %s, want 1s", again)
	}
	expect(t, in.then(time.Second).Conditions, v1alpha1.ConditionServed, open, "Unreachable")
	if _, again := Fold(in); again != 0 {
		t.Errorf("to be folded again after %s, want never", again)
	}
}

// A loss that ends within the grace, time and again, leaves no trace but in Reachable.
func TestPeer3_ShortLossesChangeOnlyReachable(t *testing.T) {
	in := input("a", "b")
	in.Observations["a"], in.Observations["b"] = good("c1", 1), good("c2", 1)
	before := in.then(0)
	for range 5 {
		in.Observations["a"] = lost()
		during := in.then(90 * time.Second)
		expect(t, during.Conditions, v1alpha1.ConditionReachable, no, "ConnectionLost")
		for _, kind := range []string{"Ready", "Sovereign", "Applied", "Served", "Exposed", "RegionsHealthy"} {
			if diff := cmp.Diff(condition(t, before.Conditions, kind), condition(t, during.Conditions, kind)); diff != "" {
				t.Errorf("%s changed:\n%s", kind, diff)
			}
		}
		if !reflect.DeepEqual(before.Regions, during.Regions) || before.Summary != during.Summary {
			t.Errorf("regions or summary changed: %v", during)
		}
		in.Observations["a"] = good("c1", 1)
		in.then(90 * time.Second)
	}
}

// The console operator's conditions flapped whenever its loop ran or a pod was replaced.
func TestPeer4_NothingFlaps(t *testing.T) {
	pods := func(w Workload) func(*Observation) { return func(o *Observation) { o.Workload = w } }
	for name, change := range map[string]func(*Observation){
		"nothing happens":                    func(*Observation) {},
		"a pod is being replaced":            pods(Workload{Found: true, Replicas: 2, ReadyReplicas: 1, Current: true}),
		"its successor finds no node":        pods(Workload{Found: true, Replicas: 2, ReadyReplicas: 1, Current: true, Trouble: v1alpha1.ReasonUnschedulable}),
		"its successor has not reported yet": pods(Workload{Found: true, Replicas: 2, ReadyReplicas: 2, Unheard: true}),
		"no pod has reported since the operator's start": func(o *Observation) {
			o.Regions, o.Workload.Current, o.Workload.Unheard = nil, false, true
		},
		"pods have not reported yet": func(o *Observation) { o.Regions = nil },
		"the connection is there, no pass": func(o *Observation) {
			*o = Observation{Generation: 1, ClusterUID: o.ClusterUID, Connection: o.Connection}
		},
		"a probe is under way": func(o *Observation) {
			*o = Observation{Generation: 1, Connection: Connection{Reason: v1alpha1.ReasonNotProbed}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := input("a")
			in.Observations["a"] = good("c1", 1)
			before := in.then(0)
			o := good("c1", 1)
			change(&o)
			in.Observations["a"] = o
			after := in.then(time.Hour)
			if diff := cmp.Diff(before.Conditions, after.Conditions); diff != "" {
				t.Errorf("conditions changed:\n%s", diff)
			}
			if diff := cmp.Diff(before.Regions, after.Regions); diff != "" {
				t.Errorf("regions changed:\n%s", diff)
			}
		})
	}
}

// Conditions of a mode that was switched off stayed for ever in the console operator.
func TestPeer6_NothingOldSurvives(t *testing.T) {
	in := input("a", "b")
	in.Observations["a"], in.Observations["b"] = good("c1", 1), good("c2", 1)
	in.Model.Paused = true
	in.Problems = []geography.Problem{{Reason: v1alpha1.ReasonImageMissing, Message: "spec.console.image: is missing"}}
	in.then(0)
	in.Problems = nil
	in.Previous.Conditions = append(in.Previous.Conditions, metav1.Condition{Type: "LoginReady", Status: no, Reason: "Old"})
	in.Previous.Regions = append(in.Previous.Regions, v1alpha1.RegionStatus{ID: "gone", Verdict: v1alpha1.RegionUnhealthy})
	in.Previous.URL = "https://old.example.com"
	in.then(0)
	in.Model.Paused = false
	got := in.then(time.Minute)

	fresh := input("a", "b")
	fresh.Observations = in.Observations
	want := fresh.then(0)
	timeless := cmp.Transformer("timeless", func(metav1.Time) string { return "" })
	if diff := cmp.Diff(want, got, timeless); diff != "" {
		t.Errorf("a status with a past differs from one without:\n%s", diff)
	}
}

// Argo CD reconciled without end over statuses that hold times, counters or an order that changes.
func TestPeer13_TheStatusStandsStill(t *testing.T) {
	in := input("b", "a", "c")
	in.Observations["a"], in.Observations["c"] = good("c1", 1), lost()
	before := in.then(0)
	for range 50 {
		if next, _ := Fold(in); !reflect.DeepEqual(before, next) {
			t.Fatalf("folding the same input again words it otherwise:\n%s", cmp.Diff(before, next))
		}
	}
	in.then(grace)
	settled := in.then(0)
	for range 50 {
		if next := in.then(time.Hour); !reflect.DeepEqual(settled, next) {
			t.Fatalf("the status moves by itself:\n%s", cmp.Diff(settled, next))
		}
	}
}
