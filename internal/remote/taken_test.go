package remote

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func TestTaken(t *testing.T) {
	const want = `{"apiVersion":"v1","kind":"Service","metadata":{"name":"n","labels":{"a":"1"}},
		"spec":{"ports":[{"name":"https","port":443}],"type":"ClusterIP","policy":["x","y"]}}`
	const ours = `{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:ports":{"k:{\"port\":443}":{".":{},"f:name":{},"f:port":{}}},"f:policy":{}}}`
	for name, c := range map[string]struct {
		live, theirs string
		found        []taking
	}{
		"a value that another manager has set": {
			`{"metadata":{"labels":{"a":"1"}},"spec":{"ports":[{"name":"https","port":443}],"type":"NodePort","policy":["x","y"]}}`,
			`{"f:spec":{"f:type":{}}}`,
			[]taking{{".spec.type", "them"}},
		},
		"a field of a list's element": {
			`{"metadata":{"labels":{"a":"1"}},"spec":{"ports":[{"name":"web","port":443}],"type":"ClusterIP","policy":["x","y"]}}`,
			`{"f:spec":{"f:ports":{"k:{\"port\":443}":{"f:protocol":{}}},"f:type":{}}}`, nil, // ours still owns it: shared, not taken
		},
		"the same value": {
			`{"metadata":{"labels":{"a":"1"}},"spec":{"ports":[{"name":"https","port":443}],"type":"ClusterIP","policy":["x","y"]}}`,
			`{"f:spec":{"f:type":{}}}`, nil,
		},
		"fields that nobody wants": {
			`{"metadata":{"labels":{"a":"1","b":"2"}},"spec":{"ports":[{"name":"https","port":443}],"type":"ClusterIP","policy":["x","y"],"x":1}}`,
			`{"f:metadata":{"f:labels":{"f:b":{}}},"f:spec":{"f:x":{}}}`, nil,
		},
		"a label that was removed": {
			`{"metadata":{"labels":{}},"spec":{"ports":[{"name":"https","port":443}],"type":"ClusterIP","policy":["x","y"]}}`,
			`{}`,
			[]taking{{".metadata.labels.a", ""}},
		},
		"an element that was removed": {
			`{"metadata":{"labels":{"a":"1"}},"spec":{"ports":[],"type":"ClusterIP","policy":["x","y"]}}`,
			`{}`,
			[]taking{{".spec.ports", ""}},
		},
		"an object that was emptied": {`{"metadata":{"labels":{"a":"1"}}}`, `{}`, []taking{{".spec", ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			live := &unstructured.Unstructured{Object: object(t, c.live)}
			entry := func(manager string, operation metav1.ManagedFieldsOperationType, fields string) metav1.ManagedFieldsEntry {
				return metav1.ManagedFieldsEntry{Manager: manager, Operation: operation, FieldsV1: metav1.NewFieldsV1(fields)}
			}
			live.SetManagedFields([]metav1.ManagedFieldsEntry{
				entry(v1alpha1.FieldManager, metav1.ManagedFieldsOperationApply, ours), entry("them", metav1.ManagedFieldsOperationUpdate, c.theirs),
			})
			found, err := taken(&unstructured.Unstructured{Object: object(t, want)}, live)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.found, found, cmp.AllowUnexported(taking{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// fight is a sequence of what passes find, minute by minute.
type fight struct {
	*contests
	t    *testing.T
	live *unstructured.Unstructured
	at   time.Time
}

func newFight(t *testing.T) *fight {
	f := &fight{contests: newContests(), t: t, at: time.Unix(0, 0), live: &unstructured.Unstructured{Object: object(t,
		`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"europe","resourceVersion":"10"}}`)}}
	f.hold(f.live, "revision-1")
	return f
}

// takes is a taking and, where it is answered, the apply that follows.
func (f *fight) takes(field, manager string, after time.Duration, answered bool) {
	f.t.Helper()
	f.at = f.at.Add(after)
	stopped := f.yield(f.live, "revision-1", []taking{{field, manager}}, f.at)
	if (stopped == nil) != answered {
		f.t.Fatalf("%s by %s at %s is answered: %v, want %v", field, manager, f.at.UTC().Format(time.TimeOnly), stopped == nil, answered)
	}
	if answered {
		f.hold(f.live, "revision-1")
	}
}

func TestContests(t *testing.T) {
	t.Run("the third taking within ten minutes is not answered", func(t *testing.T) {
		f := newFight(t)
		f.takes(".spec.replicas", "hpa", 0, true)
		f.takes(".spec.replicas", "hpa", 5*time.Minute, true)
		f.takes(".spec.replicas", "hpa", 4*time.Minute, false)
		f.takes(".spec.replicas", "hpa", 9*time.Minute, false)
	})
	t.Run("three in a longer time are", func(t *testing.T) {
		f := newFight(t)
		for range 10 {
			f.takes(".spec.replicas", "hpa", 5*time.Minute, true)
		}
	})
	t.Run("other fields and managers count for themselves", func(t *testing.T) {
		f := newFight(t)
		for _, manager := range []string{"hpa", "kubectl", ""} {
			for _, field := range []string{".spec.replicas", ".spec.paused"} {
				f.takes(field, manager, time.Second, true)
				f.takes(field, manager, time.Second, true)
			}
		}
	})
	t.Run("what is long over is forgotten", func(t *testing.T) {
		f := newFight(t)
		for i := range 100 {
			f.takes(".spec.replicas", fmt.Sprint("person-", i), time.Second, true)
		}
		if f.settled(referenceTo(f.live), f.at.Add(contestWindow)) != nil || len(f.fields[referenceTo(f.live)]) > 0 {
			t.Fatalf("%d contests are remembered", len(f.fields[referenceTo(f.live)]))
		}
	})
	t.Run("one attempt each ten minutes finds out whether it is over", func(t *testing.T) {
		f := newFight(t)
		f.takes(".spec.replicas", "hpa", 0, true)
		f.takes(".spec.replicas", "hpa", 0, true)
		f.takes(".spec.replicas", "hpa", 0, false)
		f.takes(".spec.replicas", "hpa", 10*time.Minute, true)
		if f.settled(referenceTo(f.live), f.at.Add(quiet-1)) == nil {
			t.Fatal("settled at once")
		}
		f.takes(".spec.replicas", "hpa", time.Second, false)
		f.takes(".spec.replicas", "hpa", 10*time.Minute, true)
		if f.settled(referenceTo(f.live), f.at.Add(quiet)) != nil {
			t.Fatal("not settled though it stayed")
		}
		f.takes(".spec.replicas", "hpa", time.Hour, true)
	})
	t.Run("one taking that is seen again before it is answered counts once", func(t *testing.T) {
		f := newFight(t)
		for range 10 { // the applies fail
			if f.yield(f.live, "revision-1", []taking{{".spec.replicas", "hpa"}}, f.at) != nil {
				t.Fatal("stopped")
			}
		}
	})
	t.Run("what the watch shows late counts for nothing", func(t *testing.T) {
		f := newFight(t)
		late := f.live.DeepCopy()
		late.SetResourceVersion("9")
		for range 10 {
			if f.yield(late, "revision-1", []taking{{".spec.replicas", "hpa"}}, f.at) != nil {
				t.Fatal("stopped")
			}
			f.hold(f.live, "revision-1")
		}
	})
	t.Run("a new revision begins anew", func(t *testing.T) {
		f := newFight(t)
		f.takes(".spec.replicas", "hpa", 0, true)
		f.takes(".spec.replicas", "hpa", 0, true)
		f.takes(".spec.replicas", "hpa", 0, false)
		if f.yield(f.live, "revision-2", []taking{{".spec.replicas", "hpa"}}, f.at) != nil {
			t.Fatal("stopped")
		}
		f.hold(f.live, "revision-2")
		f.hold(f.live, "revision-1")
		f.takes(".spec.replicas", "hpa", 0, true)
	})
}
