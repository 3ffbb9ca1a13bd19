package gateway

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// serveFirst answers what is the same for the whole geography, such as who asks: from the first Active region that
// answers. What has an id is not there in every region, see serveEntry.
func (c *call) serveFirst() {
	if !c.reads() {
		return
	}
	asked, maintained, drained := c.active()
	isAnswer := func(r reply) bool { return r.trouble == nil || r.trouble.refusal != nil }
	first, troubles := c.askFirst(asked, isAnswer)
	if first != nil {
		c.relayOf(*first)
		return
	}
	c.failWith(append(append(troubles, maintained...), drained...), 0, nobodyTells)
}

// serveQuota lists the quota of all regions, each item with the region that it is of. Nothing is summed: a cluster uses
// up the quota of its own region only.
func (c *call) serveQuota() {
	if !c.reads() {
		return
	}
	l, ok := c.readListing()
	if !ok {
		return
	}
	asked, maintained, drained := c.active()
	troubles := maintained
	rows, kind := []row{}, ""
	for _, r := range c.askAll(asked, c.r.URL.EscapedPath(), l.asking(1, wholeList), never) {
		if r.trouble != nil {
			troubles = append(troubles, r.trouble)
			continue
		}
		list, cause := c.quotaOf(r)
		if cause != "" {
			troubles = append(troubles, &trouble{region: r.region, cause: cause})
			continue
		}
		kind, rows = list.kind, append(rows, list.rows...)
	}
	if len(troubles) > 0 && (!c.partial || len(troubles) == len(asked)+len(maintained)) || len(asked) == 0 {
		answered := len(asked) + len(maintained) - len(troubles)
		c.failWith(append(troubles, drainedOnly(answered, drained)...), answered, listNotWhole)
		return
	}
	c.announce(append(troubles, drained...))
	c.writePage(page{kind: kind, number: l.page, total: len(rows)}, cutOut(rows, l.window()))
}

// drainedOnly are the drained regions when no other has answered.
func drainedOnly(answered int, drained []*trouble) []*trouble {
	if answered > 0 {
		return nil
	}
	return drained
}

// quotaOf reads a region's quota, whose items have no id, and names the region in each; or tells why it cannot be used.
func (c *call) quotaOf(r reply) (chunk, proxy.Cause) {
	var list struct {
		Kind  string `json:"kind"`
		Items items  `json:"items"`
	}
	list.Items.most = maxDepth
	if err := json.Unmarshal(r.answer.Body, &list); err != nil {
		return chunk{}, unusable(err)
	}
	id, _ := json.Marshal(c.settings.Regions[r.region].ID) // a string always encodes
	out := chunk{kind: list.Kind}
	for _, item := range list.Items.all {
		var members map[string]json.RawMessage
		if json.Unmarshal(item, &members) != nil || members == nil {
			return chunk{}, proxy.UnexpectedContent
		}
		members["rh_region_id"] = id
		body, err := json.Marshal(members)
		if err != nil {
			return chunk{}, proxy.UnexpectedContent
		}
		out.rows = append(out.rows, row{region: r.region, body: body})
	}
	return out, ""
}

// A discovered region is one of /api/accounts_mgmt/v1/regions, in the portal's shape.
type discovered struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	HREF     string `json:"href"`
	Provider string `json:"cloud_provider_id"`
	URL      string `json:"url"`
}

// discover tells where the console serves a region by itself.
func (c *call) discover(region Region) discovered {
	provider, _, _ := strings.Cut(region.ID, ".")
	url := "https://" + region.Host
	if region.Host == "" {
		url = "https://" + c.settings.Hostname + proxy.Prefix(region.ID)
	}
	return discovered{Kind: "Region", ID: region.ID, HREF: accountsAPI + "/regions/" + region.ID, Provider: provider, URL: url}
}

// serveRegions lists the regions of the geography. No region is asked.
func (c *call) serveRegions() {
	if !c.reads() {
		return
	}
	l, ok := c.readListing()
	if !ok {
		return
	}
	rows := make([]row, 0, len(c.settings.Regions))
	for i, region := range c.settings.Regions {
		body, _ := json.Marshal(c.discover(region)) // texts always encode
		rows = append(rows, row{region: i, id: region.ID, body: body})
	}
	c.writePage(page{kind: "RegionList", number: l.page, total: len(rows)}, cutOut(rows, l.window()))
}

func (c *call) serveRegion() {
	if !c.reads() {
		return
	}
	for _, region := range c.settings.Regions {
		if region.ID == c.r.PathValue("id") {
			body, _ := json.Marshal(c.discover(region))
			c.relay(proxy.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body})
			return
		}
	}
	c.fail(http.StatusNotFound, proxy.RegionNotFound, "The geography has no such region; use one of: "+c.regionIDs()+".")
}
