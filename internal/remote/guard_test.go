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
func silentBody(r *http.Request) (*http.Response, error) {
	body := bodyFunc(func([]byte) (int, error) {
		<-r.Context().Done()
		return 0, r.Context().Err()
	})
	return &http.Response{StatusCode: http.StatusOK, Body: body}, nil
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
		"a report's":       {http.MethodGet, "/status?wait=300s", silent, readLimit},
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
	endless := transportFunc(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: bodyFunc(func(p []byte) (int, error) { return len(p), nil })}, nil
	})
	g := &guard{next: endless, session: t.Context(), trouble: func() {}}
	if err := fetch(t, g, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil)); !errors.Is(err, errLongReply) {
		t.Errorf("got %v, want %v", err, errLongReply)
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
