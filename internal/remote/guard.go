package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

const (
	// readLimit bounds the time until a read has answered; for a stream, until its headers are there.
	readLimit = 10 * time.Second
	// writeLimit is just above the 34 s after which an API server itself gives up a write and its webhooks
	// (k8s.io/apiserver, endpoints/handlers/rest.go).
	writeLimit = 36 * time.Second
	// maxAnswer bounds one answer that is not a stream: far above the list of the nodes of the largest cluster.
	maxAnswer = 64 << 20
	// maxRejection bounds an answer that is not 200: far above an object that was created and the longest list of what is wrong with one.
	maxRejection = 1 << 20
	// unbounded is the size of a watch, which is read event by event.
	unbounded = -1
)

var (
	errNoAnswer  = errors.New("the cluster did not answer in time")
	errLongReply = errors.New("the cluster's answer is longer than any that is read")
)

// guard bounds every request to a cluster. rest.Config.Timeout cannot be used: it cuts watches.
type guard struct {
	next http.RoundTripper
	// session ends all requests when the connection does.
	session context.Context
	// trouble is told about every request that failed for another reason than its caller's: often the first sign of a
	// loss, long before the next probe.
	trouble func()
}

var _ utilnet.RoundTripperWrapper = &guard{}

// WrappedRoundTripper lets idle connections be closed through the guard.
func (g *guard) WrappedRoundTripper() http.RoundTripper { return g.next }

// RoundTrip sends a request. Its context ends with the session, and when the answer does not come in time.
func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	detach := context.AfterFunc(g.session, func() { cancel(ErrNotConnected) })
	timer := time.AfterFunc(limitOf(request), func() { cancel(errNoAnswer) })
	end := func() {
		timer.Stop()
		detach()
		cancel(context.Canceled)
	}
	response, err := g.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		cause := context.Cause(ctx)
		end()
		if request.Context().Err() == nil {
			g.trouble()
			if cause != nil {
				err = cause
			}
		}
		return nil, closedConnection(err)
	}
	success := response.StatusCode == http.StatusOK // of any other answer, the library reads the whole body
	if success && isStream(request) {
		timer.Stop()
	}
	response.Body = &guardedBody{
		ReadCloser: response.Body, request: request, ctx: ctx, end: end, trouble: g.trouble, left: sizeOf(request, success),
	}
	return response, nil
}

// guardedBody bounds an answer's body and reports when it breaks off.
type guardedBody struct {
	io.ReadCloser
	request *http.Request
	ctx     context.Context
	end     func()
	trouble func()
	// left is how many bytes may still come, or unbounded.
	left int
}

// Read passes the body on.
func (b *guardedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left >= 0 {
		if b.left -= n; b.left < 0 {
			b.left = 0
			return 0, errLongReply
		}
	}
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	if b.request.Context().Err() == nil {
		b.trouble()
		if cause := context.Cause(b.ctx); cause != nil {
			err = cause
		}
	}
	return n, closedConnection(err)
}

// Close ends the request.
func (b *guardedBody) Close() error {
	err := b.ReadCloser.Close()
	b.end()
	return err
}

func limitOf(request *http.Request) time.Duration {
	if request.Method == http.MethodGet {
		return readLimit
	}
	return writeLimit
}

// isStream tells a watch, or the long status request of this package.
func isStream(request *http.Request) bool {
	return isWatch(request) || isReport(request) && request.URL.Query().Has("wait")
}

func isWatch(request *http.Request) bool { return request.URL.Query().Has("watch") }

// isReport tells a request that a pod answers, and not the API server.
func isReport(request *http.Request) bool { return strings.HasSuffix(request.URL.Path, reportPath) }

// sizeOf is how many bytes of an answer are read.
func sizeOf(request *http.Request, success bool) int {
	switch {
	case isReport(request):
		return geography.MaxReportBytes + 1 // one more, so that a report that is too long is seen to be
	case !success:
		return maxRejection
	case isWatch(request):
		return unbounded
	default:
		return maxAnswer
	}
}
