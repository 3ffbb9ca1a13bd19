package proxy

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// refusedPrefixes are the destinations that no region has: the pod itself, its link, groups, and the addresses under
// which clouds serve credentials to whoever asks from inside (safety property 12).
var refusedPrefixes = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),        // "this network", RFC 1122; Linux connects 0.0.0.0 to itself
	netip.MustParsePrefix("127.0.0.0/8"),      // loopback
	netip.MustParsePrefix("169.254.0.0/16"),   // link-local, with the metadata service of most clouds
	netip.MustParsePrefix("100.64.0.0/10"),    // shared address space, RFC 6598; holds Alibaba's metadata service
	netip.MustParsePrefix("168.63.129.16/32"), // Azure's platform address
	netip.MustParsePrefix("192.0.0.0/24"),     // protocol assignments, RFC 6890; holds Oracle's metadata service
	netip.MustParsePrefix("224.0.0.0/4"),      // multicast
	netip.MustParsePrefix("240.0.0.0/4"),      // reserved and broadcast
	netip.MustParsePrefix("::/96"),            // unspecified, loopback, IPv4-compatible
	netip.MustParsePrefix("fe80::/10"),        // link-local
	netip.MustParsePrefix("fec0::/10"),        // site-local, RFC 3879
	netip.MustParsePrefix("ff00::/8"),         // multicast
	netip.MustParsePrefix("100::/64"),         // discard only, RFC 6666
	netip.MustParsePrefix("fd00:ec2::/32"),    // metadata of AWS
	netip.MustParsePrefix("fd20:ce::254/128"), // metadata of Google Cloud
	netip.MustParsePrefix("64:ff9b:1::/48"),   // local NAT64, RFC 8215: the IPv4 address in it cannot be known
	netip.MustParsePrefix("2001::/32"),        // Teredo, RFC 4380: likewise
	netip.MustParsePrefix("::ffff:0:0:0/96"),  // IPv4-translated, RFC 2765
}

var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
	sixToIV = netip.MustParsePrefix("2002::/16")    // RFC 3056
)

// refusedAddress reports whether no connection may go to the address. An IPv4 address inside an IPv6 one (mapped,
// NAT64, 6to4) is judged as the IPv4 address that it reaches.
func refusedAddress(address netip.Addr) bool {
	address = embedded(address.Unmap().WithZone(""))
	for _, prefix := range refusedPrefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

func embedded(address netip.Addr) netip.Addr {
	bytes := address.As16()
	switch {
	case nat64.Contains(address):
		return netip.AddrFrom4([4]byte(bytes[12:16]))
	case sixToIV.Contains(address):
		return netip.AddrFrom4([4]byte(bytes[2:6]))
	default:
		return address
	}
}

// dialer opens every connection of this package.
type dialer struct {
	// demo maps "host:port" to the address that serves it in a demo or preview.
	demo map[string]netip.AddrPort
	// timeout bounds one connect.
	timeout time.Duration
	// resolver finds addresses; nil is the system's.
	resolver *net.Resolver
}

// dial connects to "host:port". A destination of the demo goes where the demo says, without the refusal; for all others
// the refusal looks at the resolved address, right before the connect, so that a name cannot change its mind between
// check and use.
func (d dialer) dial(ctx context.Context, network, destination string) (net.Conn, error) {
	if address, ok := d.demo[destination]; ok {
		mapped := net.Dialer{Timeout: d.timeout}
		return mapped.DialContext(ctx, "tcp", address.String())
	}
	guarded := net.Dialer{Timeout: d.timeout, Resolver: d.resolver, ControlContext: refuseDestination}
	return guarded.DialContext(ctx, network, destination)
}

func refuseDestination(_ context.Context, _, resolved string, _ syscall.RawConn) error {
	address, err := netip.ParseAddrPort(resolved)
	if err != nil || refusedAddress(address.Addr()) {
		return &failure{cause: DestinationRefused}
	}
	return nil
}

// DemoDial reads one --demo-dial value, "host:port=addr:port", where addr is an IP address: connections to host:port
// then go to addr:port, and the dial-time refusal does not apply to them. The error names the part and the cure.
func DemoDial(value string) (destination string, address netip.AddrPort, err error) {
	destination, target, found := strings.Cut(value, "=")
	if !found {
		return "", netip.AddrPort{}, fmt.Errorf("%q: write host:port=addr:port", value)
	}
	host, port, err := net.SplitHostPort(destination)
	if err != nil || host == "" || port == "" {
		return "", netip.AddrPort{}, fmt.Errorf("%q: the part before = must be host:port", value)
	}
	address, err = netip.ParseAddrPort(target)
	if err != nil {
		return "", netip.AddrPort{}, fmt.Errorf("%q: the part after = must be an IP address and a port, such as 127.0.0.1:9001", value)
	}
	return destination, address, nil
}
