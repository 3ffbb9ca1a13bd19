package proxy

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// What a browser does not read stays with the region: the console holds little of it.
func TestAnswersThatNobodyReadAreNotHeld(t *testing.T) {
	const chunk, whole = 16 << 10, 2 << 20
	taken := make(chan int, 1)
	ca := newAuthority(t)
	server := serveTLS(t, ca, http2, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		written := 0
		defer func() { taken <- written }()
		for written < whole {
			// A chunk that is not taken by then waits for a reader.
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			if _, err := w.Write(make([]byte, chunk)); err != nil {
				return
			}
			written += chunk
		}
	}))
	d := dialer{demo: map[string]netip.AddrPort{testHost + ":443": netip.MustParseAddrPort(server.Listener.Addr().String())}, timeout: usual.connect}
	pool := newPool(d, ca.roots(), usual)
	defer pool.CloseIdleConnections()
	request, err := http.NewRequest(http.MethodGet, "https://"+testHost+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := pool.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if got := <-taken; got > 2*maxUnreadBytes {
		t.Errorf("%d bytes were taken before anybody read", got)
	}
}

// A connection that is still being opened when the request is given another one says nothing of the request any more; a
// connection that had been closed in the meantime makes it begin anew.
func TestProgress(t *testing.T) {
	p := &progress{}
	trace := httptrace.ContextClientTrace(traced(t.Context(), p))
	for _, step := range []struct {
		name  string
		event func()
		want  phase
	}{
		{"asks for a connection", func() { trace.GetConn("") }, waiting},
		{"one is opened", func() { trace.ConnectStart("", "") }, connecting},
		{"another is given", func() { trace.GotConn(httptrace.GotConnInfo{Reused: true}) }, answering},
		{"the one that is opened gets on", func() { trace.TLSHandshakeStart() }, answering},
		{"begins anew", func() { trace.GetConn("") }, waiting},
		{"one is opened again", func() { trace.ConnectStart("", "") }, connecting},
		{"and shakes hands", func() { trace.TLSHandshakeStart() }, handshaking},
		{"is given", func() { trace.GotConn(httptrace.GotConnInfo{}) }, answering},
		{"answers", func() { trace.GotFirstResponseByte() }, receiving},
	} {
		if step.event(); p.phase() != step.want {
			t.Errorf("%s: phase %d, want %d", step.name, p.phase(), step.want)
		}
	}
}

// An endpoint learns that a request is over before the connection closes, and may then end what it was writing.
func TestAnAnswerThatEndsWithItsRequestIsNotWhole(t *testing.T) {
	for _, test := range []struct {
		name   string
		over   bool
		length int64
		whole  bool
	}{
		{"in time", false, -1, true},
		{"in time, of a length that was told", false, 4, true},
		{"after the request", true, -1, false},
		{"after the request, of a length that was told", true, 4, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, over := context.WithCancel(t.Context())
			defer over()
			pool := roundTripper(func(r *http.Request) (*http.Response, error) {
				body := io.MultiReader(strings.NewReader("half"), readerFunc(func([]byte) (int, error) {
					if test.over {
						over()
					}
					return 0, io.EOF
				}))
				return &http.Response{StatusCode: http.StatusOK, ContentLength: test.length, Body: io.NopCloser(body), Request: r}, nil
			})
			var broken []Cause
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+testHost, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := carrier{pool: pool, broken: func(_ string, cause Cause) { broken = append(broken, cause) }}.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			if _, err := io.ReadAll(response.Body); (err == nil) != test.whole || (len(broken) == 0) != test.whole {
				t.Errorf("error %v, reported %v", err, broken)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
