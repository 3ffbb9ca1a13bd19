package health

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

func TestRows(t *testing.T) {
	names := func(rows []v1alpha1.ClusterStatus) string {
		var all []string
		for _, row := range rows {
			all = append(all, row.Name)
		}
		return strings.Join(all, " ")
	}
	t.Run("a refused spec makes no row and keeps the old ones", func(t *testing.T) {
		in := input("a")
		in.then(0)
		in = Input{
			Previous: in.Previous, Generation: 2, Model: input("b", "a").Model, Now: start, Grace: grace,
			Problems: []geography.Problem{{Reason: "ImageMissing", Message: "spec.console.image: is missing"}},
		}
		status := in.then(0)
		if got := names(status.Clusters); got != "a" {
			t.Errorf("rows %q, want a", got)
		}
		expect(t, status.Conditions, v1alpha1.ConditionApplied, no, "Blocked")
	})
	t.Run("spec order, then those that leave by name", func(t *testing.T) {
		in := input("z", "y", "x", "w")
		in.then(0)
		in.Model = input("w", "v", "y").Model
		if got := names(in.then(0).Clusters); got != "w v y x z" {
			t.Errorf("rows %q, want w v y x z", got)
		}
	})
	t.Run("the promised place stands", func(t *testing.T) {
		in := input("a")
		promised := in.then(0).Clusters[0]
		in.Model = input("b").Model
		row := in.then(0).Clusters[1]
		if row.Namespace != promised.Namespace || !reflect.DeepEqual(row.Connection, promised.Connection) {
			t.Errorf("the leaving row names another place: %+v", row)
		}
	})
	t.Run("a right that is missing for reading is told, and what was read before stands", func(t *testing.T) {
		in := input("a")
		in.Observations["a"] = good("c1", 1)
		before := in.then(0).Clusters[0]
		in.Observations["a"] = Observation{
			Generation: 1, ClusterUID: "c1", Connection: Connection{Up: true}, Unread: true,
			Apply: Apply{Revision: "r9", Reason: v1alpha1.ReasonForbidden, Object: "Pod"},
		}
		row := in.then(0).Clusters[0]
		expect(t, row.Conditions, v1alpha1.ConditionApplied, no, v1alpha1.ReasonForbidden)
		expect(t, row.Conditions, v1alpha1.ConditionServed, yes, v1alpha1.ReasonServed)
		if row.Revision != before.Revision || row.Inventory != before.Inventory || row.ReadyReplicas != before.ReadyReplicas {
			t.Errorf("what was not read was believed: %+v", row)
		}
	})
	t.Run("the UID is taken once", func(t *testing.T) {
		in := input("a")
		in.Observations["a"] = Observation{ClusterUID: "c1", Generation: 1, Connection: Connection{Up: true}}
		in.then(0)
		in.Observations["a"] = good("c2", 1)
		status := in.then(0)
		if got := status.Clusters[0]; got.ClusterUID != "c1" || got.Revision != "" || got.ReadyReplicas != 0 {
			t.Errorf("another cluster's word was taken: %+v", got)
		}
		expect(t, status.Clusters[0].Conditions, v1alpha1.ConditionReachable, no, "ClusterChanged")
		expect(t, status.Conditions, v1alpha1.ConditionStalled, yes, "ClusterChanged")
		if status.Regions[0].Verdict != v1alpha1.RegionUnknown {
			t.Errorf("another cluster's verdict was taken: %+v", status.Regions[0])
		}
	})
	t.Run("emptied before it came again is not emptied", func(t *testing.T) {
		in := input("a", "b")
		in.Observations["b"] = good("c2", 1)
		in.then(0)
		in.Model, in.Generation = input("a").Model, 4
		in.Observations["b"] = Observation{Generation: 2, ClusterUID: "c2", Emptied: true, Connection: Connection{Up: true}}
		if got := names(in.then(0).Clusters); got != "a b" {
			t.Errorf("rows %q, want a b", got)
		}
		in.Observations["b"] = Observation{Generation: 4, ClusterUID: "c2", Emptied: true, Connection: Connection{Up: true}}
		if got := names(in.then(0).Clusters); got != "a" {
			t.Errorf("rows %q, want a", got)
		}
	})
	t.Run("never more rows than the API takes, and none is dropped for a new one", func(t *testing.T) {
		var old []string
		in := input()
		for generation := range 3 {
			var clusters []string
			for i := range 8 {
				clusters = append(clusters, fmt.Sprintf("g%d-%d", generation, i))
			}
			in.Model = input(clusters...).Model
			status := in.then(0)
			for _, name := range old {
				if !strings.Contains(names(status.Clusters), name) {
					t.Errorf("row %s is gone and was never emptied", name)
				}
			}
			if len(status.Clusters) > maxRows {
				t.Errorf("%d rows, the API takes %d", len(status.Clusters), maxRows)
			}
			old = strings.Fields(names(status.Clusters))
		}
		expect(t, in.Previous.Conditions, v1alpha1.ConditionApplied, no, "Blocked")
	})
	t.Run("removed while its Secret is gone", func(t *testing.T) {
		in := input("a", "b")
		in.Observations["a"], in.Observations["b"] = good("c1", 1), good("c2", 1)
		in.then(0)
		in.Model = input("a").Model
		in.Observations["b"] = Observation{Generation: 1, Connection: Connection{Reason: v1alpha1.ReasonSecretMissing}}
		status := in.then(0)
		expect(t, status.Conditions, v1alpha1.ConditionReady, yes, "Ready")
		expect(t, status.Conditions, v1alpha1.ConditionReconciling, yes, "Removing")
		if meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStalled) != nil {
			t.Error("Stalled at once, though the Secret may come back")
		}
		expect(t, in.then(grace).Conditions, v1alpha1.ConditionStalled, yes, "SecretMissing")
	})
}
