// Command demo shows the main job: a hub and a geography's cluster as real Kubernetes on this machine, three regional
// XCM simulators, the operator, and config/samples/europe.yaml applied. It ends with Ctrl-C and leaves nothing.
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
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8443", "where the console is reached on this machine")
	clusters := flag.Int("clusters", 40, "clusters of each region")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *clusters); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, listen string, clusters int) error {
	if err := cluster.Supported(); err != nil {
		fmt.Printf("No Kubernetes here: %v.\nShowing the same page by plain processes instead (make preview).\n\n", err)
		preview := exec.CommandContext(ctx, "go", "run", "./test/e2e/cmd/preview", "--clusters", fmt.Sprint(clusters)) //nolint:gosec // fixed words and a number
		preview.Stdout, preview.Stderr = os.Stdout, os.Stderr
		preview.Cancel = func() error { return preview.Process.Signal(syscall.SIGTERM) }
		return preview.Run()
	}
	dir, err := os.MkdirTemp("", "geoconsole-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	began := time.Now()
	e, err := environment.Start(ctx, environment.Options{Dir: dir, Listen: listen, ClustersPerRegion: clusters, Progress: os.Stdout})
	if err != nil {
		return err
	}
	defer func() {
		fmt.Println("\nending the clusters")
		if err := e.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "demo:", err)
		}
	}()
	gc, err := e.Sample()
	if err != nil {
		return err
	}
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
open %s   (the browser warns: the demo's own authority signed the certificate, %s)

to try next, in another terminal:
  alias k=%s
  k --kubeconfig %s -n geoconsoles get geoconsoles -o wide
  k --kubeconfig %s -n geoconsoles describe geoconsole europe
  k --kubeconfig %s -n geoconsole delete deployment europe        # it comes back
  k --kubeconfig %s -n geoconsoles edit geoconsole europe         # add aws.eu-north-1, like the other regions
  k --kubeconfig %s -n geoconsoles delete geoconsole europe       # the geography's cluster is emptied

Ctrl-C ends it and leaves nothing.
`, e.URL, ca, kubectl, hub, hub, geography, hub, hub)
	return nil
}
