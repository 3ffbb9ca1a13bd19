package gateway

import "sync/atomic"

const (
	// maxAnswerBytes is the longest answer of a region that is held, maxCallBytes all that one request holds, and
	// maxHeldBytes what all requests hold together: a console has 128 MiB by default.
	maxAnswerBytes = 8 << 20
	maxCallBytes   = 24 << 20
	maxHeldBytes   = 40 << 20
)

// A budget bounds what all requests hold of the regions' answers at one time.
type budget struct{ free atomic.Int64 }

func newBudget(bytes int64) *budget {
	b := &budget{}
	b.free.Store(bytes)
	return b
}

// A share is what one request holds of the budget.
type share struct {
	budget *budget
	taken  atomic.Int64
	// busy is set when there was no room because of other requests.
	busy atomic.Bool
}

func (b *budget) share() *share { return &share{budget: b} }

// room returns what an answer asks before it is held any further.
func (s *share) room() func(bytes int) bool {
	length := 0 // of this answer
	return func(bytes int) bool {
		length += bytes
		if length > maxAnswerBytes || s.taken.Add(int64(bytes)) > maxCallBytes {
			return false
		}
		if s.budget.free.Add(-int64(bytes)) < 0 {
			s.budget.free.Add(int64(bytes))
			s.taken.Add(-int64(bytes))
			s.busy.Store(true)
			return false
		}
		return true
	}
}

// release gives everything back. The request is done, and so are all questions that it asked.
func (s *share) release() { s.budget.free.Add(s.taken.Swap(0)) }
