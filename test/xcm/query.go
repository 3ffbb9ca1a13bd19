package xcm

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// defaultPageSize is what a list answers when the request names no size.
const defaultPageSize = 100

// wholeList is the size that asks for everything on one page.
const wholeList = -1

// A query is what the parameters of a list ask for.
type query struct {
	text  string    // what chooses and orders, as it was sent
	match predicate // nil matches everything
	order []sortKey
	page  int // from 1
	size  int // or wholeList
}

type sortKey struct {
	path       string
	descending bool
}

// parseQuery reads search, order (or orderBy, as the portal sends it to accounts_mgmt), page and size.
func parseQuery(values url.Values, has func(string) bool) (query, error) {
	order := cmp.Or(values.Get("order"), values.Get("orderBy"))
	parsed := query{text: values.Get("search") + "\x00" + order}
	var err error
	if search := strings.TrimSpace(values.Get("search")); search != "" {
		if parsed.match, err = compileSearch(search, has); err != nil {
			return query{}, refuse(http.StatusBadRequest, "Parameter 'search': %v", err)
		}
	}
	if parsed.order, err = parseOrder(order, has); err != nil {
		return query{}, err
	}
	if parsed.page, err = parseCount(values, "page", 1); err != nil {
		return query{}, err
	}
	if parsed.page < 1 {
		return query{}, refuse(http.StatusBadRequest, "Parameter 'page' is %d: pages are counted from 1", parsed.page)
	}
	if parsed.size, err = parseCount(values, "size", defaultPageSize); err != nil {
		return query{}, err
	}
	if parsed.size < wholeList {
		return query{}, refuse(http.StatusBadRequest, "Parameter 'size' is %d: use a number of items, or -1 for all", parsed.size)
	}
	return parsed, nil
}

func parseCount(values url.Values, name string, missing int) (int, error) {
	text := values.Get(name)
	if text == "" {
		return missing, nil
	}
	count, err := strconv.Atoi(text)
	if err != nil {
		return 0, refuse(http.StatusBadRequest, "Parameter '%s' is %q: use a whole number", name, text)
	}
	return count, nil
}

// parseOrder reads "name asc, creation_timestamp desc".
func parseOrder(text string, has func(string) bool) ([]sortKey, error) {
	var keys []sortKey
	for clause := range strings.SplitSeq(text, ",") {
		parts := strings.Fields(clause)
		if len(parts) == 0 {
			continue
		}
		key := sortKey{path: parts[0]}
		if len(parts) > 1 {
			key.descending = strings.EqualFold(parts[1], "desc")
		}
		if len(parts) > 2 || len(parts) == 2 && !key.descending && !strings.EqualFold(parts[1], "asc") {
			return nil, refuse(http.StatusBadRequest, "Parameter 'order' has %q: write an attribute, then asc or desc", strings.TrimSpace(clause))
		}
		if !has(key.path) {
			return nil, refuse(http.StatusBadRequest, "Parameter 'order': %q is not an attribute that can be sorted by: check its spelling", key.path)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// A page is one answer of a list.
type page struct {
	items  []*document
	number int
	total  int
}

// choose picks and orders what matches, from documents in their order of creation.
func (q query) choose(documents []*document) []*document {
	matching := documents
	if q.match != nil {
		matching = nil
		for _, d := range documents {
			if q.match(d) == yes {
				matching = append(matching, d)
			}
		}
	}
	if len(q.order) > 0 {
		matching = q.sorted(matching)
	}
	return matching
}

// of cuts the page out of all that was chosen.
func (q query) of(matching []*document) page {
	start, end := 0, len(matching)
	if q.size != wholeList {
		// Compared by division: the product of two numbers of the request could overflow.
		if q.size == 0 || q.page-1 > len(matching)/q.size {
			start = end
		} else {
			start = min((q.page-1)*q.size, end)
			end = min(start+q.size, end)
		}
	} else if q.page > 1 {
		start = end
	}
	return page{items: matching[start:end], number: q.page, total: len(matching)}
}

// sorted orders documents by all keys; those that are equal stay in their order, so that pages neither repeat nor lose any.
func (q query) sorted(documents []*document) []*document {
	type row struct {
		document *document
		position int
		values   []any
	}
	rows := make([]row, len(documents))
	values := make([]any, len(documents)*len(q.order))
	for i, d := range documents {
		rows[i] = row{document: d, position: i, values: values[i*len(q.order) : (i+1)*len(q.order)]}
		for j, key := range q.order {
			rows[i].values[j] = d.leaf(key.path)
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		for i, key := range q.order {
			if order := compareLeaves(a.values[i], b.values[i]); order != 0 {
				if key.descending {
					return -order
				}
				return order
			}
		}
		return a.position - b.position
	})
	sorted := make([]*document, len(rows))
	for i, row := range rows {
		sorted[i] = row.document
	}
	return sorted
}

// compareLeaves orders two values of one path; what is missing counts as greatest, as in PostgreSQL.
func compareLeaves(a, b any) int {
	switch a := a.(type) {
	case string:
		if b, same := b.(string); same {
			return strings.Compare(a, b)
		}
	case float64:
		if b, same := b.(float64); same {
			return cmp.Compare(a, b)
		}
	case bool:
		if b, same := b.(bool); same {
			return rank(a) - rank(b)
		}
	}
	return rank(a == nil) - rank(b == nil)
}

// body writes the page as a list of the given kind, from the documents as they are.
func (p page) body(kind string) []byte {
	length := 0
	for _, d := range p.items {
		length += len(d.body) + 1
	}
	var body bytes.Buffer
	body.Grow(length + 100)
	fmt.Fprintf(&body, `{"kind":%q,"page":%d,"size":%d,"total":%d,"items":[`, kind, p.number, len(p.items), p.total)
	for i, d := range p.items {
		if i > 0 {
			body.WriteByte(',')
		}
		body.Write(d.body)
	}
	body.WriteString("]}")
	return body.Bytes()
}
