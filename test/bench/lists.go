package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const listRounds = 5

// A listing is a way to read clusters, by the geography and by a region alone.
type listing struct {
	name   string
	order  string
	size   int
	page   int // the only one that is read; 0: all of them, one after the other
	rounds int
	ui     bool // as the user interface does: each region by itself, side by side
}

var listings = []listing{
	{name: "first page of 100", size: 100, page: 1, rounds: listRounds},
	{name: "first page of 100, by name", size: 100, page: 1, order: "name", rounds: listRounds},
	{name: "last page of 100", size: 100, page: clustersPerRegion / 100, rounds: listRounds},
	{name: "1,000 rows at once, as `rosa list clusters`", size: 1000, page: 1, rounds: listRounds},
	{name: "all at once, size=-1", size: -1, page: 1, rounds: listRounds},
	{name: "all by pages of 100, as `ocm list clusters`", size: 100, rounds: 1},
	{name: "all by pages of 100, as the user interface", size: 100, order: "creation_timestamp asc", rounds: 2, ui: true},
}

// A reading is what one way to read took.
type reading struct {
	first, last time.Duration
	rows, pages int
	refused     string // why not, in the console's own words
}

// measureLists reads the clusters of all regions through the console, and beside it those of each region by itself.
func measureLists(ctx context.Context, s *stage) (table, error) {
	defer s.end()
	regions, hosts, err := s.startRegions()
	if err != nil {
		return table{}, err
	}
	console, err := s.console(ctx, "ten", hosts)
	if err != nil {
		return table{}, err
	}
	client := s.client(hosts, len(regions))
	defer client.CloseIdleConnections()
	t := table{
		title: fmt.Sprintf("Lists of %d clusters in %d regions", len(regions)*clustersPerRegion, len(regions)),
		about: fmt.Sprintf("Each region has %d clusters and answers %s late. Milliseconds to the first and to the last row, medians, through the console and "+
			"from the slowest region asked directly for its own; what the last row took for each page, as ratio; the processor time that the console's process "+
			"spent on it, and the most that it had in memory (VmHWM).", clustersPerRegion, regionLatency),
		head: []string{"clusters", "rows", "first row", "last row", "a region's rows", "first row", "last row", "ratio per page", "CPU ms", "peak MiB"},
	}
	for _, l := range listings {
		row, refused, err := l.measure(ctx, client, console, regions)
		if err != nil {
			return table{}, fmt.Errorf("%s: %w", l.name, err)
		}
		t.rows = append(t.rows, row)
		if refused != "" {
			t.notes = append(t.notes, fmt.Sprintf("%s: refused with %s", l.name, refused))
		}
	}
	return t, nil
}

// measure lets the console and the regions take turns.
func (l listing) measure(ctx context.Context, client *http.Client, console *process, regions []region) (row []string, refused string, err error) {
	if err := console.forgetPeak(); err != nil {
		return nil, "", err
	}
	var through []reading
	var used []float64 // processor time of the console
	alone := map[string][]reading{}
	for range l.rounds {
		read, cpu, err := l.throughConsole(ctx, client, console, regions)
		if err != nil {
			return nil, "", err
		}
		through, used = append(through, read), append(used, float64(cpu.Microseconds())/1000)
		for _, r := range regions {
			read, err := l.read(ctx, client, "https://"+hostOf(r.id)+clustersPath)
			if err != nil {
				return nil, "", fmt.Errorf("%s: %w", r.id, err)
			}
			alone[r.id] = append(alone[r.id], read)
		}
	}
	peak, err := console.peak()
	if err != nil {
		return nil, "", err
	}
	slowest := slices.MaxFunc(slices.Collect(maps.Values(alone)), func(a, b []reading) int {
		return cmp.Compare(medianOf(a, lastRow), medianOf(b, lastRow))
	})
	first, last, perPage := medianOf(through, firstRow), medianOf(through, lastRow), medianOf(through, pageTime)/medianOf(slowest, pageTime)
	row = []string{l.name, strconv.Itoa(through[0].rows), whole(first), whole(last)}
	if refused = through[0].refused; refused != "" {
		row = []string{l.name, "refused", "-", "-"}
	}
	row = append(row, strconv.Itoa(slowest[0].rows), whole(medianOf(slowest, firstRow)), whole(medianOf(slowest, lastRow)))
	times := fmt.Sprintf("%.2f", perPage)
	if refused != "" {
		times = "-"
	}
	return append(row, times, whole(median(used)), whole(peak)), refused, nil
}

