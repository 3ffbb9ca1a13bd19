package kubernetes

import (
	"context"

	"github.com/geoconsole/geoconsole-operator/hack/compile"
)

// Caddy returns the path of a static Caddy, the released command, which the console is measured beside. The first build
// takes 4 CPU minutes and 200 MB of modules; the binary has 45 MB.
func Caddy(ctx context.Context) (string, error) {
	const source = "github.com/caddyserver/caddy/v2"
	return compile.Released{
		Name: "caddy", Module: "hack/kubernetes/caddy", Source: source, Package: "cmd/caddy",
		Flags: func(version string) string { return "-X " + source + ".CustomVersion=" + version },
	}.Ensure(ctx)
}
