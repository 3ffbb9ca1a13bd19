package environment

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// again is how long a port-forward that ended, because its pod did, is left alone.
const again = 500 * time.Millisecond

// forwarding leads an address of this machine to a Service, by kubectl port-forward.
type forwarding struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

// service is a port of a Service.
type service struct{ namespace, name, port string }

// forward starts to lead an address, until end is called or ctx ends.
func (e *Existing) forward(ctx context.Context, listen string, to service) (*forwarding, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &forwarding{cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		for ctx.Err() == nil {
			command := exec.CommandContext(ctx, e.kubectl, "--kubeconfig", e.geography.kubeconfig, "-n", to.namespace, //nolint:gosec // the person's own kubectl
				"port-forward", "--address", host, "service/"+to.name, port+":"+to.port)
			command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
			command.WaitDelay = 5 * time.Second
			_ = command.Run() // it ends with its pod; answers says when none comes up
			select {
			case <-ctx.Done():
			case <-time.After(again):
			}
		}
	}()
	return f, nil
}

func (f *forwarding) end() {
	f.cancel()
	<-f.ended
}

// answers waits until the console is served at the URL.
func (e *Existing) answers(ctx context.Context) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(e.CA.CAPEM())
	asker := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, e.options.Listen)
		},
	}}
	last := "nothing was answered"
	err := poll(ctx, time.Minute, "the console at "+e.URL, func(ctx context.Context) (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL+"/api/geo/v1/health", nil)
		if err != nil {
			return false, err
		}
		response, err := asker.Do(request)
		if err != nil {
			last = err.Error()
			return false, nil
		}
		last = response.Status
		return response.StatusCode == http.StatusOK, response.Body.Close()
	})
	if err != nil {
		return fmt.Errorf("%w; the last answer: %s", err, last)
	}
	return nil
}
