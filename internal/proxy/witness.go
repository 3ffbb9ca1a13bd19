package proxy

import "net/http"

// A Witness is an http.ResponseWriter that is told what a log may say of the answer that is written to it: words of closed
// sets, none of the request or of the region.
type Witness interface {
	// Made is told of a problem that is the answer.
	Made(problem Problem)
	// OfRegion is told the id of the one region that answers.
	OfRegion(id string)
	// ByPattern is told by which pattern the request was routed, where a path says less.
	ByPattern(pattern string)
}

// WitnessOf finds who is told of what is written to w. There is always one; it may be nobody.
func WitnessOf(w http.ResponseWriter) Witness {
	for {
		if witness, is := w.(Witness); is {
			return witness
		}
		wrapper, is := w.(interface{ Unwrap() http.ResponseWriter })
		if !is {
			return nobody{}
		}
		w = wrapper.Unwrap()
	}
}

type nobody struct{}

func (nobody) Made(Problem)     {}
func (nobody) OfRegion(string)  {}
func (nobody) ByPattern(string) {}
