// Package debian unpacks Debian packages, with all that they depend on, into a folder. Nothing is installed.
package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Packages are packages of this machine's release, from the archives that its apt knows.
type Packages struct {
	// Names are those wanted. What they depend on comes with them, what they recommend does not.
	Names []string
	// Present count as installed: neither they nor what only they need is downloaded.
	Present []string
}

// Unpack downloads the packages and puts their files under root, an empty folder, in the merged layout of a Debian
// system. It runs no script of a package. Files keep their owners when root calls, else they are the caller's. Report
// gets what is being done, step by step. The error of a machine without apt-get says so.
func (p Packages) Unpack(ctx context.Context, root string, report func(step string)) error {
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("this is made of Debian packages: %w; use a Debian or Ubuntu machine", err)
		}
	}
	scratch, err := os.MkdirTemp("", "geoconsole-packages-")
	if err != nil {
		return err
	}
	archives, err := apt{dir: scratch, report: report}.download(ctx, p)
	if err == nil {
		err = unpack(ctx, archives, root, report)
	}
	return errors.Join(err, os.RemoveAll(scratch))
}

// unpack puts the files of packages under root.
func unpack(ctx context.Context, archives []string, root string, report func(string)) error {
	for _, folder := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.MkdirAll(filepath.Join(root, "usr", folder), 0o755); err != nil { //nolint:gosec // a root folder is read by all
			return err
		}
		if err := os.Symlink("usr/"+folder, filepath.Join(root, folder)); err != nil {
			return err
		}
	}
	for _, archive := range archives {
		name := filepath.Base(archive)
		report("unpacking " + name)
		if err := unpackOne(ctx, archive, root); err != nil {
			return fmt.Errorf("unpack %s: %w", name, err)
		}
	}
	return nil
}

// unpackOne pipes a package's files into tar, which unlike dpkg-deb keeps the links of the merged layout.
func unpackOne(ctx context.Context, archive, root string) error {
	contents := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", archive)                                                        //nolint:gosec // a file that apt-get wrote
	extract := exec.CommandContext(ctx, "tar", "--extract", "--keep-directory-symlink", "--preserve-permissions", "--directory", root) //nolint:gosec // the caller's folder
	pipe, err := contents.StdoutPipe()
	if err != nil {
		return err
	}
	extract.Stdin = pipe
	if err := contents.Start(); err != nil {
		return err
	}
	text, err := extract.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(text)))
	}
	// When tar gave up, dpkg-deb ends only once nobody can read what it writes.
	closed := pipe.Close()
	return errors.Join(err, closed, contents.Wait())
}
