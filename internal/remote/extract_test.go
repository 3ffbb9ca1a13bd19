package remote

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func TestExtract(t *testing.T) {
	for name, c := range map[string]struct{ live, fields, want string }{
		"our fields of a map": {
			`{"spec":{"ours":1,"theirs":2}}`, `{"f:spec":{"f:ours":{}}}`, `{"spec":{"ours":1}}`,
		},
		"a map of our own with fields of others": {
			`{"metadata":{"labels":{"a":"1","b":"2"}}}`, `{"f:metadata":{"f:labels":{".":{},"f:a":{}}}}`, `{"metadata":{"labels":{"a":"1"}}}`,
		},
		"the whole of an atomic value": {
			`{"spec":{"selector":{"matchLabels":{"a":"1"}},"list":[1,2]}}`, `{"f:spec":{"f:selector":{},"f:list":{}}}`,
			`{"spec":{"selector":{"matchLabels":{"a":"1"}},"list":[1,2]}}`,
		},
		"elements by their keys, in the live order": {
			`{"ports":[{"port":2,"name":"b","x":1},{"port":3,"name":"c"},{"port":1,"name":"a"}]}`,
			`{"f:ports":{"k:{\"port\":1}":{".":{},"f:port":{}},"k:{\"port\":2}":{".":{},"f:port":{},"f:name":{}}}}`,
			`{"ports":[{"port":2,"name":"b"},{"port":1}]}`,
		},
		"an element that is ours as a whole": {
			`{"ports":[{"port":1,"name":"a"},{"port":2}]}`, `{"f:ports":{"k:{\"port\":1}":{}}}`, `{"ports":[{"port":1,"name":"a"}]}`,
		},
		"values of a set": {
			`{"finalizers":["theirs","ours"]}`, `{"f:finalizers":{"v:\"ours\"":{}}}`, `{"finalizers":["ours"]}`,
		},
		"what somebody removed": {
			`{"spec":{}}`, `{"f:spec":{"f:gone":{}}}`, `{"spec":{}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := extract(managed(t, c.live, c.fields))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(object(t, c.want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIsApplied(t *testing.T) {
	const want = `{"apiVersion":"v1","kind":"Service","metadata":{"name":"n","namespace":"ns","labels":{"a":"1"}},"spec":{"port":80}}`
	const fields = `{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:port":{}}}`
	for name, c := range map[string]struct {
		live string
		is   bool
	}{
		"as wanted":                  {`{"metadata":{"name":"n","labels":{"a":"1"}},"spec":{"port":80}}`, true},
		"a number read as a float":   {`{"metadata":{"name":"n","labels":{"a":"1"}},"spec":{"port":80.0}}`, true},
		"with fields of others":      {`{"metadata":{"name":"n","labels":{"a":"1","b":"2"}},"spec":{"port":80,"x":1}}`, true},
		"a changed value":            {`{"metadata":{"name":"n","labels":{"a":"2"}},"spec":{"port":80}}`, false},
		"a missing value":            {`{"metadata":{"name":"n","labels":{}},"spec":{"port":80}}`, false},
		"a value of another type":    {`{"metadata":{"name":"n","labels":{"a":"1"}},"spec":{"port":"80"}}`, false},
		"a list where a field stood": {`{"metadata":{"name":"n","labels":{"a":"1"}},"spec":{"port":[80]}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			is, err := isApplied(&unstructured.Unstructured{Object: object(t, want)}, managed(t, c.live, fields))
			if err != nil || is != c.is {
				t.Errorf("is applied: %v, %v; want %v", is, err, c.is)
			}
		})
	}
	t.Run("fields that are ours no more", func(t *testing.T) {
		live := managed(t, want, `{"f:metadata":{"f:labels":{"f:a":{}}}}`)
		if is, err := isApplied(&unstructured.Unstructured{Object: object(t, want)}, live); err != nil || is {
			t.Errorf("is applied: %v, %v", is, err)
		}
	})
	t.Run("fields that are wanted no more", func(t *testing.T) {
		live := managed(t, `{"metadata":{"labels":{"a":"1"}},"spec":{"port":80,"old":1}}`, `{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:port":{},"f:old":{}}}`)
		if is, err := isApplied(&unstructured.Unstructured{Object: object(t, want)}, live); err != nil || is {
			t.Errorf("is applied: %v, %v", is, err)
		}
	})
	t.Run("managed fields that are not of the known form", func(t *testing.T) {
		if _, err := isApplied(&unstructured.Unstructured{Object: object(t, want)}, managed(t, want, `{"k:{bad":{}}`)); err == nil {
			t.Error("no error")
		}
	})
}

// managed is a live object of which our field manager has applied the fields, and others have touched all.
func managed(t *testing.T, live, fields string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{Object: object(t, live)}
	entry := func(manager string, operation metav1.ManagedFieldsOperationType, subresource, fields string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{
			Manager: manager, Operation: operation, Subresource: subresource, FieldsV1: metav1.NewFieldsV1(fields),
		}
	}
	all := `{"f:spec":{},"f:metadata":{}}`
	o.SetManagedFields([]metav1.ManagedFieldsEntry{
		entry("kubectl", metav1.ManagedFieldsOperationApply, "", all),
		entry(v1alpha1.FieldManager, metav1.ManagedFieldsOperationUpdate, "", all),
		entry(v1alpha1.FieldManager, metav1.ManagedFieldsOperationApply, "status", all),
		entry(v1alpha1.FieldManager, metav1.ManagedFieldsOperationApply, "", fields),
	})
	return o
}

func object(t *testing.T, document string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(document), &o); err != nil {
		t.Fatal(err)
	}
	return o
}
