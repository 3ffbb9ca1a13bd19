package remote

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
	clienttransport "k8s.io/client-go/transport"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

const (
	handshakeTimeout = 5 * time.Second
	// idleTimeout is three probes: a connection in use is never idle for so long, and net/http keeps the buffers of one that
	// was closed until then.
	idleTimeout = 30 * time.Second
	// sendPing and pingTimeout close a connection whose peer has vanished within 12 s; the default is 45 s.
	sendPing    = 8 * time.Second
	pingTimeout = 4 * time.Second
)

// transport is how one connection sends its requests: a client that carries the credential, bounds every request and
// follows no redirect, and the configuration that goes with it.
type transport struct {
	config *rest.Config
	client *http.Client
	// lifetime is that of the credential.
	lifetime health.Lifetime
}

// newTransport is the transport of a kubeconfig's access. It has connections of its own: those that client-go shares by
// configuration would outlive the session.
func newTransport(session context.Context, a access, dial *net.Dialer, trouble func()) transport {
	tlsConfig := &tls.Config{RootCAs: a.roots, MinVersion: tls.VersionTLS12}
	if a.certificate != nil {
		tlsConfig.Certificates = []tls.Certificate{*a.certificate}
	}
	var next http.RoundTripper = &http.Transport{
		Proxy: nil, // a proxy would see the credential's connections, and the dial-time refusal would not
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return endWith(session, conn), nil
		},
		TLSClientConfig:     tlsConfig,
		TLSHandshakeTimeout: handshakeTimeout,
		IdleConnTimeout:     idleTimeout,
		ForceAttemptHTTP2:   true,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: sendPing, PingTimeout: pingTimeout},
	}
	if a.token != "" {
		next = clienttransport.NewBearerAuthRoundTripper(a.token, next)
	}
	t := guarded(session, &rest.Config{Host: a.server}, next, trouble)
	t.lifetime = a.lifetime()
	return t
}

// hubTransport is the transport to the hub itself, with the operator's own configuration.
func hubTransport(session context.Context, hub *rest.Config, trouble func()) (transport, error) {
	next, err := rest.TransportFor(hub)
	if err != nil {
		return transport{}, fmt.Errorf("prepare the connection to the hub: %w", err)
	}
	return guarded(session, rest.CopyConfig(hub), next, trouble), nil
}

func guarded(session context.Context, config *rest.Config, next http.RoundTripper, trouble func()) transport {
	config.QPS = -1 // the server's own fairness and the slots of a Cluster bound the rate
	config.Timeout = 0
	config.WarningHandler = rest.NoWarnings{} // a cluster's words are not the hub's log
	next = clienttransport.NewUserAgentRoundTripper(v1alpha1.FieldManager, next)
	return transport{config: config, client: &http.Client{
		Transport: &guard{next: next, session: session, trouble: trouble},
		// A stock client would carry the credential along to wherever a pod redirects it.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// sessionConn is a connection that is closed when its session ends: HTTP/2 keeps one that was busy when it was told to
// close.
type sessionConn struct {
	net.Conn
	detach func() bool
}

func endWith(session context.Context, conn net.Conn) net.Conn {
	return &sessionConn{Conn: conn, detach: context.AfterFunc(session, func() {
		_ = conn.Close() // nobody is left who could be told
	})}
}

// Close closes the connection and lets the session forget it.
func (c *sessionConn) Close() error {
	c.detach()
	return c.Conn.Close()
}
