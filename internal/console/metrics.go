package console

import (
	"crypto/fips140"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// metrics are the console's own registry. Every label takes its values from a closed set: routes, configured regions,
// causes, verdicts, classes of status codes.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	inFlight  *prometheus.GaugeVec
	durations *prometheus.HistogramVec
	failures  *prometheus.CounterVec
	outcomes  *prometheus.CounterVec
}

func newMetrics(configDigest string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "geoconsole_requests_total",
			Help: "Requests to the public port by route, region (empty when none) and class of the status code, or aborted.",
		}, []string{"route", "region", "code"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "geoconsole_requests_in_flight",
			Help: "Requests to the public port that are being served, by region (empty when none).",
		}, []string{"region"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "geoconsole_request_duration_seconds",
			Help: "Time from a request's headers to the end of its answer, by route and region (empty when none).",
			// From an embedded file to the bound of a whole request, 60 s by default.
			Buckets: []float64{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60},
		}, []string{"route", "region"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "geoconsole_region_failures_total",
			Help: "Requests that a region failed, by the cause that the user was told.",
		}, []string{"region", "cause"}),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "geoconsole_region_requests_total",
			Help: "Requests to a region, those that the geography's API makes too, by how they ended.",
		}, []string{"region", "outcome"}),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "geoconsole_console_info", Help: "Always 1; the release and the digest of the config that it loaded.",
		ConstLabels: prometheus.Labels{"version": Version, "config": configDigest},
	}, func() float64 { return 1 })
	fips := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "geoconsole_fips140_enabled", Help: "1 when the process runs in FIPS 140-3 mode, else 0; the version of its cryptographic module.",
		ConstLabels: prometheus.Labels{"module": fips140.Version()},
	}, func() float64 { return valueOf(fips140.Enabled()) })
	m.registry.MustRegister(m.requests, m.inFlight, m.durations, m.failures, m.outcomes, build, fips,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds what all upstreams say of their regions, and makes every outcome count from zero.
func (m *metrics) watch(upstreams []*proxy.Regions) {
	m.registry.MustRegister(regionMetrics{upstreams})
	for _, regions := range upstreams {
		for _, usage := range regions.Usage() {
			for _, outcome := range proxy.Outcomes() {
				m.outcomes.WithLabelValues(usage.Region, string(outcome))
			}
		}
	}
}

// watchLive adds what the console serves by.
func (m *metrics) watchLive(l *live) {
	m.registry.MustRegister(liveMetrics{l})
}

// regionMetrics is a prometheus.Collector that asks the upstreams when it is scraped.
type regionMetrics struct{ upstreams []*proxy.Regions }

var (
	verdictMetric = prometheus.NewDesc("geoconsole_endpoint_verdict",
		"1 for the verdict on an endpoint of a region (by its index; the first healthy one serves), else 0.", []string{"region", "endpoint", "verdict"}, nil)
	servingMetric = prometheus.NewDesc("geoconsole_region_serving_endpoint",
		"The index of the endpoint that requests to a region are sent to first; 0 also when all are Unhealthy.", []string{"region"}, nil)
	slotsMetric = prometheus.NewDesc("geoconsole_region_slots",
		"How many requests may be with a region at once (spec.proxy.maxConcurrentRequests).", []string{"region"}, nil)
	slotsUsedMetric = prometheus.NewDesc("geoconsole_region_slots_in_use",
		"How many requests are with a region now.", []string{"region"}, nil)
)

func (regionMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{verdictMetric, servingMetric, slotsMetric, slotsUsedMetric} {
		descriptions <- description
	}
}

func (m regionMetrics) Collect(samples chan<- prometheus.Metric) {
	for _, regions := range m.upstreams {
		collect(regions, samples)
	}
}

func collect(regions *proxy.Regions, samples chan<- prometheus.Metric) {
	gauge := func(description *prometheus.Desc, value float64, labels ...string) {
		samples <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, labels...)
	}
	for _, standing := range regions.EndpointStandings() {
		for _, verdict := range []proxy.Verdict{proxy.Healthy, proxy.Unhealthy, proxy.Unknown} {
			gauge(verdictMetric, valueOf(standing.Verdict == verdict), standing.Region, strconv.Itoa(standing.Endpoint), string(verdict))
		}
	}
	standings, _ := regions.Standings()
	for _, standing := range standings {
		gauge(servingMetric, float64(standing.Endpoint), standing.Region)
	}
	for _, usage := range regions.Usage() {
		gauge(slotsMetric, float64(usage.Total), usage.Region)
		gauge(slotsUsedMetric, float64(usage.Used), usage.Region)
	}
}

// liveMetrics is a prometheus.Collector that asks for the live config when it is scraped.
type liveMetrics struct{ live *live }

var (
	liveProblemMetric = prometheus.NewDesc("geoconsole_live_config_problem",
		"1 for why the live config that is found is not the one that is served by, else 0.", []string{"problem"}, nil)
	regionStateMetric = prometheus.NewDesc("geoconsole_region_state",
		"1 for the state of a region by the live config that is served by, else 0.", []string{"region", "state"}, nil)
)

func (liveMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- liveProblemMetric
	descriptions <- regionStateMetric
}

func (m liveMetrics) Collect(samples chan<- prometheus.Metric) {
	standing, _ := m.live.now()
	for _, problem := range geography.LiveProblems() {
		samples <- prometheus.MustNewConstMetric(liveProblemMetric, prometheus.GaugeValue, valueOf(standing.problem == problem), string(problem))
	}
	for id, region := range standing.regions {
		for _, state := range []v1alpha1.RegionState{v1alpha1.RegionActive, v1alpha1.RegionMaintenance, v1alpha1.RegionDrained} {
			samples <- prometheus.MustNewConstMetric(regionStateMetric, prometheus.GaugeValue, valueOf(region.State == state), id, string(state))
		}
	}
}

// valueOf is 1 for what is so.
func valueOf(so bool) float64 {
	if so {
		return 1
	}
	return 0
}
