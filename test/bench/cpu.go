package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
)

const (
	nginx, floor = "nginx", "httputil.ReverseProxy"

	cpuRounds = 7
	// askers is how many requests are under way at once.
	askers = 16

	loginHost = "login.bench.example.com"
	clientID  = "geoconsole"
)

// loads are what is asked of every proxy in every round.
var loads = []load{{bytes: 26, requests: 3000}, {bytes: 33_000, requests: 1500}}

// A load is a number of requests for an answer of a length.
type load struct{ bytes, requests int }

func (l load) String() string {
	if l.bytes < 1000 {
		return fmt.Sprintf("%d B", l.bytes)
	}
	return fmt.Sprintf("%d kB", l.bytes/1000)
}

// A subject is a proxy that is measured.
type subject struct {
	name, url, token string
	process          *process
}

// measureCPU measures the processor time of each proxy's own processes for a request. The proxies take turns, so that
// whatever else the machine does meets all of them.
func measureCPU(ctx context.Context, s *stage) (table, error) {
	defer s.end()
	upstream, err := s.newUpstream()
	if err != nil {
		return table{}, err
	}
	defer func() { _ = upstream.Close() }()
	subjects, missing, err := s.subjects(ctx, upstream.Addr)
	if err != nil {
		return table{}, err
	}
	costs := map[load]map[string][]float64{}
	for _, l := range loads {
		costs[l] = map[string][]float64{}
		for round := -1; round < cpuRounds; round++ { // the first one warms up
			for i := range subjects {
				at := subjects[(i+max(round, 0))%len(subjects)]
				cost, err := at.cost(ctx, s, l)
				if err != nil {
					return table{}, fmt.Errorf("%s, %s: %w", at.name, l, err)
				}
				if round >= 0 {
					costs[l][at.name] = append(costs[l][at.name], cost)
				}
			}
		}
	}
	return cpuTable(subjects, costs, missing), nil
}

func cpuTable(subjects []subject, costs map[load]map[string][]float64, missing []string) table {
	t := table{
		title: "Processor time per request",
		about: fmt.Sprintf("User and system time of the proxy's processes for a request, in microseconds: median and spread of %d rounds in turn, %d requests "+
			"under way. All take HTTP/1.1 and speak HTTP/1.1 by TLS to the same upstream, check its certificate, keep connections, and log each request, "+
			"but for %s, which does nothing else.", cpuRounds, askers, floor),
		head: []string{"proxy"}, notes: missing,
	}
	for _, l := range loads {
		t.head = append(t.head, l.String()+": µs", "spread", "/ "+nginx, "/ "+floor)
	}
	for _, at := range subjects {
		row := []string{at.name}
		for _, l := range loads {
			own := costs[l][at.name]
			row = append(row, fmt.Sprintf("%.0f", median(own)), spread(own, "%.0f"), ratio(own, costs[l][nginx]), ratio(own, costs[l][floor]))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// subjects starts everything that is measured. What cannot be had here is named with its reason.
func (s *stage) subjects(ctx context.Context, upstream string) (all []subject, missing []string, err error) {
	region := "aws.eu-west-1"
	for _, r := range s.rivals() {
		started, err := s.startRival(ctx, r, upstream, hostOf(region))
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			missing = append(missing, fmt.Sprintf("Without %s: %v", r.name, err))
			continue
		}
		all = append(all, subject{name: r.name, url: started.url + clustersPath, process: started})
	}
	none, err := s.openConsole(ctx, region, upstream)
	if err != nil {
		return nil, nil, err
	}
	all = append(all, none)
	known, err := s.guardedConsole(ctx, region, upstream)
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return all, append(missing, fmt.Sprintf("Without the console with OIDC: %v", err)), nil
	}
	return append(all, known), missing, nil
}

const clustersPath = "/api/clusters_mgmt/v1/clusters"

// openConsole is one that asks nobody who they are.
func (s *stage) openConsole(ctx context.Context, region, upstream string) (subject, error) {
	if err := s.configure("open", []string{region}, v1alpha1.Auth{Type: v1alpha1.AuthNone}); err != nil {
		return subject{}, err
	}
	started, err := s.console(ctx, "open", map[string]string{hostOf(region): upstream})
	if err != nil {
		return subject{}, err
	}
	return subject{name: "console, auth None", url: started.url + "/regions/" + region + clustersPath, process: started}, nil
}

// guardedConsole is one that checks a token of Dex with each request.
func (s *stage) guardedConsole(ctx context.Context, region, upstream string) (subject, error) {
	if err := s.issue(loginHost); err != nil {
		return subject{}, err
	}
	login, err := freeAddress()
	if err != nil {
		return subject{}, err
	}
	issuer, err := dex.Start(ctx, dex.Options{
		Dir: s.dir, URL: "https://" + loginHost + "/dex", Listen: login, CertFile: s.path(loginHost + ".crt"), KeyFile: s.path(loginHost + ".key"),
		CAFile: s.path("ca.crt"), ClientID: clientID,
	})
	if err != nil {
		return subject{}, err
	}
	s.also = append(s.also, issuer.Stop)
	if err := s.configure("guarded", []string{region}, v1alpha1.Auth{Type: v1alpha1.AuthOIDC, OIDC: &v1alpha1.OIDC{
		IssuerURL: "https://" + loginHost + "/dex", Country: "IE", ClientID: clientID, Audiences: []v1alpha1.Audience{clientID},
	}}); err != nil {
		return subject{}, err
	}
	started, err := s.console(ctx, "guarded", map[string]string{hostOf(region): upstream, loginHost: login})
	if err != nil {
		return subject{}, err
	}
	token, err := issuer.Token(ctx, dex.Users[0])
	return subject{name: "console, OIDC", url: started.url + "/regions/" + region + clustersPath, token: token, process: started}, err
}

// newUpstream answers every path by TLS with a JSON object of as many bytes as the query says.
func (s *stage) newUpstream() (*http.Server, error) {
	host := hostOf("aws.eu-west-1")
	if err := s.issue(host); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	answers := map[string][]byte{}
	for _, l := range loads {
		text, err := json.Marshal(map[string]string{"kind": strings.Repeat("x", l.bytes-len(`{"kind":""}`))})
		if err != nil {
			return nil, err
		}
		answers[strconv.Itoa(l.bytes)] = text
	}
	server := &http.Server{
		Addr: address, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
		// HTTP/1.1 only: not all of those that are measured speak HTTP/2 to an upstream.
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := answers[r.URL.Query().Get("bytes")]
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
		}),
	}
	go func() { _ = server.ListenAndServeTLS(s.path(host+".crt"), s.path(host+".key")) }()
	return server, nil
}

