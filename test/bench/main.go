// Command bench measures the console beside other proxies, its lists beside a region's own, and what a hanging region
// does to the others. It prints ratios of one run and judges nothing: see docs/bench.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A part is one table of the result.
type part struct {
	name    string
	measure func(context.Context, *stage) (table, error)
}

var parts = []part{{"cpu", measureCPU}, {"lists", measureLists}, {"hanging", measureHanging}}

func main() {
	only := flag.String("only", "", "comma-separated `parts`, of cpu, lists and hanging; all when empty")
	document := flag.String("document", "", "Markdown `file` whose figures are replaced by those of this run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *only, *document); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only, document string) (err error) {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	s, err := newStage(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	began := time.Now()
	var tables []string
	for _, p := range chosen {
		measured, err := p.measure(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		tables = append(tables, measured.String())
		fmt.Println(measured)
	}
	fmt.Fprintf(os.Stderr, "bench: measured in %s\n", time.Since(began).Round(time.Second))
	if document == "" {
		return nil
	}
	return replaceFigures(document, machine()+"\n\n"+strings.Join(tables, "\n"))
}

// choose returns the parts of a comma-separated list.
func choose(only string) ([]part, error) {
	if only == "" {
		return parts, nil
	}
	var chosen []part
	for name := range strings.SplitSeq(only, ",") {
		at := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if at < 0 {
			return nil, fmt.Errorf("--only: %q is no part; choose of cpu, lists and hanging", name)
		}
		chosen = append(chosen, parts[at])
	}
	return chosen, nil
}
