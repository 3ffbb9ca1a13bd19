package xcm

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	atv1 "github.com/openshift-online/ocm-sdk-go/accesstransparency/v1"
	amv1 "github.com/openshift-online/ocm-sdk-go/accountsmgmt/v1"
	asv1 "github.com/openshift-online/ocm-sdk-go/addonsmgmt/v1"
	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
	slv1 "github.com/openshift-online/ocm-sdk-go/servicelogs/v1"
)

// schemas are the types of one service, by name, from the OpenAPI document inside the SDK.
type schemas map[string]schema

type schema struct {
	Ref                  string            `json:"$ref"`
	Properties           map[string]schema `json:"properties"`
	AdditionalProperties json.RawMessage   `json:"additionalProperties"` // a schema or true: the object is a map
	Type                 string            `json:"type"`
}

var (
	clustersSchemas = sync.OnceValue(func() schemas { return readSchemas(cmv1.OpenAPI) })
	accountsSchemas = sync.OnceValue(func() schemas { return readSchemas(amv1.OpenAPI) })
	addonsSchemas   = sync.OnceValue(func() schemas { return readSchemas(asv1.OpenAPI) })
	accessSchemas   = sync.OnceValue(func() schemas { return readSchemas(atv1.OpenAPI) })
	logsSchemas     = sync.OnceValue(func() schemas { return readSchemas(slv1.OpenAPI) })
)

func readSchemas(document []byte) schemas {
	var openAPI struct {
		Components struct {
			Schemas schemas `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(document, &openAPI); err != nil {
		panic(fmt.Sprintf("the SDK's OpenAPI document: %v", err))
	}
	return openAPI.Components.Schemas
}

// has tells whether objects of the type can have something at the dotted path: an attribute of the model, or any key below a
// map such as properties. Lists cannot be searched or sorted by. A search for anything else is refused, as a mistyped
// attribute would otherwise find nothing and look like an empty region.
func (s schemas) has(name, path string) bool {
	current := s[name]
	for segment, rest, more := "", path, true; more; {
		segment, rest, more = strings.Cut(rest, ".")
		if current.AdditionalProperties != nil {
			return segment != "" // all that is left is the key, dots included
		}
		next, known := current.Properties[segment]
		if !known {
			return false
		}
		if next.Ref != "" {
			next = s[next.Ref[strings.LastIndex(next.Ref, "/")+1:]]
		}
		current = next
	}
	return current.Type != "array"
}
