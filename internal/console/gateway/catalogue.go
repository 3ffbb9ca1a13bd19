package gateway

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// serveCatalogue answers a list of what can be made: the union by id of what the regions offer. A region that is silent
// is left out and named, since nothing can be made there while it is: so is one that needs much longer than the first.
func (c *call) serveCatalogue() {
	if c.reads() {
		c.unite(c.r.URL.EscapedPath())
	}
}

// serveAvailableRegions answers from the catalogue of cloud regions. The body stays unread.
func (c *call) serveAvailableRegions() {
	if c.posts("available_regions is asked by POST; its body is not used.") {
		c.asks = true
		c.unite(strings.TrimSuffix(c.r.URL.EscapedPath(), "available_regions") + "regions")
	}
}

// unite answers with the union of the regions' lists at a path.
func (c *call) unite(path string) {
	l, ok := c.readListing()
	if !ok {
		return
	}
	parts, missing, ok := c.wholeLists(path, l)
	if !ok {
		return
	}
	rows, places := []row{}, map[string]int{}
	last := map[string]int{} // the region that told of an id last: one that repeats itself is not united with itself
	var kind string
	for _, part := range parts {
		if kind == "" {
			kind = part.kind
		}
		for _, r := range part.rows {
			if at, known := places[r.id]; known {
				if last[r.id] != r.region {
					rows[at].body = unitedRegions(rows[at].body, r.body)
				}
				last[r.id] = r.region
				continue
			}
			last[r.id] = r.region
			places[r.id] = len(rows)
			rows = append(rows, r)
		}
	}
	if len(l.keys) > 0 {
		slices.SortStableFunc(rows, func(a, b row) int { return sign3(before(l.keys, a, b), before(l.keys, b, a)) })
	}
	c.announce(missing)
	c.writePage(page{kind: kind, number: l.page, total: len(rows)}, cutOut(rows, l.window()))
}

// wholeLists are the regions' whole lists at a path. Not ok: the request is answered.
func (c *call) wholeLists(path string, l listing) (parts []chunk, missing []*trouble, ok bool) {
	asked, maintained, drained := c.active()
	var troubles []*trouble
	for _, r := range c.askAll(asked, path, l.asking(1, wholeList), func(r reply) bool { return r.trouble == nil }) {
		list, cause := readChunk(r.answer.Body, r.region, wholeList, l.keys)
		switch {
		case r.trouble != nil:
			troubles = append(troubles, r.trouble)
		case cause != "":
			troubles = append(troubles, &trouble{region: r.region, cause: cause})
		case len(list.rows) < list.total:
			troubles = append(troubles, &trouble{region: r.region, cause: proxy.UnexpectedContent})
		default:
			parts = append(parts, list)
		}
	}
	if len(parts) == 0 {
		c.failWith(append(append(troubles, maintained...), drained...), 0, nobodyTells)
		return nil, nil, false
	}
	for _, t := range append(append(troubles, maintained...), drained...) {
		if !t.notFound() { // it does not have this catalogue, such as that of another provider
			missing = append(missing, t)
		}
	}
	return parts, missing, true
}

// serveEntry answers with one entry of a catalogue, or of what else all regions may have, such as an account: from the
// first region that has it. They are asked one after the other, so that the bearer goes to no more of them than it must.
func (c *call) serveEntry() {
	if !c.reads() {
		return
	}
	asked, maintained, drained := c.active()
	first, troubles := c.askFirst(asked, func(r reply) bool { return r.trouble == nil })
	if first != nil {
		c.relayOf(*first)
		return
	}
	if len(troubles) > 0 && countNotFound(troubles) == len(troubles) && len(maintained)+len(drained) == 0 {
		c.relayRefusal(troubles)
		return
	}
	c.failFind(append(append(troubles, maintained...), drained...))
}

// cutOut is the part of rows that a window shows.
func cutOut(rows []row, w window) []row {
	return rows[min(w.start, len(rows)):min(w.end, len(rows))]
}

func sign3(less, greater bool) int { return rank(greater) - rank(less) }

// unitedRegions adds to a cloud provider the cloud regions that another region offers of it; fetchRegions puts them there.
func unitedRegions(first, second json.RawMessage) json.RawMessage {
	var a, b map[string]json.RawMessage
	regions, others := items{most: maxDepth}, items{most: maxDepth}
	if json.Unmarshal(first, &a) != nil || json.Unmarshal(second, &b) != nil ||
		json.Unmarshal(a["regions"], &regions) != nil || json.Unmarshal(b["regions"], &others) != nil {
		return first // not a provider with its regions
	}
	known := map[string]bool{}
	for _, region := range regions.all {
		known[identityOf(region).ID] = true
	}
	for _, other := range others.all {
		if id := identityOf(other).ID; !known[id] {
			known[id] = true
			regions.all = append(regions.all, other)
		}
	}
	var err error
	if a["regions"], err = json.Marshal(regions.all); err != nil {
		return first
	}
	united, err := json.Marshal(a)
	if err != nil {
		return first
	}
	return united
}
