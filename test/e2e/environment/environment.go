// Package environment is one geography on real Kubernetes, for the demo and the end-to-end tests: a hub cluster with the
// operator, a geography cluster with a router, and three regional XCM simulators outside of both.
package environment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

// Hostname is the console's public name here: every browser leads names below localhost to this machine.
const Hostname = "console.eu.localhost"

// Options say where and how much.
type Options struct {
	// Dir is a folder for this environment alone.
	Dir string
	// Listen is where the console is reached on this machine, for example 127.0.0.1:8443.
	Listen string
	// ClustersPerRegion is how many clusters each region has from the start.
	ClustersPerRegion int
	// ImagePrefix is what the names of the images begin with; empty is registry.local, which is no registry.
	ImagePrefix string
	// Names are those that the router's certificate has besides.
	Names []string
	// Simulated changes what a region is before it starts; nil changes nothing.
	Simulated func(*xcm.Options)
	// Progress is told what is being done, a line each.
	Progress io.Writer
}

// Environment is what runs. Stop ends all of it.
type Environment struct {
	Installation
	Hub, Geography *cluster.Cluster
	// Regions are the simulators by region id; a fourth one is started and not in the sample.
	Regions map[string]*Region

	// issuer is where pods reach the issuer of StartIssuer; those of StartLogin are at other ports of its address.
	issuer netip.AddrPort
}

// Start starts everything but the GeoConsole itself. When it fails, nothing stays.
func Start(ctx context.Context, options Options) (*Environment, error) {
	e := &Environment{Installation: Installation{options: options, began: time.Now()}, Regions: map[string]*Region{}}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	return e, nil
}

func (e *Environment) start(ctx context.Context) (err error) {
	if err := cluster.Supported(); err != nil {
		return err
	}
	if e.CA, err = pki.NewAuthority("geoconsole demo"); err != nil {
		return err
	}
	if e.root, err = cache.Root(); err != nil {
		return err
	}
	e.say("building operator, console and router")
	images, err := buildImages(ctx, e.options, operatorBinary, consoleBinary, routerBinary)
	if err != nil {
		return err
	}
	if err := e.startRegions(); err != nil {
		return err
	}
	e.say("starting the hub and the geography's cluster")
	if err := e.startClusters(ctx, images); err != nil {
		return err
	}
	e.say("installing the operator, the router and the rights of the hub")
	if err := e.install(ctx); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(e.options.Listen)
	if err != nil {
		return fmt.Errorf("listen address: %w", err)
	}
	e.URL = "https://" + net.JoinHostPort(Hostname, port)
	return nil
}

func (e *Environment) startClusters(ctx context.Context, images map[string]string) error {
	hosts := map[string]string{issuerHost: e.issuer.Addr().String(), LoginHost: e.issuer.Addr().String()}
	for _, region := range e.Regions {
		for _, endpoint := range region.endpoints() {
			hosts[endpoint.Host] = endpoint.outside.Addr().String()
		}
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		e.Hub, err = cluster.Start(ctx, cluster.Options{
			Name: "hub", Index: 0, Dir: filepath.Join(e.options.Dir, "hub"), Images: []string{images[operatorBinary]},
			Audited: []string{"system:serviceaccount:" + HubNamespace + ":geoconsole-operator"},
		})
		return err
	})
	both.Go(func() (err error) {
		e.Geography, err = cluster.Start(ctx, cluster.Options{
			Name: "geo", Index: 1, Dir: filepath.Join(e.options.Dir, "geo"), Images: []string{images[consoleBinary], images[routerBinary]}, Hosts: hosts,
			Audited: []string{"system:serviceaccount:" + GeographyNamespace + ":geoconsole-hub"},
		})
		return err
	})
	if err := both.Wait(); err != nil {
		return err
	}
	if err := cluster.Connect(e.Hub, e.Geography); err != nil {
		return err
	}
	for _, region := range e.Regions {
		for _, endpoint := range region.endpoints() {
			if err := e.Geography.Expose(endpoint.outside.String(), endpoint.at); err != nil {
				return err
			}
		}
	}
	var err error
	if e.HubClient, err = newClient(e.Hub.RESTConfig()); err != nil {
		return err
	}
	e.GeographyClient, err = newClient(e.Geography.RESTConfig())
	return err
}

// Stop ends everything and returns when nothing but logs is left.
func (e *Environment) Stop() error {
	var failed error
	for _, c := range []*cluster.Cluster{e.Hub, e.Geography} {
		if c != nil {
			failed = errors.Join(failed, c.Stop())
		}
	}
	for _, region := range e.Regions {
		failed = errors.Join(failed, region.close())
	}
	return failed
}
