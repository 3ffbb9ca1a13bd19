// Package browser gets a Chromium for tests and the demo from Debian packages. It is kept in the cache; nothing is
// installed, and a browser that the machine has is not touched.
package browser

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/hack/debian"
)

// variable names a browser of the machine that is used instead.
const variable = "CHROMIUM"

// packages are Chromium, a font, and libraries that it opens when they are there: so that it takes none of the
// machine's. The C library is the machine's, because the program names its loader by an absolute path; both are of one
// release. A headless browser needs no desktop.
var packages = debian.Packages{
	Names:   []string{"chromium", "fonts-dejavu-core", "libpci3", "libva-drm2", "libwayland-client0"},
	Present: []string{"libc6", "x11-utils", "xdg-utils", "xdg-desktop-portal-backend"},
}

//go:embed chromium.sh
var starter []byte

//go:embed fonts.conf
var fonts []byte

// Chromium returns the path of a program that starts a headless Chromium: the one that the environment's CHROMIUM
// names, which it says on stderr, else Debian's, of which about 145 MB are loaded and 430 MB unpacked the first time.
// Root must start it with --no-sandbox. The version is the one that Debian had that day: delete the cache's folder
// chromium to get a newer one.
func Chromium(ctx context.Context) (string, error) {
	if name := os.Getenv(variable); name != "" {
		return named(name)
	}
	dir, err := cache.Artifact{
		Name:   "chromium",
		Inputs: []string{"hack/browser/browser.go", "hack/browser/chromium.sh", "hack/browser/fonts.conf", "hack/debian"},
		Build:  build,
	}.Ensure(ctx)
	if err != nil {
		return "", fmt.Errorf("%w\nWithout Debian's packages: set %s to a Chromium or Chrome of this machine", err, variable)
	}
	return filepath.Join(dir, "chromium"), nil
}

func named(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", fmt.Errorf("%s names no browser: %w; set it to the path of one, or to nothing to get Debian's", variable, err)
	}
	_, err = fmt.Fprintf(os.Stderr, "browser: %s, because %s names it\n", path, variable)
	return path, err
}

func build(ctx context.Context, dir string, progress *cache.Progress) error {
	if err := packages.Unpack(ctx, dir, progress.Set); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "fonts.conf"), fonts, 0o600); err != nil {
		return err
	}
	program := filepath.Join(dir, "chromium")
	if err := os.WriteFile(program, starter, 0o700); err != nil { //nolint:gosec // it is a program
		return err
	}
	progress.Set("starting it")
	text, err := exec.CommandContext(ctx, program, "--version").CombinedOutput() //nolint:gosec // written above
	if err != nil {
		return fmt.Errorf("debian's chromium does not start: %w: %s", err, strings.TrimSpace(string(text)))
	}
	return nil
}
