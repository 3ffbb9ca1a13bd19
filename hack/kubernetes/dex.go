package kubernetes

import (
	"context"
	"path/filepath"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
)

// Dex returns the path of a static Dex, the issuer of the tests: the released command with its pages inside. Without cgo it
// has no sqlite, and keeps what it knows in memory. The first build takes 3 CPU minutes; the binary has 36 MB.
func Dex(ctx context.Context) (string, error) {
	const module, source = "hack/kubernetes/dex", "github.com/dexidp/dex"
	version, err := pinned(module, source)
	if err != nil {
		return "", err
	}
	dir, err := cache.Artifact{
		Name: "dex", Version: version, Inputs: []string{module, "hack/kubernetes/dex.go", programsSource},
		Build: func(ctx context.Context, dir string, progress *cache.Progress) error {
			return build{folder: module, target: source + "/cmd/dex", output: filepath.Join(dir, "dex"), flags: "-X main.version=" + version}.run(ctx, progress)
		},
	}.Ensure(ctx)
	return filepath.Join(dir, "dex"), err
}
