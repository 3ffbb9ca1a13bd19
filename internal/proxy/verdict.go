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

// opinion is what the probes of one endpoint, and the requests that did not reach it, add up to. It is a value: after and
// suspected return the next one.
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
	// suspect says that a request could not connect, and that probes have not yet shown that this has passed.
	suspect bool
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
		o.suspect = o.suspect && o.streak < t.success
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

// suspected adds a request that could not connect. From then on every other endpoint that may serve is preferred, until as
// many good probes in a row as bring an Unhealthy one back. The verdict is left to the probes: a name server that fails for
// a moment, at a busy time, must not take a region's only endpoint away.
func (o opinion) suspected() opinion {
	o.suspect = true
	o.streak = 0 // the good probes are counted from here
	return o
}

// doubt ranks endpoints that are not Unhealthy. One that is not yet probed is as good as a healthy one, so that a console
// that starts does not begin with the second endpoint because the first one's probe takes longer.
func (o opinion) doubt() int {
	switch {
	case o.suspect:
		return 2
	case o.verdict == Unknown && o.reason != NotProbed:
		return 1
	default:
		return 0
	}
}
