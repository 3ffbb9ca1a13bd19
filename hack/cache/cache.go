// Package cache keeps what takes long to build in a folder outside the tree, found again by its version and the
// hash of what it was built from. Deleting the folder is always safe.
package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Artifact is a folder that is built once for all checkouts of this machine.
type Artifact struct {
	// Name says what it is, in the folder's path and in the progress lines.
	Name string
	// Version is that of the upstream release, empty where there is none.
	Version string
	// Inputs are the files and folders, relative to the module's root, that the result depends on.
	Inputs []string
	// Parts are further texts that the result depends on, for example the folders of other artifacts.
	Parts []string
	// Build fills an empty folder. It may tell the progress what it is at.
	Build func(ctx context.Context, dir string, progress *Progress) error
}

// Dir is the cache's folder: $GEOCONSOLE_CACHE, else geoconsole below $XDG_CACHE_HOME, else below ~/.cache.
func Dir() (string, error) {
	if dir := os.Getenv("GEOCONSOLE_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "geoconsole"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the cache: %w; set GEOCONSOLE_CACHE to one", err)
	}
	return filepath.Join(home, ".cache", "geoconsole"), nil
}

// Ensure returns the artifact's folder, and builds it first when it is not there. Of several processes that ask
// at the same time one builds and the others wait. A build that fails or is killed leaves nothing that counts.
func (a Artifact) Ensure(ctx context.Context) (string, error) {
	target, err := a.path()
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.Name, err)
	}
	if exists(target) {
		return target, nil
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
		return "", err
	}
	progress := startProgress(os.Stderr, a.label())
	defer progress.stop()

	unlock, err := lock(ctx, target+".lock", func() { progress.Set("waiting for another process that builds it") })
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.Name, err)
	}
	defer unlock()
	if exists(target) {
		return target, nil
	}
	if err := a.build(ctx, target, progress); err != nil {
		return "", fmt.Errorf("%s: %w", a.label(), err)
	}
	progress.done()
	return target, nil
}

// build fills a folder of another name and renames it, so that a folder under its own name is always whole.
func (a Artifact) build(ctx context.Context, target string, progress *Progress) error {
	unfinished := target + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	if err := os.MkdirAll(unfinished, 0o755); err != nil { //nolint:gosec // programs in it are run by other users of the machine's containers
		return err
	}
	progress.Set("building")
	if err := a.Build(ctx, unfinished, progress); err != nil {
		return errors.Join(err, os.RemoveAll(unfinished))
	}
	return os.Rename(unfinished, target)
}

func (a Artifact) label() string {
	if a.Version == "" {
		return a.Name
	}
	return a.Name + " " + a.Version
}

func (a Artifact) path() (string, error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	key, err := a.key()
	if err != nil {
		return "", err
	}
	if a.Version != "" {
		key = a.Version + "-" + key
	}
	return filepath.Join(dir, a.Name, key), nil
}

// key is the start of a hash over everything that the result depends on.
func (a Artifact) key() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	write := func(text string) { _, _ = fmt.Fprintf(sum, "%d:%s", len(text), text) }
	write(runtime.Version())
	write(runtime.GOOS + "/" + runtime.GOARCH)
	for _, part := range a.Parts {
		write(part)
	}
	for _, input := range a.Inputs {
		files, err := filesBelow(filepath.Join(root, input))
		if err != nil {
			return "", err
		}
		for _, file := range files {
			name, err := filepath.Rel(root, file)
			if err != nil {
				return "", err
			}
			write(filepath.ToSlash(name))
			if err := copyFile(sum, file); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:6]), nil
}

// filesBelow lists the regular files of a folder, in order; of a file, itself.
func filesBelow(path string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	slices.Sort(files)
	return files, err
}

func copyFile(to io.Writer, path string) error {
	file, err := os.Open(path) //nolint:gosec // the paths are inputs named in this repository
	if err != nil {
		return err
	}
	_, err = io.Copy(to, file)
	return errors.Join(err, file.Close())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
