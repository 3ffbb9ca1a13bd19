package console

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// hosts are the names under which a console is asked. Everything below its own name is its own too, but only the hosts of
// its regions lead anywhere: whoever asks for one region there is never answered by the API of all.
type hosts struct {
	own string
	// regions are by their hosts; empty when they have none.
	regions map[string]regionHost
}

type regionHost struct {
	id  string
	api *proxy.Region
}

func newHosts(config geography.Config, regions *proxy.Regions) hosts {
	h := hosts{own: config.Hostname, regions: map[string]regionHost{}}
	if config.HasRegionHosts() {
		for _, region := range config.Regions {
			h.regions[geography.RegionHost(h.own, region.ID)] = regionHost{region.ID, regions.Region(region.ID).AtRoot("/api")}
		}
	}
	return h
}

// of is the region's own host, empty when it has none.
func (h hosts) of(region string) string {
	if len(h.regions) == 0 {
		return ""
	}
	return geography.RegionHost(h.own, region)
}

// nameIn is the host that a Host header names: without port and the dot that may end a DNS name, in lower case. Letters
// beyond ASCII stay as they are, for some of them would become ASCII ones.
func nameIn(header string) string {
	name, _, _ := strings.Cut(header, ":")
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.TrimSuffix(name, "."))
}

// isBelowOwn tells whether a name, however it ends, is below the console's own.
func (h hosts) isBelowOwn(name string) bool {
	return strings.HasSuffix(strings.TrimRight(name, "."), "."+h.own)
}

// routeFor looks at the host first. What is not below the console's own name leads to the console, whatever it is: a
// router passes only what it was told to, and health checks ask by address.
func (c *Console) routeFor(r *http.Request) route {
	if to := c.hostRoute(r); to != nil {
		return *to
	}
	return c.route(r.URL.EscapedPath())
}

// hostRoute is where a request leads whose host is below the console's own name; nil for every other one.
func (c *Console) hostRoute(r *http.Request) *route {
	name := nameIn(r.Host)
	switch region, known := c.hosts.regions[name]; {
	case known && isBelow(r.URL.EscapedPath(), "/api"):
		return &route{pattern: "{id}.{hostname}/api/*", region: region.id, host: name, handler: c.unlessHeld(region.id, region.api)}
	case known:
		return &route{pattern: "{id}.{hostname}/*", region: region.id, host: name, handler: data(c.refuseBesideAPI(region.id))}
	case c.hosts.isBelowOwn(name):
		return &route{pattern: "*.{hostname}/*", handler: data(http.HandlerFunc(c.refuseHost))}
	default:
		return nil
	}
}

// refuseBesideAPI answers on a region host for what is no API: the user interface is on the console's own host alone.
func (c *Console) refuseBesideAPI(region string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		proxy.Problem{
			Status: http.StatusNotFound, Cause: proxy.PathRefused, Region: region,
			Reason: fmt.Sprintf("This host serves the API of region %s at /api/... and nothing else; the console is at %s.",
				region, geography.PublicURL(c.config.Hostname)),
		}.Write(w)
	})
}

// refuseHost answers for a name below the console's own that no region has, without repeating it.
func (c *Console) refuseHost(w http.ResponseWriter, _ *http.Request) {
	known := "No region has a host of its own here; each is at /regions/{id}/api/... of that host."
	if len(c.hosts.regions) > 0 {
		var names []string
		for _, region := range c.config.Regions {
			names = append(names, c.hosts.of(region.ID))
		}
		known = "One region by itself is at one of: " + strings.Join(names, ", ") + "."
	}
	proxy.Problem{
		Status: http.StatusMisdirectedRequest, Cause: proxy.HostRefused,
		Reason: fmt.Sprintf("Nothing is served at this host. Geography %s is at %s. %s", c.config.Geography, geography.PublicURL(c.config.Hostname), known),
	}.Write(w)
}
