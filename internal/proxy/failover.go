package proxy

import (
	"net/http"
	"net/url"
	"time"
)

// failover is the http.RoundTripper of a region: it sends a request to the endpoint that serves, and what may be repeated
// once to every other endpoint that may serve. It knows the endpoints of one region and no others.
type failover struct {
	region    string
	endpoints []*url.URL
	carrier   carrier
	standings *standings
}

func (f failover) RoundTrip(request *http.Request) (*http.Response, error) {
	var failed *failure
	for _, endpoint := range f.standings.candidates(f.region) {
		var response *http.Response
		response, failed = f.carrier.send(addressed(request, f.endpoints[endpoint]))
		if failed == nil {
			return response, nil
		}
		if failed.unconnected() {
			f.standings.record(f.region, endpoint, time.Now(), opinion.suspected)
		}
		if !mayBeRepeated(request, failed) {
			break
		}
	}
	return nil, failed
}

// addressed is the request as one endpoint gets it.
func addressed(request *http.Request, endpoint *url.URL) *http.Request {
	out := *request
	there := *request.URL
	there.Scheme, there.Host = endpoint.Scheme, endpoint.Host
	out.URL, out.Host = &there, endpoint.Host
	return &out
}

// mayBeRepeated reports whether another endpoint may be sent a request that one has failed: only a read without a body,
// and only while nothing of an answer has come. A write is never sent twice, also when it seems that it was not received.
func mayBeRepeated(request *http.Request, failed *failure) bool {
	isRead := request.Method == http.MethodGet || request.Method == http.MethodHead
	hasBody := request.Body != nil && request.Body != http.NoBody
	return isRead && !hasBody && request.Context().Err() == nil && (failed.unconnected() || failed.brokeSilently())
}
