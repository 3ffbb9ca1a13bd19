package clients_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
)

const (
	consoleHost = "console.eu.example.com" // the sample's
	loginHost   = "login.eu-central-1.example.com"
	loginURL    = "https://" + loginHost + "/dex"
	clientID    = "geoconsole"
	user        = "user-07"
	clustersAPI = "/api/clusters_mgmt/v1/clusters"

	ireland   = "aws.eu-west-1"
	frankfurt = "aws.eu-central-1"
	paris     = "aws.eu-west-3"
)

type simulation struct{ id, clusters, cloudRegions string }

// simulated are the regions of the sample, as they are played: 250 clusters. Ireland serves Stockholm too, which has no
// instance of its own.
var simulated = []simulation{
	{ireland, "100", "eu-west-1,eu-north-1"},
	{frankfurt, "90", "eu-central-1"},
	{paris, "60", "eu-west-3"},
}

// stage is one geography as processes of this machine: its regions, its issuer, its console, and the street that clients take.
type stage struct {
	*testing.T
	dir       string
	programs  string
	host      string // the console's public name
	loopback  string
	ports     int // how many of its ports are given away
	authority *pki.Authority
	street    *street
	packets   *packets  // where the console is on a real node
	browsers  *enclosed // there too
	asker     *http.Client
	controls  map[string]string // of the regions: where their faults are put and their requests read
	spoiled   string            // the region that has a fault
	token     string
	words     map[string]string // what stands for a word in braces in a command line
}

// within is the stage for a part of the test.
func (s *stage) within(t *testing.T) *stage {
	part := *s
	part.T = t
	return &part
}

// buildPrograms builds ours into a folder of the test.
func buildPrograms(t *testing.T) string {
	t.Helper()
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "./cmd/console", "./cmd/geoconsole", "./test/xcm/cmd/xcm", "./test/e2e/clients/sdk")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return dir
}

func newStage(t *testing.T, programs, host string) *stage {
	t.Helper()
	s := &stage{T: t, dir: t.TempDir(), programs: programs, host: host, loopback: newLoopback(), controls: map[string]string{}}
	var err error
	if s.authority, err = pki.NewAuthority("the test of the clients"); err != nil {
		t.Fatal(err)
	}
	s.write("ca.crt", s.authority.CAPEM())
	login, console := s.address(), s.address()
	issuer := s.startIssuer(login)
	flags := []string{"--demo-dial", loginHost + ":443=" + login}
	for i, region := range simulated {
		at := s.address()
		s.startRegion(i, at, login)
		flags = append(flags, "--demo-dial", "api."+region.id+".xcm.example.com:443="+at)
	}
	s.configure()
	s.hold("", v1alpha1.RegionActive, "")
	s.awaitRegions()
	s.run("console", append(flags, "--config", s.path("config.json"), "--live", s.path("live.json"), "--listen", console, "--internal-listen", "127.0.0.1:0")...)
	there := house{url: &url.URL{Scheme: "http", Host: console}}
	s.openStreet(there, login)
	if s.token, err = issuer.Token(t.Context(), user); err != nil {
		t.Fatal(err)
	}
	s.awaitHealthy()
	s.words = s.chooseWords()
	return s
}

// url is the console's.
func (s *stage) url() string { return "https://" + s.host }

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

func (s *stage) write(name string, content []byte) {
	s.Helper()
	if err := os.WriteFile(s.path(name), content, 0o600); err != nil {
		s.Fatal(err)
	}
}

// certify saves a certificate for hosts.
func (s *stage) certify(name string, hosts ...string) pki.Pair {
	s.Helper()
	pair, err := s.authority.Issue(hosts...)
	if err == nil {
		err = pair.Save(s.dir, name)
	}
	if err != nil {
		s.Fatal(err)
	}
	return pair
}

func (s *stage) startIssuer(listen string) *dex.Server {
	s.Helper()
	s.certify("login", loginHost)
	issuer, err := dex.Start(s.Context(), dex.Options{
		Dir: s.dir, URL: loginURL, Listen: listen, CertFile: s.path("login.crt"), KeyFile: s.path("login.key"), CAFile: s.path("ca.crt"), ClientID: clientID,
	})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = issuer.Stop() })
	return issuer
}

