package proxy

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// Probing is how endpoints are probed: a GET of Path without a credential.
type Probing struct {
	// Path starts with a slash and may have a query.
	Path string
	// Interval is from the end of one probe to the start of the next, give or take a tenth.
	Interval time.Duration
	// Timeout bounds a whole probe.
	Timeout time.Duration
	// FailureThreshold and SuccessThreshold are how many probes in a row turn a verdict.
	FailureThreshold int
	SuccessThreshold int
}

const (
	// maxProbeBytes is how much of an answer's body a probe reads; a health path has no reason to send more.
	maxProbeBytes = 64 << 10
	probeAgent    = "geoconsole-probe"
)

// prober probes one endpoint until its context ends.
type prober struct {
	region   string
	endpoint int
	url      *url.URL
	probing  Probing
	// carrier does not follow redirects, being a transport.
	carrier   http.RoundTripper
	standings *standings
}

func (p prober) run(ctx context.Context) {
	limits := thresholds{failure: p.probing.FailureThreshold, success: p.probing.SuccessThreshold}
	for {
		result := p.probe(ctx)
		if ctx.Err() != nil {
			return
		}
		now := time.Now()
		p.standings.record(p.region, p.endpoint, now, func(o opinion) opinion { return o.after(result, now, limits) })
		select {
		case <-ctx.Done():
			return
		case <-time.After(jittered(p.probing.Interval)):
		}
	}
}

// jittered spreads the probes of many pods and endpoints, which all start together, by a tenth either way.
func jittered(interval time.Duration) time.Duration {
	return interval*9/10 + rand.N(interval/5+1) //nolint:gosec // not a secret
}

// probe asks once and returns why the endpoint is not healthy, or nothing.
func (p prober) probe(ctx context.Context) Cause {
	ctx, cancel := context.WithTimeout(ctx, p.probing.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url.String(), http.NoBody)
	if err != nil {
		return ConnectionFailed
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", probeAgent)
	response, err := p.carrier.RoundTrip(request)
	if err != nil {
		return causeOf(err, answering)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, maxProbeBytes)); err != nil {
		return causeOf(err, answering)
	}
	return judge(response, p.url)
}

// judge says what an answer to a probe means. 401 and 403 are good: the probe has no credential, and the region's API
// is there to say so.
func judge(response *http.Response, endpoint *url.URL) Cause {
	switch status := response.StatusCode; {
	case status >= 200 && status < 300, status == http.StatusUnauthorized, status == http.StatusForbidden:
		return ""
	case isRedirect(status):
		if _, left := staysAtEndpoint(response, endpoint); left != nil {
			return left.cause
		}
		return UnexpectedStatus
	default:
		return UnexpectedStatus
	}
}
