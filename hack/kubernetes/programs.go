// Package kubernetes builds real Kubernetes for tests and the demo: its components and CoreDNS from Go modules, and
// the folder that a node runs in from Debian packages. Everything is kept in the cache; nothing is installed.
package kubernetes

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/hack/compile"
)

const programsSource = "hack/kubernetes/programs.go"

// components are the names that hyperkube answers to. Links to it under these names make its folder one that
// envtest takes as KUBEBUILDER_ASSETS.
var components = []string{
	"etcd", "kubectl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet",
}

// Components returns the folder with etcd, kubectl and the Kubernetes components, links to one binary of about
// 140 MB. The first build takes 5 minutes on two cores, and 0.5 GB of modules and 3 GB of Go's build cache.
func Components(ctx context.Context) (string, error) {
	const module = "hack/kubernetes/hyperkube"
	version, err := compile.Pinned(module, "k8s.io/kubernetes")
	if err != nil {
		return "", err
	}
	return cache.Artifact{
		Name: "kubernetes", Version: version, Inputs: []string{module, programsSource, compile.Source},
		Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
			const about = "k8s.io/component-base/version."
			minor := strings.Split(version, ".")[1]
			err := compile.Build{
				Folder: module, Output: filepath.Join(dir, "hyperkube"),
				Flags: fmt.Sprintf("-X %sgitVersion=%s -X %sgitMajor=1 -X %sgitMinor=%s", about, version, about, about, minor),
			}.Run(ctx, progress)
			if err != nil {
				return err
			}
			for _, name := range components {
				if err := os.Symlink("hyperkube", filepath.Join(dir, name)); err != nil {
					return err
				}
			}
			return nil
		},
	}.Ensure(ctx)
}

// CoreDNS returns the path of a static coredns with the plugins errors, health, ready, cache, hosts and kubernetes.
func CoreDNS(ctx context.Context) (string, error) {
	const module = "hack/kubernetes/coredns"
	version, err := compile.Pinned(module, "github.com/coredns/coredns")
	if err != nil {
		return "", err
	}
	return program(ctx, module, version)
}

// Pause returns the path of the static program that holds a pod's namespaces.
func Pause(ctx context.Context) (string, error) {
	return program(ctx, "hack/kubernetes/pause", "")
}

// Program returns the path of a static program of this module, for example "test/cluster/cmd/node". The inputs are the
// further folders of this module that it is built from.
func Program(ctx context.Context, folder string, inputs ...string) (string, error) {
	return program(ctx, folder, "", append(inputs, "go.mod")...)
}

func program(ctx context.Context, folder, version string, inputs ...string) (string, error) {
	name := filepath.Base(folder)
	dir, err := cache.Artifact{
		Name: name, Version: version, Inputs: append([]string{folder, programsSource, compile.Source}, inputs...),
		Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
			return compile.Build{Folder: folder, Output: filepath.Join(dir, name)}.Run(ctx, progress)
		},
	}.Ensure(ctx)
	return filepath.Join(dir, name), err
}
