package capture

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

var (
	pod    = netip.MustParseAddr("198.19.16.7")
	region = netip.MustParseAddr("198.19.240.1")
	pod6   = netip.MustParseAddr("fd00::7")
	group6 = netip.MustParseAddr("ff02::16")
)

// packet makes the bytes of one.
func packet(t *testing.T, parts ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buffer := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true}, parts...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(buffer.Bytes())
}

func ethernet(kind layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: make(net.HardwareAddr, 6), DstMAC: make(net.HardwareAddr, 6), EthernetType: kind}
}

func ip4(from, to netip.Addr, protocol layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: protocol, SrcIP: from.AsSlice(), DstIP: to.AsSlice()}
}

func podAt(port uint16) netip.AddrPort { return netip.AddrPortFrom(pod, port) }

func regionAt(port uint16) netip.AddrPort { return netip.AddrPortFrom(region, port) }

// segment is a packet of TCP.
func segment(t *testing.T, from, to netip.AddrPort, tcp layers.TCP, sent string) []byte {
	t.Helper()
	tcp.SrcPort, tcp.DstPort = layers.TCPPort(from.Port()), layers.TCPPort(to.Port())
	return packet(t, ethernet(layers.EthernetTypeIPv4), ip4(from.Addr(), to.Addr(), layers.IPProtocolTCP), &tcp, gopacket.Payload(sent))
}

func datagram(t *testing.T, from, to netip.AddrPort, payload gopacket.SerializableLayer) []byte {
	t.Helper()
	udp := &layers.UDP{SrcPort: layers.UDPPort(from.Port()), DstPort: layers.UDPPort(to.Port())}
	return packet(t, ethernet(layers.EthernetTypeIPv4), ip4(from.Addr(), to.Addr(), layers.IPProtocolUDP), udp, payload)
}

func question(name string) *layers.DNS {
	return &layers.DNS{ID: 1, RD: true, Questions: []layers.DNSQuestion{{Name: []byte(name), Type: layers.DNSTypeA, Class: layers.DNSClassIN}}}
}

// sendingHello is how a real client begins TLS.
func sendingHello(t *testing.T, server string) string {
	t.Helper()
	kept := &keeping{recording: recording{sent: bytes.NewReader(nil)}}
	_ = tls.Client(kept, &tls.Config{ServerName: server, InsecureSkipVerify: server == "", MinVersion: tls.VersionTLS12}).HandshakeContext(context.Background())
	if kept.wrote.Len() == 0 {
		t.Fatal("no hello")
	}
	return kept.wrote.String()
}

type keeping struct {
	recording
	wrote bytes.Buffer
}

func (k *keeping) Write(from []byte) (int, error) { return k.wrote.Write(from) }

