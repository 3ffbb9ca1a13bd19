package gateway

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

const (
	// maxAnswerBytes is the longest answer of a region that is held, maxCallBytes all that one request holds, and
	// maxHeldBytes what all requests hold together: a console has 128 MiB by default.
	maxAnswerBytes = 8 << 20
	maxCallBytes   = 24 << 20
	maxHeldBytes   = 40 << 20
)

// A budget bounds what all requests hold of the regions' answers at one time. Half of it is the most that the answers of
// one region hold: one that sends much and ends nothing leaves room for the others.
type budget struct {
	free atomic.Int64
	half int64
	of   []atomic.Int64 // by region

	lock   sync.Mutex
	bodies map[string]int64 // of requests, by known caller
}

func newBudget(bytes int64, regions int) *budget {
	b := &budget{half: bytes / 2, of: make([]atomic.Int64, regions), bodies: map[string]int64{}}
	b.free.Store(bytes)
	return b
}

// A share is what one request holds of the budget.
type share struct {
	budget *budget
	taken  atomic.Int64
	of     []atomic.Int64 // by region
	// caller is who sent the request, empty for who is not known, and body what is held of its own body.
	caller string
	body   int64
	// busy is set when there was no room because of other requests.
	busy atomic.Bool
}

func (b *budget) share() *share { return &share{budget: b, of: make([]atomic.Int64, len(b.of))} }

// room returns what an answer of a region asks before it is held any further.
func (s *share) room(region int) func(bytes int) bool {
	length := 0 // of this answer
	return func(bytes int) bool {
		length += bytes
		if length > maxAnswerBytes {
			return false
		}
		if s.budget.of[region].Add(int64(bytes)) > s.budget.half {
			s.budget.of[region].Add(-int64(bytes))
			s.busy.Store(true)
			return false
		}
		if !s.take(int64(bytes)) {
			s.budget.of[region].Add(-int64(bytes))
			return false
		}
		s.of[region].Add(int64(bytes))
		return true
	}
}

// take holds bytes, or tells that there is no room for them.
func (s *share) take(bytes int64) bool {
	if s.taken.Add(bytes) > maxCallBytes {
		s.taken.Add(-bytes)
		return false
	}
	if s.budget.free.Add(-bytes) < 0 {
		s.budget.free.Add(bytes)
		s.taken.Add(-bytes)
		s.busy.Store(true)
		return false
	}
	return true
}

// release gives everything back. The request is done, and so are all questions that it asked.
func (s *share) release() {
	for region := range s.of {
		s.budget.of[region].Add(-s.of[region].Swap(0))
	}
	s.budget.free.Add(s.taken.Swap(0))
	if s.body > 0 {
		s.budget.lock.Lock()
		defer s.budget.lock.Unlock()
		if s.budget.bodies[s.caller] -= s.body; s.budget.bodies[s.caller] == 0 {
			delete(s.budget.bodies, s.caller)
		}
		s.body = 0
	}
}

// takeBody holds bytes of the request's own body. All bodies of one caller hold a quarter of the budget at most, or one body:
// who sends many and ends none leaves room for the others.
func (s *share) takeBody(bytes int64) bool {
	if s.caller != "" {
		s.budget.lock.Lock()
		others := s.budget.bodies[s.caller] - s.body
		full := others > 0 && others+s.body+bytes > s.budget.half/2
		if !full {
			s.budget.bodies[s.caller] += bytes
			s.body += bytes
		}
		s.budget.lock.Unlock()
		if full {
			s.busy.Store(true)
			return false
		}
	}
	return s.take(bytes)
}

var errNoRoom = errors.New("no room")

// held is a reader of a request's own body, which counts as well.
type held struct {
	io.Reader
	share *share
}

func (h held) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if !h.share.takeBody(int64(n)) {
		return 0, errNoRoom
	}
	return n, err
}
