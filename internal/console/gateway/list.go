package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

const (
	// defaultSize is how many rows a page has when the request does not say.
	defaultSize = 100
	// wholeList is the size that asks for everything.
	wholeList = -1
	// maxPage keeps page times size within what a position can hold.
	maxPage = 1_000_000
	// maxQueryBody bounds a body that is read for a list's parameters.
	maxQueryBody = 64 << 10
)

// A listing is what the parameters of a list ask for.
type listing struct {
	page, size int
	search     string
	keys       []sortKey
	// passed is what every region is asked beside page and size.
	passed url.Values
}

// readListing reads page, size, order (or orderBy, as the portal writes it) and search.
func (c *call) readListing() (listing, bool) {
	l := listing{passed: url.Values{}, search: c.query.Get("search")}
	for name, values := range c.query {
		if name != "page" && name != "size" {
			l.passed[name] = values
		}
	}
	var ok bool
	if l.page, ok = c.count("page", 1, 1, maxPage); !ok {
		return l, false
	}
	if l.size, ok = c.count("size", defaultSize, wholeList, maxDepth); !ok {
		return l, false
	}
	name := "order"
	if c.query.Get(name) == "" {
		name = "orderBy"
	}
	if l.keys, ok = parseOrder(c.query.Get(name)); !ok {
		c.fail(http.StatusBadRequest, proxy.QueryRefused, fmt.Sprintf("Parameter 'order' must be attributes with asc or desc, divided by commas, such as name asc; "+
			"an attribute has at most %d names divided by dots.", maxNames))
		return l, false
	}
	if len(l.keys) > maxKeys {
		c.fail(http.StatusBadRequest, proxy.QueryRefused, fmt.Sprintf("Parameter '%s' has more than %d attributes; leave out the last ones.", name, maxKeys))
		return l, false
	}
	if len(l.keys) > 0 && l.size != wholeList && l.page*l.size > maxDepth {
		c.fail(http.StatusBadRequest, listTooLong, fmt.Sprintf("Parameters 'page' and 'size' lead beyond row %d of an ordered list. "+
			"Narrow it with search, or leave out order: a list without one has no such bound.", maxDepth))
		return l, false
	}
	if len(l.keys) > 0 && !slices.ContainsFunc(l.keys, func(k sortKey) bool { return k.path == "id" }) {
		// Rows that are equal otherwise would come in any order, and on two pages or none.
		l.passed.Set(name, strings.TrimRight(c.query.Get(name), ", ")+", id asc")
	}
	return l, true
}

// asking is the query of one page of a region's list.
func (l listing) asking(page, size int) string {
	query := maps.Clone(l.passed)
	query.Set("page", strconv.Itoa(page))
	query.Set("size", strconv.Itoa(size))
	return query.Encode()
}

