package remote

import (
	"fmt"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// isApplied tells whether a live object holds exactly what is wanted of it: what our field manager owns in it is the
// wanted object, no less and no more. Fields of others do not count. It needs no request and no schema.
func isApplied(want, live *unstructured.Unstructured) (bool, error) {
	owned, err := extract(live)
	if err != nil {
		return false, err
	}
	return same(withoutIdentity(want.Object), owned), nil
}

// extract is the part of a live object that our field manager has applied.
func extract(live *unstructured.Unstructured) (map[string]any, error) {
	for _, entry := range live.GetManagedFields() {
		if !isOurApply(entry) || entry.FieldsV1 == nil {
			continue
		}
		var fields fieldpath.Set
		if err := fields.FromJSON(entry.FieldsV1.GetRawReader()); err != nil {
			return nil, fmt.Errorf("read the managed fields: %w", errUnreadable)
		}
		return ownedMap(live.Object, &fields), nil
	}
	return nil, nil
}

// owned keeps what a set of fields names of a value.
func owned(live any, fields *fieldpath.Set) any {
	switch live := live.(type) {
	case map[string]any:
		return ownedMap(live, fields)
	case []any:
		return ownedList(live, fields)
	default:
		return live
	}
}

func ownedMap(live map[string]any, fields *fieldpath.Set) map[string]any {
	kept := map[string]any{}
	for element := range fields.Members.All() {
		if element.FieldName == nil {
			continue
		}
		if field, there := live[*element.FieldName]; there {
			kept[*element.FieldName] = field // the whole of it, unless a child set says which part
		}
	}
	for element := range fields.Children.All() {
		if element.FieldName == nil {
			continue
		}
		child, named := fields.Children.Get(element)
		if field, there := live[*element.FieldName]; there && named {
			kept[*element.FieldName] = owned(field, child)
		}
	}
	return kept
}

// ownedList keeps the owned elements in the order of the live list, so that a list that somebody reordered differs.
func ownedList(live []any, fields *fieldpath.Set) []any {
	// Collected, for the library's iterators go on after a loop has ended.
	members, children := slices.Collect(fields.Members.All()), slices.Collect(fields.Children.All())
	kept := []any{}
	for i, element := range live {
		isNamed := func(path fieldpath.PathElement) bool { return names(path, element, i) }
		if at := slices.IndexFunc(children, isNamed); at >= 0 {
			child, _ := fields.Children.Get(children[at])
			kept = append(kept, owned(element, child))
		} else if slices.ContainsFunc(members, isNamed) {
			kept = append(kept, element)
		}
	}
	return kept
}

// names tells whether a path element names a list's element: by its keys, its value or its place.
func names(path fieldpath.PathElement, element any, index int) bool {
	switch {
	case path.Key != nil:
		fields, ok := element.(map[string]any)
		if !ok {
			return false
		}
		for _, key := range *path.Key {
			field, there := fields[key.Name]
			if !there || !value.Equals(value.NewValueInterface(field), key.Value) {
				return false
			}
		}
		return true
	case path.Value != nil:
		return value.Equals(value.NewValueInterface(element), *path.Value)
	case path.Index != nil:
		return *path.Index == index
	default:
		return false
	}
}

// withoutIdentity is an apply configuration without what names its object: nobody owns that.
func withoutIdentity(object map[string]any) map[string]any {
	content := make(map[string]any, len(object))
	for name, field := range object {
		if name != "apiVersion" && name != "kind" {
			content[name] = field
		}
	}
	if metadata, ok := object["metadata"].(map[string]any); ok {
		kept := make(map[string]any, len(metadata))
		for name, field := range metadata {
			if name != "name" && name != "namespace" {
				kept[name] = field
			}
		}
		content["metadata"] = kept
	}
	return content
}

// same compares two JSON values; 1 and 1.0 are the same number.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, field := range a {
			if other, there := b[name]; !there || !same(field, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	case int64:
		if b, ok := b.(float64); ok {
			return float64(a) == b
		}
	case float64:
		if b, ok := b.(int64); ok {
			return a == float64(b)
		}
	}
	return reflect.DeepEqual(a, b)
}
