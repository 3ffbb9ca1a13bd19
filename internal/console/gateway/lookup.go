package gateway

import (
	"net/http"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// A found is what one region has of a value that is looked up.
type found struct {
	reply
	page chunk
	// byID is set when an object's id or external id is the value: nothing that another region has could be meant.
	byID bool
}

// lookUp answers a search that looks one value up. One hit is the answer, though another region is silent when the hit is
// by id: what was asked for is found. A name may exist twice, so a hit by name alone needs every region's word, and so
// does the answer that there is nothing. No owner is remembered: the other regions were asked for what else the search
// wants, and not whether they have the ids that the hit brings along.
func (c *call) lookUp(of owned, l listing, value string) {
	asked, maintained, drained := c.active()
	var troubles []*trouble
	var hits []found
	var empty *found
	replies := c.askOwners(asked, of.collection, l.asking(1, l.size), func(r reply) bool {
		f, cause := readFound(r, value)
		return cause == "" && f.byID
	})
	for _, r := range replies {
		f, cause := readFound(r, value)
		switch {
		case r.trouble != nil:
			troubles = append(troubles, r.trouble)
		case cause != "":
			troubles = append(troubles, &trouble{region: r.region, cause: cause})
		case f.page.total > 0:
			hits = append(hits, f)
		case empty == nil:
			empty = &f
		}
	}
	troubles = append(troubles, maintained...)
	c.answerLookUp(lookUp{hits: hits, empty: empty, troubles: troubles, drained: drained})
}

// readFound reads a region's answer to a lookup, or tells why it is no list that can be used.
func readFound(r reply, value string) (found, proxy.Cause) {
	if r.trouble != nil {
		return found{reply: r}, ""
	}
	list, cause := readChunk(r.answer.Body, r.region, wholeList, nil)
	f := found{reply: r, page: list}
	for _, row := range list.rows {
		f.byID = f.byID || identityOf(row.body).has(value)
	}
	return f, cause
}

// A lookUp is all that the regions said to one.
type lookUp struct {
	hits              []found
	empty             *found // the first region that has nothing
	troubles, drained []*trouble
}

func (c *call) answerLookUp(said lookUp) {
	switch hits := said.hits; {
	case len(hits) > 1:
		c.failClaims(claimedTwice, []int{hits[0].region, hits[1].region})
	case len(hits) == 1 && c.anyBelongsElsewhere(hits[0]):
		c.failClaims(claimsAnother, []int{hits[0].region})
	case len(hits) == 1 && (hits[0].byID || len(said.troubles) == 0 || c.partial):
		c.announce(append(said.troubles, said.drained...))
		c.relayOf(hits[0].reply)
	case len(said.troubles) == 0 && len(said.drained) == 0 && said.empty != nil, c.partial && said.empty != nil:
		c.announce(append(said.troubles, said.drained...))
		c.relay(said.empty.answer)
	default:
		answered := len(hits)
		if said.empty != nil {
			answered++
		}
		c.failWith(append(said.troubles, said.drained...), answered, listNotWhole)
	}
}

func (c *call) anyBelongsElsewhere(f found) bool {
	for _, row := range f.page.rows {
		if c.isAnother(f.region, row.of) {
			return true
		}
	}
	return false
}

func (c *call) key(of owned, id string) ownerKey {
	return ownerKey{caller: c.settings.Caller(c.r), collection: of.name, id: id}
}

// serveLogs answers the service log of one cluster, from the region that has it.
func (c *call) serveLogs() {
	if !c.reads() {
		return
	}
	switch id, external := c.query.Get("cluster_id"), c.query.Get("cluster_uuid"); {
	case id != "":
		c.serveBelow(clusters, id)
	case external != "":
		if region, ok := c.ownerBySearch(clusters, "external_id", external); ok {
			c.dispatch(c.w, region)
		}
	default:
		c.fail(http.StatusBadRequest, proxy.QueryRefused, "Parameter 'cluster_id' or 'cluster_uuid' must name one cluster; "+
			"the log of all clusters of a region is at /regions/{id}/api/service_logs/v1/clusters/cluster_logs.")
	}
}
