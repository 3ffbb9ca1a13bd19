package proxy

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Upstream is one region as the config says it.
type Upstream struct {
	ID string
	// Endpoints are https URLs without a path, in order of preference. The first healthy one serves; all are probed.
	Endpoints []string
	// Roots are the authorities that may sign the endpoints' certificates; nil means the system's.
	Roots *x509.CertPool
}

// Failure is one request that a region failed, in words that may be logged.
type Failure struct {
	Region string
	// Host is the configured endpoint that was asked last, never where a redirect pointed.
	Host  string
	Cause Cause
	// OperationID is what the user was shown, empty when the answer had already begun.
	OperationID string
}

// Bounds are what one region may take of the console, and of its users' time.
type Bounds struct {
	// Timeout bounds a request from its first byte to the last byte of its answer, so that nothing stays for ever.
	Timeout time.Duration
	// Body is the longest request body, in bytes.
	Body int64
	// Concurrent is how many requests may be with a region at once. One caller who is known may have a quarter of them.
	Concurrent int
}

// Options are what all regions share.
type Options struct {
	Probing Probing
	// Bounds hold for every region by itself.
	Bounds Bounds
	// DemoDial maps "host:port" to an address, see DemoDial; empty in production.
	DemoDial map[string]netip.AddrPort
	// Failed, Ended and Turned are told of failed requests, of how every request ended, and of changed verdicts. They are
	// called from many goroutines and must not block. Nil means that nobody listens.
	Failed func(Failure)
	Ended  func(region string, outcome Outcome)
	Turned func(Standing)
}

// Regions are the upstreams of one console.
type Regions struct {
	regions   map[string]*Region
	probers   []prober
	pools     []*http.Transport
	standings *standings
}

// NewRegions builds the regions. Nothing is dialled before Probe or a request. The error names the region and the cure.
func NewRegions(upstreams []Upstream, options Options) (*Regions, error) {
	return newRegions(upstreams, options, production.with(options.Bounds))
}

func newRegions(upstreams []Upstream, options Options, l limits) (*Regions, error) {
	if options.Failed == nil {
		options.Failed = func(Failure) {}
	}
	if options.Ended == nil {
		options.Ended = func(string, Outcome) {}
	}
	if options.Turned == nil {
		options.Turned = func(Standing) {}
	}
	all := &Regions{regions: map[string]*Region{}, standings: newStandings(options.Turned)}
	for _, upstream := range upstreams {
		if err := all.add(upstream, options, l); err != nil {
			return nil, fmt.Errorf("region %s: %w", upstream.ID, err)
		}
	}
	return all, nil
}

func (r *Regions) add(upstream Upstream, options Options, l limits) error {
	if len(upstream.Endpoints) == 0 {
		return errors.New("endpoints is empty; give at least one url")
	}
	d := dialer{demo: options.DemoDial, timeout: l.connect}
	pool, probePool := newPool(d, upstream.Roots, l), newProbePool(d, upstream.Roots, l)
	r.pools = append(r.pools, pool, probePool)
	r.standings.add(upstream.ID, len(upstream.Endpoints), time.Now())
	var endpoints []*url.URL
	for i, raw := range upstream.Endpoints {
		endpoint, err := parseEndpoint(raw)
		if err != nil {
			return fmt.Errorf("endpoints[%d]: %w", i, err)
		}
		health, err := endpoint.Parse(options.Probing.Path)
		if err != nil || health.Host != endpoint.Host {
			return fmt.Errorf("the health check path %q is not a path; start it with one slash", options.Probing.Path)
		}
		r.probers = append(r.probers, prober{
			region: upstream.ID, endpoint: i, url: health, probing: options.Probing,
			carrier: carrier{pool: probePool, broken: func(string, Cause) {}}, standings: r.standings,
		})
		endpoints = append(endpoints, endpoint)
	}
	region := &Region{id: upstream.ID, limits: l, slots: newSlots(l.Concurrent), standings: r.standings, failed: options.Failed, ended: options.Ended}
	region.forward = region.through(failover{
		region: upstream.ID, endpoints: endpoints, carrier: carrier{pool: pool, broken: region.report}, standings: r.standings,
	})
	r.regions[upstream.ID] = region
	return nil
}

func parseEndpoint(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, errors.New("url must be https://<DNS name>[:port] without a path")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, nil
}

// Region returns the region of that id, or nil.
func (r *Regions) Region(id string) *Region { return r.regions[id] }

// Probe probes every endpoint of every region, each on its own, until ctx ends; then it waits for them.
func (r *Regions) Probe(ctx context.Context) {
	var all sync.WaitGroup
	for _, p := range r.probers {
		all.Go(func() { p.run(ctx) })
	}
	all.Wait()
}

// Standings returns the verdict on every region in the order of the config, and a channel that closes when any verdict,
// reason or serving endpoint changes.
func (r *Regions) Standings() ([]Standing, <-chan struct{}) { return r.standings.all() }

// EndpointStandings returns the verdict on every endpoint.
func (r *Regions) EndpointStandings() []EndpointStanding { return r.standings.endpoints() }

// Close closes the connections that no request uses. Call it when the last request is done.
func (r *Regions) Close() {
	for _, pool := range r.pools {
		pool.CloseIdleConnections()
	}
}
