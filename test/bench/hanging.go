package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

const (
	// comparedReads is how many of each kind are compared.
	comparedReads = 200
	// readers is how many of them are under way at once.
	readers = 4
	// parkedRequests wait in the region that hangs all the while.
	parkedRequests = 64
)

// A pair is two consoles of one config. They share all regions but the last one, which hangs for one console only.
type pair struct {
	hung, well *process
	last       region // the one that hangs
	client     *http.Client
	clusters   []cluster // in the other regions
}

// A cluster is known by its region and its id.
type cluster struct{ region, id string }

func inRegion(c cluster) string { return "/regions/" + c.region + clustersPath + "/" + c.id }

func inGeography(c cluster) string { return clustersPath + "/" + c.id }

// A comparison is one kind of read, of some clusters.
type comparison struct {
	state, name string
	clusters    []cluster
	path        func(cluster) string
}

// measureHanging compares what is read of nine regions while the tenth one hangs with what is read while it does not. The
// two consoles are asked in turn, so that whatever else the machine does meets both.
func measureHanging(ctx context.Context, s *stage) (table, error) {
	defer s.end()
	p, err := s.newPair(ctx)
	if err != nil {
		return table{}, err
	}
	defer p.client.CloseIdleConnections()
	t := table{
		title: fmt.Sprintf("One of %d regions hanging", len(regionIDs)),
		about: fmt.Sprintf("%d reads of clusters in the other regions by a console with a region that hangs, and in turn by one without: milliseconds. "+
			"All other regions answer %s late. %d requests wait in the one that hangs.", comparedReads, regionLatency, parkedRequests),
		head: []string{"the region", "read", "p50 without", "p50 with", "ratio", "p99 without", "p99 with", "ratio"},
	}
	before, during, after := p.clusters[:comparedReads], p.clusters[comparedReads:2*comparedReads], p.clusters[2*comparedReads:]
	if _, err := p.compare(ctx, comparison{clusters: before, path: inGeography}); err != nil { // so that the owners are known
		return table{}, err
	}
	// The health path is the one of the lists without its last part: it goes on to answer.
	if err := p.hang(clustersPath); err != nil {
		return table{}, err
	}
	release := p.park(ctx)
	defer release()
	for _, c := range []comparison{
		{"hangs, its probes are answered", "`/regions/{id}/…/{cluster}`", before, inRegion},
		{"hangs, its probes are answered", "`/api/…/{cluster}`, read before", before, inGeography},
		{"hangs, its probes are answered", "`/api/…/{cluster}`, owner not known", during, inGeography},
		{"hangs, found Unhealthy", "`/regions/{id}/…/{cluster}`", before, inRegion},
		{"hangs, found Unhealthy", "`/api/…/{cluster}`, owner not known", after, inGeography},
	} {
		if c.state == "hangs, found Unhealthy" {
			if err := p.hangFound(ctx); err != nil {
				return table{}, err
			}
		}
		row, err := p.compare(ctx, c)
		if err != nil {
			return table{}, fmt.Errorf("%s, %s: %w", c.state, c.name, err)
		}
		t.rows = append(t.rows, row)
	}
	return t, nil
}

// newPair starts the regions, one more that takes the place of the last one, and the consoles.
func (s *stage) newPair(ctx context.Context) (*pair, error) {
	regions, hosts, err := s.startRegions()
	if err != nil {
		return nil, err
	}
	p := &pair{}
	if p.well, err = s.console(ctx, "ten", hosts); err != nil {
		return nil, err
	}
	others, last := regions[:len(regions)-1], regions[len(regions)-1]
	p.client = s.client(map[string]string{}, readers+parkedRequests)
	for _, r := range others {
		ids, err := p.idsOf(ctx, r.id, 3*comparedReads/len(others)+1)
		if err != nil {
			return nil, err
		}
		p.clusters = append(p.clusters, ids...)
	}
	if p.last, err = s.startRegion(last.id, len(regions)); err != nil {
		return nil, err
	}
	hosts[hostOf(last.id)] = p.last.address
	p.hung, err = s.console(ctx, "ten", hosts)
	return p, err
}

// idsOf returns some clusters of a region.
func (p *pair) idsOf(ctx context.Context, id string, count int) ([]cluster, error) {
	body, err := p.get(ctx, fmt.Sprintf("%s/regions/%s%s?size=%d", p.well.url, id, clustersPath, count))
	if err != nil {
		return nil, err
	}
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	var found []cluster
	for _, item := range list.Items {
		found = append(found, cluster{id, item.ID})
	}
	return found, nil
}

func (p *pair) get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %s: %s", response.Status, body)
	}
	return body, err
}

func (p *pair) hang(prefix string) error {
	return p.last.instance.SetFaults(xcm.Faults{Rules: []xcm.Fault{{PathPrefix: prefix, Hang: true}}})
}

// hangFound lets the probes hang too, and waits until they have been enough.
func (p *pair) hangFound(ctx context.Context) error {
	if err := p.hang(""); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var verdicts struct {
			Items []struct{ ID, Verdict string }
		}
		body, err := p.get(ctx, p.hung.url+"/api/geo/v1/regions")
		if err == nil {
			err = json.Unmarshal(body, &verdicts)
		}
		if err != nil {
			return err
		}
		for _, item := range verdicts.Items {
			if item.ID == p.last.id && item.Verdict == "Unhealthy" {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("region %s is not found Unhealthy: %w", p.last.id, ctx.Err())
		case <-tick.C:
		}
	}
}

// park keeps requests waiting in the region that hangs, until release.
func (p *pair) park(ctx context.Context) (release func()) {
	ctx, cancel := context.WithCancel(ctx)
	var waiting sync.WaitGroup
	for range parkedRequests {
		waiting.Go(func() {
			for ctx.Err() == nil {
				_, _ = p.get(ctx, p.hung.url+inRegion(cluster{p.last.id, "parked"})) // it is not meant to be answered
				select {
				case <-ctx.Done():
				case <-time.After(time.Second): // once the region is found Unhealthy, it is refused at once
				}
			}
		})
	}
	return func() {
		cancel()
		waiting.Wait()
	}
}

// compare reads the same clusters by both consoles. Each reader asks one right after the other.
func (p *pair) compare(ctx context.Context, c comparison) ([]string, error) {
	var without, with [comparedReads]float64
	var next atomic.Int64
	var reading sync.WaitGroup
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for range readers {
		reading.Go(func() {
			for i := next.Add(1) - 1; i < comparedReads && ctx.Err() == nil; i = next.Add(1) - 1 {
				turns := []struct {
					by   *process
					took *float64
				}{{p.well, &without[i]}, {p.hung, &with[i]}}
				if i%2 == 1 {
					turns[0], turns[1] = turns[1], turns[0]
				}
				for _, turn := range turns {
					begun := time.Now()
					if _, err := p.get(ctx, turn.by.url+c.path(c.clusters[i])); err != nil {
						cancel(err)
					}
					*turn.took = float64(time.Since(begun).Microseconds()) / 1000
				}
			}
		})
	}
	reading.Wait()
	row := []string{c.state, c.name}
	for _, percent := range []int{50, 99} {
		a, b := percentile(without[:], percent), percentile(with[:], percent)
		row = append(row, whole(a), whole(b), fmt.Sprintf("%.2f", b/a))
	}
	return row, context.Cause(ctx)
}
