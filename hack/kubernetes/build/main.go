// Command build builds what is missing of Kubernetes for tests and the demo, and prints the folder with etcd,
// kube-apiserver and kubectl, which envtest takes as KUBEBUILDER_ASSETS. With --nodes it also builds what real nodes
// need, which takes root on Debian.
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

func main() {
	nodes := flag.Bool("nodes", false, "also build what real nodes need")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, *nodes); err != nil {
		fmt.Fprintln(os.Stderr, "build Kubernetes:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, nodes bool) error {
	folder, err := kubernetes.Components(ctx)
	if err != nil {
		return err
	}
	if nodes {
		for _, ensure := range []func(context.Context) (string, error){kubernetes.NodeRoot, kubernetes.Pause, kubernetes.CoreDNS} {
			if _, err := ensure(ctx); err != nil {
				return err
			}
		}
	}
	_, err = fmt.Println(folder)
	return err
}
