package gateway

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// lateFor is how long a read does without waiting for a region that was late: one read in that time is slowed down by the patience, and
// a region that hangs on and on is found Unhealthy after some of them.
const lateFor = time.Minute

// late remembers which regions were waited for in vain, so that one that hangs delays a read or two, and not each until the
// prober has noticed. A region that answers in time is waited for again.
type late struct {
	now   func() time.Time
	until []atomic.Int64 // by region: Unix nanoseconds
}

func newLate(regions int, now func() time.Time) *late {
	return &late{now: now, until: make([]atomic.Int64, regions)}
}

// note remembers regions that did not answer in time.
func (l *late) note(regions []int) {
	for _, region := range regions {
		l.until[region].Store(l.now().Add(lateFor).UnixNano())
	}
}

// learn takes a reply that was waited for: a region that answers in time is late no more. What the console itself says for it,
// such as that all its slots are taken, tells nothing.
func (l *late) learn(r reply) {
	switch problem := r.answer.Problem; {
	case problem == nil:
		l.until[r.region].Store(0)
	case problem.Cause == proxy.Timeout:
		l.note([]int{r.region})
	}
}

func (l *late) is(region int) bool { return l.now().UnixNano() < l.until[region].Load() }

// areAll tells whether each of these regions was late.
func (l *late) areAll(regions []int) bool {
	return !slices.ContainsFunc(regions, func(region int) bool { return !l.is(region) })
}

// last are the same regions, those that were late at the end.
func (l *late) last(regions []int) []int {
	var inTime, others []int
	for _, region := range regions {
		if l.is(region) {
			others = append(others, region)
		} else {
			inTime = append(inTime, region)
		}
	}
	return append(inTime, others...)
}
