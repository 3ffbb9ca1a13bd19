package kubernetes

import (
	"context"

	"github.com/geoconsole/geoconsole-operator/hack/compile"
)

// Dex returns the path of a static Dex, the issuer of the tests: the released command with its pages inside. Without cgo it
// has no sqlite, and keeps what it knows in memory. The first build takes 3 CPU minutes; the binary has 36 MB.
func Dex(ctx context.Context) (string, error) {
	return compile.Released{
		Name: "dex", Module: "hack/kubernetes/dex", Source: "github.com/dexidp/dex", Package: "cmd/dex",
		Flags: func(version string) string { return "-X main.version=" + version },
	}.Ensure(ctx)
}
