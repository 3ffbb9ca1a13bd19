package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// transportFunc answers requests in place of a network.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// silent never answers.
func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// silentBody answers with headers and then nothing.
func silentBody(r *http.Request) (*http.Response, error) { return silentAfter(http.StatusOK)(r) }

func silentAfter(status int) transportFunc {
	return func(r *http.Request) (*http.Response, error) {
		body := bodyFunc(func([]byte) (int, error) {
			<-r.Context().Done()
			return 0, r.Context().Err()
		})
		return &http.Response{StatusCode: status, Body: body}, nil
	}
}

type bodyFunc func([]byte) (int, error)

func (f bodyFunc) Read(p []byte) (int, error) { return f(p) }
func (f bodyFunc) Close() error               { return nil }

func TestGuardBoundsSilence(t *testing.T) {
	for name, c := range map[string]struct {
		method, url string
		next        transportFunc
		after       time.Duration
	}{
		"a read":           {http.MethodGet, "/api/v1/namespaces/kube-system", silent, readLimit},
		"a read's body":    {http.MethodGet, "/api/v1/nodes", silentBody, readLimit},
		"a write":          {http.MethodPatch, "/api/v1/nodes/n", silent, writeLimit},
		"a watch's header": {http.MethodGet, "/api/v1/nodes?watch=true", silent, readLimit},
		"a report's":       {http.MethodGet, "/proxy/status?wait=300s", silent, readLimit},
		"a refused watch":  {http.MethodGet, "/api/v1/nodes?watch=true", silentAfter(http.StatusInternalServerError), readLimit},
		"a refused report": {http.MethodGet, "/proxy/status?wait=300s", silentAfter(http.StatusNotFound), readLimit},
		"a report moved":   {http.MethodGet, "/proxy/status?wait=300s", silentAfter(http.StatusFound), readLimit},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				troubles := 0
				g := &guard{next: c.next, session: t.Context(), trouble: func() { troubles++ }}
				began := time.Now()
				err := fetch(t, g, httptest.NewRequestWithContext(t.Context(), c.method, c.url, nil))
				if !errors.Is(err, errNoAnswer) || time.Since(began) != c.after || troubles != 1 {
					t.Errorf("got %v after %s, %d troubles; want %v after %s", err, time.Since(began), troubles, errNoAnswer, c.after)
				}
			})
		})
	}
}

func TestGuardLetsStreamsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := transportFunc(func(*http.Request) (*http.Response, error) {
			body := bodyFunc(func(p []byte) (int, error) {
				time.Sleep(time.Hour) // of the bubble's clock
				return copy(p, "late"), io.EOF
			})
			return &http.Response{StatusCode: http.StatusOK, Body: body}, nil
		})
		g := &guard{next: next, session: t.Context(), trouble: func() { t.Error("trouble") }}
		if err := fetch(t, g, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x?watch=1", nil)); err != nil {
			t.Error(err)
		}
	})
}

func TestGuardEndsWithItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session, end := context.WithCancel(t.Context())
		g := &guard{next: transportFunc(silentBody), session: session, trouble: func() {}}
		time.AfterFunc(time.Second, end)
		err := fetch(t, g, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x?watch=1", nil))
		if !errors.Is(err, ErrNotConnected) {
			t.Errorf("got %v, want %v", err, ErrNotConnected)
		}
	})
}

func TestGuardDoesNotBlameTheCallersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		g := &guard{next: transportFunc(silent), session: t.Context(), trouble: func() { t.Error("trouble") }}
		time.AfterFunc(time.Second, end)
		if err := fetch(t, g, httptest.NewRequestWithContext(ctx, http.MethodGet, "/x", nil)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestGuardBoundsAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		url    string
		status int
		most   int
	}{
		"a list":           {"/api/v1/nodes", http.StatusOK, maxAnswer},
		"a refused list":   {"/api/v1/nodes", http.StatusInternalServerError, maxRejection},
		"a refused watch":  {"/api/v1/nodes?watch=true", http.StatusGone, maxRejection},
		"a report":         {"/proxy/status", http.StatusOK, geography.MaxReportBytes + 1},
		"a long report":    {"/proxy/status?wait=300s", http.StatusOK, geography.MaxReportBytes + 1},
		"a refused report": {"/proxy/status?wait=300s", http.StatusNotFound, geography.MaxReportBytes + 1},
		"a report moved":   {"/proxy/status?wait=300s", http.StatusFound, geography.MaxReportBytes + 1},
	} {
		t.Run(name, func(t *testing.T) {
			read := 0
			endless := transportFunc(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: c.status, Body: bodyFunc(func(p []byte) (int, error) {
					if read > 2*maxAnswer {
						return 0, io.EOF // a test that fails has to end too
					}
					read += len(p)
					return len(p), nil
				})}, nil
			})
			g := &guard{next: endless, session: t.Context(), trouble: func() {}}
			err := fetch(t, g, httptest.NewRequestWithContext(t.Context(), http.MethodGet, c.url, nil))
			if !errors.Is(err, errLongReply) || read > c.most+1<<20 {
				t.Errorf("got %v after %d bytes, want %v after %d", err, read, errLongReply, c.most)
			}
		})
	}
}

// fetch sends a request and reads its answer to the end.
func fetch(t *testing.T, g *guard, request *http.Request) error {
	t.Helper()
	response, err := g.RoundTrip(request)
	if err != nil {
		return err
	}
	defer func() {
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
