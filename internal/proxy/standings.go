package proxy

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Standing is the verdict on one region.
type Standing struct {
	Region string
	// Verdict is that on the endpoint that serves: a region is Unhealthy when none does.
	Verdict Verdict
	// Reason is empty when Healthy.
	Reason Cause
	// Since is when the verdict last changed.
	Since time.Time
	// Endpoint is the index of the endpoint that serves the region; the first one when none does.
	Endpoint int
}

// EndpointStanding is the verdict on one endpoint of a region, also of those that do not serve now.
type EndpointStanding struct {
	Region   string
	Endpoint int
	Verdict  Verdict
}

// standings holds the opinion on every endpoint, what they add up to for every region, and tells of changes.
type standings struct {
	mu       sync.Mutex
	order    []string
	opinions map[string][]opinion
	regions  map[string]Standing
	// changed is closed, and replaced, when what all returns changes.
	changed chan struct{}
	turned  func(Standing)
}

func newStandings(turned func(Standing)) *standings {
	return &standings{opinions: map[string][]opinion{}, regions: map[string]Standing{}, changed: make(chan struct{}), turned: turned}
}

func (s *standings) add(region string, endpoints int, now time.Time) {
	s.order = append(s.order, region)
	s.opinions[region] = slices.Repeat([]opinion{newOpinion(now)}, endpoints)
	s.regions[region] = Standing{Region: region, Since: now}.after(s.opinions[region], now)
}

// record changes the opinion on one endpoint.
func (s *standings) record(region string, endpoint int, now time.Time, next func(opinion) opinion) {
	s.mu.Lock()
	s.opinions[region][endpoint] = next(s.opinions[region][endpoint])
	before := s.regions[region]
	standing := before.after(s.opinions[region], now)
	if standing != before {
		s.regions[region] = standing
		close(s.changed)
		s.changed = make(chan struct{})
	}
	s.mu.Unlock()
	if standing != before {
		s.turned(standing)
	}
}

// after is the standing that the opinions on a region's endpoints add up to.
func (s Standing) after(opinions []opinion, now time.Time) Standing {
	s.Endpoint = candidates(opinions)[0]
	serving := opinions[s.Endpoint]
	if s.Verdict != serving.verdict {
		s.Verdict, s.Since = serving.verdict, now
	}
	s.Reason = serving.reason
	return s
}

// candidates are the endpoints that may be given a request, the one that serves first. An Unhealthy endpoint is none; when
// all are Unhealthy, the first one stands for them.
func candidates(opinions []opinion) []int {
	var usable []int
	for i, o := range opinions {
		if o.verdict != Unhealthy {
			usable = append(usable, i)
		}
	}
	slices.SortStableFunc(usable, func(a, b int) int { return cmp.Compare(opinions[a].doubt(), opinions[b].doubt()) })
	if len(usable) == 0 {
		return []int{0}
	}
	return usable
}

// candidates are those of a region.
func (s *standings) candidates(region string) []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return candidates(s.opinions[region])
}

// one returns a region's standing.
func (s *standings) one(region string) Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.regions[region]
}

// all returns every region's standing in the order of the config, and a channel that closes when that changes.
func (s *standings) all() ([]Standing, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Standing, 0, len(s.order))
	for _, region := range s.order {
		all = append(all, s.regions[region])
	}
	return all, s.changed
}

func (s *standings) endpoints() []EndpointStanding {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []EndpointStanding
	for _, region := range s.order {
		for i, o := range s.opinions[region] {
			all = append(all, EndpointStanding{Region: region, Endpoint: i, Verdict: o.verdict})
		}
	}
	return all
}
