// Command build builds the command-line clients that the end-to-end tests drive, and prints their paths.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/geoconsole/geoconsole-operator/hack/clients"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "build the clients:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	for _, build := range []func(context.Context) (string, error){clients.Ocm, clients.Rosa} {
		path, err := build(ctx)
		if err != nil {
			return err
		}
		fmt.Println(path)
	}
	return nil
}
