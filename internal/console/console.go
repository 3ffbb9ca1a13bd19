// Package console is the console of one geography: the user interface, the way to its regions, and what it tells its
// users and the operator. It keeps nothing and writes nothing (safety property 9).
package console

import (
	"crypto/x509"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/console/gateway"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// Version is the console's release, set by the linker.
var Version = "unknown"

// Settings are what a console is started with; everything else is in its config file.
type Settings struct {
	// ConfigFile is the path of the file that geography.ReadConfig checks.
	ConfigFile string
	// LiveFile is the path of the file that geography.ReadLive checks, read again and again. Without one every region is
	// Active.
	LiveFile string
	// DemoDial lifts the dial-time refusal for some destinations, see proxy.DemoDial. Empty in production.
	DemoDial map[string]netip.AddrPort
	// UI is the built user interface, as web.Assets returns it.
	UI fs.FS
	// Log takes the log, one JSON object a line.
	Log io.Writer
}

// Console serves one geography. Public and Internal are its two faces, Serve runs them.
type Console struct {
	config  geography.Config
	digest  string
	regions *proxy.Regions
	// accounts holds the accounts service as its only region; nil where every region answers for itself.
	accounts *proxy.Regions
	live     *live
	hosts    hosts
	gateway  *gateway.Gateway
	pages    pages
	metrics  *metrics
	gate     *gate
	log      *slog.Logger

	// ready is true while both listeners are served; it does not depend on any region.
	ready atomic.Bool
	// stopping is closed when Serve begins to end, and with it every long poll.
	stopping chan struct{}
}

// New loads the config and builds the console from it. Nothing is dialled and nothing listens yet. The error names the
// file, the field and the cure.
func New(settings Settings) (*Console, error) {
	file, err := os.ReadFile(settings.ConfigFile)
	if err != nil {
		return nil, fmt.Errorf("read the config: %w; give a readable file with --config", err)
	}
	config, err := geography.ReadConfig(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", settings.ConfigFile, err)
	}
	pages, err := readPages(settings.UI, config)
	if err != nil {
		return nil, err
	}
	level := &slog.LevelVar{}
	c := &Console{
		config: config, digest: geography.Digest(file), pages: pages,
		log:      slog.New(slog.NewJSONHandler(settings.Log, &slog.HandlerOptions{Level: level})),
		stopping: make(chan struct{}),
	}
	// Before the level is set: a console that may dial anywhere says so at every level.
	for destination, address := range settings.DemoDial {
		c.log.Warn("DEMO ONLY: connections to a destination go elsewhere, and no address is refused for it",
			"destination", destination, "address", address.String())
	}
	level.Set(logLevels[config.LogLevel])
	if err := c.buildRegions(settings.DemoDial); err != nil {
		return nil, fmt.Errorf("%s: %w", settings.ConfigFile, err)
	}
	c.live = newLive(settings.LiveFile, config, c.log)
	c.metrics.watchLive(c.live)
	if err := c.buildGate(settings.DemoDial); err != nil {
		return nil, fmt.Errorf("%s: %w", settings.ConfigFile, err)
	}
	return c, nil
}

// logLevels are the names that geography.ReadConfig lets pass.
var logLevels = map[string]slog.Level{"Error": slog.LevelError, "Info": slog.LevelInfo, "Debug": slog.LevelDebug}

func (c *Console) buildRegions(demoDial map[string]netip.AddrPort) error {
	c.metrics = newMetrics(c.digest)
	checks := c.config.HealthChecks
	options := proxy.Options{
		Probing: proxy.Probing{
			Path:             checks.Path,
			Interval:         time.Duration(checks.IntervalSeconds) * time.Second,
			Timeout:          time.Duration(checks.TimeoutSeconds) * time.Second,
			FailureThreshold: int(checks.FailureThreshold),
			SuccessThreshold: int(checks.SuccessThreshold),
		},
		Bounds: proxy.Bounds{
			Timeout:    time.Duration(c.config.Proxy.RequestTimeoutSeconds) * time.Second,
			Body:       int64(c.config.Proxy.MaxRequestBodyBytes),
			Concurrent: int(c.config.Proxy.MaxConcurrentRequests),
		},
		DemoDial: demoDial,
		Failed:   c.noteFailure,
		Ended:    c.noteEnd,
		Turned:   c.noteTurn,
	}
	upstreams := make([]proxy.Upstream, 0, len(c.config.Regions))
	for _, region := range c.config.Regions {
		upstreams = append(upstreams, upstreamOf(region))
	}
	regions, err := proxy.NewRegions(upstreams, options)
	if err != nil {
		return err
	}
	c.regions = regions
	c.hosts = newHosts(c.config, regions)
	if err := c.buildAccounts(options); err != nil {
		return err
	}
	c.gateway = c.newGateway()
	c.metrics.watch(c.upstreams())
	return nil
}

// newGateway makes the geography's API out of the regions.
func (c *Console) newGateway() *gateway.Gateway {
	settings := gateway.Settings{
		Geography: c.config.Geography, Hostname: c.config.Hostname, States: c.stateOf, Caller: callerKey, Asked: c.noteQuestion,
		Timeout: time.Duration(c.config.Proxy.RequestTimeoutSeconds) * time.Second, MaxBody: int64(c.config.Proxy.MaxRequestBodyBytes),
	}
	if c.accounts != nil {
		settings.Accounts = c.accounts.Region(proxy.Accounts).AtRoot("/api/accounts_mgmt/v1")
	}
	for _, region := range c.config.Regions {
		settings.Regions = append(settings.Regions, gateway.Region{
			ID: region.ID, CloudRegions: region.CloudRegions, Host: c.hosts.of(region.ID), Upstream: c.regions.Region(region.ID),
		})
	}
	return gateway.New(settings)
}

// callerKey keeps what one user's requests have taught apart from another's.
func callerKey(r *http.Request) string {
	caller, _ := proxy.CallerOf(r.Context())
	return string(caller[:])
}

func upstreamOf(region geography.ConfigRegion) proxy.Upstream {
	upstream := proxy.Upstream{ID: region.ID}
	for _, endpoint := range region.Endpoints {
		upstream.Endpoints = append(upstream.Endpoints, endpoint.URL)
	}
	if region.CABundle != "" {
		upstream.Roots = x509.NewCertPool()
		upstream.Roots.AppendCertsFromPEM([]byte(region.CABundle)) // geography.ReadConfig has seen to it that it holds one
	}
	return upstream
}

// noteFailure logs a closed cause and a configured host, nothing else of the failure.
func (c *Console) noteFailure(f proxy.Failure) {
	c.metrics.failures.WithLabelValues(f.Region, string(f.Cause)).Inc()
	c.log.Warn("a region failed a request", "region", f.Region, "host", f.Host, "cause", f.Cause, "operation_id", f.OperationID)
}

func (c *Console) noteEnd(region string, outcome proxy.Outcome) {
	c.metrics.outcomes.WithLabelValues(region, string(outcome)).Inc()
}

func (c *Console) noteTurn(s proxy.Standing) {
	c.log.Info("the standing of a region turned", "region", s.Region, "verdict", s.Verdict, "reason", s.Reason, "endpoint", s.Endpoint)
}

// noteQuestion logs what became of one of the questions that a request to the geography's API was answered by.
func (c *Console) noteQuestion(asked gateway.Asked) {
	c.log.Debug("a region was asked", "region", asked.Region, "status", asked.Status, "cause", asked.Cause,
		"duration_ms", float64(asked.Took.Microseconds())/1000)
}