func TestPacketsBecomeFlows(t *testing.T) {
	hello := sendingHello(t, "API.aws.eu-west-1.xcm.example.com")
	nameless := sendingHello(t, "")
	syn := layers.TCP{SYN: true, Seq: 1000}
	next := func(seq int) layers.TCP { return layers.TCP{ACK: true, Seq: uint32(seq)} }
	toRegion := Flow{Source: pod, Destination: region, Protocol: "TCP", Port: 443}
	named := toRegion
	named.Names = []string{"api.aws.eu-west-1.xcm.example.com"}
	unnamed := toRegion
	unnamed.Unnamed = true
	dns := netip.MustParseAddrPort("198.18.80.10:53")
	asker := podAt(41000)

	for _, c := range []struct {
		what    string
		packets [][]byte
		want    []Flow
	}{
		{"nothing", nil, []Flow{}},
		{"TLS to a named server, its hello in two parts", [][]byte{
			segment(t, podAt(40000), regionAt(443), syn, ""),
			segment(t, regionAt(443), podAt(40000), layers.TCP{SYN: true, ACK: true, Seq: 77, Ack: 1001}, ""),
			segment(t, podAt(40000), regionAt(443), next(1001), hello[:100]),
			segment(t, podAt(40000), regionAt(443), next(1101), hello[100:]),
			segment(t, regionAt(443), podAt(40000), next(78), "\x16answer"),
			segment(t, podAt(40000), regionAt(443), next(1001+len(hello)), "what nobody can read"),
		}, []Flow{named}},
		{"parts that come again, and too early", [][]byte{
			segment(t, podAt(40000), regionAt(443), syn, ""),
			segment(t, podAt(40000), regionAt(443), syn, ""),
			segment(t, podAt(40000), regionAt(443), next(1101), hello[100:]),
			segment(t, podAt(40000), regionAt(443), next(1001), hello[:100]),
			segment(t, podAt(40000), regionAt(443), next(1001), hello[:100]),
			segment(t, podAt(40000), regionAt(443), next(1101), hello[100:]),
		}, []Flow{named}},
		{"a hello that is not whole says nothing yet", [][]byte{
			segment(t, podAt(40000), regionAt(443), syn, ""), segment(t, podAt(40000), regionAt(443), next(1001), hello[:100]),
		}, []Flow{toRegion}},
		{"TLS that names no server", [][]byte{
			segment(t, podAt(40000), regionAt(443), syn, ""), segment(t, podAt(40000), regionAt(443), next(1001), nameless),
		}, []Flow{unnamed}},
		{"something else than TLS", [][]byte{
			segment(t, podAt(40000), regionAt(443), syn, ""), segment(t, podAt(40000), regionAt(443), next(1001), "GET / HTTP/1.1\r\n"),
		}, []Flow{unnamed}},
		{"what begins like TLS and never ends", [][]byte{
			segment(t, podAt(40000), regionAt(443), syn, ""), segment(t, podAt(40000), regionAt(443), next(1001), "\x16\x03\x01\x40\x00"+strings.Repeat("x", maxHello)),
		}, []Flow{unnamed}},
		{"a second connection, from the same port, in clear", [][]byte{
			segment(t, podAt(40000), regionAt(443), syn, ""), segment(t, podAt(40000), regionAt(443), next(1001), hello),
			segment(t, podAt(40000), regionAt(443), layers.TCP{SYN: true, Seq: 5000}, ""), segment(t, podAt(40000), regionAt(443), next(5001), "clear"),
		}, []Flow{{Source: pod, Destination: region, Protocol: "TCP", Port: 443, Names: named.Names, Unnamed: true}}},
		{"the beginning was not seen: the lower port is asked", [][]byte{
			segment(t, regionAt(443), podAt(40000), next(5), "answer"), segment(t, podAt(40000), regionAt(443), next(1001), hello),
		}, []Flow{unnamed}},
		{"who sends the SYN begins, also from a low port to a high one", [][]byte{
			segment(t, podAt(53), regionAt(50000), syn, ""), segment(t, regionAt(50000), podAt(53), layers.TCP{SYN: true, ACK: true}, ""),
		}, []Flow{{Source: pod, Destination: region, Protocol: "TCP", Port: 50000}}},
		{"connections from both sides are two flows", [][]byte{
			segment(t, podAt(40000), regionAt(443), syn, ""), segment(t, regionAt(40001), podAt(8080), syn, ""),
		}, []Flow{toRegion, {Source: region, Destination: pod, Protocol: "TCP", Port: 8080}}},
		{"questions of DNS, and the answer", [][]byte{
			datagram(t, asker, dns, question("Api.example.com")), datagram(t, dns, asker, question("api.example.com")), datagram(t, asker, dns, question("login.example.com")),
		}, []Flow{{Source: pod, Destination: dns.Addr(), Protocol: "UDP", Port: 53, Names: []string{"api.example.com", "login.example.com"}}}},
		{
			"a question at another port",
			[][]byte{datagram(t, asker, regionAt(1053), question("api.example.com"))},
			[]Flow{{Source: pod, Destination: region, Protocol: "UDP", Port: 1053, Names: []string{"api.example.com"}}},
		},
		{"what goes to the port of DNS and is no question", [][]byte{
			datagram(t, asker, dns, question("api.example.com")), datagram(t, asker, dns, gopacket.Payload("tunnel")),
		}, []Flow{{Source: pod, Destination: dns.Addr(), Protocol: "UDP", Port: 53, Names: []string{"api.example.com"}, Unnamed: true}}},
		{"other packets of UDP", [][]byte{
			datagram(t, asker, regionAt(443), gopacket.Payload("QUIC")), datagram(t, regionAt(443), asker, gopacket.Payload("QUIC")),
		}, []Flow{{Source: pod, Destination: region, Protocol: "UDP", Port: 443, Unnamed: true}}},
		{"a ping and its echo", [][]byte{
			packet(t, ethernet(layers.EthernetTypeIPv4), ip4(pod, region, layers.IPProtocolICMPv4), &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0)}),
			packet(t, ethernet(layers.EthernetTypeIPv4), ip4(region, pod, layers.IPProtocolICMPv4), &layers.ICMPv4{}),
		}, []Flow{{Source: pod, Destination: region, Protocol: "ICMPv4"}, {Source: region, Destination: pod, Protocol: "ICMPv4"}}},
		{"a further part of a packet", [][]byte{
			packet(t, ethernet(layers.EthernetTypeIPv4), &layers.IPv4{Version: 4, FragOffset: 100, Protocol: layers.IPProtocolUDP, SrcIP: pod.AsSlice(), DstIP: region.AsSlice()}, gopacket.Payload("rest")),
		}, []Flow{{Source: pod, Destination: region, Protocol: "UDP"}}},
		{"IPv6 with an extension", [][]byte{
			packet(t, ethernet(layers.EthernetTypeIPv6), &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolIPv6HopByHop, SrcIP: pod6.AsSlice(), DstIP: group6.AsSlice()},
				gopacket.Payload("\x3a\x00\x05\x02\x00\x00\x01\x00"+"\x8f\x00\x00\x00")),
		}, []Flow{{Source: pod6, Destination: group6, Protocol: "ICMPv6"}}},
		{"ARP", [][]byte{
			packet(t, ethernet(layers.EthernetTypeARP), &layers.ARP{
				AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: layers.ARPRequest,
				SourceHwAddress: make([]byte, 6), SourceProtAddress: pod.AsSlice(), DstHwAddress: make([]byte, 6), DstProtAddress: region.AsSlice(),
			}),
		}, []Flow{{Source: pod, Destination: region, Protocol: "ARP"}}},
		{"what is neither", [][]byte{packet(t, ethernet(0x88cc), gopacket.Payload("LLDP")), {1, 2, 3}}, []Flow{{Protocol: "Ethernet 0x88cc"}, {Protocol: "unreadable"}}},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := newReduction()
			for _, p := range c.packets {
				r.add(p, len(p))
			}
			if diff := cmp.Diff(c.want, r.all(), cmpopts.IgnoreFields(Flow{}, "Packets", "Bytes"), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Errorf("flows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPacketsAreCountedWhole(t *testing.T) {
	r := newReduction()
	long := segment(t, podAt(40000), regionAt(443), layers.TCP{ACK: true}, strings.Repeat("x", 10_000))
	r.add(long[:4<<10], len(long))
	r.add(segment(t, regionAt(443), podAt(40000), layers.TCP{ACK: true}, "back"), 58)
	got := r.all()
	if len(got) != 1 || got[0].Packets != 2 || got[0].Bytes != 20+20+10_000+20+20+4 {
		t.Errorf("%v", got)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	r := newReduction()
	for port := range uint16(maxFlows + 5) {
		r.add(segment(t, podAt(60_000), regionAt(1+port), layers.TCP{SYN: true}, ""), 54)
	}
	if len(r.flows) != maxFlows || r.beyond != 5 || r.connections.Len() > maxConnections {
		t.Errorf("%d flows and %d connections are kept, of %d packets more it is known", len(r.flows), r.connections.Len(), r.beyond)
	}
	r = newReduction()
	dns := netip.MustParseAddrPort("198.18.80.10:53")
	for i := range maxNames + 5 {
		p := datagram(t, podAt(41000), dns, question(fmt.Sprintf("n%d.example.com", i)))
		r.add(p, len(p))
	}
	if names := r.all()[0].Names; len(names) != maxNames+1 || names[0] != excess {
		t.Errorf("%d names, %q first", len(names), names[0])
	}
}
