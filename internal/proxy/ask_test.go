package proxy

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

// everything is room without a bound.
func everything(int) bool { return true }

func TestAsk(t *testing.T) {
	var got *http.Request
	ca := newAuthority(t)
	server := serveTLS(t, ca, http2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "a=b")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"id":"x"}`)
	}))
	region, _ := regionAt(t, server.Listener.Addr(), ca.roots(), usual)
	answer := region.Ask(t.Context(), Question{Path: "/api/clusters_mgmt/v1/clusters/a%20b", Query: "search=x", Room: everything, Header: http.Header{
		"Authorization": {"Bearer token"}, "Cookie": {"a=b"}, "Accept-Encoding": {"gzip"}, "If-None-Match": {"x"}, "Content-Type": {"text/plain"}, "User-Agent": {"ocm"},
	}})
	if answer.Problem != nil || answer.Status != http.StatusAccepted || string(answer.Body) != `{"id":"x"}` || answer.Header.Get("Set-Cookie") != "" {
		t.Errorf("%+v", answer)
	}
	if got.Method != http.MethodGet || got.URL.RequestURI() != "/api/clusters_mgmt/v1/clusters/a%20b?search=x" || got.Host != testHost {
		t.Errorf("asked %s %s of %s", got.Method, got.URL.RequestURI(), got.Host)
	}
	for name, want := range map[string]string{"Authorization": "Bearer token", "User-Agent": "ocm", "Cookie": "", "Accept-Encoding": "", "If-None-Match": "", "Content-Type": ""} {
		if value := strings.Join(got.Header.Values(name), "|"); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
}

// Every way in which there is no answer has its cause, and whoever asks learns it as a value.
func TestAskTellsWhyThereIsNoAnswer(t *testing.T) {
	ca := newAuthority(t)
	ask := func(handler http.HandlerFunc, edit func(*Question)) Answer {
		server := serveTLS(t, ca, http1, handler)
		region, _ := regionAt(t, server.Listener.Addr(), ca.roots(), usual)
		question := Question{Path: "/api/clusters_mgmt/v1/clusters", Room: everything}
		if edit != nil {
			edit(&question)
		}
		return region.Ask(t.Context(), question)
	}
	never := func(http.ResponseWriter, *http.Request) { t.Error("the region was asked") }
	body := func(contentType, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, text)
		}
	}
	for name, test := range map[string]struct {
		answer Answer
		status int
		cause  Cause
	}{
		"another path":       {ask(never, func(q *Question) { q.Path = "/metrics" }), 400, PathRefused},
		"a path that climbs": {ask(never, func(q *Question) { q.Path = "/api/clusters_mgmt/v1/../x" }), 400, PathRefused},
		"no path":            {ask(never, func(q *Question) { q.Path = "%zz" }), 400, PathRefused},
		"another credential": {ask(never, func(q *Question) { q.Header = http.Header{"Authorization": {"Basic x"}} }), 400, AuthorizationRefused},
		"a page":             {ask(body("text/html", "<html>"), nil), 502, UnexpectedContent},
		"too long":           {ask(body("application/json", "12345"), func(q *Question) { q.Room = func(n int) bool { return n < 5 } }), 502, AnswerTooLarge},
		"an unasked encoding": {ask(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			body("application/json", "{}")(w, nil)
		}, nil), 502, UnexpectedContent},
		"cut off": {ask(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			body("application/json", "{}")(w, nil)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, nil), 502, ConnectionFailed},
		"another host": {ask(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://sso.example.net", http.StatusFound)
		}, nil), 502, LeavesGeography},
	} {
		if p := test.answer.Problem; p == nil || p.Status != test.status || test.answer.Status != test.status || p.Cause != test.cause || p.Reason == "" || len(test.answer.Body) > 0 {
			t.Errorf("%s: %+v", name, test.answer)
		}
	}
	server := serveTLS(t, ca, http1, http.HandlerFunc(never))
	region, failed := regionAt(t, server.Listener.Addr(), ca.roots(), usual)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if answer := region.Ask(gone, Question{Path: "/api/clusters_mgmt/v1/clusters", Room: everything}); answer.Problem == nil || answer.Problem.Cause != ClientGone {
		t.Errorf("given up: %+v", answer)
	}
	if len(failed.seen) > 0 {
		t.Error("a question that was given up is reported as the region's failure")
	}
}
