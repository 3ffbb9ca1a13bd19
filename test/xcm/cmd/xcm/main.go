// Command xcm serves a regional OCM instance from memory, for tests, the preview and the demo.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

// grace is how long requests may take to end after SIGTERM.
const grace = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newCommand().ExecuteContext(ctx); err != nil {
		os.Exit(1)
	}
}

func newCommand() *cobra.Command {
	var (
		options xcm.Options
		port    xcm.Port
		control string
	)
	command := &cobra.Command{
		Use:          "xcm --region aws.eu-west-1",
		Short:        "A regional OCM instance in memory",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			return run(command.Context(), options, port, control)
		},
	}
	flags := command.Flags()
	flags.StringVar(&options.Region, "region", "aws.eu-west-1", "id of the XCM region to play")
	flags.StringSliceVar(&options.CloudRegions, "cloud-regions", nil, "cloud regions in which it creates clusters (default: the one in --region)")
	flags.IntVar(&options.Clusters, "clusters", 40, "how many clusters there are from the start")
	flags.Uint64Var(&options.Seed, "seed", 1, "decides all about these clusters")
	flags.DurationVar(&options.Latency, "latency", 0, "added to every answer")
	flags.Float64Var(&options.Pace, "pace", 1, "how many times faster than life clusters install and uninstall; at 1 those of the start do not move")
	flags.BoolVar(&options.Auth, "auth", false, "demand a bearer token, that parses as a JWT, on /api")
	flags.StringVar(&options.Issuer.URL, "issuer", "", "demand tokens of this issuer, checked with its keys (https://...)")
	flags.StringVar(&options.Issuer.CAFile, "issuer-ca", "", "PEM file with the authorities of the issuer's certificate (default: the system's)")
	flags.StringVar(&options.Issuer.Dial, "issuer-dial", "", "host:port that is dialled in place of the issuer's")
	flags.StringVar(&port.Address, "listen", "127.0.0.1:9001", "address of the region")
	flags.StringVar(&port.CertFile, "tls-cert", "", "PEM file with the certificate (default: plain HTTP)")
	flags.StringVar(&port.KeyFile, "tls-key", "", "PEM file with the key")
	flags.StringVar(&control, "control-listen", "", "address of the control port: /faults, /requests, /reset, /hasten (default: none)")
	command.MarkFlagsRequiredTogether("tls-cert", "tls-key")
	return command
}

// run serves until ctx ends or a port fails.
func run(ctx context.Context, options xcm.Options, port xcm.Port, control string) error {
	instance, err := xcm.New(options)
	if err != nil {
		return err
	}
	server, err := xcm.Listen(instance, port)
	if err != nil {
		return err
	}
	slog.Info("serving", "region", options.Region, "clusters", options.Clusters, "address", server.Address(), "tls", port.CertFile != "")
	controlServer, failed := &http.Server{Handler: instance.Control(), ReadHeaderTimeout: 10 * time.Second}, make(chan error, 1)
	if control != "" {
		listener, err := net.Listen("tcp", control)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", control, err)
		}
		slog.Info("control", "address", listener.Addr().String())
		go func() { failed <- controlServer.Serve(listener) }()
	}
	select {
	case <-ctx.Done():
	case err = <-server.Failed():
	case err = <-failed:
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return errors.Join(err, server.Shutdown(ending), controlServer.Shutdown(ending))
}
