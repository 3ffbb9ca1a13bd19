package capture

import (
	"net/netip"

	"github.com/geoconsole/geoconsole-operator/test/cluster/space"
)

// OfEnclosure are the flows of whoever reaches nothing from an enclosure but named servers at one port of its other end.
func OfEnclosure(port uint16, names ...string) []Declared {
	both := Single(space.Within, space.Beyond)
	return []Declared{
		{What: "the servers", Sources: Single(space.Within), Destinations: Single(space.Beyond), Protocol: "TCP", Ports: []uint16{port}, Names: names},
		{What: "ARP of both ends", Sources: both, Destinations: both, Protocol: "ARP"},
		LinkOfIPv6,
	}
}

// LinkOfIPv6 is what the kernel sends when a link comes up: it finds out who is there, and no router passes it on.
var LinkOfIPv6 = Declared{
	What: "IPv6 of a link that has come up", Protocol: "ICMPv6", May: true,
	Sources:      []netip.Prefix{netip.MustParsePrefix("::/128"), netip.MustParsePrefix("fe80::/10")},
	Destinations: []netip.Prefix{netip.MustParsePrefix("ff02::/16")},
}
