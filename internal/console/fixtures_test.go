package console

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// builtUI looks like what the build of web/ makes.
func builtUI() fs.FS {
	return fstest.MapFS{
		"index.html":           {Data: []byte("<!doctype html><title>GeoConsole</title>")},
		"licenses.md":          {Data: []byte("# Licences")},
		"assets/index-1.js":    {Data: []byte("plain script")},
		"assets/index-1.js.br": {Data: []byte("brotli")},
		"assets/index-1.js.gz": {Data: []byte("gzip")},
		"assets/font-2.woff2":  {Data: []byte("font")},
		"assets/icon-3.svg":    {Data: []byte("<svg/>")},
		"assets/icon-3.svg.gz": {Data: []byte("zipped svg")},
	}
}

// output is a log that a test may read while it is written.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// plan is a console to build: its regions by id, each served by a handler over TLS on loopback.
type plan struct {
	regions map[string]http.Handler
	order   []string
	edit    func(*geography.Config)
	// live is the path of the live config; without one every region is Active.
	live string
	log  output
	// demoDial is what build gave to the console.
	demoDial map[string]netip.AddrPort
}

// aRegion always answers JSON.
var aRegion = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"kind":"ClusterList","items":[]}`)
})

// threeRegions is the sample geography, with the given handlers in place of regions that just answer.
func threeRegions(handlers map[string]http.Handler) *plan {
	p := &plan{order: []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3"}, regions: map[string]http.Handler{}}
	for _, id := range p.order {
		p.regions[id] = aRegion
	}
	for id, handler := range handlers {
		p.regions[id] = handler
	}
	return p
}

var displayNames = map[string]string{"aws.eu-west-1": "Ireland", "aws.eu-central-1": "Frankfurt", "aws.eu-west-3": "Paris"}

// build starts the regions and returns the console, which is not serving yet.
func (p *plan) build(t *testing.T) *Console {
	t.Helper()
	config := geography.Config{
		Format: geography.ConfigFormat, Geography: "EU", Countries: []string{"DE", "FR", "IE"}, Hostname: "console.eu.example.com",
		Auth: geography.ConfigAuth{Type: "None"}, LogLevel: "Debug",
		HealthChecks: geography.ConfigHealthChecks{
			Path: "/api/clusters_mgmt/v1", IntervalSeconds: 1, TimeoutSeconds: 1, FailureThreshold: 2, SuccessThreshold: 1,
		},
		Proxy: geography.ConfigProxy{RequestTimeoutSeconds: 60, MaxRequestBodyBytes: 1 << 20, MaxConcurrentRequests: 256},
	}
	p.demoDial = map[string]netip.AddrPort{}
	for i, id := range p.order {
		server := httptest.NewUnstartedServer(p.regions[id])
		server.EnableHTTP2 = true
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		t.Cleanup(server.Close)
		// The certificate of httptest is for example.com.
		host := fmt.Sprintf("example.com:%d", 9001+i)
		p.demoDial[host] = netip.MustParseAddrPort(server.Listener.Addr().String())
		config.Regions = append(config.Regions, geography.ConfigRegion{
			ID: id, DisplayName: displayNames[id], Endpoints: []geography.ConfigEndpoint{{URL: "https://" + host}},
			CABundle: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})),
		})
	}
	if p.edit != nil {
		p.edit(&config)
	}
	c, err := New(Settings{ConfigFile: writeConfig(t, config), LiveFile: p.live, DemoDial: p.demoDial, UI: builtUI(), Log: &p.log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

func writeConfig(t *testing.T, config geography.Config) string {
	t.Helper()
	file, err := config.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return writeFileOf(t, file)
}

func writeFileOf(t *testing.T, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// reply is an answer that was read to its end.
type reply struct {
	StatusCode    int
	Header        http.Header
	ContentLength int64
}

// ask makes one request to a handler over real HTTP, and returns the answer and its body. The path is sent as it stands.
func ask(t *testing.T, handler http.Handler, method, path string, edit func(*http.Request)) (reply, string) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequest(method, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.URL.Opaque = path
	if edit != nil {
		edit(request)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{StatusCode: response.StatusCode, Header: response.Header, ContentLength: response.ContentLength}, string(body)
}

// get is ask for a GET without any header.
func get(t *testing.T, handler http.Handler, path string) (reply, string) {
	t.Helper()
	return ask(t, handler, http.MethodGet, path, nil)
}

func decode[T any](t *testing.T, body string) T {
	t.Helper()
	var value T
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return value
}

// probing probes the regions for as long as the test runs.
func probing(t *testing.T, c *Console) {
	t.Helper()
	ended := make(chan struct{})
	go func() { defer close(ended); c.regions.Probe(t.Context()) }()
	t.Cleanup(func() { <-ended })
}

// awaitVerdicts waits until the console's verdicts are these, in the order of the config.
func awaitVerdicts(t *testing.T, c *Console, want ...proxy.Verdict) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		standings, changed := c.regions.Standings()
		right := true
		for i, standing := range standings {
			right = right && standing.Verdict == want[i]
		}
		if right {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("verdicts %+v, want %v", standings, want)
		}
	}
}
