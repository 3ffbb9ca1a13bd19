package main

import (
	"crypto/fips140"

	"github.com/prometheus/client_golang/prometheus"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// tellFIPS says in the log and in a metric by which cryptography the process works, for the auditor of a geography that
// demands FIPS 140-3.
func tellFIPS() {
	ctrl.Log.Info("starting", "fips140", fips140.Enabled(), "fips140_module", fips140.Version())
	value := 0.0
	if fips140.Enabled() {
		value = 1
	}
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "geoconsole_fips140_enabled", Help: "1 when the process runs in FIPS 140-3 mode, else 0; the version of its cryptographic module.",
		ConstLabels: prometheus.Labels{"module": fips140.Version()},
	})
	gauge.Set(value)
	metrics.Registry.MustRegister(gauge)
}
