package proxy

import (
	"slices"
	"sync"
	"time"
)

// Standing is the verdict on one region.
type Standing struct {
	Region  string
	Verdict Verdict
	// Reason is empty when Healthy.
	Reason Cause
	// Since is when the verdict last changed.
	Since time.Time
	// Endpoint is the index of the endpoint that serves the region.
	Endpoint int
}

// EndpointStanding is the verdict on one endpoint of a region, also of those that do not serve now.
type EndpointStanding struct {
	Region   string
	Endpoint int
	Verdict  Verdict
}

// standings holds the opinion on every endpoint and tells of changes.
type standings struct {
	mu       sync.Mutex
	order    []string
	opinions map[string][]opinion
	// changed is closed, and replaced, when what All returns changes.
	changed chan struct{}
	turned  func(Standing)
}

func newStandings(turned func(Standing)) *standings {
	return &standings{opinions: map[string][]opinion{}, changed: make(chan struct{}), turned: turned}
}

func (s *standings) add(region string, endpoints int, now time.Time) {
	s.order = append(s.order, region)
	s.opinions[region] = slices.Repeat([]opinion{newOpinion(now)}, endpoints)
}

// serving is the endpoint that serves a region: the first one.
const serving = 0

func (s *standings) record(region string, endpoint int, next func(opinion) opinion) {
	s.mu.Lock()
	before := s.opinions[region][endpoint]
	after := next(before)
	s.opinions[region][endpoint] = after
	differs := endpoint == serving && (before.verdict != after.verdict || before.reason != after.reason)
	if differs {
		close(s.changed)
		s.changed = make(chan struct{})
	}
	standing := s.of(region)
	s.mu.Unlock()
	if differs {
		s.turned(standing)
	}
}

// one returns a region's standing.
func (s *standings) one(region string) Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(region)
}

// all returns every region's standing in the order of the config, and a channel that closes when that changes.
func (s *standings) all() ([]Standing, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Standing, 0, len(s.order))
	for _, region := range s.order {
		all = append(all, s.of(region))
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

func (s *standings) of(region string) Standing {
	o := s.opinions[region][serving]
	return Standing{Region: region, Verdict: o.verdict, Reason: o.reason, Since: o.since, Endpoint: serving}
}
