package debian

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// apt is apt-get with lists, downloads and a record of what is installed in a folder of its own, so that it resolves
// every dependency and leaves the machine's state as it is.
type apt struct {
	dir    string
	report func(step string)
}

// download returns the paths of the packages and of all that they depend on.
func (a apt) download(ctx context.Context, packages Packages) ([]string, error) {
	for _, folder := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(a.dir, folder), 0o750); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(a.status(), []byte(installed(packages.Present)), 0o600); err != nil {
		return nil, err
	}
	a.report("reading the lists of packages")
	if err := a.run(ctx, "update"); err != nil {
		return nil, err
	}
	install := append([]string{"install", "--download-only", "--yes", "--no-install-recommends"}, packages.Names...)
	if err := a.run(ctx, install...); err != nil {
		return nil, err
	}
	archives, err := filepath.Glob(filepath.Join(a.dir, "cache/archives/*.deb"))
	if err == nil && len(archives) < len(packages.Names) {
		err = fmt.Errorf("apt-get downloaded %d packages, want at least %d", len(archives), len(packages.Names))
	}
	return archives, err
}

func (a apt) status() string { return filepath.Join(a.dir, "status") }

// installed is the text of dpkg's status file that says so of packages, in a version that is new enough for all.
func installed(packages []string) string {
	var text strings.Builder
	for _, name := range packages {
		fmt.Fprintf(&text, "Package: %s\nStatus: install ok installed\nArchitecture: all\nVersion: 9999:0\n\n", name)
	}
	return text.String()
}

// run runs apt-get and reports each line that it says. The error ends with the last lines.
func (a apt) run(ctx context.Context, args ...string) error {
	options := []string{
		"-o", "Dir::State::Lists=" + a.dir + "/lists", "-o", "Dir::State::status=" + a.status(),
		"-o", "Dir::Cache=" + a.dir + "/cache", "-o", "APT::Sandbox::User=root",
		// An image of Debian for containers may delete what was downloaded, after it was used.
		"-o", "APT::Keep-Downloaded-Packages=true", "-o", "Binary::apt::APT::Keep-Downloaded-Packages=true",
	}
	command := exec.CommandContext(ctx, "apt-get", append(options, args...)...) //nolint:gosec // the names of packages
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		return err
	}
	var last []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		a.report("apt-get: " + lines.Text())
		last = append(last[max(0, len(last)-14):], lines.Text())
	}
	if err := command.Wait(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, strings.Join(last, "\n"))
	}
	return nil
}
