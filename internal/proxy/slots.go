package proxy

import "sync"

// slots bound how many requests are with one region at once, from their first byte to the last byte of their answers.
// What hangs in one region then takes nothing from another, and one caller leaves room for the others.
type slots struct {
	mu sync.Mutex
	// total is what the region has, share what one caller may have of it.
	total, share int
	taken        int
	held         map[Caller]int
}

func newSlots(total int) *slots {
	return &slots{total: total, share: max(total/4, 1), held: map[Caller]int{}}
}

// take gives the caller a slot, or returns at once why there is none. Those who are not known cannot be told apart: to them,
// no share applies.
func (s *slots) take(caller Caller) Cause {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.taken >= s.total:
		return RegionFull
	case caller != (Caller{}) && s.held[caller] >= s.share:
		return ShareUsed
	}
	s.taken++
	s.held[caller]++
	return ""
}

// free takes a slot back.
func (s *slots) free(caller Caller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.held[caller]--
	if s.held[caller] == 0 {
		delete(s.held, caller)
	}
}

// used is how many are taken.
func (s *slots) used() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}
