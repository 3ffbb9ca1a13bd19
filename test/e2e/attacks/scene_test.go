package attacks

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

const (
	hostname   = "console.eu.example.com"
	healthPath = "/api/clusters_mgmt/v1"
	// The regions: two simulators, and one that is hostile.
	west    = "aws.eu-west-1"
	central = "aws.eu-central-1"
	evil    = "aws.eu-west-3"
	// mark stands in what is sent and must come back in no answer and stand in no log.
	mark = "mark-of-a-customer"
	// requestSeconds is how long one request may take, slots how many a region has at once.
	requestSeconds, slots = 5, 64
)

// A scene is a running console with its regions and its issuer.
type scene struct {
	dir              string
	authority        *pki.Authority
	public, internal string
	simulators       map[string]*xcm.Instance
	hostile          *hostile
	issuer           *issuer
	// tokens are those that a message may name in braces.
	tokens map[string]string
	// owned is a cluster of the first simulator.
	owned string
}

// newBareScene has no console yet, nor a region or an issuer.
func newBareScene(t *testing.T) *scene {
	t.Helper()
	authority, err := pki.NewAuthority("attacks")
	if err != nil {
		t.Fatal(err)
	}
	return &scene{dir: t.TempDir(), authority: authority, simulators: map[string]*xcm.Instance{}, hostile: &hostile{}, tokens: map[string]string{"token": "x"}}
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := newBareScene(t)
	dials := []string{}
	config := s.config()
	for i, id := range []string{west, central} {
		instance, err := xcm.New(xcm.Options{Region: id, Clusters: 5, Seed: uint64(i + 1)})
		if err != nil {
			t.Fatal(err)
		}
		s.certify(t, id, hostOf(id))
		server, err := xcm.Listen(instance, xcm.Port{Address: "127.0.0.1:0", CertFile: s.path(id + ".crt"), KeyFile: s.path(id + ".key")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			_ = server.Shutdown(ctx)
		})
		s.simulators[id] = instance
		dials = append(dials, "--demo-dial", hostOf(id)+":443="+server.Address())
	}
	s.hostile = newHostile(t, s.certify(t, evil, hostOf(evil)))
	s.issuer = newIssuer(t, s.certify(t, "issuer", issuerHost))
	s.tokens = s.issuer.tokens(t)
	dials = append(dials, "--demo-dial", hostOf(evil)+":443="+s.hostile.listener.Addr().String(), "--demo-dial", issuerHost+":443="+s.issuer.address)
	for _, id := range []string{west, central, evil} {
		config.Regions = append(config.Regions, s.region(id, "https://"+hostOf(id)))
	}
	config.Auth = geography.ConfigAuth{Type: "OIDC", OIDC: &geography.ConfigOIDC{
		IssuerURL: issuerURL, ClientID: "geoconsole", Audiences: []string{"geoconsole"}, Scopes: []string{"openid"}, CABundle: string(s.authority.CAPEM()),
	}}
	s.hostile.answers(anEmptyList)
	s.run(t, config, func(command *exec.Cmd) *exec.Cmd {
		command.Args = append(command.Args, dials...)
		return command
	})
	s.awaitHealthy(t)
	s.owned = s.firstCluster(t)
	s.tokens["owned"] = s.owned
	return s
}

func hostOf(region string) string { return "api." + region + ".xcm.example.com" }

func (s *scene) path(name string) string { return filepath.Join(s.dir, name) }

