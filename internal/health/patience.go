package health

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// patience measures the grace from the transition of a condition, which stands in the status and so survives a restart
// of the operator. Each question that is not over yet is remembered, so that the answer is computed again in time.
type patience struct {
	now   time.Time
	grace time.Duration
	again time.Duration // until the first question is over; 0 when none is open
}

// over tells whether the grace has passed since.
func (p *patience) over(since metav1.Time) bool {
	left := since.Add(p.grace).Sub(p.now)
	if left <= 0 {
		return true
	}
	if p.again == 0 || left < p.again {
		p.again = left
	}
	return false
}

// stamped gives a condition its time: that of the condition before, unless the status changed. Seconds are what the API
// keeps; with more, a status would never equal the one that was read back.
func (p *patience) stamped(before *metav1.Condition, now metav1.Condition) metav1.Condition {
	now.LastTransitionTime = metav1.NewTime(p.now.Truncate(time.Second))
	if before != nil && before.Status == now.Status {
		now.LastTransitionTime = before.LastTransitionTime
	}
	return now
}
