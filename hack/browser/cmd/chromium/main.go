// Command chromium gets a headless Chromium into the cache when it is not there, and prints the path of the program.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/geoconsole/geoconsole-operator/hack/browser"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	path, err := browser.Chromium(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "get a browser:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}
