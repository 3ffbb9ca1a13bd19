package console

import (
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// Internal returns the handler of the internal port, for the kubelet, Prometheus and the operator. Nothing secret is on
// it: no endpoint, no name, no user.
func (c *Console) Internal() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", c.serveReady)
	mux.HandleFunc("GET /status", c.serveStatus)
	mux.Handle("GET /metrics", promhttp.HandlerFor(c.metrics.registry, promhttp.HandlerOpts{}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy.MarkAsData(w.Header())
		mux.ServeHTTP(w, r)
	})
}

// serveReady does not depend on any region: a console whose regions are all down must still say so to its users. One that
// has never had a good live config does not know which regions may be used, so none is sent to it.
func (c *Console) serveReady(w http.ResponseWriter, _ *http.Request) {
	if !c.ready.Load() {
		writeText(w, http.StatusServiceUnavailable, "not listening")
		return
	}
	if standing, _ := c.live.now(); !standing.loaded {
		writeText(w, http.StatusServiceUnavailable, "no live config: "+string(standing.problem))
		return
	}
	writeText(w, http.StatusOK, "ok")
}

func writeText(w http.ResponseWriter, status int, text string) {
	proxy.MarkAsData(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
