package xss

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	chromium "github.com/geoconsole/geoconsole-operator/hack/browser"
	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
	"github.com/geoconsole/geoconsole-operator/test/e2e/browser"
	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

const (
	hostname = "console.eu.example.com"
	origin   = "https://" + hostname
	// elsewhere is a host of whoever took the region over. It answers scripts to everybody, if it is asked.
	elsewhere = "attacker.example.net"
	// good is a simulator, evil the stand-in for a region that somebody took over.
	good, evil = "aws.eu-west-1", "aws.eu-west-3"
	// evilName is what whoever runs the geography calls it.
	evilName   = `Paris<img src=x onerror="__ran('name')">`
	healthPath = "/api/clusters_mgmt/v1"
)

// A stage is a running console with a good and a hostile region, and a browser that looks at it.
type stage struct {
	*testing.T
	dir       string
	authority *pki.Authority
	hostile   *hostile
	street    *street
	page      *browser.Page
	// console is its public address.
	console string
	// names are the good region's clusters.
	names []string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	authority, err := pki.NewAuthority("xss")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, dir: t.TempDir(), authority: authority}
	s.hostile = newHostile(t, s.certify(hostOf(evil)))
	s.write("live.json", s.live(geography.LiveRegion{ID: evil, State: "Active"}))
	s.console = s.startConsole(map[string]string{good: s.startSimulator(), evil: s.hostile.address})
	s.street = newStreet(t, s.certify(hostname, elsewhere), s.console)
	s.await("/regions/"+good+"/api/clusters_mgmt/v1/clusters", s.readNames)
	s.openBrowser()
	return s
}

func hostOf(region string) string { return "api." + region + ".xcm.example.com" }

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

func (s *stage) certify(hosts ...string) tls.Certificate {
	s.Helper()
	pair, err := s.authority.Issue(hosts...)
	if err != nil {
		s.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		s.Fatal(err)
	}
	return certificate
}

func (s *stage) write(name string, content []byte) {
	s.Helper()
	if err := os.WriteFile(s.path(name), content, 0o600); err != nil {
		s.Fatal(err)
	}
}

// live is what the console is told of its regions: the good one is Active.
func (s *stage) live(hostile geography.LiveRegion) []byte {
	s.Helper()
	live := geography.Live{Format: geography.LiveFormat, Regions: []geography.LiveRegion{{ID: good, State: "Active"}, hostile}}
	file, err := live.Encode()
	if err != nil {
		s.Fatal(err)
	}
	return file
}

// say has the console tell something of the hostile region, and waits until it does.
func (s *stage) say(hostile geography.LiveRegion) {
	s.Helper()
	s.write("live.json", s.live(hostile))
	s.await("/api/geo/v1/regions", func(text []byte) bool {
		var list struct{ Items []geography.LiveRegion }
		return json.Unmarshal(text, &list) == nil && slices.Contains(list.Items, hostile)
	})
}

func (s *stage) startSimulator() (address string) {
	s.Helper()
	instance, err := xcm.New(xcm.Options{Region: good, Clusters: 3, Seed: 1})
	if err != nil {
		s.Fatal(err)
	}
	pair, err := s.authority.Issue(hostOf(good))
	if err == nil {
		err = pair.Save(s.dir, good)
	}
	if err != nil {
		s.Fatal(err)
	}
	server, err := xcm.Listen(instance, xcm.Port{Address: "127.0.0.1:0", CertFile: s.path(good + ".crt"), KeyFile: s.path(good + ".key")})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
	})
	return server.Address()
}

