package gateway

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// serveObject serves one cluster or subscription. A GET is answered by the very question that finds the owner; everything
// else goes to the owner once it is found.
func (c *call) serveObject(of owned) {
	id := c.r.PathValue("id")
	if region, known := c.owners.of(c.key(of, id)); known {
		c.dispatchTo(of, id, region)
		return
	}
	if c.r.Method != http.MethodGet {
		c.serveBelow(of, id)
		return
	}
	if hit, ok := c.find(of, id, c.query.Encode()); ok {
		c.relayOf(hit)
	}
}

// serveBelow sends the request to the region that owns the cluster or subscription with the id.
func (c *call) serveBelow(of owned, id string) {
	region, known := c.owners.of(c.key(of, id))
	if !known {
		hit, ok := c.find(of, id, "")
		if !ok {
			return
		}
		region = hit.region
	}
	c.dispatchTo(of, id, region)
}

// dispatchTo sends the request to the owner of the id, and forgets it when it has no such object any more.
func (c *call) dispatchTo(of owned, id string, region int) {
	w := &statusWriter{ResponseWriter: c.w}
	c.dispatch(w, region)
	gone := c.r.Method == http.MethodDelete && c.r.PathValue("rest") == ""
	if w.status == http.StatusNotFound || gone {
		c.owners.forget(c.key(of, id))
	}
}

// find asks every region for the object. It answers the request itself when there is not exactly one owner: not ok.
//
// One hit is the owner, though another region is silent. Two are nobody's. None is a 404 only if every region says so.
// A region that is slow to say that it is the owner too is waited for
// longer when something is to be changed.
func (c *call) find(of owned, id, query string) (reply, bool) {
	asked, maintained, drained := c.active()
	hits, troubles := c.hitsOf(asked, of.collection+"/"+url.PathEscape(id), query, id)
	everyoneSpoke := len(hits)+countNotFound(troubles) == len(asked)
	switch {
	case len(hits) > 1:
		c.failClaims(claimedTwice, []int{hits[0].region, hits[1].region})
	case len(hits) == 1 && c.belongsElsewhere(hits[0].region, hits[0].answer.Body):
		c.failClaims(claimsAnother, []int{hits[0].region})
	case len(hits) == 1:
		if everyoneSpoke && len(maintained)+len(drained) == 0 {
			c.owners.remember(c.key(of, id), hits[0].region)
		}
		return hits[0], true
	case len(troubles) > 0 && everyoneSpoke && len(maintained)+len(drained) == 0:
		c.relayRefusal(troubles)
	default:
		c.failFind(append(append(troubles, maintained...), drained...))
	}
	return reply{}, false
}

// failFind answers when no region has the object and not all of them said so.
func (c *call) failFind(troubles []*trouble) {
	var others []*trouble
	absent := 0
	for _, t := range troubles {
		if t.notFound() {
			absent++
			continue
		}
		others = append(others, t)
	}
	if len(others) == 0 {
		c.fail(http.StatusServiceUnavailable, noRegionActive, "No region of the geography is Active; try again later.")
		return
	}
	if len(silentOf(others)) == 0 {
		absent = 0 // what one region refuses is the answer, as the others have nothing
	}
	c.failWith(others, absent, ownerUnknown)
}

func countNotFound(troubles []*trouble) int {
	n := 0
	for _, t := range troubles {
		if t.notFound() {
			n++
		}
	}
	return n
}

// hitsOf asks regions for one object and returns those that have it.
func (c *call) hitsOf(asked []int, path, query, id string) (hits []reply, troubles []*trouble) {
	isHit := func(r reply) bool { return r.trouble == nil && identityOf(r.answer.Body).has(id) }
	for _, r := range c.askOwners(asked, path, query, isHit) {
		switch {
		case isHit(r):
			hits = append(hits, r)
		case r.trouble != nil:
			troubles = append(troubles, r.trouble)
		default:
			troubles = append(troubles, &trouble{region: r.region, cause: proxy.UnexpectedContent})
		}
	}
	return hits, troubles
}

// ownerBySearch finds the region that has the object with a value in a field. Not ok: the request is answered.
func (c *call) ownerBySearch(of owned, field, value string) (int, bool) {
	asked, maintained, drained := c.active()
	query := url.Values{"search": {field + " = '" + strings.ReplaceAll(value, "'", "''") + "'"}, "page": {"1"}, "size": {"1"}}
	var hits []found
	troubles := append([]*trouble{}, maintained...)
	isHit := func(r reply) bool { f, cause := readFound(r, value); return cause == "" && f.byID }
	for _, r := range c.askOwners(asked, of.collection, query.Encode(), isHit) {
		f, cause := readFound(r, value)
		switch {
		case r.trouble != nil:
			troubles = append(troubles, r.trouble)
		case cause != "":
			troubles = append(troubles, &trouble{region: r.region, cause: cause})
		case f.byID:
			hits = append(hits, f)
		}
	}
	switch {
	case len(hits) == 1:
		return hits[0].region, true
	case len(hits) > 1:
		c.failClaims(claimedTwice, []int{hits[0].region, hits[1].region})
	case len(troubles)+len(drained) > 0:
		c.failWith(append(troubles, drained...), len(asked)-len(troubles)+len(maintained), ownerUnknown)
	default:
		c.fail(http.StatusNotFound, "", "No region of the geography has this "+of.name+"; check its id.")
	}
	return 0, false
}

// statusWriter notes the status of an answer that passes.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController flush a streamed answer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
