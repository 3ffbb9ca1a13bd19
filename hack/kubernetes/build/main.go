// Command build builds what is missing of Kubernetes for tests and the demo, and prints the folder with etcd,
// kube-apiserver and kubectl, which envtest takes as KUBEBUILDER_ASSETS. With --nodes it also builds what real nodes
// need, which takes root on Debian; with --traefik the ingress controller of the end-to-end tests,
// with --dex their issuer.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/geoconsole/geoconsole-operator/hack/kubernetes"
)

type builder func(context.Context) (string, error)

func main() {
	nodes := flag.Bool("nodes", false, "also build what real nodes need")
	traefik := flag.Bool("traefik", false, "also build Traefik")
	dex := flag.Bool("dex", false, "also build Dex")
	flag.Parse()
	var more []builder
	if *nodes {
		more = append(more, kubernetes.NodeRoot, kubernetes.Pause, kubernetes.CoreDNS)
	}
	if *traefik {
		more = append(more, kubernetes.Traefik)
	}
	if *dex {
		more = append(more, kubernetes.Dex)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, more); err != nil {
		fmt.Fprintln(os.Stderr, "build Kubernetes:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, more []builder) error {
	folder, err := kubernetes.Components(ctx)
	if err != nil {
		return err
	}
	for _, build := range more {
		if _, err := build(ctx); err != nil {
			return err
		}
	}
	_, err = fmt.Println(folder)
	return err
}
