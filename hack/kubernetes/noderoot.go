package kubernetes

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/hack/debian"
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
		Inputs: []string{"hack/kubernetes/noderoot.go", "hack/debian"},
		Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
			if os.Geteuid() != 0 {
				return errors.New("the files of a node must belong to root: run this as root")
			}
			if err := (debian.Packages{Names: nodePackages}).Unpack(ctx, dir, progress.Set); err != nil {
				return err
			}
			return accounts(dir)
		},
	}.Ensure(ctx)
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
