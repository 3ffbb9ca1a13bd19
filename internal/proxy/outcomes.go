package proxy

import "net/http"

// Outcome is how one request to a region ended. The list is closed.
type Outcome string

// The outcomes.
const (
	// Answered is an answer of the region, whatever its status.
	Answered Outcome = "Answered"
	// Refused is a request that the console did not pass on because of what it was.
	Refused Outcome = "Refused"
	// FailedFast is one that no endpoint was asked for, because all are Unhealthy.
	FailedFast Outcome = "FailedFast"
	// Full is one that found no slot, the region's or the caller's.
	Full Outcome = "Full"
	// Failed is one that the region did not answer, or not as it may.
	Failed Outcome = "Failed"
	// BrokeOff is an answer that ended before its end.
	BrokeOff Outcome = "BrokeOff"
	// Left is one whose client went away, or sent too much or too slowly.
	Left Outcome = "Left"
)

// Outcomes lists every outcome.
func Outcomes() []Outcome {
	return []Outcome{Answered, Refused, FailedFast, Full, Failed, BrokeOff, Left}
}

// outcomeOf is how a request ended that had a slot. A whole answer is one whose handler came to its end.
func outcomeOf(request *http.Request, w *dataWriter, whole bool) Outcome {
	switch {
	case w.failed == "" && whole:
		return Answered
	case w.failed == ClientGone, w.failed == BodyTooLarge, w.failed == BodyTooSlow, w.failed == "" && request.Context().Err() != nil:
		return Left
	case w.failed == "":
		return BrokeOff
	default:
		return Failed
	}
}

// Usage is how many slots of a region are in use.
type Usage struct {
	Region      string
	Used, Total int
}

// Usage returns that of every region, in the order of the config.
func (r *Regions) Usage() []Usage {
	all := make([]Usage, 0, len(r.standings.order))
	for _, id := range r.standings.order {
		slots := r.regions[id].slots
		all = append(all, Usage{Region: id, Used: slots.used(), Total: slots.total})
	}
	return all
}
