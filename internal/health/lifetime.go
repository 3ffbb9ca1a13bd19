package health

import "time"

// warnedAhead is how long before its end a credential is called ending. One that lives shorter than four times that is
// called so in the last quarter of its life.
const warnedAhead = 7 * 24 * time.Hour

// Lifetime is from when to when a credential is good. A zero Until never comes; a zero From is not known.
type Lifetime struct{ From, Until time.Time }

// Ending tells whether it is time to renew the credential.
func (l Lifetime) Ending(now time.Time) bool {
	if l.Until.IsZero() {
		return false
	}
	ahead := warnedAhead
	if life := l.Until.Sub(l.From); !l.From.IsZero() && life > 0 {
		ahead = min(ahead, life/4)
	}
	return l.Until.Sub(now) < ahead
}