// cost is the processor time for one request in microseconds.
func (u subject) cost(ctx context.Context, s *stage, l load) (float64, error) {
	before, err := u.process.cpu()
	if err != nil {
		return 0, err
	}
	if err := u.ask(ctx, s.client(nil, askers), l); err != nil {
		return 0, err
	}
	after, err := u.process.cpu()
	return float64((after - before).Nanoseconds()) / 1000 / float64(l.requests), err
}

// ask puts all requests of a load. The first one that is not answered as it should be ends it.
func (u subject) ask(ctx context.Context, client *http.Client, l load) error {
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var asking sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(l.requests))
	for range askers {
		asking.Go(func() {
			for ctx.Err() == nil && left.Add(-1) >= 0 {
				if err := u.askOnce(ctx, client, l.bytes); err != nil {
					cancel(err)
				}
			}
		})
	}
	asking.Wait()
	return context.Cause(ctx)
}

func (u subject) askOnce(ctx context.Context, client *http.Client, bytes int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.url+"?bytes="+strconv.Itoa(bytes), nil)
	if err != nil {
		return err
	}
	if u.token != "" {
		request.Header.Set("Authorization", "Bearer "+u.token)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	length, err := io.Copy(io.Discard, response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || length != int64(bytes)) {
		err = fmt.Errorf("answered %s with %d bytes", response.Status, length)
	}
	return err
}

// cpu is the processor time of a process and of those that it has started, as nginx its workers.
func (p *process) cpu() (time.Duration, error) {
	total, err := processorTime(p.pid)
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "task", strconv.Itoa(p.pid), "children"))
	if err != nil {
		return 0, err
	}
	for child := range strings.FieldsSeq(string(text)) {
		pid, err := strconv.Atoi(child)
		if err != nil {
			return 0, err
		}
		own, err := processorTime(pid)
		if err != nil {
			return 0, err
		}
		total += own
	}
	return total, nil
}
