package capture

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"k8s.io/utils/lru"
)

// How much is kept at most. Of flows and names what comes beyond is counted, and the capture worth nothing; of connections
// the least recently used is forgotten, and is taken for one without a name should it go on.
const (
	maxFlows       = 4096
	maxNames       = 256
	maxConnections = 4096
)

// headerIPv6 is the length of the header of IPv6, which does not count itself.
const headerIPv6 = 40

// excess stands for the names beyond those kept: nothing declares it.
const excess = "(and more)"

// A key tells flows apart.
type key struct {
	source, destination netip.Addr
	protocol            string
	port                uint16
}

// ends are the two of a connection, the lower one first.
type ends struct {
	tcp       bool
	low, high netip.AddrPort
}

// A connection is one of TCP, or the packets between two ports of UDP.
type connection struct {
	from, to netip.AddrPort // who began it, and with whom
	hello    hello
}

// reduction puts packets together as flows. Its memory is bounded, whatever arrives.
type reduction struct {
	flows       map[key]*Flow
	connections *lru.Cache
	beyond      uint64 // packets of flows that are not kept

	parser    *gopacket.DecodingLayerParser
	found     []gopacket.LayerType
	ethernet  layers.Ethernet
	arp       layers.ARP
	ip4       layers.IPv4
	ip6       layers.IPv6
	extension layers.IPv6ExtensionSkipper
	tcp       layers.TCP
	udp       layers.UDP
	dns       layers.DNS
}

func newReduction() *reduction {
	r := &reduction{flows: map[key]*Flow{}, connections: lru.New(maxConnections)}
	r.parser = gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &r.ethernet, &r.arp, &r.ip4, &r.ip6, &r.extension, &r.tcp, &r.udp)
	r.parser.IgnoreUnsupported = true
	return r
}

// add takes in a packet, which may be cut off behind its headers. length is that of the whole packet.
func (r *reduction) add(frame []byte, length int) {
	// A packet that is not what it says is taken for as much as could be read.
	_ = r.parser.DecodeLayers(frame, &r.found)
	switch {
	case r.has(layers.LayerTypeIPv4):
		r.between(r.ip4.SrcIP, r.ip4.DstIP, r.ip4.Protocol, int(r.ip4.Length))
	case r.has(layers.LayerTypeIPv6):
		r.between(r.ip6.SrcIP, r.ip6.DstIP, r.behindExtensions(), headerIPv6+int(r.ip6.Length))
	case r.has(layers.LayerTypeARP):
		r.count(key{source: address(r.arp.SourceProtAddress), destination: address(r.arp.DstProtAddress), protocol: "ARP"}, length)
	case r.has(layers.LayerTypeEthernet):
		r.count(key{protocol: fmt.Sprintf("Ethernet 0x%04x", uint16(r.ethernet.EthernetType))}, length)
	default:
		r.count(key{protocol: "unreadable"}, length)
	}
}

func (r *reduction) has(layer gopacket.LayerType) bool { return slices.Contains(r.found, layer) }

// behindExtensions is the protocol that a packet of IPv6 carries. gopacket takes the first extension for a part of the header.
func (r *reduction) behindExtensions() layers.IPProtocol {
	switch {
	case slices.ContainsFunc(r.found, layers.LayerClassIPv6Extension.Contains):
		return r.extension.NextHeader
	case r.ip6.HopByHop != nil:
		return r.ip6.HopByHop.NextHeader
	default:
		return r.ip6.NextHeader
	}
}

func address(bytes []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(bytes)
	return a.Unmap()
}

// between takes in a packet of IP.
func (r *reduction) between(source, destination []byte, protocol layers.IPProtocol, length int) {
	from, to := address(source), address(destination)
	switch {
	case r.has(layers.LayerTypeTCP):
		sender := netip.AddrPortFrom(from, uint16(r.tcp.SrcPort))
		c := r.tcpConnection(sender, netip.AddrPortFrom(to, uint16(r.tcp.DstPort)))
		f := r.count(key{c.from.Addr(), c.to.Addr(), "TCP", c.to.Port()}, length)
		if f == nil || c.from != sender {
			return
		}
		if name, told := c.hello.add(r.tcp.Seq, r.tcp.Payload); told {
			f.name(name)
		}
	case r.has(layers.LayerTypeUDP):
		sender := netip.AddrPortFrom(from, uint16(r.udp.SrcPort))
		c := r.udpConnection(sender, netip.AddrPortFrom(to, uint16(r.udp.DstPort)))
		f := r.count(key{c.from.Addr(), c.to.Addr(), "UDP", c.to.Port()}, length)
		if f == nil || c.from != sender {
			return
		}
		// DNS is known by its form, whatever its port.
		if err := r.dns.DecodeFromBytes(r.udp.Payload, gopacket.NilDecodeFeedback); err != nil || len(r.dns.Questions) == 0 {
			f.name("")
			return
		}
		for _, question := range r.dns.Questions {
			f.name(strings.ToLower(string(question.Name)))
		}
	default:
		r.count(key{source: from, destination: to, protocol: protocol.String()}, length)
	}
}

// tcpConnection is the one that a packet of TCP belongs to. Who sent the SYN began it; where that was not seen, who turned
// to the lower port is taken for it.
func (r *reduction) tcpConnection(from, to netip.AddrPort) *connection {
	c := r.find(true, from, to)
	begins := r.tcp.SYN && !r.tcp.ACK
	if c != nil && (!begins || c.hello.begins(r.tcp.Seq)) {
		return c
	}
	c = &connection{from: from, to: to}
	if begins {
		c.hello.begin(r.tcp.Seq)
	} else if from.Port() < to.Port() {
		c.from, c.to = to, from
	}
	r.connections.Add(order(true, from, to), c)
	return c
}

// udpConnection is the one that a packet of UDP belongs to: who sent the first one began it.
func (r *reduction) udpConnection(from, to netip.AddrPort) *connection {
	c := r.find(false, from, to)
	if c == nil {
		c = &connection{from: from, to: to}
		r.connections.Add(order(false, from, to), c)
	}
	return c
}

func (r *reduction) find(tcp bool, from, to netip.AddrPort) *connection {
	found, known := r.connections.Get(order(tcp, from, to))
	if !known {
		return nil
	}
	c, _ := found.(*connection)
	return c
}

func order(tcp bool, one, other netip.AddrPort) ends {
	if one.Compare(other) > 0 {
		one, other = other, one
	}
	return ends{tcp: tcp, low: one, high: other}
}

// count adds a packet to its flow, which is nil when there are too many.
func (r *reduction) count(k key, length int) *Flow {
	f := r.flows[k]
	if f == nil {
		if len(r.flows) == maxFlows {
			r.beyond++
			return nil
		}
		f = &Flow{Source: k.source, Destination: k.destination, Protocol: k.protocol, Port: k.port}
		r.flows[k] = f
	}
	f.Packets++
	f.Bytes += uint64(max(length, 0))
	return f
}

// name notes a name once, or that there was none.
func (f *Flow) name(name string) {
	if name == "" {
		f.Unnamed = true
		return
	}
	if slices.Contains(f.Names, name) || len(f.Names) > maxNames {
		return
	}
	if len(f.Names) == maxNames {
		name = excess
	}
	f.Names = append(f.Names, name)
}

// all are the flows in order, with their names in order.
func (r *reduction) all() []Flow {
	flows := make([]Flow, 0, len(r.flows))
	for _, f := range r.flows {
		each := *f
		each.Names = slices.Sorted(slices.Values(f.Names))
		flows = append(flows, each)
	}
	slices.SortFunc(flows, Flow.compare)
	return flows
}