// startConsole builds the console and runs it until the test ends, with regions at these addresses. It returns its public
// address.
func (s *stage) startConsole(regions map[string]string) (public string) {
	s.Helper()
	config := geography.Config{
		Format: geography.ConfigFormat, Geography: "EU", Countries: []string{"FR", "IE"}, Hostname: hostname,
		Auth: geography.ConfigAuth{Type: "None"}, LogLevel: "Debug",
		HealthChecks: geography.ConfigHealthChecks{Path: healthPath, IntervalSeconds: 300, TimeoutSeconds: 5, FailureThreshold: 10, SuccessThreshold: 1},
		Proxy:        geography.ConfigProxy{RequestTimeoutSeconds: 20, MaxRequestBodyBytes: 1 << 20, MaxConcurrentRequests: 64},
	}
	public = s.freeAddress()
	flags := []string{"--config", s.path("config.json"), "--live", s.path("live.json"), "--listen", public, "--internal-listen", s.freeAddress()}
	for id, name := range map[string]string{good: "Ireland", evil: evilName} {
		config.Regions = append(config.Regions, geography.ConfigRegion{
			ID: id, DisplayName: name, Endpoints: []geography.ConfigEndpoint{{URL: "https://" + hostOf(id)}}, CABundle: string(s.authority.CAPEM()),
		})
		flags = append(flags, "--demo-dial", hostOf(id)+":443="+regions[id])
	}
	file, err := config.Encode()
	if err != nil {
		s.Fatal(err)
	}
	s.write("config.json", file)
	root, err := cache.Root()
	if err != nil {
		s.Fatal(err)
	}
	build := exec.CommandContext(s.Context(), "go", "build", "-o", s.path("console"), "./cmd/console")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		s.Fatalf("build: %v\n%s", err, out)
	}
	s.run(exec.Command(s.path("console"), flags...))
	return public
}

// run runs a console until the test ends. Its log must hold nothing of what a region said.
func (s *stage) run(command *exec.Cmd) {
	s.Helper()
	log, err := os.Create(s.path("console.log"))
	if err != nil {
		s.Fatal(err)
	}
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	s.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil {
			s.Errorf("the console ended with %v", err)
		}
		_ = log.Close()
		text, _ := os.ReadFile(s.path("console.log"))
		for _, private := range []string{"__ran", elsewhere + "/", "panic", s.names[0]} {
			if strings.Contains(string(text), private) {
				s.Errorf("the console's log holds %q", private)
			}
		}
		if s.Failed() {
			s.Logf("the console's log ends with\n%s", text[max(0, len(text)-2000):])
		}
	})
}

// await asks the console until its answer is as it should be.
func (s *stage) await(path string, right func([]byte) bool) {
	s.Helper()
	deadline, tick := time.After(30*time.Second), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		if text, err := s.ask(path); err == nil && right(text) {
			return
		}
		select {
		case <-deadline:
			s.Fatalf("the console does not answer %s as it should", path)
		case <-tick.C:
		}
	}
}

func (s *stage) ask(path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, "http://"+s.console+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	return io.ReadAll(response.Body)
}

// readNames reads the names of the good region's clusters from its list of them.
func (s *stage) readNames(text []byte) bool {
	var list struct{ Items []struct{ Name string } }
	if json.Unmarshal(text, &list) != nil {
		return false
	}
	for _, cluster := range list.Items {
		s.names = append(s.names, cluster.Name)
	}
	return len(s.names) > 0
}

// openBrowser starts a browser whose only way out is the street, loopback apart: that it may go to, and it is watched.
func (s *stage) openBrowser() {
	s.Helper()
	program, err := chromium.Chromium(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	starter := s.path("chromium")
	script := "#!/bin/sh\nexec '" + program + "' --proxy-server=" + (&url.URL{Scheme: "http", Host: s.street.address}).String() + " \"$@\"\n"
	if err := os.WriteFile(starter, []byte(script), 0o700); err != nil {
		s.Fatal(err)
	}
	if s.page, err = browser.Launch(s.Context(), starter); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := s.page.Close(); err != nil {
			s.Errorf("the browser ended with %v", err)
		}
	})
	if err := s.page.Watch(); err != nil {
		s.Fatal(err)
	}
}

// freeAddress is one of this machine that nobody listens on.
func (s *stage) freeAddress() string {
	s.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
