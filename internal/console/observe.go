package console

import (
	"cmp"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// observe serves one request and then says how it went: to the metrics and to the access log, in words of closed sets
// only. No path, query, body, token, name or address of a client is among them at any level (safety property 9).
func (c *Console) observe(to route, w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	recorded := &recorder{ResponseWriter: w, ending: c.stopping}
	inFlight := c.metrics.inFlight.WithLabelValues(to.region)
	inFlight.Inc()
	defer func() {
		inFlight.Dec()
		raised := recover()
		took := time.Since(start)
		code := classOf(recorded.status)
		if raised != nil {
			code = "aborted"
		}
		c.metrics.requests.WithLabelValues(to.pattern, to.region, code).Inc()
		c.metrics.durations.WithLabelValues(to.pattern, to.region).Observe(took.Seconds())
		c.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", methodOf(r)), slog.String("route", cmp.Or(recorded.pattern, to.pattern)),
			slog.String("region", cmp.Or(to.region, recorded.region)), slog.Int("status", recorded.status),
			slog.String("cause", string(recorded.cause)), slog.Bool("aborted", raised != nil),
			slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.Int64("bytes", recorded.bytes))
		if raised == nil {
			return
		}
		if raised != http.ErrAbortHandler { //nolint:errorlint // it is raised bare
			// The stack names functions; the value that was raised may hold anything.
			c.log.Error("a handler panicked", "route", to.pattern, "stack", string(debug.Stack()))
		}
		// net/http then cuts the connection without a word, so that half an answer does not look whole.
		panic(http.ErrAbortHandler)
	}()
	to.handler.ServeHTTP(recorded, r)
}

// classOf is "2xx" for 204; an answer without a status was a 200.
func classOf(status int) string {
	if status == 0 {
		status = http.StatusOK
	}
	return strconv.Itoa(status/100) + "xx"
}

// methodOf is the method if it is a known one: a client may send any word.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	default:
		return "other"
	}
}

// recorder counts what an answer consists of, and is its proxy.Witness.
type recorder struct {
	http.ResponseWriter
	// ending is closed when the console begins to end.
	ending <-chan struct{}
	status int
	bytes  int64
	// cause of an answer that the console made itself, region that it is of or about, and pattern that led to it within the
	// geography's API; empty when there is none.
	cause           proxy.Cause
	region, pattern string
}

// Made notes why the console answered itself, and of the regions that it is about the first.
func (r *recorder) Made(problem proxy.Problem) {
	r.cause = problem.Cause
	r.region = cmp.Or(problem.Region, r.region)
}

// OfRegion notes which region answers.
func (r *recorder) OfRegion(id string) { r.region = id }

// ByPattern notes where in the geography's API the request led.
func (r *recorder) ByPattern(pattern string) { r.pattern = pattern }

func (r *recorder) WriteHeader(status int) {
	r.begin(status)
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.begin(http.StatusOK)
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// begin is called before the first byte of an answer. That of a console that ends is the last one on its connection: the
// client is told, so that it sends nothing that nobody reads.
func (r *recorder) begin(status int) {
	if r.status != 0 {
		return
	}
	r.status = status
	select {
	case <-r.ending:
		r.Header().Set("Connection", "close")
	default:
	}
}

// Unwrap lets http.ResponseController flush a streamed answer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