// throughConsole reads it by the console, whose processor time is returned too.
func (l listing) throughConsole(ctx context.Context, client *http.Client, console *process, regions []region) (reading, time.Duration, error) {
	before, err := console.cpu()
	if err != nil {
		return reading{}, 0, err
	}
	read, err := l.merged(ctx, client, console.url, regions)
	if err != nil {
		return reading{}, 0, err
	}
	after, err := console.cpu()
	return read, after - before, err
}

func (l listing) merged(ctx context.Context, client *http.Client, console string, regions []region) (reading, error) {
	if !l.ui {
		if l.page > 1 {
			l.page *= len(regions) // the last one of a longer list
		}
		return l.read(ctx, client, console+clustersPath)
	}
	found, errs := make([]reading, len(regions)), make([]error, len(regions))
	var asking sync.WaitGroup
	for i, r := range regions {
		asking.Go(func() { found[i], errs[i] = l.read(ctx, client, console+"/regions/"+r.id+clustersPath) })
	}
	asking.Wait()
	return together(found), errors.Join(errs...)
}

// together is a reading of several side by side.
func together(found []reading) reading {
	all := found[0]
	for _, r := range found[1:] {
		all.first, all.last = min(all.first, r.first), max(all.last, r.last)
		all.rows, all.pages = all.rows+r.rows, max(all.pages, r.pages)
		if all.refused == "" {
			all.refused = r.refused
		}
	}
	return all
}

// read reads one page, or all from the first to one that is not full.
func (l listing) read(ctx context.Context, client *http.Client, address string) (reading, error) {
	begun := time.Now()
	var total reading
	for page := max(l.page, 1); ; page++ {
		query := url.Values{"page": {strconv.Itoa(page)}, "size": {strconv.Itoa(l.size)}}
		if l.order != "" {
			query.Set("order", l.order)
		}
		read, err := readPage(ctx, client, address+"?"+query.Encode(), begun)
		if err != nil || read.refused != "" {
			return read, err
		}
		if total.first == 0 {
			total.first = read.first
		}
		total.last = read.last
		total.rows += read.rows
		total.pages++
		if l.page > 0 || read.rows < l.size {
			return total, nil
		}
	}
}

func readPage(ctx context.Context, client *http.Client, address string, begun time.Time) (reading, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return reading{}, err
	}
	response, err := client.Do(request)
	if err != nil {
		return reading{}, err
	}
	defer func() { _ = response.Body.Close() }()
	start := make([]byte, 1)
	if _, err := io.ReadFull(response.Body, start); err != nil {
		return reading{}, err
	}
	read := reading{first: time.Since(begun)}
	rest, err := io.ReadAll(response.Body)
	if err != nil {
		return reading{}, err
	}
	read.last = time.Since(begun)
	var page struct {
		Items  []json.RawMessage `json:"items"`
		Reason string            `json:"reason"`
	}
	if err := json.Unmarshal(append(start, rest...), &page); err != nil {
		return reading{}, err
	}
	if response.StatusCode != http.StatusOK {
		read.refused = fmt.Sprintf("%d: %s", response.StatusCode, page.Reason)
	}
	read.rows = len(page.Items)
	return read, nil
}

func firstRow(r reading) time.Duration { return r.first }
func lastRow(r reading) time.Duration  { return r.last }
func pageTime(r reading) time.Duration { return r.last / time.Duration(max(r.pages, 1)) }

// medianOf is in milliseconds.
func medianOf(readings []reading, of func(reading) time.Duration) float64 {
	values := make([]float64, len(readings))
	for i, r := range readings {
		values[i] = float64(of(r).Microseconds()) / 1000
	}
	return median(values)
}

// whole is a number without its fraction.
func whole(value float64) string { return strconv.Itoa(int(math.Round(value))) }

// forgetPeak lets the peak of a process's memory begin anew, see proc(5).
func (p *process) forgetPeak() error {
	return os.WriteFile(filepath.Join("/proc", strconv.Itoa(p.pid), "clear_refs"), []byte("5"), 0o600)
}

// peak is what of a process was in memory at most, in MiB.
func (p *process) peak() (float64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kib, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			return float64(kib) / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmHWM of process %d", p.pid)
}
