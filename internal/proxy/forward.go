package proxy

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Region forwards requests to one region and to nothing else. It is an http.Handler for everything below its Prefix.
type Region struct {
	id string
	// atRoot is what is served of it at the root of a host, see AtRoot; empty: it is below its Prefix.
	atRoot    string
	limits    limits
	slots     *slots
	standings *standings
	failed    func(Failure)
	ended     func(region string, outcome Outcome)
	forward   *httputil.ReverseProxy
}

// Prefix is the path under which the console serves a region; a region's own path follows it.
func Prefix(id string) string { return "/regions/" + id }

// AtRoot is the same region at the root of a host, where nothing but a path and what is below that is its: there alone its
// redirects may lead, for the rest of the host is somebody else's. Slots, standings and connections are those of the region.
func (r *Region) AtRoot(path string) *Region {
	root := &Region{id: r.id, atRoot: path, limits: r.limits, slots: r.slots, standings: r.standings, failed: r.failed, ended: r.ended}
	root.forward = root.through(r.forward.Transport)
	return root
}

// prefix is the path below which the region is served.
func (r *Region) prefix() string {
	if r.atRoot != "" {
		return ""
	}
	return Prefix(r.id)
}

func (r *Region) through(transport http.RoundTripper) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite:        r.rewrite,
		ModifyResponse: r.accept,
		ErrorHandler:   r.answerFailure,
		Transport:      transport,
		BufferPool:     buffers,
		// It would write the library's error texts.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

func (r *Region) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if problem := r.refuse(request); problem != nil {
		r.ended(r.id, Refused)
		problem.Write(w)
		return
	}
	if standing := r.standings.one(r.id); standing.Verdict == Unhealthy {
		r.ended(r.id, FailedFast)
		unhealthyProblem(r.id, standing.Reason).Write(w)
		return
	}
	caller, _ := CallerOf(request.Context())
	if cause := r.slots.take(caller); cause != "" {
		r.ended(r.id, Full)
		fullProblem(r.id, cause).Write(w)
		return
	}
	defer r.slots.free(caller)
	WitnessOf(w).OfRegion(r.id)
	end := time.Now().Add(r.limits.Timeout)
	ctx, cancel := context.WithDeadline(request.Context(), end)
	defer cancel()
	bounded := request.WithContext(ctx)
	// Before ReverseProxy sees them, because it acts on Upgrade and Te.
	bounded.Header = keep(request.Header, requestHeaders)
	body := newUpload(w, request, r.limits, end)
	bounded.Body = body
	answer, whole := &dataWriter{ResponseWriter: w, upload: body}, false
	defer func() { r.ended(r.id, outcomeOf(request, answer, whole)) }()
	r.forward.ServeHTTP(answer, bounded)
	whole = true
}

// rewrite makes the request that the region gets: its own path, and none of what the browser may have trailed. The
// endpoint is chosen when it is sent (failover.go).
func (r *Region) rewrite(p *httputil.ProxyRequest) {
	escaped := r.apiPath(p.In)
	decoded, _ := url.PathUnescape(escaped) // APIPath has seen to it that this cannot fail
	p.Out.URL.Path, p.Out.URL.RawPath = decoded, escaped
	p.Out.Trailer = nil
}

// apiPath is the path as the region knows it, empty when the request is not below the region's prefix.
func (r *Region) apiPath(request *http.Request) string {
	path, found := strings.CutPrefix(request.URL.EscapedPath(), r.prefix())
	if !found {
		return ""
	}
	return path
}

// accept decides whether an endpoint's answer may pass, and takes everything from it that may not.
func (r *Region) accept(response *http.Response) error {
	endpoint := response.Request.URL
	if refused := r.sift(response, endpoint); refused != nil {
		refused.endpoint = endpoint.Host
		return refused
	}
	return nil
}

func (r *Region) sift(response *http.Response, endpoint *url.URL) *failure {
	if status := response.StatusCode; isRedirect(status) {
		target, left := staysAtEndpoint(response, endpoint)
		if left != nil {
			return left
		}
		if path := target.EscapedPath(); path != r.atRoot && !strings.HasPrefix(path, strings.TrimSuffix(r.atRoot, "/")+"/") {
			return &failure{cause: UnexpectedStatus}
		}
		_ = response.Body.Close()
		response.Header = http.Header{"Location": {r.publicURL(target)}}
		response.Body, response.ContentLength = http.NoBody, 0
		return nil
	} else if status >= 300 && status < 400 && status != http.StatusNotModified {
		return &failure{cause: UnexpectedStatus}
	}
	if !contentAllowed(response) {
		return &failure{cause: UnexpectedContent}
	}
	response.Header = keep(response.Header, responseHeaders)
	return nil
}

// publicURL is where the console serves what a region calls target.
func (r *Region) publicURL(target *url.URL) string {
	public := r.prefix() + target.EscapedPath()
	if target.RawQuery != "" {
		public += "?" + target.RawQuery
	}
	return public
}

func (r *Region) answerFailure(w http.ResponseWriter, _ *http.Request, err error) {
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{cause: causeOf(err, answering)}
	}
	if (f.cause == ClientGone || f.cause == Timeout) && isLate(w) {
		f = &failure{cause: BodyTooSlow}
	}
	if answer, isOurs := w.(*dataWriter); isOurs {
		answer.failed = f.cause
	}
	if f.cause == ClientGone {
		w.WriteHeader(statusClientGone)
		return
	}
	id := failureProblem(r.id, f).Write(w)
	if f.cause != BodyTooLarge && f.cause != BodyTooSlow {
		r.failed(Failure{Region: r.id, Host: f.endpoint, Cause: f.cause, OperationID: id})
	}
}

// isLate reports whether it is the client that the answer had to wait for.
func isLate(w http.ResponseWriter) bool {
	data, _ := w.(*dataWriter)
	return data != nil && data.upload.late()
}

// statusClientGone is what nginx logs for a client that left; nobody receives it.
const statusClientGone = 499

// report is told of an answer that broke off after its headers had gone to the browser.
func (r *Region) report(endpoint string, cause Cause) {
	if cause != ClientGone {
		r.failed(Failure{Region: r.id, Host: endpoint, Cause: cause})
	}
}

// buffers are for copying answers; without a pool every answer would allocate one.
var buffers = &bufferPool{pool: sync.Pool{New: func() any { return new([bufferBytes]byte) }}}

// bufferBytes is what io.Copy uses.
const bufferBytes = 32 << 10

type bufferPool struct{ pool sync.Pool }

func (b *bufferPool) Get() []byte { return b.pool.Get().(*[bufferBytes]byte)[:] }

func (b *bufferPool) Put(buffer []byte) { b.pool.Put((*[bufferBytes]byte)(buffer)) }
