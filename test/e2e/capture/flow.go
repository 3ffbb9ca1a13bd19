// Package capture takes down every packet of a network namespace, puts the packets together as flows, and judges the flows
// by a list of those that are declared. What is not on the list, by address, port and name, is found.
//
// Packets are taken apart by gopacket, the kept-up one of its forks. The socket is our own: the handle that comes with
// gopacket listens on one interface, and the interface of a new pod is there only with the pod's first packets.
package capture

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
)

// A Flow is what an address began with another: all connections to a port, or packets of a protocol without ports, as one.
type Flow struct {
	Source      netip.Addr `json:"source"`
	Destination netip.Addr `json:"destination"`
	// Protocol is TCP, UDP, ICMPv4, ARP and the like.
	Protocol string `json:"protocol"`
	// Port is the one that the source turned to.
	Port uint16 `json:"port,omitempty"`
	// Names are the servers that the source named when it began TLS, or what it asked of DNS.
	Names []string `json:"names,omitempty"`
	// Unnamed tells that some of it named nothing that could be read: a TCP connection that began with something else than
	// TLS to a named server, a packet of UDP that is no question.
	Unnamed bool `json:"unnamed,omitempty"`
	// Packets and Bytes are those of both directions, headers of IP included.
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
}

// String is the flow in a line.
func (f Flow) String() string {
	text := fmt.Sprintf("%s from %s to %s", f.Protocol, f.Source, f.Destination)
	if f.Port != 0 {
		text = fmt.Sprintf("%s from %s to %s", f.Protocol, f.Source, netip.AddrPortFrom(f.Destination, f.Port))
	}
	if len(f.Names) > 0 {
		text += " naming " + strings.Join(f.Names, ", ")
	}
	if f.Unnamed {
		text += ", not all of it with a name"
	}
	return fmt.Sprintf("%s: %d packets, %d bytes", text, f.Packets, f.Bytes)
}

// compare orders flows by what they are, not by how much.
func (f Flow) compare(other Flow) int {
	return cmp.Or(
		f.Source.Compare(other.Source), f.Destination.Compare(other.Destination),
		strings.Compare(f.Protocol, other.Protocol), cmp.Compare(f.Port, other.Port),
	)
}
