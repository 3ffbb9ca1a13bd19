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

// serveReady does not depend on any region: a console whose regions are all down must still say so to its users.
func (c *Console) serveReady(w http.ResponseWriter, _ *http.Request) {
	if !c.ready.Load() {
		writeText(w, http.StatusServiceUnavailable, "not listening")
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
