package gateway

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
	"go.uber.org/goleak"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// The SDK's logging library starts one that never ends.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/golang/glog.(*fileSink).flushDaemon"))
}

// A hand is a clock that only a test moves.
type hand struct {
	lock sync.Mutex
	now  time.Time
}

func newHand() *hand { return &hand{now: time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)} }

func (h *hand) time() time.Time {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.now
}

func (h *hand) advance(by time.Duration) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.now = h.now.Add(by)
}

// The regions of most tests, in the order of the config.
const (
	west    = "aws.eu-west-1"
	central = "aws.eu-central-1"
	paris   = "aws.eu-west-3"
)

var threeIDs = []string{west, central, paris}

// A region under test: a handler behind real TLS, or nothing that listens.
type backend struct {
	id      string
	handler http.Handler
	clouds  []string
	down    bool
}

// A geo is a geography under test and the address of its API.
type geo struct {
	*testing.T
	gateway *Gateway
	server  *httptest.Server
	client  *http.Client
	// failures counts the questions that a region failed. One that is given up is none.
	failures atomic.Int32
}

// newGeo serves the geography's API over the regions.
func newGeo(t *testing.T, regions []backend, edit func(*Settings)) *geo {
	t.Helper()
	options := proxy.Options{
		Probing: proxy.Probing{
			Path: "/api/clusters_mgmt/v1", Interval: time.Second, Timeout: time.Second, FailureThreshold: 2, SuccessThreshold: 1,
		},
		Bounds:   proxy.Bounds{Timeout: time.Minute, Body: 1 << 20, Concurrent: 256},
		DemoDial: map[string]netip.AddrPort{},
	}
	g := &geo{T: t}
	options.Failed = func(proxy.Failure) { g.failures.Add(1) }
	var upstreams []proxy.Upstream
	for i, region := range regions {
		server := httptest.NewUnstartedServer(region.handler)
		server.EnableHTTP2 = true
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		// The certificate of httptest is for example.com.
		host := fmt.Sprintf("example.com:%d", 9001+i)
		options.DemoDial[host] = netip.MustParseAddrPort(server.Listener.Addr().String())
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		upstreams = append(upstreams, proxy.Upstream{ID: region.id, Endpoints: []string{"https://" + host}, Roots: roots})
		if region.down {
			server.Close()
		}
	}
	all, err := proxy.NewRegions(upstreams, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(all.Close)
	settings := Settings{Geography: "EU", Hostname: "console.eu.example.com", Timeout: time.Minute, MaxBody: 1 << 20}
	for _, region := range regions {
		settings.Regions = append(settings.Regions, Region{ID: region.id, CloudRegions: region.clouds, Upstream: all.Region(region.id)})
	}
	if edit != nil {
		edit(&settings)
	}
	g.gateway = New(settings)
	g.server = httptest.NewServer(g.gateway)
	t.Cleanup(g.server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	g.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return g
}

// A said is an answer that was read to its end.
type said struct {
	status int
	header http.Header
	body   string
}

// list decodes the answer as a list.
type listOf struct {
	Kind  string
	Page  int
	Size  int
	Total int
	Items []map[string]any
}

func (s said) list(t *testing.T) listOf {
	t.Helper()
	var list listOf
	if err := json.Unmarshal([]byte(s.body), &list); err != nil || s.status != http.StatusOK {
		t.Fatalf("no list: %d %s", s.status, s.body)
	}
	return list
}

func (l listOf) ids() string {
	var ids []string
	for _, item := range l.Items {
		ids = append(ids, fmt.Sprint(item["id"]))
	}
	return strings.Join(ids, " ")
}

// ask makes one request with a bearer.
func (g *geo) ask(method, path, body string) said {
	g.Helper()
	return g.askWith(method, path, body, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+bearer(g.T)) })
}

func (g *geo) askWith(method, path, body string, edit func(*http.Request)) said {
	g.Helper()
	request, err := http.NewRequestWithContext(g.Context(), method, g.server.URL+path, strings.NewReader(body))
	if err != nil {
		g.Fatal(err)
	}
	edit(request)
	response, err := g.client.Do(request)
	if err != nil {
		g.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		g.Fatal(err)
	}
	return said{status: response.StatusCode, header: response.Header, body: string(text)}
}

func (g *geo) get(path string) said {
	g.Helper()
	return g.ask(http.MethodGet, path, "")
}

// bearer is a token that clients take for one of the issuer's.
func bearer(t *testing.T) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"typ": "Bearer", "exp": time.Now().Add(24 * time.Hour).Unix(), "preferred_username": "user-07",
	}).SignedString([]byte("any"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A script is a region that answers by path, and notes what it was sent.
type script struct {
	answers map[string]string // by method and path; a number first is a status
	hang    chan struct{}     // nil, or closed to let go what hangs

	lock   sync.Mutex
	asked  []string
	bodies []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.lock.Lock()
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	if len(body) > 0 {
		s.bodies = append(s.bodies, string(body))
	}
	s.lock.Unlock()
	if s.hang != nil {
		select {
		case <-s.hang:
		case <-r.Context().Done():
		}
		return
	}
	answer, there := s.answers[r.Method+" "+r.URL.Path]
	if !there {
		answer = `404 {"kind":"Error","id":"404","code":"CLUSTERS-MGMT-404","reason":"not here"}`
	}
	status := http.StatusOK
	if len(answer) > 3 && answer[3] == ' ' {
		_, _ = fmt.Sscan(answer[:3], &status)
		answer = answer[4:]
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

func (s *script) requests() []string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return append([]string{}, s.asked...)
}

func (s *script) received() []string {
	s.lock.Lock()
	defer s.lock.Unlock()
	return append([]string{}, s.bodies...)
}
