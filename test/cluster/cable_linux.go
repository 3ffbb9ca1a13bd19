package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// addAddress gives a node a further address. One that it has already is no error.
func addAddress(space *os.File, address netip.Addr) error {
	handle, err := netlink.NewHandleAt(netns.NsHandle(space.Fd()))
	if err != nil {
		return err
	}
	defer handle.Close()
	loopback, err := handle.LinkByName("lo")
	if err != nil {
		return err
	}
	err = handle.AddrAdd(loopback, &netlink.Addr{IPNet: netlink.NewIPNet(address.AsSlice())})
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// Connect joins two clusters by a cable between their nodes, so that nodes, pods and services of each reach those of the
// other. The cable goes when one of them stops.
func Connect(one, other *Cluster) error {
	if one.options.Index == other.options.Index {
		return fmt.Errorf("clusters %s and %s both have index %d: give each its own", one.options.Name, other.options.Name, one.options.Index)
	}
	here, err := netlink.NewHandleAt(netns.NsHandle(one.space.Fd()))
	if err != nil {
		return err
	}
	defer here.Close()
	there, err := netlink.NewHandleAt(netns.NsHandle(other.space.Fd()))
	if err != nil {
		return err
	}
	defer there.Close()
	// Names of links have at most 15 characters.
	toOther, toOne := fmt.Sprintf("cluster%d", other.options.Index), fmt.Sprintf("cluster%d", one.options.Index)
	cable := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: toOther},
		PeerName:  toOne, PeerNamespace: netlink.NsFd(other.space.Fd()),
	}
	if err := here.LinkAdd(cable); err != nil {
		return fmt.Errorf("connect clusters %s and %s: %w", one.options.Name, other.options.Name, err)
	}
	return errors.Join(
		routeTo(here, toOther, one.network, other.network),
		routeTo(there, toOne, other.network, one.network),
	)
}

// Disconnect cuts the cable that Connect laid between two clusters: packets are lost without an answer. Connect lays
// another.
func Disconnect(one, other *Cluster) error {
	handle, err := netlink.NewHandleAt(netns.NsHandle(one.space.Fd()))
	if err != nil {
		return err
	}
	defer handle.Close()
	cable, err := handle.LinkByName(fmt.Sprintf("cluster%d", other.options.Index))
	if err != nil {
		return fmt.Errorf("disconnect clusters %s and %s: %w", one.options.Name, other.options.Name, err)
	}
	return handle.LinkDel(cable)
}

// routeTo routes a peer's networks over a link. The peer's node, which is its router, is reached directly.
func routeTo(handle *netlink.Handle, name string, own, peer Network) error {
	link, err := handle.LinkByName(name)
	if err != nil {
		return err
	}
	if err := handle.LinkSetUp(link); err != nil {
		return err
	}
	routes := []*netlink.Route{{Dst: netlink.NewIPNet(peer.Node.AsSlice()), Scope: netlink.SCOPE_LINK}}
	for _, prefix := range []netip.Prefix{peer.Pods, peer.Services} {
		_, network, err := net.ParseCIDR(prefix.String())
		if err != nil {
			return err
		}
		routes = append(routes, &netlink.Route{Dst: network, Gw: peer.Node.AsSlice()})
	}
	for _, route := range routes {
		route.LinkIndex = link.Attrs().Index
		route.Src = own.Node.AsSlice()
		if err := handle.RouteAdd(route); err != nil {
			return fmt.Errorf("route to %s: %w", route.Dst, err)
		}
	}
	return nil
}
