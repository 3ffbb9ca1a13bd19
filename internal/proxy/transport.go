package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// limits bound what one region may take of the console.
type limits struct {
	// connect bounds one TCP connect, handshake the TLS handshake after it.
	connect, handshake time.Duration
	// header bounds the wait for a region's answer after the request is sent.
	header time.Duration
	// pace bounds the wait for a request's body.
	pace pace
	Bounds
}

// production holds the limits that nobody sets. A region in the same geography answers a connect within a few hundred
// milliseconds even when one SYN is lost and sent again after a second. The slowest lists take some seconds, and a
// router in front gives up at 30 s by default. The pace lets 1 MiB come over a line of half a megabit, and a body that stalls
// hold a slot for ten seconds.
var production = limits{connect: 5 * time.Second, handshake: 5 * time.Second, header: 25 * time.Second, pace: pace{patience: 10 * time.Second, rate: 64 << 10}}

// with completes the limits.
func (l limits) with(b Bounds) limits {
	l.Bounds = b
	return l
}

const (
	// maxIdlePerHost is how many connections wait for more in a region's own pool. With HTTP/2 one connection carries about
	// 100 requests at once.
	maxIdlePerHost = 64
	// maxResponseHeaderBytes is far above what a region sends; the default of the standard library is 10 MiB.
	maxResponseHeaderBytes = 64 << 10
	// maxUnreadBytes is how much of one answer waits in memory for a browser that does not read. With the standard
	// library's 4 MiB, thirty such browsers fill the memory of a console. At 10 ms to the region it still lets 12 MiB
	// through each second. A connection's own bound stays above the sum of its streams, else who reads slowly would
	// hold up the others.
	maxUnreadBytes = 128 << 10
)

// newPool returns a connection pool with every bound set. It follows no redirect, uses no proxy from the environment,
// and leaves the body's encoding alone.
func newPool(d dialer, roots *x509.CertPool, l limits) *http.Transport {
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            d.dial,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    l.handshake,
		ResponseHeaderTimeout:  l.header,
		MaxConnsPerHost:        l.Concurrent, // whoever has a slot has a connection too, of HTTP/1.1 as well
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxResponseHeaderBytes,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		// A connection whose peer vanished without a word is found by a ping, not by the next user.
		HTTP2: &http.HTTP2Config{
			SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second, MaxReceiveBufferPerStream: maxUnreadBytes,
		},
	}
}

// newProbePool returns a pool that opens a new connection for every probe: only then does a probe say something about
// the name, the network and the certificate of this moment.
func newProbePool(d dialer, roots *x509.CertPool, l limits) *http.Transport {
	pool := newPool(d, roots, l)
	pool.DisableKeepAlives = true
	return pool
}

// carrier is the http.RoundTripper of a region. Informational answers, protocol switches, statuses that are none and
// trailers end here, before httputil.ReverseProxy could pass them on; errors leave as *failure.
type carrier struct {
	pool http.RoundTripper
	// broken is told which endpoint's answer broke off after its headers had been passed on, and why.
	broken func(endpoint string, cause Cause)
}

func (c carrier) RoundTrip(request *http.Request) (*http.Response, error) {
	response, failed := c.send(request)
	if failed != nil {
		return nil, failed
	}
	return response, nil
}

// send is RoundTrip with the error in its own type.
func (c carrier) send(request *http.Request) (*http.Response, *failure) {
	progress := &progress{}
	response, err := c.pool.RoundTrip(request.WithContext(traced(request.Context(), progress)))
	if err != nil {
		at := progress.phase()
		return nil, &failure{cause: causeOf(err, at), at: at, endpoint: request.URL.Host}
	}
	// net/http takes any number off the wire, and panics, or answers 200, when one of these is passed on.
	if response.StatusCode < 200 || response.StatusCode > 599 {
		_ = response.Body.Close()
		return nil, &failure{cause: UnexpectedStatus, at: receiving, endpoint: request.URL.Host}
	}
	// The transport writes trailers into the response that it made, at the end of the body: whoever holds this copy
	// never sees them.
	plain := *response
	plain.Trailer = nil
	plain.Body = watchedBody{
		ReadCloser: response.Body, broken: func(cause Cause) { c.broken(request.URL.Host, cause) },
		ctx: request.Context(), counted: response.ContentLength >= 0,
	}
	return &plain, nil
}

// withoutTrace hides a client trace. ReverseProxy uses one to pass every 1xx on, and its headers with it.
type withoutTrace struct{ context.Context }

func (c withoutTrace) Value(key any) any {
	value := c.Context.Value(key)
	if _, isTrace := value.(*httptrace.ClientTrace); isTrace {
		return nil
	}
	return value
}

// watchedBody reports a body that ends in an error, and hides the error's text.
type watchedBody struct {
	io.ReadCloser
	broken func(Cause)
	// ctx is that of the request.
	ctx context.Context
	// counted says that the answer told its length, so that half of it cannot look whole.
	counted bool
}

func (b watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || err == io.EOF && b.whole() {
		return n, err
	}
	cause := causeOf(err, answering)
	if err == io.EOF {
		cause = causeOf(b.ctx.Err(), answering)
	}
	b.broken(cause)
	return n, &failure{cause: cause}
}

// whole tells whether the end of the body is that of the answer. When the request was over before, it may not be: the
// transport ends the connection, and says so to the endpoint before it closes, and an endpoint that ends its answer for
// that makes half an answer look whole.
func (b watchedBody) whole() bool { return b.counted || b.ctx.Err() == nil }

// phase is how far a request got.
type phase int32

const (
	waiting phase = iota
	connecting
	handshaking
	answering
	receiving
)

// progress follows one request. Its methods are called from the transport's goroutines.
type progress struct{ at atomic.Int32 }

func (p *progress) phase() phase { return phase(p.at.Load()) }

func (p *progress) enter(next phase) { p.at.Store(int32(next)) }

// advance enters a later phase only: a request that was given a connection does not go back because another connection,
// which was being opened for it, gets on.
func (p *progress) advance(next phase) {
	for {
		now := p.at.Load()
		if now >= int32(next) || p.at.CompareAndSwap(now, int32(next)) {
			return
		}
	}
}

// traced replaces whatever trace the context has by one that tells the progress.
func traced(ctx context.Context, p *progress) context.Context {
	return httptrace.WithClientTrace(withoutTrace{ctx}, &httptrace.ClientTrace{
		// The transport may begin anew, with a connection that an endpoint had closed in the meantime.
		GetConn:              func(string) { p.enter(waiting) },
		DNSStart:             func(httptrace.DNSStartInfo) { p.advance(connecting) },
		ConnectStart:         func(string, string) { p.advance(connecting) },
		TLSHandshakeStart:    func() { p.advance(handshaking) },
		GotConn:              func(httptrace.GotConnInfo) { p.advance(answering) },
		GotFirstResponseByte: func() { p.advance(receiving) },
	})
}
