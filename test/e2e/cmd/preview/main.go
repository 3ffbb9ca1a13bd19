// Command preview shows the console without Kubernetes: three regional XCM simulators, an issuer and one console as plain
// processes on loopback, configured from config/samples/europe.yaml by `geoconsole render`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
)

const sample = "config/samples/europe.yaml"

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "where the console listens")
	login := flag.String("issuer-listen", "127.0.0.1:5556", "where people sign in")
	clusters := flag.Int("clusters", 40, "clusters of each region")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, addresses{*listen, *login}, *clusters); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
}

// addresses are those that a browser is led to.
type addresses struct{ console, login string }

// preview is the folder and the processes of one run.
type preview struct {
	dir       string
	authority *pki.Authority
	ended     chan error
}

func run(ctx context.Context, at addresses, clusters int) error {
	dir, err := os.MkdirTemp("", "geoconsole-preview-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, cancel := context.WithCancel(ctx)
	p := preview{dir: dir, ended: make(chan error, 8)}
	running := 0
	defer func() {
		cancel()
		for range running {
			<-p.ended //nolint:errcheck // they end because they were told to
		}
	}()

	fmt.Println("building console, simulator and geoconsole ...")
	build := exec.CommandContext(ctx, "go", "build", "-o", dir, "./cmd/console", "./cmd/geoconsole", "./test/xcm/cmd/xcm") //nolint:gosec // fixed words and our own folder
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	gc, err := readSample()
	if err != nil {
		return err
	}
	if p.authority, err = pki.NewAuthority("geoconsole preview"); err != nil {
		return err
	}
	if err := os.WriteFile(p.path("ca.crt"), p.authority.CAPEM(), 0o600); err != nil {
		return err
	}
	issuer, err := p.startIssuer(ctx, at)
	if err != nil {
		return fmt.Errorf("--issuer-listen %s: %w", at.login, err)
	}
	defer func() { _ = issuer.Stop() }()
	dials, controls, err := p.startRegions(ctx, gc.Spec.Regions, clusters)
	running = len(controls)
	if err != nil {
		return err
	}
	if err := p.writeConfig(ctx, gc, at); err != nil {
		return err
	}
	dials = append(dials, "--demo-dial", loginHost+":"+at.loginPort()+"="+at.login)
	if err := p.start(ctx, "console", append(dials, "--config", p.path("config.json"), "--listen", at.console, "--internal-listen", "127.0.0.1:0")...); err != nil {
		return err
	}
	running++
	if err := p.answers(ctx, "http://"+at.console+"/api/geo/v1/health"); err != nil {
		return err
	}
	tellWhatToTry(at, controls)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-p.ended:
		running--
		return fmt.Errorf("a process ended by itself: %w", err)
	}
}

func (p preview) path(name string) string { return filepath.Join(p.dir, name) }

func readSample() (*v1alpha1.GeoConsole, error) {
	text, err := os.ReadFile(sample)
	if err != nil {
		return nil, fmt.Errorf("run this in the folder of go.mod: %w", err)
	}
	var gc v1alpha1.GeoConsole
	if err := yaml.UnmarshalStrict(text, &gc); err != nil {
		return nil, fmt.Errorf("%s: %w", sample, err)
	}
	return &gc, nil
}

// startRegions starts a simulator for every region of the sample. It returns the console's flags that lead the
// regions' names to them, and where each one's faults are controlled.
func (p preview) startRegions(ctx context.Context, regions []v1alpha1.Region, clusters int) (dials []string, controls map[string]string, err error) {
	controls = map[string]string{}
	for i, region := range regions {
		endpoint, err := url.Parse(region.Endpoints[0].URL)
		if err != nil {
			return nil, controls, err
		}
		pair, err := p.authority.Issue(endpoint.Hostname())
		if err != nil {
			return nil, controls, err
		}
		if err := pair.Save(p.dir, region.ID); err != nil {
			return nil, controls, err
		}
		address, err := freeAddress()
		if err != nil {
			return nil, controls, err
		}
		control, err := freeAddress()
		if err != nil {
			return nil, controls, err
		}
		if err := p.start(ctx, "xcm", "--region", region.ID, "--listen", address, "--control-listen", control,
			"--tls-cert", p.path(region.ID+".crt"), "--tls-key", p.path(region.ID+".key"),
			"--clusters", fmt.Sprint(clusters), "--seed", fmt.Sprint(i+1)); err != nil {
			return nil, controls, err
		}
		controls[region.ID] = control
		dials = append(dials, "--demo-dial", endpoint.Hostname()+":443="+address)
	}
	return dials, controls, nil
}

// writeConfig renders the sample with the issuer that is here, as an operator would.
func (p preview) writeConfig(ctx context.Context, gc *v1alpha1.GeoConsole, at addresses) error {
	gc.Spec.Auth = at.auth(gc.Spec.Regions[0].CABundle)
	text, err := yaml.Marshal(gc)
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.path("europe.yaml"), text, 0o600); err != nil {
		return err
	}
	render := exec.CommandContext(ctx, p.path("geoconsole"), "render", "-f", p.path("europe.yaml"), "--config-only", //nolint:gosec // our own binary
		"--ca", "xcm-ca/ca.crt="+p.path("ca.crt"), "--image-default", "preview")
	render.Stderr = os.Stderr
	config, err := render.Output()
	if err != nil {
		return fmt.Errorf("geoconsole render: %w", err)
	}
	return os.WriteFile(p.path("config.json"), config, 0o600)
}

// start runs one of our binaries until ctx ends; its log goes to a file beside it.
func (p preview) start(ctx context.Context, binary string, args ...string) error {
	log, err := os.OpenFile(p.path(binary+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, p.path(binary), args...) //nolint:gosec // our own binaries
	command.Stdout, command.Stderr = log, log
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second
	if err := command.Start(); err != nil {
		return err
	}
	go func() {
		err := command.Wait()
		_ = log.Close()
		if err != nil && ctx.Err() == nil {
			text, _ := os.ReadFile(p.path(binary + ".log"))
			err = fmt.Errorf("%s: %w\n%s", binary, err, text)
		}
		p.ended <- err
	}()
	return nil
}

// answers waits until the console answers at all; a region may still be unprobed.
func (p preview) answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the console does not answer at %s", address)
		case err := <-p.ended:
			p.ended <- nil // counted again when all are awaited
			return err
		case <-tick.C:
		}
	}
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func tellWhatToTry(at addresses, controls map[string]string) {
	fmt.Printf("\nopen http://%s\nsign in as %s@example.com by the password: %s   (the browser warns: the preview's own authority signed the issuer's certificate)\n\nto try next:\n",
		at.console, dex.Users[0], dex.Password)
	for id, control := range controls {
		fmt.Printf("  make %s refuse connections:  curl -X PUT http://%s/faults -d '{\"refuse\":true}'   (and back: curl -X POST http://%s/reset)\n", id, control, control)
		break
	}
	fmt.Println("  work on the user interface:  cd web && npm run dev\n\nCtrl-C ends it.")
}
