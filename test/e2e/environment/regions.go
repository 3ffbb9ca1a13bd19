package environment

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

// regionIDs are the regions that run: those of the sample, and a fourth to be added to it.
var regionIDs = []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3", "aws.eu-north-1"}

// Region is one regional XCM simulator on this machine, which the pods reach at an address outside of their clusters.
type Region struct {
	*xcm.Instance
	// Host is the DNS name of its endpoint.
	Host string

	outside  netip.AddrPort
	listener net.Listener
	server   *http.Server
	tls      *tls.Config
	at       string
}

func (e *Environment) startRegions() error {
	address := cluster.Outside.Addr()
	for i, id := range regionIDs {
		address = address.Next()
		instance, err := xcm.New(xcm.Options{Region: id, Clusters: e.options.ClustersPerRegion, Seed: uint64(i + 1)})
		if err != nil {
			return err
		}
		region := &Region{Instance: instance, Host: "api." + id + ".xcm.example.com", outside: netip.AddrPortFrom(address, 443), at: "127.0.0.1:0"}
		pair, err := e.CA.Issue(region.Host)
		if err != nil {
			return err
		}
		certificate, err := tls.X509KeyPair(pair.Cert, pair.Key)
		if err != nil {
			return err
		}
		region.tls = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		if err := region.Start(); err != nil {
			return err
		}
		e.Regions[id] = region
	}
	return nil
}

// Start lets the region answer, again at the same address when it was stopped before.
func (r *Region) Start() (err error) {
	if r.listener, err = net.Listen("tcp", r.at); err != nil { //nolint:noctx // it ends with Stop
		return fmt.Errorf("region %s: %w", r.Host, err)
	}
	r.at = r.listener.Addr().String()
	r.server = &http.Server{Handler: r.Handler(), TLSConfig: r.tls, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = r.server.ServeTLS(r.listener, "", "") }()
	return nil
}

// Stop ends the region's server as a crash would: connections are cut, new ones are refused.
func (r *Region) Stop() error { return r.server.Close() }

func (r *Region) close() error {
	if err := r.Stop(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (r *Region) expose(c *cluster.Cluster) error { return c.Expose(r.outside.String(), r.at) }
