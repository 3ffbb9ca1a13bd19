package environment

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

// regionIDs are the regions that run: those of the sample, and a fourth to be added to it.
var regionIDs = []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3", "aws.eu-north-1"}

// Region is one regional XCM simulator on this machine, with two endpoints for the one instance.
type Region struct {
	*xcm.Instance
	// Endpoint is the one of the sample.
	*Endpoint
	// Standby is one more.
	Standby *Endpoint
}

// Endpoint is where pods reach what runs on this machine: a DNS name, at an address outside of their clusters.
type Endpoint struct {
	// Host is the DNS name.
	Host string

	handler     http.Handler
	outside     netip.AddrPort
	certificate atomic.Pointer[tls.Certificate]
	listener    net.Listener
	server      *http.Server
	tls         *tls.Config
	at          string
}

func (e *Environment) startRegions() error {
	address := cluster.Outside.Addr()
	next := func() netip.AddrPort {
		address = address.Next()
		return netip.AddrPortFrom(address, 443)
	}
	for i, id := range regionIDs {
		options := xcm.Options{Region: id, Clusters: e.options.ClustersPerRegion, Seed: uint64(i + 1)}
		if e.options.Simulated != nil {
			e.options.Simulated(&options)
		}
		instance, err := xcm.New(options)
		if err != nil {
			return err
		}
		region := &Region{
			Instance: instance,
			Endpoint: &Endpoint{Host: "api." + id + ".xcm.example.com", handler: instance.Handler(), outside: next()},
			Standby:  &Endpoint{Host: "standby." + id + ".xcm.example.com", handler: instance.Handler(), outside: next()},
		}
		e.Regions[id] = region
		for _, endpoint := range region.endpoints() {
			if err := endpoint.begin(e.CA); err != nil {
				return err
			}
		}
	}
	e.issuer = next()
	return nil
}

func (r *Region) endpoints() []*Endpoint { return []*Endpoint{r.Endpoint, r.Standby} }

// begin gives the endpoint a certificate and starts it.
func (p *Endpoint) begin(authority *pki.Authority) error {
	if err := p.Renew(authority); err != nil {
		return err
	}
	p.tls = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return p.certificate.Load(), nil
	}}
	p.at = "127.0.0.1:0"
	return p.Start()
}

// Renew lets the endpoint show a new certificate to whoever connects from now on.
func (p *Endpoint) Renew(authority *pki.Authority) error {
	pair, err := authority.Issue(p.Host)
	if err != nil {
		return err
	}
	certificate, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		return err
	}
	p.certificate.Store(&certificate)
	return nil
}

// Start lets the endpoint answer, again at the same address when it was stopped before.
func (p *Endpoint) Start() (err error) {
	if p.listener, err = net.Listen("tcp", p.at); err != nil { //nolint:noctx // it ends with Stop
		return fmt.Errorf("endpoint %s: %w", p.Host, err)
	}
	p.at = p.listener.Addr().String()
	p.server = &http.Server{Handler: p.handler, TLSConfig: p.tls, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.ServeTLS(p.listener, "", "") }()
	return nil
}

// Stop ends the endpoint's server as a crash would: connections are cut, new ones are refused.
func (p *Endpoint) Stop() error { return p.server.Close() }

func (r *Region) close() (failed error) {
	for _, endpoint := range r.endpoints() {
		if endpoint.server == nil {
			continue
		}
		if err := endpoint.Stop(); err != nil && !errors.Is(err, net.ErrClosed) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
