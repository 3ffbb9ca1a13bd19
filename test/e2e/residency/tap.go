package residency

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A Tap counts the marks that pass through a handler, in either direction. A search that finds nothing proves something
// only where these are above zero.
type Tap struct {
	matcher *Matcher

	lock    sync.Mutex
	counts  map[Category]int
	bearers map[string]bool
}

// NewTap has counted nothing.
func NewTap(matcher *Matcher) *Tap {
	return &Tap{matcher: matcher, counts: map[Category]int{}, bearers: map[string]bool{}}
}

// Around counts what passes through a handler: paths, queries and bodies as they are sent. A bearer token is a mark of its
// own, whoever issued it.
func (t *Tap) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
			t.lock.Lock()
			t.bearers[token] = true
			t.counts[Token]++
			t.lock.Unlock()
		}
		_, _ = io.WriteString(t.window(), r.RequestURI)
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, t.window()), r.Body}
		next.ServeHTTP(&tapped{ResponseWriter: w, window: t.window()}, r)
	})
}

func (t *Tap) window() *window {
	return &window{matcher: t.matcher, found: func(p pattern, _ int64) {
		if p.mark < 0 {
			return
		}
		t.lock.Lock()
		defer t.lock.Unlock()
		t.counts[p.category]++
	}}
}

// Take returns what was counted since it was last called.
func (t *Tap) Take() map[Category]int {
	t.lock.Lock()
	defer t.lock.Unlock()
	counts := t.counts
	t.counts = map[Category]int{}
	return counts
}

// Bearers are all tokens that have passed.
func (t *Tap) Bearers() []string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return slices.Sorted(maps.Keys(t.bearers))
}

// tapped shows an answer to a window.
type tapped struct {
	http.ResponseWriter
	window *window
}

// Write passes a piece on.
func (t *tapped) Write(piece []byte) (int, error) {
	_, _ = t.window.Write(piece)
	return t.ResponseWriter.Write(piece)
}

// Unwrap is for http.ResponseController.
func (t *tapped) Unwrap() http.ResponseWriter { return t.ResponseWriter }
