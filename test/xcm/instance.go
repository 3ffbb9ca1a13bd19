// Package xcm is a regional OCM instance in memory, for tests, the preview and the demo: what the console, the OCM and ROSA CLIs
// and the OCM SDK need of clusters_mgmt, accounts_mgmt and service_logs, with state, the real search grammar, and faults on
// demand. Every shape is written and read by the marshallers of ocm-sdk-go.
package xcm

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// maxBody is what a request may carry, in bytes. The largest real one, a cluster with a trust bundle, is far below.
const maxBody = 1 << 20

// Options say which region an instance plays and what is in it.
type Options struct {
	// Region is the id of the XCM region: cloud provider, dot, cloud region, as in aws.eu-west-1.
	Region string
	// CloudRegions are the cloud regions, of the region's own provider, in which it creates clusters. Empty: the one in Region.
	CloudRegions []string
	// Clusters is how many clusters there are from the start.
	Clusters int
	// Seed decides all about them. The same seed and region give the same clusters.
	Seed uint64
	// Latency is added to every answer.
	Latency time.Duration
	// Pace is how many times faster than life clusters install and uninstall. 0 or 1 is life: about ten minutes for a hosted
	// control plane and forty for others. Clusters that are installing or uninstalling from the start stay so at that pace, for
	// something to look at, and move on at any other.
	Pace float64
	// Auth demands a bearer token, that parses as a JWT and is not expired, on all of /api but the health path.
	Auth bool
	// Issuer, when it has a URL, demands that, and that the token is one of this issuer's by its keys.
	Issuer Issuer
	// PullSecret is the password in everybody's pull secret; empty is a word that opens nothing.
	PullSecret string
	// Clock tells the time. nil is time.Now.
	Clock func() time.Time
}

// An Instance is one regional OCM instance. All its methods may be called at any time.
type Instance struct {
	options Options
	region  region
	routes  *http.ServeMux
	faults  faultState
	ledger  ledger
	judge   *judge // nil without an issuer

	lock  sync.RWMutex
	state *state
}

// New makes an instance with its clusters. The error names the option that does not make sense.
func New(options Options) (*Instance, error) {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Pace == 0 {
		options.Pace = 1
	}
	if options.Pace < 0 {
		return nil, fmt.Errorf("pace %v: use a number above 0, 1 is life", options.Pace)
	}
	if options.Clusters < 0 {
		return nil, fmt.Errorf("clusters %d: use a number from 0", options.Clusters)
	}
	region, err := newRegion(options.Region, options.CloudRegions)
	if err != nil {
		return nil, err
	}
	instance := &Instance{options: options, region: region}
	if options.Issuer.URL != "" {
		instance.options.Auth = true
		if instance.judge, err = newJudge(options.Issuer, options.Clock); err != nil {
			return nil, err
		}
	}
	instance.routes = instance.newRoutes()
	return instance, instance.Reset()
}

// Reset brings back the clusters of the start and forgets faults and recorded requests. The error is that of opening the port
// again, when it was refusing.
func (i *Instance) Reset() error {
	fresh := newState(i.region, i.options)
	fresh.populate(i.options)
	i.lock.Lock()
	i.state = fresh
	i.lock.Unlock()
	i.ledger.clear()
	return i.SetFaults(Faults{})
}

// Hasten brings all clusters that are on their way to where they are going. At pace 1 those of the start are not.
func (i *Instance) Hasten() {
	i.lock.Lock()
	defer i.lock.Unlock()
	i.state.hasten(i.options.Clock().UTC())
}

// Handler is what the region answers on its public port.
func (i *Instance) Handler() http.Handler {
	return i.ledger.record(i.spoil(http.HandlerFunc(i.answer)))
}

// A call is one request, as operations see it.
type call struct {
	*http.Request
	body []byte
	now  time.Time
}

// An operation answers one kind of request. It runs with the instance locked: for reading on GET and available_regions, else for
// writing.
type operation func(*state, call) (answer, error)

// answer takes a request through authentication to its operation.
func (i *Instance) answer(w http.ResponseWriter, r *http.Request) {
	if i.options.Auth {
		if refused := i.authenticate(r); refused != nil {
			send(w, r.URL.Path, answer{}, refused)
			return
		}
	}
	// The mux would answer a path with dots or double slashes by a redirect, which no OCM gateway does.
	if _, pattern := i.routes.Handler(r); pattern == "" || path.Clean(r.URL.Path) != r.URL.Path {
		send(w, r.URL.Path, answer{}, refuse(http.StatusNotFound, "The requested resource '%s' doesn't exist", r.URL.Path))
		return
	}
	i.routes.ServeHTTP(w, r)
}

// handle wraps an operation into a handler.
func (i *Instance) handle(operation operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			send(w, r.URL.Path, answer{}, refuse(http.StatusBadRequest, "Can't read the request's body: send at most %d bytes", maxBody))
			return
		}
		result, err := i.perform(operation, call{Request: r, body: body, now: i.options.Clock()})
		send(w, r.URL.Path, result, err)
	}
}

func (i *Instance) perform(operation operation, call call) (answer, error) {
	i.settle(call.now)
	if call.Method == http.MethodGet || strings.HasSuffix(call.URL.Path, "/available_regions") {
		i.lock.RLock()
		defer i.lock.RUnlock()
	} else {
		i.lock.Lock()
		defer i.lock.Unlock()
	}
	return operation(i.state, call)
}

// settle makes happen what was due by now. Nothing runs between requests: the state is a function of what was asked and the clock.
func (i *Instance) settle(now time.Time) {
	i.lock.RLock()
	due := i.state.due(now)
	i.lock.RUnlock()
	if due {
		i.lock.Lock()
		defer i.lock.Unlock()
		i.state.settle(now)
	}
}
