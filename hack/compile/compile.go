// Package compile builds programs from Go modules, static and without symbols: what tests run that is not of this module
// has a go.mod of its own that pins it.
package compile

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

// Source is this file: an input of all that is built by it.
const Source = "hack/compile/compile.go"

// Pinned reads the version of a requirement from a module's go.mod. The module is a folder of this repository.
func Pinned(module, requirement string) (string, error) {
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

// Released is a command of somebody else's module, as that was released.
type Released struct {
	// Name is that of the binary, Module the folder whose go.mod pins Source, Package the command below Source.
	Name, Module, Source, Package string
	// Flags are for the linker, made from the version; nil is none.
	Flags func(version string) string
}

// Ensure returns the path of the binary, and builds it first where it never was.
func (r Released) Ensure(ctx context.Context) (string, error) {
	version, err := Pinned(r.Module, r.Source)
	if err != nil {
		return "", err
	}
	build := Build{Folder: r.Module, Target: r.Source + "/" + r.Package}
	if r.Flags != nil {
		build.Flags = r.Flags(version)
	}
	dir, err := cache.Artifact{
		Name: r.Name, Version: version, Inputs: []string{r.Module, Source}, Parts: []string{build.Target, build.Flags},
		Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
			build.Output = filepath.Join(dir, r.Name)
			return build.Run(ctx, progress)
		},
	}.Ensure(ctx)
	return filepath.Join(dir, r.Name), err
}

// Build compiles a main package into a static binary without symbols.
type Build struct {
	Folder, Output string
	Target         string // an import path; empty is the package of the folder itself
	Modfile        string // instead of the folder's go.mod
	Flags          string // for the linker
}

// Run compiles, and tells the progress what.
func (b Build) Run(ctx context.Context, progress *cache.Progress) error {
	root, err := cache.Root()
	if err != nil {
		return err
	}
	//nolint:gosec // the arguments are constants of this repository
	command := exec.CommandContext(ctx, "go", "build", "-v", "-trimpath", "-buildvcs=false", "-modfile="+b.Modfile,
		"-ldflags", "-s -w "+b.Flags, "-o", b.Output, cmp.Or(b.Target, "."))
	command.Dir = filepath.Join(root, b.Folder)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	return follow(command, func(line string, count int) { progress.Set(step(line, count)) })
}

// step words a line of "go build -v": a download, or the name of a package that is being compiled.
func step(line string, count int) string {
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
