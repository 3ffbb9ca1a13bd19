package environment

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

// What runs in pods, by the name of the binary.
const (
	operatorBinary  = "operator"
	consoleBinary   = "console"
	routerBinary    = "router"
	simulatorBinary = "xcm"
)

// localPrefix begins the names of images that are in no registry: nodes have them before pods ask.
const localPrefix = "registry.local"

// FIPS is the Go Cryptographic Module that all binaries here are built with, as those of the Dockerfile are.
const FIPS = "v1.0.0"

var binaries = map[string]struct{ source, image string }{
	operatorBinary:  {"./cmd/operator", "geoconsole-operator"},
	consoleBinary:   {"./cmd/console", "geoconsole-console"},
	routerBinary:    {"./test/e2e/router", "stand-in-router"},
	simulatorBinary: {"./test/xcm/cmd/xcm", "xcm-simulator"},
}

// image is the name of a binary's image.
func (o Options) image(binary string) string {
	return o.repository(binary) + ":dev"
}

func (o Options) repository(binary string) string {
	return cmp.Or(o.ImagePrefix, localPrefix) + "/" + binaries[binary].image
}

// WriteImages builds all that runs in pods and writes an archive of each image into the options' folder. It returns the
// names of the images by archive.
func WriteImages(ctx context.Context, options Options) (map[string]string, error) {
	archives, err := buildImages(ctx, options, operatorBinary, consoleBinary, routerBinary, simulatorBinary)
	names := map[string]string{}
	for binary, archive := range archives {
		names[archive] = options.image(binary)
	}
	return names, err
}

// buildImages compiles binaries, as the Dockerfile does, and returns the archives of their images by binary. An image has
// nothing but its binary.
func buildImages(ctx context.Context, options Options, names ...string) (map[string]string, error) {
	root, err := cache.Root()
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(options.Dir)
	if err != nil {
		return nil, err
	}
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o750); err != nil {
		return nil, err
	}
	args := []string{"build", "-ldflags=-s -w", "-o", bin}
	for _, name := range names {
		args = append(args, binaries[name].source)
	}
	build := exec.CommandContext(ctx, "go", args...) //nolint:gosec // fixed words and our own folder
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFIPS140="+FIPS)
	build.Stdout, build.Stderr = options.Progress, options.Progress
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	archives := map[string]string{}
	for _, name := range names {
		archives[name] = filepath.Join(dir, binaries[name].image+".tar")
		image := cluster.Image{
			Name: options.image(name), Entrypoint: []string{"/" + name}, User: "65532",
			Binaries: map[string]string{"/" + name: filepath.Join(bin, name)},
		}
		if _, err := image.Write(archives[name]); err != nil {
			return nil, err
		}
	}
	return archives, os.RemoveAll(bin)
}
