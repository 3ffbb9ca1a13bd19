// Command node runs one machine of a test cluster. "node keep FOLDER" runs on the host, as long as its standard input
// is open, and starts "node boot FOLDER" inside. Package test/cluster starts it; people start test/cluster/cmd/cluster.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/geoconsole/geoconsole-operator/test/cluster/node"
)

func main() {
	// The kernel ends the node with the thread that started it: hold on to the first one, which lasts.
	runtime.LockOSThread()
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "keep" {
		ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		defer cancel()
		return node.Keep(ctx, args[1], os.Stdin)
	}
	if len(args) == 2 && args[0] == "boot" {
		return node.Boot(args[1])
	}
	return errors.New("usage: node keep|boot FOLDER")
}
