package remote

import (
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// taking is a field of ours that somebody else's manager has set to another value, or that somebody has removed: then
// the manager is empty, for nobody owns what is not there.
type taking struct {
	// field is the path within the object, in words of what is wanted only.
	field   string
	manager string
}

// taken lists what differs of a live object that was as wanted before, and who did it.
func taken(want, live *unstructured.Unstructured) ([]taking, error) {
	ours := &fieldpath.Set{}
	theirs := map[string]*fieldpath.Set{}
	for _, entry := range live.GetManagedFields() {
		if entry.Subresource != "" || entry.FieldsV1 == nil {
			continue
		}
		fields := &fieldpath.Set{}
		if err := fields.FromJSON(entry.FieldsV1.GetRawReader()); err != nil {
			return nil, fmt.Errorf("read the managed fields: %w", errUnreadable)
		}
		if isOurApply(entry) {
			ours = fields
			continue
		}
		if others := theirs[entry.Manager]; others != nil {
			fields = fields.Union(others)
		}
		theirs[entry.Manager] = fields
	}
	var found []taking
	for _, manager := range slices.Sorted(maps.Keys(theirs)) {
		theirs[manager].Leaves().Difference(ours).Iterate(func(path fieldpath.Path) {
			wanted, isWanted := at(want.Object, path)
			current, isThere := at(live.Object, path)
			if isWanted && isThere && !same(wanted, current) {
				found = append(found, taking{field: path.String(), manager: manager})
			}
		})
	}
	if len(found) > 0 {
		return found, nil
	}
	if field := missing(withoutIdentity(want.Object), live.Object, ""); field != "" {
		found = append(found, taking{field: field})
	}
	return found, nil
}

// isOurApply tells our own entry. What an admission webhook makes of an apply stands in another, of the same manager.
func isOurApply(entry metav1.ManagedFieldsEntry) bool {
	return entry.Manager == v1alpha1.FieldManager && entry.Operation == metav1.ManagedFieldsOperationApply && entry.Subresource == ""
}

// at follows a path into an object.
func at(object any, path fieldpath.Path) (any, bool) {
	for _, element := range path {
		switch {
		case element.FieldName != nil:
			fields, _ := object.(map[string]any)
			field, there := fields[*element.FieldName]
			if !there {
				return nil, false
			}
			object = field
		default:
			found, there := item(object, element)
			if !there {
				return nil, false
			}
			object = found
		}
	}
	return object, true
}

// item is the element of a list that a path names.
func item(list any, path fieldpath.PathElement) (any, bool) {
	items, _ := list.([]any)
	for i, element := range items {
		if names(path, element, i) {
			return element, true
		}
	}
	return nil, false
}

// missing is the path of the first field that is wanted and not there, or a list that lacks elements; empty when there is none.
func missing(want, live map[string]any, path string) string {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		field, there := live[name]
		here := path + "." + name
		if !there {
			return here
		}
		switch wanted := want[name].(type) {
		case map[string]any:
			current, _ := field.(map[string]any)
			if deeper := missing(wanted, current, here); deeper != "" {
				return deeper
			}
		case []any:
			if current, _ := field.([]any); len(current) < len(wanted) {
				return here
			}
		}
	}
	return ""
}
