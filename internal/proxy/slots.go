package proxy

import (
	"context"
	"net/http"
	"sync"
)

// slots bound how many requests are with one region at once, from their first byte to the last byte of their answers.
// What hangs in one region then takes nothing from another, and one caller leaves room for the others.
type slots struct {
	mu sync.Mutex
	// total is what the region has, share what one caller may have of it.
	total, share int
	taken        int
	held         map[string]int
}

func newSlots(total int) *slots {
	return &slots{total: total, share: max(total/4, 1), held: map[string]int{}}
}

// take gives the caller a slot, or returns at once why there is none.
func (s *slots) take(caller string) Cause {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.taken >= s.total:
		return RegionFull
	case s.held[caller] >= s.share:
		return ShareUsed
	}
	s.taken++
	s.held[caller]++
	return ""
}

// free takes a slot back.
func (s *slots) free(caller string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.held[caller]--
	if s.held[caller] == 0 {
		delete(s.held, caller)
	}
}

type callerKey struct{}

// WithCaller says on whose behalf requests of the context are made. Callers with the same key share their slots; so do
// all without one. The key is compared and never told.
func WithCaller(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, callerKey{}, key)
}

func callerOf(request *http.Request) string {
	key, _ := request.Context().Value(callerKey{}).(string)
	return key
}
