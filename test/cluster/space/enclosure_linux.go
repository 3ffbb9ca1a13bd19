package space

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

const dialTimeout = 5 * time.Second

// The addresses of every enclosure: that of what is in it, and that of the other end of its cable. Nobody else sees them.
// (192.0.2.0/24 is for documentation, RFC 5737; nothing real is there.)
var (
	Within = netip.MustParseAddr("192.0.2.2")
	Beyond = netip.MustParseAddr("192.0.2.1")
)

// Enclosure is a network namespace of its own. The way to all other addresses is a cable, at whose end nothing answers but
// what was exposed there.
type Enclosure struct {
	within, beyond *os.File

	mu   sync.Mutex
	open map[net.Conn]struct{}
	stop []func() error
}

// Enclose makes an enclosure. It goes with Close, and with this process.
func Enclose() (*Enclosure, error) {
	e := &Enclosure{open: map[net.Conn]struct{}{}}
	var err error
	if e.within, err = create(); err == nil {
		e.beyond, err = create()
	}
	if err == nil {
		err = e.lay()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("enclose: %w", err), e.Close())
	}
	return e, nil
}

// create makes a network namespace.
func create() (*os.File, error) {
	runtime.LockOSThread()
	own, err := netns.Get()
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	defer func() { _ = own.Close() }()
	made, err := netns.New()
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	if err := netns.Set(own); err != nil {
		return nil, errors.Join(err, made.Close()) // the thread stays locked, and ends with the goroutine
	}
	runtime.UnlockOSThread()
	return os.NewFile(uintptr(made), "network namespace"), nil
}

// lay lays the cable, and leads all ways from within through it.
func (e *Enclosure) lay() error {
	here, err := netlink.NewHandleAt(netns.NsHandle(e.within.Fd()))
	if err != nil {
		return err
	}
	defer here.Close()
	there, err := netlink.NewHandleAt(netns.NsHandle(e.beyond.Fd()))
	if err != nil {
		return err
	}
	defer there.Close()
	err = here.LinkAdd(&netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "out"}, PeerName: "in", PeerNamespace: netlink.NsFd(e.beyond.Fd())})
	if err != nil {
		return err
	}
	err = errors.Join(raise(here, "lo", netip.Addr{}), raise(here, "out", Within), raise(there, "lo", netip.Addr{}), raise(there, "in", Beyond))
	if err != nil {
		return err
	}
	return here.RouteAdd(&netlink.Route{Gw: Beyond.AsSlice()})
}

// raise brings an interface up, with an address if there is one.
func raise(handle *netlink.Handle, name string, address netip.Addr) error {
	link, err := handle.LinkByName(name)
	if err != nil {
		return err
	}
	if address.IsValid() {
		own := &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(24, 32)}
		if err := handle.AddrAdd(link, &netlink.Addr{IPNet: own}); err != nil {
			return err
		}
	}
	return handle.LinkSetUp(link)
}

// Inside runs a function on a thread that is within the enclosure: see Inside.
func (e *Enclosure) Inside(do func() error) error { return Inside(e.within, do) }

// Expose lets Beyond answer on a port: every connection is passed on to an address of this machine.
func (e *Enclosure) Expose(port uint16, target string) error {
	var listener net.Listener
	err := Inside(e.beyond, func() (err error) {
		listener, err = net.Listen("tcp", netip.AddrPortFrom(Beyond, port).String()) //nolint:noctx // it ends with Close
		return err
	})
	if err != nil {
		return fmt.Errorf("expose port %d: %w", port, err)
	}
	e.mu.Lock()
	e.stop = append(e.stop, listener.Close)
	e.mu.Unlock()
	go Relay(kept{listener, e}, func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", target)
	})
	return nil
}

// kept is a listener whose connections end with the enclosure: an open one would keep its namespace.
type kept struct {
	net.Listener
	enclosure *Enclosure
}

// Accept notes the connection.
func (k kept) Accept() (net.Conn, error) {
	connection, err := k.Listener.Accept()
	if err == nil {
		k.enclosure.mu.Lock()
		defer k.enclosure.mu.Unlock()
		k.enclosure.open[connection] = struct{}{}
	}
	return noted{connection, k.enclosure}, err
}

// noted is a connection that the enclosure closes when nobody else does.
type noted struct {
	net.Conn
	enclosure *Enclosure
}

// CloseWrite ends one direction.
func (n noted) CloseWrite() error {
	if half, ok := n.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close forgets the connection.
func (n noted) Close() error {
	n.enclosure.mu.Lock()
	delete(n.enclosure.open, n.Conn)
	n.enclosure.mu.Unlock()
	return n.Conn.Close()
}

// Close ends the enclosure: what still runs in it reaches nothing more.
func (e *Enclosure) Close() (failed error) {
	for _, stop := range e.stop {
		failed = errors.Join(failed, stop())
	}
	e.mu.Lock()
	for connection := range e.open {
		_ = connection.Close()
	}
	e.mu.Unlock()
	for _, file := range []*os.File{e.within, e.beyond} {
		if file != nil {
			failed = errors.Join(failed, file.Close())
		}
	}
	return failed
}
