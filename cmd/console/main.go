// Console serves one geography's console. It is configured by one file, --config, which the operator writes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"syscall"

	"github.com/geoconsole/geoconsole-operator/internal/console"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
	"github.com/geoconsole/geoconsole-operator/web"
)

func main() { os.Exit(start(os.Args[1:], os.Stderr, web.Assets)) }

// start runs the console until SIGTERM or an interrupt, and returns the exit code.
func start(args []string, log io.Writer, assets func() (fs.FS, error)) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	err := run(ctx, args, log, assets)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	slog.New(slog.NewJSONHandler(log, nil)).Error("the console does not run", "error", err.Error())
	return 1
}

func run(ctx context.Context, args []string, log io.Writer, assets func() (fs.FS, error)) error {
	console.WithholdStandardLog()
	if err := console.ForbidCoreDumps(); err != nil {
		return err
	}
	f, err := parse(args, log)
	if err != nil {
		return err
	}
	ui, err := assets()
	if err != nil {
		return err
	}
	c, err := console.New(console.Settings{ConfigFile: f.config, LiveFile: f.live, DemoDial: f.demoDial, UI: ui, Log: log})
	if err != nil {
		return err
	}
	public, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	internal, err := net.Listen("tcp", f.internalListen)
	if err != nil {
		return errors.Join(fmt.Errorf("--internal-listen: %w", err), public.Close())
	}
	return c.Serve(ctx, public, internal)
}

// flags are the command line.
type flags struct {
	config, live, listen, internalListen string
	demoDial                             map[string]netip.AddrPort
}

func parse(args []string, output io.Writer) (flags, error) {
	f := flags{demoDial: map[string]netip.AddrPort{}}
	set := flag.NewFlagSet("console", flag.ContinueOnError)
	set.SetOutput(output)
	set.StringVar(&f.config, "config", "", "the config `file`, as the operator writes it (required)")
	set.StringVar(&f.live, "live", "", "the live config `file`, as the operator writes it, read again each second; without it every region is Active")
	set.StringVar(&f.listen, "listen", ":8080", "`address` of the public port")
	set.StringVar(&f.internalListen, "internal-listen", ":8081", "`address` of the internal port: /healthz, /readyz, /metrics, /status")
	set.Func("demo-dial", "`host:port=addr:port`: connect there instead and refuse no address for it; may be repeated; for demo and preview only",
		func(value string) error {
			destination, address, err := proxy.DemoDial(value)
			f.demoDial[destination] = address
			return err
		})
	if err := set.Parse(args); err != nil {
		return flags{}, err
	}
	if set.NArg() > 0 {
		return flags{}, fmt.Errorf("%q is no flag; the console takes flags only", set.Arg(0))
	}
	if f.config == "" {
		return flags{}, errors.New("--config is missing; give it the config file")
	}
	return f, nil
}
