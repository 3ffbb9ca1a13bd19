package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/hack/compile"
)

// legoModule is the ACME library of Traefik.
const legoModule = "github.com/go-acme/lego/v4"

// noProviders is what takes the place of lego's DNS providers: they import the client libraries of a hundred clouds.
const noProviders = `package dns

import (
	"fmt"

	"github.com/go-acme/lego/v4/challenge"
)

func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, fmt.Errorf("DNS provider %q: this build has none", name)
}
`

// Traefik returns the path of a static Traefik: the released command, all of it but the DNS providers of its ACME library,
// which are a third of the compiling and two thirds of what is loaded. (A main package of our own would save nothing:
// whatever serves requests imports the rest.) The first build takes 7 CPU minutes and 130 MB of modules; the
// binary has 140 MB.
func Traefik(ctx context.Context) (string, error) {
	const module, source = "hack/kubernetes/traefik", "github.com/traefik/traefik/v3"
	version, err := compile.Pinned(module, source)
	if err != nil {
		return "", err
	}
	dir, err := cache.Artifact{
		Name: "traefik", Version: version, Inputs: []string{module, "hack/kubernetes/traefik.go", compile.Source},
		Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
			scratch, err := os.MkdirTemp("", "traefik-")
			if err != nil {
				return err
			}
			defer func() { _ = os.RemoveAll(scratch) }()
			modfile, err := withoutProviders(ctx, module, scratch)
			if err != nil {
				return err
			}
			return compile.Build{
				Folder: module, Target: source + "/cmd/traefik", Modfile: modfile, Output: filepath.Join(dir, "traefik"),
				Flags: "-X " + source + "/pkg/version.Version=" + version,
			}.Run(ctx, progress)
		},
	}.Ensure(ctx)
	return filepath.Join(dir, "traefik"), err
}

// withoutProviders makes, in an empty folder, a copy of lego without DNS providers and a go.mod of the module that takes
// it. It returns the path of that go.mod.
func withoutProviders(ctx context.Context, module, scratch string) (string, error) {
	root, err := cache.Root()
	if err != nil {
		return "", err
	}
	lego, copied, modfile := filepath.Join(scratch, "lego"), filepath.Join(scratch, "module"), filepath.Join(scratch, "module", "go.mod")
	original, err := moduleFolder(ctx, filepath.Join(root, module), legoModule)
	if err != nil {
		return "", err
	}
	for to, from := range map[string]string{lego: original, copied: filepath.Join(root, module)} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return "", err
		}
	}
	providers := filepath.Join(lego, "providers")
	if err := os.RemoveAll(providers); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Join(providers, "dns"), 0o750); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(providers, "dns", "none.go"), []byte(noProviders), 0o600); err != nil {
		return "", err
	}
	edit := exec.CommandContext(ctx, "go", "mod", "edit", "-replace="+legoModule+"="+lego, modfile) //nolint:gosec // a folder of our own
	if out, err := edit.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go mod edit: %w\n%s", err, out)
	}
	return modfile, nil
}

// moduleFolder downloads one of the modules that another requires, and returns its folder.
func moduleFolder(ctx context.Context, module, requirement string) (string, error) {
	download := exec.CommandContext(ctx, "go", "mod", "download", "-json", requirement) //nolint:gosec // a constant of this file
	download.Dir = module
	out, err := download.Output()
	var about struct{ Dir, Error string }
	if decoding := json.NewDecoder(bytes.NewReader(out)).Decode(&about); decoding != nil || about.Dir == "" {
		return "", fmt.Errorf("go mod download %s: %s: %w", requirement, about.Error, err)
	}
	return about.Dir, nil
}
