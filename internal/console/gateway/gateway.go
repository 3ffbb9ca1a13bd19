// Package gateway is the geography's API: the OCM API over all regions of a geography, at /api on the console's host.
// It is what ocm, rosa and the SDK log in to.
//
// Each file answers one question. What is served? routes.go. How are regions asked? ask.go, and how much of their answers is
// held at once? budget.go. Who is not waited for again? late.go. How do their lists become one? list.go, merge.go, order.go.
// What is a lookup, and what does it answer? search.go, lookup.go. Which region owns an id? owner.go, memory.go. Where does a
// new cluster go? create.go. What comes from one region for all? first.go. What is the union of all? catalogue.go. Who takes
// what clients tell of themselves? events.go. What is inquired of a cloud account? inquiries.go. And what of accounts_mgmt
// where one service answers it? accounts.go. What went wrong? trouble.go.
//
// No body goes to two regions: what has one goes to exactly one, or is dropped here (safety property 10).
package gateway

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// State is how whoever runs a geography wants a region to be used.
type State string

// The states. A region in Maintenance counts as one that does not answer, a Drained one is left out of lists.
const (
	Active      State = "Active"
	Maintenance State = "Maintenance"
	Drained     State = "Drained"
)

// Region is one XCM region of the geography.
type Region struct {
	ID string
	// CloudRegions are those in which it creates clusters; empty: all that the instance says it serves.
	CloudRegions []string
	// Host is the host on which the region is served by itself; empty where there is none.
	Host     string
	Upstream *proxy.Region
}

// Settings are what a Gateway is made of.
type Settings struct {
	Geography, Hostname string
	// Regions are in the order of the config.
	Regions []Region
	// Accounts answers accounts_mgmt for the whole geography, see accounts.go. Nil: the regions do.
	Accounts *proxy.Region
	// States tells the state of a region and the message that belongs to it. Nil: all are Active.
	States func(region string) (State, string)
	// Caller returns an opaque key of the verified caller of a request, the same for all who are not known. Nil: none is.
	Caller func(*http.Request) string
	// Asked is told of every question that was put to a region. Nil: nobody is.
	Asked func(Asked)
	// Timeout bounds a request with all that it asks, and MaxBody the body of one that is read here, in bytes.
	Timeout time.Duration
	MaxBody int64
	// Now tells the time. Nil: the clock.
	Now func() time.Time
}

// Asked is a question that was put to a region, in words that may be logged. Cause is empty when the region answered.
type Asked struct {
	Region string
	Status int
	Cause  proxy.Cause
	Took   time.Duration
}

// Gateway is an http.Handler for everything below /api.
type Gateway struct {
	settings Settings
	routes   *http.ServeMux
	owners   *memory
	budget   *budget
	late     *late
	// patience is how long the other regions are waited for once one has given the answer.
	patience time.Duration
	// longest is how long one region may take to answer one question; then it counts as silent.
	longest time.Duration
}

const (
	// patience is long enough for every region that is well, as its answer is on the way.
	patience = 500 * time.Millisecond
	// longest is above what the slowest lists take, which is some seconds.
	longest = 10 * time.Second
)

// New makes the geography's API. Nothing is dialled before a request.
func New(settings Settings) *Gateway {
	if settings.States == nil {
		settings.States = func(string) (State, string) { return Active, "" }
	}
	if settings.Caller == nil {
		settings.Caller = func(*http.Request) string { return "" }
	}
	if settings.Asked == nil {
		settings.Asked = func(Asked) {}
	}
	if settings.Now == nil {
		settings.Now = time.Now
	}
	g := &Gateway{settings: settings, owners: newMemory(settings.Now), budget: newBudget(maxHeldBytes, len(settings.Regions)), patience: patience, longest: longest}
	g.late = newLate(len(settings.Regions), settings.Now)
	g.routes = g.newRoutes()
	return g
}

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Before a region is asked whose the thing is that would be changed.
	if problem := proxy.Refuse(r); problem != nil {
		problem.Write(w)
		return
	}
	if !proxy.APIPath(r.URL.EscapedPath()) {
		g.notServed().Write(w)
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		proxy.Problem{
			Status: http.StatusBadRequest, Cause: proxy.QueryRefused,
			Reason: "The query cannot be read as a whole: write a semicolon as %3B and a percent sign as %25.",
		}.Write(w)
		return
	}
	c := &call{Gateway: g, w: w, query: query, partial: query.Get("partial") == "true", share: g.budget.share()}
	defer c.share.release()
	if value := query.Get("partial"); query.Has("partial") && value != "true" && value != "false" {
		c.fail(http.StatusBadRequest, proxy.QueryRefused, "Parameter 'partial' must be true or false; leave it out for whole answers only.")
		return
	}
	query.Del("partial") // ours, and no region's
	// The mux finds the pattern; its own answers, redirects and plain texts, never occur, as the path is clean and no
	// pattern has a method.
	ctx, cancel := context.WithTimeout(r.Context(), g.settings.Timeout)
	defer cancel()
	g.routes.ServeHTTP(w, r.WithContext(withCall(ctx, c)))
}

// A call is one request with what the gateway knows of it.
type call struct {
	*Gateway
	w       http.ResponseWriter
	r       *http.Request
	query   url.Values
	partial bool
	// asks is set when the request changes nothing though its method could.
	asks  bool
	share *share
}

// fail answers with a problem that is about no region.
func (c *call) fail(status int, cause proxy.Cause, reason string) {
	proxy.Problem{Status: status, Cause: cause, Reason: reason}.Write(c.w)
}

// reads lets GET and HEAD pass, and answers all else.
func (c *call) reads() bool {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		return true
	}
	c.w.Header().Set("Allow", "GET, HEAD")
	c.fail(http.StatusMethodNotAllowed, proxy.MethodRefused, "This path of the geography's API is read by GET or HEAD; send changes to one region at /regions/{id}/api/...")
	return false
}