// certify makes a certificate for a host, and keeps it in files too.
func (s *scene) certify(t *testing.T, name, host string) tls.Certificate {
	t.Helper()
	pair, err := s.authority.Issue(host)
	if err != nil {
		t.Fatal(err)
	}
	if err := pair.Save(s.dir, name); err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// config is that of a console without regions. Each region is probed once, at the start.
func (s *scene) config() geography.Config {
	return geography.Config{
		Format: geography.ConfigFormat, Geography: "EU", Countries: []string{"DE", "FR", "IE"}, Hostname: hostname, RegionHosts: "Enabled",
		Auth: geography.ConfigAuth{Type: "None"}, LogLevel: "Debug",
		HealthChecks: geography.ConfigHealthChecks{Path: healthPath, IntervalSeconds: 300, TimeoutSeconds: 5, FailureThreshold: 10, SuccessThreshold: 1},
		Proxy:        geography.ConfigProxy{RequestTimeoutSeconds: requestSeconds, MaxRequestBodyBytes: 1 << 20, MaxConcurrentRequests: slots},
	}
}

func (s *scene) region(id, endpoint string) geography.ConfigRegion {
	return geography.ConfigRegion{
		ID: id, DisplayName: id, Endpoints: []geography.ConfigEndpoint{{URL: endpoint}}, CABundle: string(s.authority.CAPEM()),
	}
}

// run builds the console and runs it as a process until the test ends. prepare changes the command before that.
func (s *scene) run(t *testing.T, config geography.Config, prepare func(*exec.Cmd) *exec.Cmd) {
	t.Helper()
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.path("console"), "./cmd/console")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	file, err := config.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("config.json"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	s.public, s.internal = freeAddress(t), freeAddress(t)
	s.start(t, prepare(exec.Command(s.path("console"), "--config", s.path("config.json"), "--listen", s.public, "--internal-listen", s.internal)))
	s.await(t, "http://"+s.internal+"/readyz", func(answer) bool { return true })
}

// start runs a console and ends it with the test. Its log must hold nothing of what was sent.
func (s *scene) start(t *testing.T, command *exec.Cmd) {
	t.Helper()
	log, err := os.Create(s.path("console.log"))
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil {
			t.Errorf("the console ended with %v", err)
		}
		_ = log.Close()
		text, _ := os.ReadFile(s.path("console.log"))
		for _, private := range []string{mark, "eyJ", "search=", "panic"} {
			if strings.Contains(string(text), private) {
				t.Errorf("the console's log holds %q", private)
			}
		}
		if t.Failed() {
			t.Logf("the console's log ends with\n%s", text[max(0, len(text)-4000):])
		}
	})
}

// await asks until an answer of 200 is as it should be.
func (s *scene) await(t *testing.T, address string, right func(answer) bool) {
	t.Helper()
	deadline, tick := time.After(30*time.Second), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		if got, err := s.fetch(t, address); err == nil && got.status == http.StatusOK && right(got) {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s does not answer as it should", address)
		case <-tick.C:
		}
	}
}

func (s *scene) fetch(t *testing.T, address string) (answer, error) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		return answer{}, err
	}
	if token := s.tokens["token"]; token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(body)}, err
}

// awaitHealthy waits until the console has probed every region.
func (s *scene) awaitHealthy(t *testing.T) {
	t.Helper()
	s.await(t, "http://"+s.public+"/api/geo/v1/regions", func(a answer) bool { return strings.Count(a.body, `"Healthy"`) == 3 })
}

func (s *scene) firstCluster(t *testing.T) string {
	t.Helper()
	got, err := s.fetch(t, "http://"+s.public+"/regions/"+west+"/api/clusters_mgmt/v1/clusters?size=1&search="+url.QueryEscape("state = 'ready'"))
	var list struct{ Items []struct{ ID string } }
	if err != nil || json.Unmarshal([]byte(got.body), &list) != nil || len(list.Items) != 1 {
		t.Fatalf("no cluster: %v %s", err, got.body)
	}
	return list.Items[0].ID
}

// A reach is how many requests of users have reached each region, and how many bytes of bodies came with them.
type reach struct {
	requests map[string]int
	bodies   map[string]int
}

func (s *scene) reached() reach {
	r := reach{requests: map[string]int{}, bodies: map[string]int{}}
	for id, instance := range s.simulators {
		requests, _ := instance.Requests()
		for _, request := range requests {
			if !isProbe(request.Method, request.Path, request.Bearer) {
				r.requests[id]++
			}
			if request.Length != 0 {
				r.bodies[id]++
			}
		}
	}
	for _, request := range s.hostile.requests() {
		r.requests[evil]++
		if request.body != "" {
			r.bodies[evil]++
		}
	}
	return r
}

// since says in words whom the requests since an earlier reach have reached.
func (r reach) since(before reach) string {
	var names []string
	for _, id := range []string{west, central, evil} {
		count := r.requests[id] - before.requests[id]
		name := id
		if count > 1 {
			name = fmt.Sprintf("%s %d times", id, count)
		}
		if r.bodies[id] > before.bodies[id] {
			name += " with the body"
		}
		if count > 0 {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return "no region"
	case strings.Join(names, " ") == strings.Join([]string{west, central, evil}, " "):
		return "every region"
	default:
		return strings.Join(names, ", ")
	}
}

// freeAddress is one of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
