// Command demo shows the main job: a hub and a geography's cluster as real Kubernetes on this machine, three regional
// XCM simulators, the operator, and config/samples/europe.yaml applied. It ends with Ctrl-C and leaves nothing.
//
// With HUB_KUBECONFIG and GEO_KUBECONFIG set, it does so in the clusters that these name. There nobody signs in: an issuer
// would have to have one URL for those clusters' pods and for a browser here.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// demo is what the person asked for.
type demo struct {
	options  environment.Options
	login    environment.LoginOptions
	clusters environment.ExistingClusters
	images   string
}

func main() {
	d := demo{
		options: environment.Options{Progress: os.Stdout},
		clusters: environment.ExistingClusters{
			HubKubeconfig: os.Getenv("HUB_KUBECONFIG"), GeographyKubeconfig: os.Getenv("GEO_KUBECONFIG"),
		},
	}
	flag.StringVar(&d.options.Listen, "listen", "127.0.0.1:8443", "where the console is reached on this machine")
	flag.StringVar(&d.login.Listen, "issuer-listen", "127.0.0.1:5556", "where people sign in on this machine; the issuer has this port for the console too")
	flag.IntVar(&d.options.ClustersPerRegion, "clusters", 40, "clusters of each region")
	flag.StringVar(&d.images, "images", "", "write the archives of the images for existing clusters into this folder, and end")
	flag.StringVar(&d.options.ImagePrefix, "image-prefix", "", "registry and folder of the images in existing clusters (default registry.local: loaded onto the nodes)")
	flag.StringVar(&d.clusters.GeographyServer, "geo-server", "", "https://HOST:PORT by which pods of the existing hub reach the geography's cluster (default: as in GEO_KUBECONFIG)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second Ctrl-C ends without an end in order
	if err := d.run(ctx); err != nil && (ctx.Err() == nil || errors.Is(err, environment.ErrLeft)) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1)
	}
}

func (d demo) run(ctx context.Context) error {
	hub, geography := d.clusters.HubKubeconfig != "", d.clusters.GeographyKubeconfig != ""
	switch {
	case d.images != "":
		return d.writeImages(ctx)
	case hub && geography:
		return inFolder(ctx, d.showExisting)
	case hub:
		return errors.New("HUB_KUBECONFIG is set and GEO_KUBECONFIG is not: set GEO_KUBECONFIG too, for the geography's cluster (it may be the same file)")
	case geography:
		return errors.New("GEO_KUBECONFIG is set and HUB_KUBECONFIG is not: set HUB_KUBECONFIG too, for the hub (it may be the same file)")
	case d.options.ImagePrefix != "" || d.clusters.GeographyServer != "":
		return errors.New("--image-prefix and --geo-server are for existing clusters: name them by HUB_KUBECONFIG and GEO_KUBECONFIG")
	}
	if err := cluster.Supported(); err != nil {
		fmt.Printf("No Kubernetes here: %v; or name clusters that run already by HUB_KUBECONFIG and GEO_KUBECONFIG.\n"+
			"Showing the same page by plain processes instead (make preview).\n\n", err)
		preview := exec.CommandContext(ctx, "go", "run", "./test/e2e/cmd/preview", "--clusters", fmt.Sprint(d.options.ClustersPerRegion)) //nolint:gosec // fixed words and a number
		preview.Stdout, preview.Stderr = os.Stdout, os.Stderr
		preview.Cancel = func() error { return preview.Process.Signal(syscall.SIGTERM) }
		return preview.Run()
	}
	return inFolder(ctx, d.show)
}

// inFolder gives a folder for the time of the demo.
func inFolder(ctx context.Context, show func(context.Context, string) error) error {
	dir, err := os.MkdirTemp("", "geoconsole-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	return show(ctx, dir)
}

// show runs the demo in clusters of its own.
func (d demo) show(ctx context.Context, dir string) error {
	d.options.Dir = dir
	began := time.Now()
	e, err := environment.Start(ctx, d.options)
	if err != nil {
		return err
	}
	defer func() {
		fmt.Println("\nending the clusters")
		if err := e.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "demo:", err)
		}
	}()
	d.login.Consoles = []string{e.URL}
	login, err := e.StartLogin(ctx, d.login)
	if err != nil {
		return fmt.Errorf("--issuer-listen %s: %w", d.login.Listen, err)
	}
	defer func() { _ = login.Stop() }()
	gc, err := e.Sample()
	if err != nil {
		return err
	}
	gc.Spec.Auth = login.Auth()
	if err := e.Apply(ctx, gc); err != nil {
		return err
	}
	if err := e.AwaitReady(ctx, gc); err != nil {
		return err
	}
	if err := tellWhatToTry(e, filepath.Join(dir, "ca.crt")); err != nil {
		return err
	}
	fmt.Printf("(from nothing to here: %.0f s)\n", time.Since(began).Seconds())
	select {
	case <-ctx.Done():
	case <-e.Hub.Done():
		return errors.Join(errors.New("the hub ended by itself"), e.Hub.Err())
	case <-e.Geography.Done():
		return errors.Join(errors.New("the geography's cluster ended by itself"), e.Geography.Err())
	}
	return nil
}

func tellWhatToTry(e *environment.Environment, ca string) error {
	if err := os.WriteFile(ca, e.CA.CAPEM(), 0o600); err != nil {
		return err
	}
	hub, err := e.KubeconfigFile(e.Hub)
	if err != nil {
		return err
	}
	geography, err := e.KubeconfigFile(e.Geography)
	if err != nil {
		return err
	}
	kubectl, err := e.KubectlPath(context.Background())
	if err != nil {
		return err
	}
	fmt.Printf(`
open %s   (the browser warns, of the issuer too: the demo's own authority signed the certificates, %s)
sign in as %s@example.com by the password: %s

to try next, in another terminal:
  alias k=%s
  k --kubeconfig %s -n geoconsoles get geoconsoles -o wide
  k --kubeconfig %s -n geoconsoles describe geoconsole europe
  k --kubeconfig %s -n geoconsole delete deployment europe        # it comes back
  k --kubeconfig %s -n geoconsoles edit geoconsole europe         # add aws.eu-north-1, like the other regions
  k --kubeconfig %s -n geoconsoles delete geoconsole europe       # the geography's cluster is emptied

Ctrl-C ends it and leaves nothing.
`, e.URL, ca, dex.Users[0], dex.Password, kubectl, hub, hub, geography, hub, hub)
	return nil
}
