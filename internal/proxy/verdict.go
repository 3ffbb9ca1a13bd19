package proxy

import "time"

// Verdict is what the prober says of a region.
type Verdict string

// The verdicts. Unknown means: try it.
const (
	Healthy   Verdict = "Healthy"
	Unhealthy Verdict = "Unhealthy"
	Unknown   Verdict = "Unknown"
)

// thresholds are how many probes in a row turn a verdict. Both are at least 1.
type thresholds struct {
	failure int
	success int
}

// opinion is what the probes of one endpoint add up to. It is a value: after returns the next one.
type opinion struct {
	verdict Verdict
	// reason is empty when Healthy.
	reason Cause
	// since is when the verdict last changed.
	since time.Time

	// streak counts the latest probes that had the same result.
	streak int
	result Cause
	// failures counts the latest probes that failed, for whatever cause.
	failures int
}

func newOpinion(now time.Time) opinion {
	return opinion{verdict: Unknown, reason: NotProbed, since: now}
}

// after adds one probe, whose result is empty when it was good.
//
// The first good probe makes an unknown endpoint Healthy at once, so that a console that starts is of use at once. All
// other turns take a threshold: one lost probe is not an outage, one good probe is not a recovery. An Unhealthy
// endpoint's reason turns by the failure threshold too, so that one that fails in changing ways does not flap.
func (o opinion) after(result Cause, now time.Time, t thresholds) opinion {
	if o.streak > 0 && result == o.result {
		o.streak++
	} else {
		o.result, o.streak = result, 1
	}
	if result == "" {
		o.failures = 0
		if o.verdict == Unknown || o.verdict == Unhealthy && o.streak >= t.success {
			return o.turned(Healthy, "", now)
		}
		return o
	}
	o.failures++
	switch {
	case o.verdict != Unhealthy && o.failures >= t.failure:
		return o.turned(Unhealthy, result, now)
	case o.verdict == Unknown:
		o.reason = result
	case o.verdict == Unhealthy && o.streak >= t.failure:
		o.reason = result
	}
	return o
}

func (o opinion) turned(verdict Verdict, reason Cause, now time.Time) opinion {
	o.verdict, o.reason, o.since = verdict, reason, now
	return o
}
