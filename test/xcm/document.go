package xcm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"unique"
)

// A kind ties one type of the SDK to the functions that write and read its JSON form, so that no shape is ever
// spelled by hand here.
type kind[T any] struct {
	name     string // as in the answer's "kind", and the name of the type in the OpenAPI document
	write    func(*T, io.Writer) error
	read     func(any) (*T, error)
	openAPI  func() schemas // of the service that serves the type
	writable []string       // top-level attributes that a PATCH may carry
	hidden   []string       // paths that a search may name, though no answer shows them
}

// document writes an object of the kind to its JSON form.
func (k kind[T]) document(id string, object *T) *document {
	return &document{id: id, body: marshalled(object, k.write)}
}

// marshalled is what a marshaller of the SDK writes, without its indentation.
func marshalled[T any](object *T, write func(*T, io.Writer) error) []byte {
	var indented, body bytes.Buffer
	err := write(object, &indented)
	if err == nil {
		err = json.Compact(&body, indented.Bytes())
	}
	if err != nil {
		// The marshaller only fails when the writer does, and a buffer does not.
		panic(fmt.Sprintf("write a %T: %v", object, err))
	}
	return bytes.Clone(body.Bytes())
}

// object reads back what document wrote.
func (k kind[T]) object(d *document) *T {
	object, err := k.read(d.body)
	if err != nil {
		panic(fmt.Sprintf("read %s %s: %v", k.name, d.id, err))
	}
	return object
}

// A document is one object in its JSON form. It never changes: a change of the object is a new document.
type document struct {
	id   string
	body []byte

	once   sync.Once
	leaves map[string]any
}

// object marks a path that leads to an object and not to a value: not null, and equal to nothing.
type object struct{}

// leaf returns what stands at a dotted path: a string, float64, bool, object{}, or nil where there is nothing. The paths are
// worked out once, at the first search or sort that touches the document, so that a page never decodes JSON.
func (d *document) leaf(path string) any {
	d.once.Do(func() {
		var tree map[string]any
		if err := json.Unmarshal(d.body, &tree); err != nil {
			panic(fmt.Sprintf("decode the document of %s: %v", d.id, err))
		}
		d.leaves = map[string]any{}
		flatten(d.leaves, "", tree)
	})
	return d.leaves[path]
}

// flatten adds the leaves of a tree under their dotted paths. Paths and values repeat from object to object, and are shared.
func flatten(leaves map[string]any, prefix string, tree map[string]any) {
	for key, value := range tree {
		path := unique.Make(prefix + key).Value()
		switch value := value.(type) {
		case map[string]any:
			leaves[path] = object{}
			flatten(leaves, path+".", value)
		case string:
			leaves[path] = unique.Make(value).Value()
		case float64, bool:
			leaves[path] = value
		}
	}
}
