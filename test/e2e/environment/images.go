package environment

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

// The names of the images. There is no registry: nodes have them before pods ask.
const (
	operatorImage = "registry.local/geoconsole-operator:dev"
	consoleImage  = "registry.local/geoconsole-console:dev"
	routerImage   = "registry.local/stand-in-router:dev"
)

// images are the archives of the three images.
type images struct{ operator, console, router string }

// buildImages compiles what runs in pods, with the flags of the tests so that nothing is compiled twice. An image has
// nothing but its binary.
func (e *Environment) buildImages(ctx context.Context) (images, error) {
	var err error
	if e.root, err = cache.Root(); err != nil {
		return images{}, err
	}
	bin := filepath.Join(e.options.Dir, "bin")
	if err := os.MkdirAll(bin, 0o750); err != nil {
		return images{}, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", bin, "./cmd/operator", "./cmd/console", "./test/e2e/router") //nolint:gosec // fixed words and our own folder
	build.Dir = e.root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stdout, build.Stderr = e.options.Progress, e.options.Progress
	if err := build.Run(); err != nil {
		return images{}, fmt.Errorf("build: %w", err)
	}
	var out images
	for _, each := range []struct {
		name, binary string
		archive      *string
	}{
		{operatorImage, "operator", &out.operator},
		{consoleImage, "console", &out.console},
		{routerImage, "router", &out.router},
	} {
		*each.archive = filepath.Join(bin, each.binary+".tar")
		image := cluster.Image{
			Name: each.name, Entrypoint: []string{"/" + each.binary}, User: "65532",
			Binaries: map[string]string{"/" + each.binary: filepath.Join(bin, each.binary)},
		}
		if _, err := image.Write(*each.archive); err != nil {
			return images{}, err
		}
	}
	return out, nil
}
