// Package clients builds the command-line clients of OCM as they were released, for tests: from their Go modules into the
// cache, unmodified.
package clients

import (
	"context"

	"github.com/geoconsole/geoconsole-operator/hack/compile"
)

// Ocm returns the path of a static ocm. The first build takes 6 CPU minutes; the binary has 70 MB.
func Ocm(ctx context.Context) (string, error) {
	return compile.Released{Name: "ocm", Module: "hack/clients/ocm", Source: "github.com/openshift-online/ocm-cli", Package: "cmd/ocm"}.Ensure(ctx)
}

// Rosa returns the path of a static rosa. The first build takes 6 CPU minutes, less after that of ocm.
func Rosa(ctx context.Context) (string, error) {
	return compile.Released{Name: "rosa", Module: "hack/clients/rosa", Source: "github.com/openshift/rosa", Package: "cmd/rosa"}.Ensure(ctx)
}
