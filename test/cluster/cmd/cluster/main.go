// Command cluster runs real Kubernetes clusters on this machine until Ctrl-C.
//
//	cluster run FOLDER NAME...   starts clusters that reach each other, and writes FOLDER/NAME.kubeconfig for kubectl
//	cluster sweep                removes the cgroups of clusters that could not be ended in order, as every start does
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "sweep":
		return cluster.Sweep()
	case len(args) > 2 && args[0] == "run":
		return runClusters(ctx, args[1], args[2:])
	default:
		return errors.New("say \"cluster run FOLDER NAME...\" or \"cluster sweep\"")
	}
}

func runClusters(ctx context.Context, dir string, names []string) (err error) {
	began := time.Now()
	clusters, err := startAll(ctx, dir, names)
	defer func() {
		for _, c := range clusters {
			if c != nil {
				err = errors.Join(err, c.Stop())
			}
		}
	}()
	if err != nil {
		return err
	}
	for _, c := range clusters {
		text, err := c.Kubeconfig(cluster.FromHost)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, c.Name()+".kubeconfig")
		if err := os.WriteFile(path, text, 0o600); err != nil { //nolint:gosec // the folder that the person named
			return err
		}
		fmt.Printf("%s: KUBECONFIG=%s, logs in %s\n", c.Name(), path, c.Logs())
	}
	fmt.Printf("ready after %s; Ctrl-C ends all of it\n", time.Since(began).Round(100*time.Millisecond))
	<-ctx.Done()
	return nil
}

func startAll(ctx context.Context, dir string, names []string) ([]*cluster.Cluster, error) {
	clusters := make([]*cluster.Cluster, len(names))
	starts, ctx := errgroup.WithContext(ctx)
	for index, name := range names {
		starts.Go(func() (err error) {
			clusters[index], err = cluster.Start(ctx, cluster.Options{Name: name, Index: index, Dir: filepath.Join(dir, name)})
			return err
		})
	}
	if err := starts.Wait(); err != nil {
		return clusters, err
	}
	for index, one := range clusters {
		for _, other := range clusters[index+1:] {
			if err := cluster.Connect(one, other); err != nil {
				return clusters, err
			}
		}
	}
	return clusters, nil
}
