package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// writeImages makes what the nodes of existing clusters must have.
func (d demo) writeImages(ctx context.Context) error {
	var err error
	if d.options.Dir, err = filepath.Abs(d.images); err != nil {
		return err
	}
	names, err := environment.WriteImages(ctx, d.options)
	if err != nil {
		return err
	}
	for _, archive := range slices.Sorted(maps.Keys(names)) {
		fmt.Printf("%s\n  holds %s\n", archive, names[archive])
	}
	fmt.Printf(`
put them onto every node, for example
  for image in %[1]s/*.tar; do kind load image-archive "$image" --name CLUSTER; done
  for image in %[1]s/*.tar; do ctr -n k8s.io images import "$image"; done          # on the node itself
or push them, under names that --image-prefix gives, to a registry that the nodes pull from
  podman load -i ARCHIVE && podman push NAME
then
  HUB_KUBECONFIG=... GEO_KUBECONFIG=... go run ./test/e2e/cmd/demo   # with the same --image-prefix
`, d.options.Dir)
	return nil
}

// showExisting runs the demo in clusters that run already.
func (d demo) showExisting(ctx context.Context, dir string) (err error) {
	d.options.Dir = dir
	e, err := environment.StartExisting(ctx, d.options, d.clusters)
	if err != nil {
		return err
	}
	defer func() {
		fmt.Println("\nremoving everything from the clusters (a second Ctrl-C cuts this off)")
		if failed := e.End(ctx); failed != nil {
			err = errors.Join(err, failed)
			return
		}
		fmt.Println("nothing of the demo is left in the clusters")
	}()
	gc, err := e.Sample(ctx)
	if err != nil {
		return err
	}
	if err := e.Apply(ctx, gc); err != nil {
		return err
	}
	if err := e.AwaitReady(ctx, gc); err != nil {
		return err
	}
	if err := e.Open(ctx, gc); err != nil {
		return err
	}
	d.tellWhatToTry(e)
	<-ctx.Done()
	return nil
}

func (d demo) tellWhatToTry(e *environment.Existing) {
	hub, geography := d.clusters.HubKubeconfig, d.clusters.GeographyKubeconfig
	warning := ""
	if strings.HasPrefix(e.URL, "https:") {
		warning = "   (the browser warns: the demo's own authority signed the certificate)"
	}
	fmt.Printf(`
open %[1]s%[4]s
(nobody signs in here: an issuer would need one URL for these clusters and for this browser; the demo without them has one)

to try next, in another terminal:
  kubectl --kubeconfig %[2]s -n geoconsoles get geoconsoles -o wide
  kubectl --kubeconfig %[2]s -n geoconsoles describe geoconsole europe
  kubectl --kubeconfig %[3]s -n geoconsole delete deployment europe        # it comes back
  kubectl --kubeconfig %[3]s -n xcm scale deployment aws-eu-west-3 --replicas=0        # a region goes down; 1 heals it
  kubectl --kubeconfig %[3]s -n xcm port-forward deployment/aws-eu-west-1 9101         # then: curl http://127.0.0.1:9101/faults
  kubectl --kubeconfig %[2]s -n geoconsoles delete geoconsole europe       # the geography's cluster is emptied

Ctrl-C ends it and removes everything from the clusters.
`, e.URL, hub, geography, warning)
}
