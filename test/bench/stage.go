package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

const (
	// goMemoryLimit is what the operator sets for a console with its default memory of 128 MiB.
	goMemoryLimit = "GOMEMLIMIT=120795948"
	consoleHost   = "console.eu.example.com"
	// fips chooses the cryptography that the console is released with, see Dockerfile.
	fips = "GOFIPS140=v1.0.0"
)

// A stage is the folder of one run, with the programs and an authority that all sides trust.
type stage struct {
	root, dir string
	authority *pki.Authority
	roots     *x509.CertPool
	running   []*process
	// also is what else has to be stopped.
	also []func() error
}

// newStage builds what is measured of this tree.
func newStage(ctx context.Context) (*stage, error) {
	root, err := cache.Root()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "geoconsole-bench-")
	if err != nil {
		return nil, err
	}
	s := &stage{root: root, dir: dir, roots: x509.NewCertPool()}
	if s.authority, err = pki.NewAuthority("geoconsole bench"); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.roots.AppendCertsFromPEM(s.authority.CAPEM())
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir, "./cmd/console", "./test/bench/floor") //nolint:gosec // fixed words and our own folder
	build.Dir, build.Stderr = root, os.Stderr
	build.Env = append(os.Environ(), fips)
	if err := build.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("build: %w", err), s.close())
	}
	return s, s.write("ca.crt", s.authority.CAPEM())
}

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

func (s *stage) write(name string, content []byte) error {
	return os.WriteFile(s.path(name), content, 0o600)
}

// issue makes a certificate for a host, in the files HOST.crt and HOST.key.
func (s *stage) issue(host string) error {
	pair, err := s.authority.Issue(host)
	if err != nil {
		return err
	}
	return pair.Save(s.dir, host)
}

// configure writes the console's config as the operator does from the sample, with other regions and, perhaps, an issuer.
func (s *stage) configure(name string, regions []string, auth v1alpha1.Auth) error {
	text, err := os.ReadFile(filepath.Join(s.root, "config/samples/europe.yaml"))
	if err != nil {
		return err
	}
	var gc v1alpha1.GeoConsole
	if err := yaml.UnmarshalStrict(text, &gc); err != nil {
		return err
	}
	bundle := gc.Spec.Regions[0].CABundle
	gc.Spec.Auth, gc.Spec.Regions, gc.Spec.Hostname = auth, nil, consoleHost
	for _, id := range regions {
		gc.Spec.Regions = append(gc.Spec.Regions, v1alpha1.Region{
			ID: id, DisplayName: id, CABundle: bundle, Endpoints: []v1alpha1.Endpoint{{URL: "https://" + hostOf(id), Country: "IE"}},
		})
	}
	if auth.OIDC != nil {
		gc.Spec.Auth.OIDC.CABundle = bundle
	}
	model, problems := geography.FromSpec(&gc, geography.Facts{
		DefaultImage: "bench", CABundles: map[v1alpha1.ConfigMapKey]string{bundle.HubConfigMap: string(s.authority.CAPEM())},
	})
	if len(problems) > 0 {
		return fmt.Errorf("the config of %s: %v", name, problems)
	}
	config, err := model.Config().Encode()
	if err != nil {
		return err
	}
	return s.write(name+".json", config)
}

// hostOf is the DNS name of a region's endpoint, which names no cloud region: the config declares its country.
func hostOf(region string) string {
	return "api." + strings.ReplaceAll(region, ".", "-") + ".example.com"
}

// A process is a program that runs until the stage closes.
type process struct {
	pid   int
	url   string
	log   string
	ended chan error
}

// console starts a console with a config and where the hosts in it are, and returns it once it answers.
func (s *stage) console(ctx context.Context, config string, hosts map[string]string) (*process, error) {
	listen, err := freeAddress()
	if err != nil {
		return nil, err
	}
	args := []string{"--config", s.path(config + ".json"), "--listen", listen, "--internal-listen", "127.0.0.1:0"}
	for host, address := range hosts {
		args = append(args, "--demo-dial", host+":443="+address)
	}
	command := exec.CommandContext(ctx, s.path("console"), args...) //nolint:gosec // our own program
	command.Env = append(os.Environ(), goMemoryLimit)
	return s.start(ctx, config, "http://"+listen, command)
}

// start runs a program, whose log is a file, until the stage closes. It returns when url answers.
func (s *stage) start(ctx context.Context, name, url string, command *exec.Cmd) (*process, error) {
	p := &process{url: url, log: s.path(name + ".log"), ended: make(chan error, 1)}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	command.Stdout, command.Stderr = log, log
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.pid = command.Process.Pid
	go func() { p.ended <- command.Wait() }()
	s.running = append(s.running, p)
	if err := p.answers(ctx); err != nil {
		text, _ := os.ReadFile(p.log)
		return nil, fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	return p, nil
}

// answers waits until the process takes connections.
func (p *process) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url, nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("does not answer at %s", p.url)
		case err := <-p.ended:
			p.ended <- nil // read again by stop
			return fmt.Errorf("ended by itself: %w", err)
		case <-tick.C:
		}
	}
}

// stop ends the process and waits for its end.
func (p *process) stop() {
	_ = syscall.Kill(p.pid, syscall.SIGTERM)
	select {
	case <-p.ended: //nolint:errcheck // it ends because it was told to
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
		<-p.ended //nolint:errcheck // likewise
	}
}

// end stops everything that runs, at the end of a part.
func (s *stage) end() {
	for _, p := range slices.Backward(s.running) {
		p.stop()
	}
	for _, stop := range slices.Backward(s.also) {
		_ = stop()
	}
	s.running, s.also = nil, nil
}

func (s *stage) close() error {
	s.end()
	return os.RemoveAll(s.dir)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// client talks to the console, and to regions themselves by their names. It keeps as many connections as are in use at once.
func (s *stage) client(hosts map[string]string, connections int) *http.Client {
	return &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: connections, DisableCompression: true, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, _ := net.SplitHostPort(address)
			if mapped, known := hosts[host]; known {
				address = mapped
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}}
}
