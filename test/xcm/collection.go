package xcm

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// A collection holds the objects of one kind, in their order of creation.
type collection[T any] struct {
	kind      kind[T]
	documents []*document
	positions map[string]int // by id

	lock   sync.Mutex             // of chosen: lists run at the same time
	chosen map[string][]*document // by the text of a query, until something changes
}

// rememberedQueries bounds what a collection holds of past queries: clients page through a few lists.
const rememberedQueries = 16

func newCollection[T any](kind kind[T]) *collection[T] {
	return &collection[T]{kind: kind, positions: map[string]int{}}
}

// put adds an object, or replaces the one with the same id.
func (c *collection[T]) put(id string, object *T) {
	d := c.kind.document(id, object)
	c.chosen = nil
	if position, exists := c.positions[id]; exists {
		c.documents[position] = d
		return
	}
	c.positions[id] = len(c.documents)
	c.documents = append(c.documents, d)
}

// hide gives an object a value that a search finds and no answer shows. The path is one of the kind's hidden ones.
func (c *collection[T]) hide(id, path string, value any) {
	d := c.find(id)
	d.leaf(path) // works out the others
	d.leaves[path] = value
}

// find returns the document with an id, or nil.
func (c *collection[T]) find(id string) *document {
	position, exists := c.positions[id]
	if !exists {
		return nil
	}
	return c.documents[position]
}

// get returns the document with an id, or the error that a client is told.
func (c *collection[T]) get(id string) (*document, error) {
	if d := c.find(id); d != nil {
		return d, nil
	}
	return nil, refuse(http.StatusNotFound, "%s '%s' not found", c.kind.name, id)
}

// remove forgets an object. Nothing happens when there is none with the id.
func (c *collection[T]) remove(id string) {
	position, exists := c.positions[id]
	if !exists {
		return
	}
	c.chosen = nil
	c.documents = slices.Delete(c.documents, position, position+1)
	delete(c.positions, id)
	for i, d := range c.documents[position:] {
		c.positions[d.id] = position + i
	}
}

// list answers a list request.
func (c *collection[T]) list(values url.Values) (answer, error) {
	q, err := parseQuery(values, func(path string) bool {
		return slices.Contains(c.kind.hidden, path) || c.kind.openAPI().has(c.kind.name, path)
	})
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: q.of(c.choose(q)).body(c.kind.name + "List")}, nil
}

// choose runs a query over the whole collection, once for all its pages.
func (c *collection[T]) choose(q query) []*document {
	c.lock.Lock()
	defer c.lock.Unlock()
	chosen, known := c.chosen[q.text]
	if !known {
		chosen = q.choose(c.documents)
		if c.chosen == nil || len(c.chosen) == rememberedQueries {
			c.chosen = map[string][]*document{}
		}
		c.chosen[q.text] = chosen
	}
	return chosen
}
