package e2e_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

const (
	loginHost, loginURL = "login.eu-central-1.example.com", "https://login.eu-central-1.example.com/dex"
	regionHost          = "api.aws.eu-west-1.xcm.example.com"
	clustersPath        = "/api/clusters_mgmt/v1/clusters?size=1"
)

// stage is a console with one region that both take the tokens of a real issuer, each a process of its own.
type stage struct {
	*testing.T
	dir             string
	authority       *pki.Authority
	login, console  string
	region, control string
}

// TestIssuer logs in at a real Dex and works through a real console with a region that checks tokens too, both by Dex's
// keys, configured from a GeoConsole as the operator does it.
func TestIssuer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	issuer := s.dex("login", s.login)
	s.run("xcm", "--region", "aws.eu-west-1", "--clusters", "40", "--listen", s.region, "--control-listen", s.control,
		"--tls-cert", s.path("region.crt"), "--tls-key", s.path("region.key"), "--issuer", loginURL, "--issuer-ca", s.path("ca.crt"), "--issuer-dial", s.login)
	s.configure()
	s.run("console", "--config", s.path("config.json"), "--listen", s.console, "--internal-listen", "127.0.0.1:0",
		"--demo-dial", loginHost+":443="+s.login, "--demo-dial", regionHost+":443="+s.region)
	viaConsole, direct := "http://"+s.console+"/regions/aws.eu-west-1"+clustersPath, "https://"+regionHost+clustersPath

	s.await(http.StatusUnauthorized, `"cause":"TokenMissing"`, viaConsole, "")
	s.await(http.StatusUnauthorized, "--token-url "+loginURL+"/token --client-id geoconsole", viaConsole, "")
	good := s.token(issuer, "user-07")
	s.await(http.StatusOK, `"total":40`, viaConsole, good)
	s.await(http.StatusOK, `"total":40`, direct, good)
	s.await(http.StatusOK, `"username":"user-07"`, "http://"+s.console+"/regions/aws.eu-west-1/api/accounts_mgmt/v1/current_account", good)

	// An issuer of the same name, certificate, client and users that has other keys.
	foreign := s.token(s.dex("foreign", freeAddress()), "user-07")
	before := s.bearers()
	s.await(http.StatusUnauthorized, `"cause":"TokenInvalid"`, viaConsole, foreign)
	if after := s.bearers(); after != before {
		t.Errorf("the region got a foreign token: %d requests with one, %d before", after, before)
	}
	s.await(http.StatusUnauthorized, "Bearer token is not one of "+loginURL, direct, foreign)

	if err := issuer.Stop(); err != nil {
		t.Fatal(err)
	}
	s.await(http.StatusOK, `"total":40`, viaConsole, good)
	// What takes its place has other keys: they are fetched with the first token that names one.
	replaced := s.dex("replaced", s.login)
	s.await(http.StatusOK, `"total":40`, viaConsole, s.token(replaced, "user-08"))
	s.await(http.StatusUnauthorized, `"cause":"TokenInvalid"`, viaConsole, good)

	log, err := os.ReadFile(s.path("console.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(log, []byte(`"fips140":true,"fips140_module":"`+environment.FIPS+`"`)) {
		t.Error("the console does not run by the validated cryptographic module")
	}
	if bytes.Contains(log, []byte("eyJ")) || bytes.Contains(log, []byte("user-0")) {
		t.Error("the console's log holds something of a token")
	}
}

func newStage(t *testing.T) *stage {
	t.Helper()
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{T: t, dir: t.TempDir(), login: freeAddress(), console: freeAddress(), region: freeAddress(), control: freeAddress()}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.dir, "./cmd/console", "./cmd/geoconsole", "./test/xcm/cmd/xcm")
	build.Dir = root
	build.Env = append(os.Environ(), "GOFIPS140="+environment.FIPS)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if s.authority, err = pki.NewAuthority("the test of the issuer"); err != nil {
		t.Fatal(err)
	}
	s.write("ca.crt", s.authority.CAPEM())
	for name, host := range map[string]string{"login": loginHost, "region": regionHost} {
		pair, err := s.authority.Issue(host)
		if err != nil {
			t.Fatal(err)
		}
		if err := pair.Save(s.dir, name); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

func (s *stage) write(name string, content []byte) {
	s.Helper()
	if err := os.WriteFile(s.path(name), content, 0o600); err != nil {
		s.Fatal(err)
	}
}

// dex starts an issuer at an address.
func (s *stage) dex(name, listen string) *dex.Server {
	s.Helper()
	dir := s.path(name)
	if err := os.Mkdir(dir, 0o750); err != nil {
		s.Fatal(err)
	}
	server, err := dex.Start(s.Context(), dex.Options{
		Dir: dir, URL: loginURL, Listen: listen, CertFile: s.path("login.crt"), KeyFile: s.path("login.key"), CAFile: s.path("ca.crt"), ClientID: "geoconsole",
	})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = server.Stop() })
	return server
}

func (s *stage) token(issuer *dex.Server, user string) string {
	s.Helper()
	token, err := issuer.Token(s.Context(), user)
	if err != nil {
		s.Fatal(err)
	}
	return token
}

// configure writes the console's config as the operator would from the sample, with one region and an issuer.
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
	gc.Spec.Regions = gc.Spec.Regions[:1]
	gc.Spec.Auth = v1alpha1.Auth{Type: v1alpha1.AuthOIDC, OIDC: &v1alpha1.OIDC{
		IssuerURL: loginURL, ClientID: "geoconsole", Audiences: []v1alpha1.Audience{"geoconsole"}, CABundle: gc.Spec.Regions[0].CABundle,
	}}
	if text, err = yaml.Marshal(gc); err != nil {
		s.Fatal(err)
	}
	s.write("europe.yaml", text)
	render := exec.CommandContext(s.Context(), s.path("geoconsole"), "render", "-f", s.path("europe.yaml"), "--config-only",
		"--ca", "xcm-ca/ca.crt="+s.path("ca.crt"), "--image-default", "preview")
	render.Stderr = os.Stderr
	config, err := render.Output()
	if err != nil {
		s.Fatal(err)
	}
	s.write("config.json", config)
}

// run starts one of our programs until the test ends.
func (s *stage) run(program string, arguments ...string) {
	s.Helper()
	log, err := os.Create(s.path(program + ".log"))
	if err != nil {
		s.Fatal(err)
	}
	command := exec.Command(s.path(program), arguments...)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		_ = log.Close()
	})
}

// await asks until it is answered as wanted: programs start, and keys are fetched at their own pace.
func (s *stage) await(status int, holding, url, token string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 30*time.Second)
	defer cancel()
	var said string
	for {
		answered, body, err := s.ask(ctx, url, token)
		if err != nil {
			said = err.Error()
		} else if said = fmt.Sprint(answered, " ", body); answered == status && strings.Contains(body, holding) {
			return
		}
		select {
		case <-ctx.Done():
			s.Fatalf("%s: want %d with %s, got %s", url, status, holding, said)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// ask asks the console, or the region itself, which only this machine knows by its name.
func (s *stage) ask(ctx context.Context, url, token string) (status int, body string, err error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.authority.CAPEM())
	transport := &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == regionHost+":443" {
				address = s.region
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// bearers is how many requests with a token have reached the region.
func (s *stage) bearers() int {
	s.Helper()
	var seen struct{ Counters struct{ Bearer int } }
	_, body, err := s.ask(s.Context(), "http://"+s.control+"/requests", "")
	if err == nil {
		err = json.Unmarshal([]byte(body), &seen)
	}
	if err != nil {
		s.Fatal(err)
	}
	return seen.Counters.Bearer
}