func (s *stage) startRegion(i int, listen, login string) {
	s.Helper()
	region := simulated[i]
	s.certify(region.id, "api."+region.id+".xcm.example.com")
	s.controls[region.id] = "http://" + s.address()
	s.run("xcm", "--region", region.id, "--cloud-regions", region.cloudRegions, "--clusters", region.clusters, "--seed", fmt.Sprint(i+1),
		"--listen", listen, "--control-listen", strings.TrimPrefix(s.controls[region.id], "http://"),
		"--tls-cert", s.path(region.id+".crt"), "--tls-key", s.path(region.id+".key"),
		"--issuer", loginURL, "--issuer-ca", s.path("ca.crt"), "--issuer-dial", login)
}

// refine makes the sample the geography that is driven.
func (s *stage) refine(gc *v1alpha1.GeoConsole) {
	gc.Spec.Hostname = s.host
	gc.Spec.Exposure.RegionHosts = v1alpha1.RegionHostsEnabled
	gc.Spec.HealthChecks = v1alpha1.HealthChecks{IntervalSeconds: 2, TimeoutSeconds: 1, FailureThreshold: 2, SuccessThreshold: 2}
	gc.Spec.Auth = v1alpha1.Auth{Type: v1alpha1.AuthOIDC, OIDC: &v1alpha1.OIDC{
		IssuerURL: loginURL, ClientID: clientID, Audiences: []v1alpha1.Audience{clientID}, CABundle: gc.Spec.Regions[0].CABundle,
	}}
}

// configure writes the console's config as the operator would, from the sample with an issuer.
func (s *stage) configure() {
	s.Helper()
	root, err := cache.Root()
	if err != nil {
		s.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "config/samples/europe.yaml"))
	if err != nil {
		s.Fatal(err)
	}
	var gc v1alpha1.GeoConsole
	if err := yaml.UnmarshalStrict(text, &gc); err != nil {
		s.Fatal(err)
	}
	s.refine(&gc)
	if text, err = yaml.Marshal(gc); err != nil {
		s.Fatal(err)
	}
	s.write("europe.yaml", text)
	render := exec.CommandContext(s.Context(), s.program("geoconsole"), "render", "-f", s.path("europe.yaml"), "--config-only",
		"--ca", "xcm-ca/ca.crt="+s.path("ca.crt"), "--image-default", "preview")
	render.Stderr = os.Stderr
	config, err := render.Output()
	if err != nil {
		s.Fatal(err)
	}
	s.write("config.json", config)
}

// program is the path of one of ours.
func (s *stage) program(name string) string { return filepath.Join(s.programs, name) }

// run starts one of our programs until the test ends.
func (s *stage) run(program string, arguments ...string) {
	s.Helper()
	log, err := os.OpenFile(s.path(program+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.Fatal(err)
	}
	command := exec.Command(s.program(program), arguments...)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		_ = log.Close()
		if text, err := os.ReadFile(s.path(program + ".log")); err == nil && s.Failed() {
			s.Logf("the end of the log of %s:\n%s", program, text[max(0, len(text)-4000):])
		}
	})
}

// openStreet leads from the public names to the console and the issuer. A region's own host is a name below the console's.
func (s *stage) openStreet(there house, login string) {
	s.Helper()
	pair := s.certify("router", s.host, "*."+s.host, loginHost)
	certificate, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		s.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.authority.CAPEM())
	s.street, err = openStreet(map[string]house{
		s.host: there, "." + s.host: there, loginHost: {url: &url.URL{Scheme: "https", Host: login}, name: loginHost},
	}, certificate, roots)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(s.street.close)
	proxy, err := url.Parse(s.street.proxy)
	if err != nil {
		s.Fatal(err)
	}
	s.asker = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme == "https" {
				return proxy, nil
			}
			return nil, nil // the control ports are not on the street
		},
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}}
}

// stages counts those of this process.
var stages atomic.Int32

// newLoopback is an address of this machine that only one stage uses. A port of 127.0.0.1 that is looked up beforehand may
// be another connection's by the time that a program listens on it, and again while a region refuses connections.
func newLoopback() string {
	process := os.Getpid()
	return fmt.Sprintf("127.%d.%d.%d", 100+stages.Add(1), process>>8&0xff, process&0xff)
}

// address is one that nobody else listens on.
func (s *stage) address() string {
	s.ports++
	return fmt.Sprintf("%s:%d", s.loopback, 10_000+s.ports)
}
