package remote

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// connectTimeout bounds one TCP connect, and keepAlive finds a peer that is gone when HTTP/2 pings cannot.
const (
	connectTimeout = 5 * time.Second
	keepAlive      = 15 * time.Second
)

// errDestinationRefused is returned by a dial to an address where no cluster of a geography can be.
var errDestinationRefused = errors.New("the destination is refused: it is loopback, link-local, multicast, reserved, a metadata service or in the hub's own networks")

// refusedDestinations are, beside everything that is not global unicast, the addresses behind which a cloud or the
// node itself answers whoever asks from inside (safety property 12). A kubeconfig is written by a tenant; without this
// it could aim the hub's requests at the hub's own surroundings.
var refusedDestinations = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),        // RFC 1122; Linux connects 0.0.0.0 to itself
	netip.MustParsePrefix("100.64.0.0/10"),    // RFC 6598; holds Alibaba's metadata service
	netip.MustParsePrefix("168.63.129.16/32"), // Azure's platform address
	netip.MustParsePrefix("192.0.0.0/24"),     // RFC 6890; holds Oracle's metadata service
	netip.MustParsePrefix("240.0.0.0/4"),      // RFC 1112, reserved
	netip.MustParsePrefix("::/96"),            // RFC 4291, IPv4-compatible
	netip.MustParsePrefix("fec0::/10"),        // RFC 3879, site-local
	netip.MustParsePrefix("100::/64"),         // RFC 6666, discard only
	netip.MustParsePrefix("fd00:ec2::/32"),    // metadata of AWS
	netip.MustParsePrefix("fd20:ce::254/128"), // metadata of Google Cloud
	netip.MustParsePrefix("64:ff9b:1::/48"),   // RFC 8215: the IPv4 address within cannot be known
	netip.MustParsePrefix("2001::/32"),        // RFC 4380, Teredo: likewise
	netip.MustParsePrefix("::ffff:0:0:0/96"),  // RFC 2765, IPv4-translated
}

var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the IPv4 address is in the last four bytes
	sixTo4 = netip.MustParsePrefix("2002::/16")    // RFC 3056: the IPv4 address follows the prefix
)

// dialer opens the connections to clusters, and to nothing in the hub's own networks.
func dialer(own []netip.Prefix) *net.Dialer {
	return &net.Dialer{Timeout: connectTimeout, KeepAlive: keepAlive, ControlContext: refuseDestinations(own)}
}

// anyDialer is for tests and demos whose clusters are on loopback.
func anyDialer() *net.Dialer { return &net.Dialer{Timeout: connectTimeout, KeepAlive: keepAlive} }

// refuseDestinations looks at the resolved address right before the connect, so that a name cannot change its mind
// between check and use.
func refuseDestinations(own []netip.Prefix) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
		destination, err := netip.ParseAddrPort(resolved)
		if err != nil || isRefusedDestination(destination.Addr(), own) {
			return errDestinationRefused
		}
		return nil
	}
}

// isRefusedDestination judges an IPv4 address within an IPv6 one (mapped, NAT64, 6to4) as the address that it reaches.
func isRefusedDestination(address netip.Addr, own []netip.Prefix) bool {
	address = address.Unmap().WithZone("")
	bytes := address.As16()
	switch {
	case nat64.Contains(address):
		address = netip.AddrFrom4([4]byte(bytes[12:16]))
	case sixTo4.Contains(address):
		address = netip.AddrFrom4([4]byte(bytes[2:6]))
	}
	if !address.IsGlobalUnicast() {
		return true
	}
	contains := func(network netip.Prefix) bool { return network.Contains(address) }
	return slices.ContainsFunc(refusedDestinations, contains) || slices.ContainsFunc(own, contains)
}
