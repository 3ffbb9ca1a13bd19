package console

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// route is where a request goes. Its pattern and region are what logs and metrics may say of a path.
type route struct {
	pattern string
	// region is the id of a configured region, or empty.
	region string
	// host is the region host that was asked, empty for the console's own.
	host    string
	handler http.Handler
}

// Public returns the handler of the public port.
func (c *Console) Public() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1) {
			// It may have had a length too, which the library has dropped, as it drops an encoding of HTTP/1.0, and whoever is in
			// front may have gone by that one: what follows on the connection would be somebody else's request (RFC 9112, 6.1).
			w.Header().Set("Connection", "close")
		}
		c.observe(c.gate.guard(c.routeFor(r)), w, r)
	})
}

// route looks at the path as it was sent. It is no http.ServeMux, because that one repairs a path by a redirect, and a
// path to a region is refused when it needs any repair.
func (c *Console) route(path string) route {
	switch {
	case path == "/config.json":
		return route{pattern: path, handler: read(c.serveSettings)}
	case path == "/licenses.md":
		return route{pattern: path, handler: read(c.pages.serveLicences)}
	case path == "/api/geo/v1/regions":
		return route{pattern: path, handler: data(read(c.serveRegions))}
	case path == "/api/geo/v1/health":
		return route{pattern: path, handler: data(read(c.serveHealth))}
	case isBelow(path, "/api"):
		return route{pattern: "/api/*", handler: data(c.unlessHeld("", c.gateway))}
	case isBelow(path, "/regions"):
		return c.regionRoute(path)
	case isBelow(path, "/assets"):
		return route{pattern: "/assets/*", handler: read(c.pages.serveAsset)}
	default:
		return route{pattern: "/*", handler: read(c.pages.servePage)}
	}
}

func (c *Console) regionRoute(path string) route {
	r := route{pattern: "/regions/{id}/api/*", handler: data(c.unlessHeld("", http.HandlerFunc(c.refuseRegion)))}
	id, _, _ := strings.Cut(strings.TrimPrefix(path, "/regions/"), "/")
	if region := c.regions.Region(id); region != nil {
		r.region, r.handler = id, c.unlessHeld(id, region)
	}
	return r
}

// isBelow reports whether path is prefix or below it.
func isBelow(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// read lets only GET and HEAD pass.
func read(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			proxy.Problem{Status: http.StatusMethodNotAllowed, Cause: proxy.MethodRefused, Reason: "This path is read by GET or HEAD."}.Write(w)
			return
		}
		next(w, r)
	})
}

// data refuses to be a document. A region's handler does the same by itself.
func data(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if proxy.IsNavigation(r.Header) {
			proxy.NavigationProblem().Write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuseRegion answers for a region that is not there, without repeating what was asked for.
func (c *Console) refuseRegion(w http.ResponseWriter, _ *http.Request) {
	proxy.Problem{
		Status: http.StatusNotFound,
		Cause:  proxy.RegionNotFound,
		Reason: fmt.Sprintf("Geography %s has no such region. Use /regions/{id}/api/..., where id is one of: %s.", c.config.Geography, c.regionIDs()),
	}.Write(w)
}

func (c *Console) regionIDs() string {
	ids := make([]string, 0, len(c.config.Regions))
	for _, region := range c.config.Regions {
		ids = append(ids, region.ID)
	}
	return strings.Join(ids, ", ")
}
