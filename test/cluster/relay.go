package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/cluster/space"
)

const dialTimeout = 5 * time.Second

// closer is a thing to close at Stop: an open connection or listener inside a node would keep its network namespace.
type closer struct {
	close func() error
}

// keep registers what is to be closed at Stop. It fails when the cluster is stopped already.
func (c *Cluster) keep(closing io.Closer) (forget func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return nil, errors.Join(fmt.Errorf("cluster %s is stopped", c.options.Name), closing.Close())
	}
	each := &closer{close: closing.Close}
	c.open[each] = struct{}{}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.open, each)
	}, nil
}

// connection is one that Stop closes.
type connection struct {
	*net.TCPConn
	forget func()
}

func (c connection) Close() error {
	c.forget()
	return c.TCPConn.Close()
}

// Dial opens a TCP connection, from the node, to an address and port, for example of a service. Names do not resolve.
func (c *Cluster) Dial(ctx context.Context, address string) (net.Conn, error) {
	if _, err := netip.ParseAddrPort(address); err != nil {
		return nil, fmt.Errorf("dial in cluster %s: %w", c.options.Name, err)
	}
	var opened net.Conn
	err := space.Inside(c.space, func() (err error) {
		opened, err = (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("dial in cluster %s: %w", c.options.Name, err)
	}
	tcp, ok := opened.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("dial in cluster %s: %T is not a TCP connection", c.options.Name, opened)
	}
	forget, err := c.keep(tcp)
	return connection{tcp, forget}, err
}

// Forward listens on this machine, for example on "127.0.0.1:0", and passes every TCP connection on to an address and
// port that it dials from the node. It returns where it listens. Stop ends it.
func (c *Cluster) Forward(listen, target string) (net.Addr, error) {
	listener, err := net.Listen("tcp", listen) //nolint:noctx // it ends with Stop
	if err != nil {
		return nil, fmt.Errorf("forward to cluster %s: %w", c.options.Name, err)
	}
	if _, err := c.keep(listener); err != nil {
		return nil, err
	}
	go space.Relay(listener, func(ctx context.Context) (net.Conn, error) { return c.Dial(ctx, target) })
	return listener.Addr(), nil
}

// Expose listens on the node, on an address and port, and passes every TCP connection on to an address and port of this
// machine. The pods of the cluster reach the address, which is best one of Outside and may be shared by several ports.
// Stop ends it.
func (c *Cluster) Expose(listen, target string) error {
	address, err := netip.ParseAddrPort(listen)
	if err != nil {
		return fmt.Errorf("expose in cluster %s: %w", c.options.Name, err)
	}
	if err := addAddress(c.space, address.Addr()); err != nil {
		return fmt.Errorf("expose %s in cluster %s: %w", listen, c.options.Name, err)
	}
	var listener net.Listener
	err = space.Inside(c.space, func() (err error) {
		listener, err = net.Listen("tcp", listen) //nolint:noctx // it ends with Stop
		return err
	})
	if err != nil {
		return fmt.Errorf("expose in cluster %s: %w", c.options.Name, err)
	}
	if _, err := c.keep(listener); err != nil {
		return err
	}
	go space.Relay(exposed{listener, c}, func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", target)
	})
	return nil
}

// exposed is a listener of a node whose connections end with Stop.
type exposed struct {
	net.Listener
	cluster *Cluster
}

func (e exposed) Accept() (net.Conn, error) {
	accepted, err := e.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := accepted.(*net.TCPConn)
	if !ok {
		return accepted, nil
	}
	forget, err := e.cluster.keep(tcp)
	return connection{tcp, forget}, err
}
