package xcm

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// wholeAttributes are maps that a PATCH replaces and does not merge: leaving a key out is how a client removes it.
var wholeAttributes = []string{"labels", "properties", "tags", "compute_labels"}

// patched merges a PATCH body into an object. The result went through the SDK's reader, so that a value of the wrong type is
// refused; attributes that a client cannot change are refused by name.
func (k kind[T]) patched(d *document, body []byte) (*T, error) {
	var patch, tree map[string]any
	if err := json.Unmarshal(body, &patch); err != nil {
		return nil, refuse(http.StatusBadRequest, "The body is not a JSON object: %v", err)
	}
	if err := json.Unmarshal(d.body, &tree); err != nil {
		return nil, fmt.Errorf("decode the document of %s: %w", d.id, err)
	}
	// What the SDK always sends, and what names the object itself, is no change.
	for _, name := range []string{"kind", "id", "href"} {
		delete(patch, name)
	}
	if path := k.readOnly("", patch); path != "" {
		return nil, refuse(http.StatusBadRequest, "Attribute '%s' can't be changed: a PATCH of a %s takes %s", path, k.name, strings.Join(k.writable, ", "))
	}
	merge(tree, patch)
	merged, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("encode the document of %s: %w", d.id, err)
	}
	object, err := k.read(merged)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "The body is not a %s: %v", k.name, err)
	}
	return object, nil
}

// readOnly returns the path of an attribute of a patch that a client cannot change, or nothing. What is writable may be an
// attribute with all below it, or a part of one, as in version.channel_group.
func (k kind[T]) readOnly(prefix string, patch map[string]any) string {
	for _, key := range slices.Sorted(maps.Keys(patch)) {
		path := prefix + key
		nested, isObject := patch[key].(map[string]any)
		switch {
		case slices.Contains(k.writable, path) || key == "kind":
			continue
		case isObject && slices.ContainsFunc(k.writable, func(w string) bool { return strings.HasPrefix(w, path+".") }):
			if inner := k.readOnly(path+".", nested); inner != "" {
				return inner
			}
		default:
			return path
		}
	}
	return ""
}

// merge is a JSON merge patch, but for whole attributes. A pool either scales itself or has a number of replicas: setting one
// removes the other.
func merge(tree, patch map[string]any) {
	for one, other := range map[string]string{"replicas": "autoscaling", "autoscaling": "replicas", "compute": "autoscale_compute", "autoscale_compute": "compute"} {
		if patch[one] != nil {
			delete(tree, other)
		}
	}
	for key, value := range patch {
		nested, isObject := value.(map[string]any)
		present, wasObject := tree[key].(map[string]any)
		switch {
		case value == nil:
			delete(tree, key)
		case isObject && wasObject && !slices.Contains(wholeAttributes, key):
			merge(present, nested)
		default:
			tree[key] = value
		}
	}
}