// count reads a whole number from least to most.
func (c *call) count(name string, missing, least, most int) (int, bool) {
	given := c.query.Get(name)
	if given == "" {
		return missing, true
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < least || n > most {
		c.fail(http.StatusBadRequest, proxy.QueryRefused, fmt.Sprintf("Parameter '%s' must be a whole number from %d to %d.", name, least, most))
		return 0, false
	}
	return n, true
}

// window is which rows of the merged list are wanted.
func (l listing) window() window {
	switch {
	case l.size == wholeList && l.page == 1:
		return window{end: math.MaxInt32, keys: l.keys}
	case l.size == wholeList:
		return window{keys: l.keys}
	default:
		return window{start: (l.page - 1) * l.size, end: l.page * l.size, keys: l.keys}
	}
}

// serveClusters lists clusters or makes one. A POST that says method=get is a list whose parameters are in its body.
func (c *call) serveClusters() {
	switch {
	case c.r.Method != http.MethodPost:
		c.serveList(clusters)
	case c.query.Get("method") != "get":
		c.create()
	case c.takeParameters():
		c.asks = true
		c.list(clusters)
	}
}

// takeParameters reads the parameters of a list from the body, which goes no further.
func (c *call) takeParameters() bool {
	var given struct {
		Page   *int    `json:"page"`
		Size   *int    `json:"size"`
		Search *string `json:"search"`
		Order  *string `json:"order"`
	}
	body, ok := c.readBody(maxQueryBody)
	if !ok {
		return false
	}
	if len(bytes.TrimSpace(body)) > 0 && json.Unmarshal(body, &given) != nil {
		c.fail(http.StatusBadRequest, bodyRefused, "The body of a list by POST must be a JSON object with page, size, search and order, each of them optional.")
		return false
	}
	c.query.Del("method")
	for name, value := range map[string]*int{"page": given.Page, "size": given.Size} {
		if value != nil {
			c.query.Set(name, strconv.Itoa(*value))
		}
	}
	for name, value := range map[string]*string{"search": given.Search, "order": given.Order} {
		if value != nil {
			c.query.Set(name, *value)
		}
	}
	return true
}

func (c *call) serveList(of owned) {
	if c.reads() {
		c.list(of)
	}
}

func (c *call) list(of owned) {
	l, ok := c.readListing()
	if !ok {
		return
	}
	value, isLookup := lookedUp(l.search)
	if isLookup && l.page == 1 && l.size != 0 {
		c.lookUp(of, l, value)
		return
	}
	asked, missing, drained := c.active()
	if len(missing) > 0 && !c.partial {
		c.failWith(missing, len(asked), listNotWhole)
		return
	}
	c.mergeOf(of, l, asked, append(missing, drained...))
}

// mergeOf answers with the merged list of the regions. Where a part of it will do, it begins anew without those that
// have troubles.
func (c *call) mergeOf(of owned, l listing, asked []int, missing []*trouble) {
	for len(asked) > 0 {
		out, troubles := mergeLists(len(asked), l.window(), func(i, page, size int) (chunk, *trouble) {
			return c.chunkOf(of, l, asked[i], chunkPlace{i, page, size})
		})
		for _, t := range troubles {
			t.region = asked[t.region]
		}
		troubled := func(region int) bool {
			return slices.ContainsFunc(troubles, func(t *trouble) bool { return t.region == region })
		}
		for i, r := range out.rows { // they count the asked regions
			out.rows[i].region = asked[r.region]
		}
		switch {
		case len(troubles) == 0:
			c.writeList(of, l, out, missing)
			return
		case slices.ContainsFunc(troubles, claims):
			c.failClaims(claimsAnother, claiming(troubles))
			return
		case !c.partial || len(troubles) == len(asked) || slices.ContainsFunc(troubles, (*trouble).isOurs):
			c.failWith(troubles, len(asked)-len(troubles), listNotWhole)
			return
		}
		missing = append(missing, troubles...)
		asked = slices.DeleteFunc(slices.Clone(asked), troubled)
	}
	c.failWith(missing, 0, listNotWhole)
}

// isOurs tells a bound of the console's, which leaving out a region does not lift.
func (t *trouble) isOurs() bool { return t.tooMany > 0 || t.cause == proxy.AnswerTooLarge }

// claims tells a region that gave what belongs to another: nothing that it is in can be told, in part or as a whole.
func claims(t *trouble) bool { return t.cause == claimsAnother }

func claiming(troubles []*trouble) []int {
	var regions []int
	for _, t := range troubles {
		if claims(t) {
			regions = append(regions, t.region)
		}
	}
	return regions
}

// A chunkPlace is a page of one of the asked regions, by its place among them.
type chunkPlace struct{ place, page, size int }

func (c *call) chunkOf(of owned, l listing, region int, at chunkPlace) (chunk, *trouble) {
	said := c.ask(c.r.Context(), region, of.collection, l.asking(at.page, at.size))
	if said.trouble != nil {
		said.trouble.region = at.place
		return chunk{}, said.trouble
	}
	out, cause := readChunk(said.answer.Body, at.place, at.size, l.keys)
	if cause != "" {
		return chunk{}, &trouble{region: at.place, cause: cause}
	}
	for _, r := range out.rows {
		if c.isAnother(region, r.of) {
			return chunk{}, &trouble{region: at.place, cause: claimsAnother}
		}
	}
	return out, nil
}

// belongsElsewhere tells whether an object says that it is of another region than the one that gave it.
func (c *call) belongsElsewhere(region int, object []byte) bool {
	return c.isAnother(region, identityOf(object).RHRegionID)
}

// isAnother tells whether what an object says of its region is another one than the one that gave it.
func (c *call) isAnother(region int, of string) bool {
	return of != "" && of != c.settings.Regions[region].ID
}

func (c *call) writeList(of owned, l listing, out merged, missing []*trouble) {
	first := map[string]int{}
	for _, r := range out.rows {
		if other, twice := first[r.id]; twice && other != r.region {
			c.failClaims(claimedTwice, []int{other, r.region})
			return
		}
		first[r.id] = r.region
	}
	if out.kind == "" {
		out.kind = of.kind
	}
	c.announce(missing)
	c.writePage(page{kind: out.kind, number: l.page, total: out.total}, out.rows)
}

// A page is the frame around the rows of a list.
type page struct {
	kind          string
	number, total int
}

// writePage answers with a list. Size is how many rows there are: clients stop at a page that is not full.
func (c *call) writePage(p page, rows []row) {
	kind, _ := json.Marshal(p.kind) // a string always encodes
	var body bytes.Buffer
	fmt.Fprintf(&body, `{"kind":%s,"page":%d,"size":%d,"total":%d,"items":[`, kind, p.number, len(rows), p.total)
	for i, r := range rows {
		if i > 0 {
			body.WriteByte(',')
		}
		body.Write(r.body)
	}
	body.WriteString("]}\n")
	proxy.MarkAsData(c.w.Header())
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(body.Bytes())
}
