package console

import (
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
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "geoconsole_console_info", Help: "Always 1; the release and the digest of the config that it loaded.",
		ConstLabels: prometheus.Labels{"version": Version, "config": configDigest},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.requests, m.inFlight, m.durations, m.failures, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds the verdicts on the regions' endpoints.
func (m *metrics) watch(regions *proxy.Regions) {
	m.registry.MustRegister(verdicts{regions})
}

// watchLive adds what the console serves by.
func (m *metrics) watchLive(l *live) {
	m.registry.MustRegister(liveMetrics{l})
}

// verdicts is a prometheus.Collector that asks for the verdicts when it is scraped.
type verdicts struct{ regions *proxy.Regions }

var verdictMetric = prometheus.NewDesc("geoconsole_endpoint_verdict",
	"1 for the verdict on an endpoint of a region (by its index; the first healthy one serves), else 0.", []string{"region", "endpoint", "verdict"}, nil)

func (verdicts) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- verdictMetric }

func (v verdicts) Collect(samples chan<- prometheus.Metric) {
	for _, standing := range v.regions.EndpointStandings() {
		for _, verdict := range []proxy.Verdict{proxy.Healthy, proxy.Unhealthy, proxy.Unknown} {
			value := 0.0
			if standing.Verdict == verdict {
				value = 1
			}
			samples <- prometheus.MustNewConstMetric(verdictMetric, prometheus.GaugeValue, value,
				standing.Region, strconv.Itoa(standing.Endpoint), string(verdict))
		}
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
	is := func(so bool) float64 {
		if so {
			return 1
		}
		return 0
	}
	standing, _ := m.live.now()
	for _, problem := range geography.LiveProblems() {
		samples <- prometheus.MustNewConstMetric(liveProblemMetric, prometheus.GaugeValue, is(standing.problem == problem), string(problem))
	}
	for id, region := range standing.regions {
		for _, state := range []v1alpha1.RegionState{v1alpha1.RegionActive, v1alpha1.RegionMaintenance, v1alpha1.RegionDrained} {
			samples <- prometheus.MustNewConstMetric(regionStateMetric, prometheus.GaugeValue, is(region.State == state), id, string(state))
		}
	}
}
