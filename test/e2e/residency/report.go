package residency

import "slices"

// A Report is what a search came to, for who was not there.
type Report struct {
	// Marks are how many were searched for.
	Marks map[Category]int `json:"marks"`
	// Drives are what was done beforehand.
	Drives []Drive `json:"drives"`
	// Read is how much was searched, and Without what was not, and why.
	Read    map[Kind]Count    `json:"read"`
	Without map[string]string `json:"without"`
	// Allowed are the kinds of places where marks may be, with how many were there.
	Allowed map[Kind]map[Category]int `json:"allowed"`
	// Hits are those elsewhere. Where data resides nowhere, there are none.
	Hits []Hit `json:"hits"`
	// Planted tells of which kinds of places it was tried that the search finds a mark there.
	Planted []Kind `json:"planted"`
}

// A Drive is something that a client did, with the marks that passed through the console on its account.
type Drive struct {
	Client string           `json:"client"`
	What   string           `json:"what"`
	Passed map[Category]int `json:"passed"`
}

// Report tells of a search. Hits in the allowed kinds of places are counted and no more.
func (s *Searcher) Report(allowed ...Kind) Report {
	r := Report{Marks: map[Category]int{}, Read: map[Kind]Count{}, Allowed: map[Kind]map[Category]int{}, Hits: []Hit{}}
	counted := map[int]bool{}
	for _, p := range s.matcher.patterns {
		if p.mark >= 0 && !counted[p.mark] {
			counted[p.mark] = true
			r.Marks[p.category]++
		}
	}
	for _, kind := range allowed {
		r.Allowed[kind] = map[Category]int{}
	}
	for _, hit := range s.Hits() {
		if slices.Contains(allowed, hit.Kind) {
			r.Allowed[hit.Kind][hit.Category] += hit.Count
			continue
		}
		r.Hits = append(r.Hits, hit)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	for kind, count := range s.read {
		r.Read[kind] = count
	}
	return r
}
