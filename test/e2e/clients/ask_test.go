package clients_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// ask reads a URL with the user's token, or changes something there by a body.
func (s *stage) ask(method, where, body string) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(s.Context(), method, where, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	response, err := s.asker.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// awaitRegions waits until the regions listen: the console would first find them down.
func (s *stage) awaitRegions() {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	for _, control := range s.controls {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(control, "http://"))
			if err == nil {
				_ = connection.Close()
				break // it listens there last
			}
			select {
			case <-ctx.Done():
				s.Fatalf("a region does not start: %v", err)
			case <-tick.C:
			}
		}
	}
}

// awaitHealthy waits until the console finds every region well.
func (s *stage) awaitHealthy() {
	s.Helper()
	s.await("the health of all regions", func(answer string) bool { return strings.Count(answer, `"Healthy"`) == len(simulated) })
}

// await asks the console for its regions until it says what is awaited.
func (s *stage) await(what string, is func(answer string) bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		status, answer, err := s.ask(http.MethodGet, s.url()+"/api/geo/v1/regions", "")
		if err == nil && status == http.StatusOK && is(string(answer)) {
			return
		}
		select {
		case <-ctx.Done():
			s.Fatalf("%s: %d %s %v", what, status, answer, err)
		case <-tick.C:
		}
	}
}

// A listed is what tests read of a cluster.
type listed struct {
	ID, Name     string
	External     string `json:"external_id"`
	Subscription struct{ ID string }
}

// clusters are those that a search finds.
func (s *stage) clusters(search string) []listed {
	s.Helper()
	query := url.Values{"search": {search}, "size": {"-1"}, "order": {"name"}}
	status, answer, err := s.ask(http.MethodGet, s.url()+clustersAPI+"?"+query.Encode(), "")
	var list struct{ Items []listed }
	if err == nil {
		err = json.Unmarshal(answer, &list)
	}
	if err != nil || status != http.StatusOK {
		s.Fatalf("search %s: %d %s %v", search, status, answer, err)
	}
	return list.Items
}

// spoil puts a fault into a region until the returned function takes it away.
func (s *stage) spoil(region, faults string) (undo func()) {
	s.Helper()
	put := func(faults string) {
		s.Helper()
		if status, answer, err := s.ask(http.MethodPut, s.controls[region]+"/faults", faults); err != nil || status != http.StatusOK {
			s.Fatalf("faults of %s: %d %s %v", region, status, answer, err)
		}
	}
	put(faults)
	s.spoiled = region
	return func() {
		s.Helper()
		s.spoiled = ""
		put("{}")
	}
}

// refusing lets a region refuse connections while a chapter is played.
func refusing(region string) func(*stage) (after func()) {
	return func(s *stage) func() { return s.spoil(region, `{"refuse":true}`) }
}

// hold writes the live config as the operator would: all regions are Active but one. The console takes it over within a second.
func (s *stage) hold(held string, state v1alpha1.RegionState, message string) {
	s.Helper()
	live := geography.Live{Format: geography.LiveFormat}
	for _, region := range simulated {
		entry := geography.LiveRegion{ID: region.id, State: v1alpha1.RegionActive}
		if region.id == held {
			entry.State, entry.Message = state, message
		}
		live.Regions = append(live.Regions, entry)
	}
	file, err := live.Encode()
	if err != nil {
		s.Fatal(err)
	}
	s.write("live.json", file)
	s.spoiled = held
}

// holding keeps a region in a state while a chapter is played.
func holding(region string, state v1alpha1.RegionState, message string) func(*stage) (after func()) {
	return func(s *stage) func() {
		s.hold(region, state, message)
		s.await("the state of "+region, func(answer string) bool { return strings.Contains(answer, message) })
		return func() {
			s.hold("", v1alpha1.RegionActive, "")
			s.await("the state of "+region, func(answer string) bool { return !strings.Contains(answer, message) })
		}
	}
}

// An arrival is a request as a region notes it.
type arrival struct {
	Time         time.Time
	Method, Path string
}

// changesAt are the requests since then by which a region was to change something.
func (s *stage) changesAt(region string, since time.Time) []arrival {
	s.Helper()
	var ledger struct{ Requests []arrival }
	status, answer, err := s.ask(http.MethodGet, s.controls[region]+"/requests", "")
	if err == nil {
		err = json.Unmarshal(answer, &ledger)
	}
	if err != nil || status != http.StatusOK {
		s.Fatalf("requests of %s: %d %v", region, status, err)
	}
	return slices.DeleteFunc(ledger.Requests, func(a arrival) bool {
		return a.Time.Before(since) || a.Method == http.MethodGet || a.Method == http.MethodHead
	})
}
