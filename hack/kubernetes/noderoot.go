package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
)

// nodePackages are what a node runs besides Kubernetes: kubelet mounts volumes with mount, kube-proxy writes its rules
// with nft. Their dependencies, down to the C library, come with them: nothing of the host's is used.
var nodePackages = []string{"containerd", "runc", "containernetworking-plugins", "nftables", "mount"}

// NodeRoot returns a folder that can be the root of a node's file system: Debian packages, unpacked and never
// installed. It needs apt-get and dpkg-deb, and root so that the files keep their owners; about 40 MB are loaded and
// 190 MB unpacked.
func NodeRoot(ctx context.Context) (string, error) {
	return cache.Artifact{
		Name:   "node-root",
		Inputs: []string{"hack/kubernetes/noderoot.go"},
		Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
			if os.Geteuid() != 0 {
				return errors.New("the files of a node must belong to root: run this as root")
			}
			for _, tool := range []string{"apt-get", "dpkg-deb"} {
				if _, err := exec.LookPath(tool); err != nil {
					return fmt.Errorf("nodes are made of Debian packages: %w; use a Debian or Ubuntu machine", err)
				}
			}
			scratch, err := os.MkdirTemp("", "geoconsole-packages-")
			if err != nil {
				return err
			}
			if err = apt(scratch).download(ctx, progress); err == nil {
				err = unpack(ctx, scratch, dir, progress)
			}
			return errors.Join(err, os.RemoveAll(scratch))
		},
	}.Ensure(ctx)
}

// apt is a folder with package lists, downloads and an empty list of installed packages of its own, so that apt-get
// resolves every dependency and leaves the host's state as it is.
type apt string

func (a apt) download(ctx context.Context, progress *cache.Progress) error {
	for _, folder := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(string(a), folder), 0o755); err != nil { //nolint:gosec // apt reads it as its own user
			return err
		}
	}
	if err := os.Chmod(string(a), 0o755); err != nil { //nolint:gosec // as above
		return err
	}
	if err := os.WriteFile(filepath.Join(string(a), "status"), nil, 0o600); err != nil {
		return err
	}
	progress.Set("reading the lists of packages")
	if err := a.run(ctx, progress, "update"); err != nil {
		return err
	}
	install := append([]string{"install", "--download-only", "--yes", "--no-install-recommends"}, nodePackages...)
	return a.run(ctx, progress, install...)
}

func (a apt) run(ctx context.Context, progress *cache.Progress, args ...string) error {
	options := []string{
		args[0], "-o", "Dir::State::Lists=" + string(a) + "/lists", "-o", "Dir::State::status=" + string(a) + "/status",
		"-o", "Dir::Cache=" + string(a) + "/cache", "-o", "APT::Sandbox::User=root",
		// An image of Debian for containers may delete what was downloaded, after it was used.
		"-o", "APT::Keep-Downloaded-Packages=true", "-o", "Binary::apt::APT::Keep-Downloaded-Packages=true",
	}
	command := exec.CommandContext(ctx, "apt-get", append(options, args[1:]...)...) //nolint:gosec // constants of this package
	command.Stdout = &lines{each: func(line string) { progress.Set("apt-get: " + line) }}
	return follow(command, func(line string, _ int) { progress.Set("apt-get: " + line) })
}

// unpack puts the files of all downloaded packages under root, in the merged layout of a Debian system.
func unpack(ctx context.Context, scratch, root string, progress *cache.Progress) error {
	for _, folder := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.MkdirAll(filepath.Join(root, "usr", folder), 0o755); err != nil { //nolint:gosec // a root folder is read by all
			return err
		}
		if err := os.Symlink("usr/"+folder, filepath.Join(root, folder)); err != nil {
			return err
		}
	}
	packages, err := filepath.Glob(filepath.Join(scratch, "cache/archives/*.deb"))
	if err != nil {
		return err
	}
	if len(packages) < len(nodePackages) {
		return fmt.Errorf("apt-get downloaded %d packages, want at least %d", len(packages), len(nodePackages))
	}
	for _, file := range packages {
		name := filepath.Base(file)
		progress.Set("unpacking " + name)
		if err := unpackOne(ctx, file, root); err != nil {
			return fmt.Errorf("unpack %s: %w", name, err)
		}
	}
	return accounts(root)
}

// unpackOne pipes a package's files into tar, which unlike dpkg-deb keeps the links of the merged layout.
func unpackOne(ctx context.Context, file, root string) error {
	contents := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", file)                                                           //nolint:gosec // a file that apt-get wrote
	extract := exec.CommandContext(ctx, "tar", "--extract", "--keep-directory-symlink", "--preserve-permissions", "--directory", root) //nolint:gosec // a folder of the cache
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
	return errors.Join(err, contents.Wait())
}

// accounts names root, which some programs look up; packages leave that to an installation.
func accounts(root string) error {
	files := map[string]string{ //nolint:gosec // no password is in it
		"passwd": "root:x:0:0:root:/root:/usr/sbin/nologin\n",
		"group":  "root:x:0:\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, "etc", name), []byte(text), 0o644); err != nil { //nolint:gosec // read by all
			return err
		}
	}
	return nil
}
