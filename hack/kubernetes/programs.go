// Package kubernetes builds real Kubernetes for tests and the demo: its components and CoreDNS from Go modules, and
// the folder that a node runs in from Debian packages. Everything is kept in the cache; nothing is installed.
package kubernetes

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
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
	version, err := pinned(module, "k8s.io/kubernetes")
	if err != nil {
		return "", err
	}
	return cache.Artifact{
		Name: "kubernetes", Version: version, Inputs: []string{module, programsSource},
		Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
			const about = "k8s.io/component-base/version."
			minor := strings.Split(version, ".")[1]
			err := build{
				folder: module, output: filepath.Join(dir, "hyperkube"),
				flags: fmt.Sprintf("-X %sgitVersion=%s -X %sgitMajor=1 -X %sgitMinor=%s", about, version, about, about, minor),
			}.run(ctx, progress)
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
	version, err := pinned(module, "github.com/coredns/coredns")
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
		Name: name, Version: version, Inputs: append([]string{folder, programsSource}, inputs...),
		Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
			return build{folder: folder, output: filepath.Join(dir, name)}.run(ctx, progress)
		},
	}.Ensure(ctx)
	return filepath.Join(dir, name), err
}

// pinned reads the version of a requirement from a module's go.mod.
func pinned(module, requirement string) (string, error) {
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(root, module, "go.mod")) //nolint:gosec // a path in this repository
	if err != nil {
		return "", err
	}
	found := regexp.MustCompile(`(?m)^(?:require|\t)\s*` + regexp.QuoteMeta(requirement) + ` (v\S+)`).FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%s/go.mod: no requirement %s", module, requirement)
	}
	return string(found[1]), nil
}

// build compiles a main package into a static binary without symbols.
type build struct {
	folder, output string
	target         string // an import path; empty is the package of the folder itself
	modfile        string // instead of the folder's go.mod
	flags          string // for the linker
}

func (b build) run(ctx context.Context, progress *cache.Progress) error {
	root, err := cache.Root()
	if err != nil {
		return err
	}
	//nolint:gosec // the arguments are constants of this package
	command := exec.CommandContext(ctx, "go", "build", "-v", "-trimpath", "-buildvcs=false", "-modfile="+b.modfile,
		"-ldflags", "-s -w "+b.flags, "-o", b.output, cmp.Or(b.target, "."))
	command.Dir = filepath.Join(root, b.folder)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	return follow(command, func(line string, count int) { progress.Set(compileStep(line, count)) })
}

// compileStep words a line of "go build -v": a download, or the name of a package that is being compiled.
func compileStep(line string, count int) string {
	if module, ok := strings.CutPrefix(line, "go: downloading "); ok {
		return "downloading " + module
	}
	return fmt.Sprintf("compiling package %d, %s", count, line)
}

// follow runs a command and reports each line of what it says on stderr, with its number. The error ends with the
// last lines.
func follow(command *exec.Cmd, report func(line string, count int)) error {
	var last []string
	count := 0
	said := &lines{each: func(line string) {
		count++
		report(line, count)
		last = append(last[max(0, len(last)-14):], line)
	}}
	command.Stderr = said
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command.Args[:2], " "), err, strings.Join(last, "\n"))
	}
	return nil
}

// lines is a writer that hands on whole lines.
type lines struct {
	each func(line string)
	rest []byte
}

func (l *lines) Write(text []byte) (int, error) {
	l.rest = append(l.rest, text...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			return len(text), nil
		}
		l.each(string(line))
		l.rest = rest
	}
}
