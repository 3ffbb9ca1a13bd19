package clients_test

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/geoconsole/geoconsole-operator/test/e2e/capture"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// The ports of the console's pods: that of users, and that of probes and of the operator.
const (
	publicPort   = 8080
	internalPort = 8081
)

// The cluster's DNS: its namespace, and the port at which its pods listen. Its Service has the usual one.
const (
	dnsNamespace = "kube-system"
	dnsPort      = 1053
)

// planted is what nobody declares: an address of documentation (RFC 5737), and a name.
var planted = struct {
	address netip.AddrPort
	name    string
}{netip.MustParseAddrPort("203.0.113.7:443"), "planted.example.org"}

// packets are all those of the node that the console runs on.
type packets struct {
	*stage
	environment *environment.Environment
	tap         *capture.Tap
}

// capture begins to take down packets, before there is any pod of the console.
func (s *stage) capture(e *environment.Environment) *packets {
	s.Helper()
	tap, err := capture.Open(e.Geography, false)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _, _ = tap.Close() }) // where judge has done so, it does no harm
	return &packets{stage: s, environment: e, tap: tap}
}

// judge holds all that the console's pods have sent and got against what is declared, and finds what is planted then.
func (p *packets) judge(of *stage) {
	p.stage = of
	p.Helper()
	consoles, others := p.pods()
	declared := p.declared(others)
	verdict := capture.Judge(p.ofConsoles(p.tap.Flows(), others), declared)
	p.keep("console-pods", verdict)
	for _, flow := range verdict.Undeclared {
		p.Errorf("a console's pod has a flow that nothing declares: %s", flow)
	}
	for _, what := range verdict.Unseen {
		p.Errorf("no flow of a console's pod was seen: %s", what)
	}
	for _, pod := range consoles {
		if !slices.ContainsFunc(verdict.Flows, func(f capture.Judged) bool { return f.Source == pod }) {
			p.Errorf("no packet of the console's pod at %s was seen", pod)
		}
	}
	if !p.Failed() {
		p.compareHosts(dialledBy("the console", verdict))
	}
	p.plant(consoles[0])
	flows, err := p.tap.Close()
	if err != nil {
		p.Fatal(err)
	}
	p.found(capture.Judge(p.ofConsoles(flows, others), declared))
}

// dialledBy are the servers that somebody named in TLS.
func dialledBy(who string, verdict capture.Verdict) dialled {
	names := map[string]bool{}
	for _, flow := range verdict.Flows {
		if flow.Protocol != "TCP" {
			continue
		}
		for _, name := range flow.Names {
			names[name] = true
		}
	}
	return dialled{who: who, geography: slices.Sorted(maps.Keys(names))}
}

// pods are the addresses of the console's pods, and those of the others by their namespace.
func (p *packets) pods() (consoles []netip.Addr, others map[string][]netip.Addr) {
	p.Helper()
	var pods corev1.PodList
	if err := p.environment.GeographyClient.List(p.Context(), &pods); err != nil {
		p.Fatal(err)
	}
	others = map[string][]netip.Addr{}
	for _, pod := range pods.Items {
		address, err := netip.ParseAddr(pod.Status.PodIP)
		switch {
		case err != nil:
		case pod.Namespace == environment.GeographyNamespace:
			consoles = append(consoles, address)
		default:
			others[pod.Namespace] = append(others[pod.Namespace], address)
		}
	}
	if len(consoles) == 0 || len(others[environment.RouterNamespace]) == 0 || len(others[dnsNamespace]) == 0 {
		p.Fatalf("pods of the console at %v, others %v", consoles, others)
	}
	return consoles, others
}

// ofConsoles are the flows that begin or end at a pod of the console. Every address that is not known to be another's is
// taken for such a pod's: so are those that have gone meanwhile, a pod's addresses of IPv6, and what is none.
func (p *packets) ofConsoles(flows []capture.Flow, others map[string][]netip.Addr) []capture.Flow {
	own, hub := p.environment.Geography.Network(), p.environment.Hub.Network()
	theirs := []netip.Prefix{hub.Pods, hub.Services}
	theirs = append(theirs, capture.Single(own.Node, gateway(own.NodePods), hub.Node)...)
	theirs = append(theirs, capture.Single(slices.Concat(others[environment.RouterNamespace], others[dnsNamespace])...)...)
	isTheirs := func(a netip.Addr) bool {
		return slices.ContainsFunc(theirs, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	return slices.DeleteFunc(slices.Clone(flows), func(f capture.Flow) bool {
		return isTheirs(f.Source) && (isTheirs(f.Destination) || !own.NodePods.Contains(f.Destination))
	})
}

// gateway is the node's own address in its pods' network.
func gateway(pods netip.Prefix) netip.Addr { return pods.Addr().Next() }

// declared are the flows that pods of the console may have: to the regions' endpoints and the issuer, to find these by
// their names, from the router, and from the node and through its API server.
func (p *packets) declared(others map[string][]netip.Addr) []capture.Declared {
	network := p.environment.Geography.Network()
	pods := []netip.Prefix{network.NodePods}
	var declared []capture.Declared
	var asked []string
	leave := func(what, host string, to netip.AddrPort) {
		declared = append(declared, capture.Declared{
			What: what, Sources: pods, Destinations: capture.Single(to.Addr()), Protocol: "TCP", Ports: []uint16{to.Port()}, Names: []string{host},
		})
		asked = append(asked, host)
		for _, domain := range []string{environment.GeographyNamespace + ".svc.cluster.local", "svc.cluster.local", "cluster.local"} {
			asked = append(asked, host+"."+domain)
		}
	}
	for _, region := range simulated {
		endpoint := p.environment.Regions[region.id].Endpoint
		leave("the endpoint of region "+region.id, endpoint.Host, endpoint.Outside())
	}
	leave("the issuer", loginHost, p.environment.OutsideIssuer())
	node := capture.Single(network.Node, gateway(network.NodePods))
	names := capture.Single(append([]netip.Addr{network.DNS}, others[dnsNamespace]...)...)
	return append(
		declared,
		capture.Declared{What: "DNS", Sources: pods, Destinations: capture.Single(network.DNS), Protocol: "UDP", Ports: []uint16{53}, Names: asked},
		capture.Declared{
			What: "DNS, on its way on to its pods", Sources: pods, Destinations: capture.Single(others[dnsNamespace]...), Protocol: "UDP", Ports: []uint16{dnsPort}, Names: asked,
		},
		capture.Declared{
			What: "users, from the router", Sources: capture.Single(others[environment.RouterNamespace]...), Destinations: pods, Protocol: "TCP", Ports: []uint16{publicPort},
		},
		capture.Declared{
			What: "the kubelet's probes, and the operator by way of the API server", Sources: node, Destinations: pods, Protocol: "TCP", Ports: []uint16{internalPort},
		},
		capture.Declared{What: "ARP of a pod", Sources: pods, Destinations: node, Protocol: "ARP"},
		capture.LinkOfIPv6,
		// On a machine that is busy an answer of the DNS comes when nobody waits for it any more, or the DNS is not ready for a
		// moment: whoever got the packet says so to whoever sent it.
		capture.Declared{What: "a pod's word that nobody waits for an answer of the DNS", Sources: pods, Destinations: names, Protocol: "ICMPv4", May: true},
		capture.Declared{What: "the node's word that nobody is at an address", Sources: node, Destinations: pods, Protocol: "ICMPv4", May: true},
		capture.Declared{What: "ARP of the node", Sources: node, Destinations: pods, Protocol: "ARP", May: true},
	)
}

// plant lets a pod do what it never may: reach another address, another server at an endpoint's address, and ask for a name.
func (p *packets) plant(pod netip.Addr) {
	p.Helper()
	within := func(network, address string) (connection net.Conn, err error) {
		err = p.environment.Geography.InsidePod(pod, func() error {
			connection, err = (&net.Dialer{Timeout: time.Second}).DialContext(p.Context(), network, address)
			return err
		})
		return connection, err
	}
	if connection, err := within("tcp", planted.address.String()); err == nil {
		_ = connection.Close()
		p.Errorf("somebody answers at %s, where nobody is", planted.address)
	}
	connection, err := within("tcp", p.environment.Regions[ireland].Endpoint.Outside().String())
	if err != nil {
		p.Fatal(err)
	}
	begun := tls.Client(connection, &tls.Config{ServerName: planted.name, InsecureSkipVerify: true})
	if err := errors.Join(begun.HandshakeContext(p.Context()), begun.Close()); err != nil {
		p.Fatal(err)
	}
	names := net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return within("udp", netip.AddrPortFrom(p.environment.Geography.Network().DNS, 53).String())
	}}
	if _, err := names.LookupHost(p.Context(), planted.name+"."); err == nil {
		p.Errorf("%s is somebody's name", planted.name)
	}
}

// found wants the planted flows to be found, and no others.
func (p *packets) found(verdict capture.Verdict) {
	p.Helper()
	p.keep("console-pods-planted", verdict)
	wanted := map[string]func(capture.Flow) bool{
		"the planted address": func(f capture.Flow) bool { return netip.AddrPortFrom(f.Destination, f.Port) == planted.address },
		"the planted server": func(f capture.Flow) bool {
			return f.Port == 443 && f.Destination != planted.address.Addr() && slices.Contains(f.Names, planted.name)
		},
		"the planted question":                func(f capture.Flow) bool { return f.Port == 53 && slices.Contains(f.Names, planted.name) },
		"the planted question, on its way on": func(f capture.Flow) bool { return f.Port == dnsPort && slices.Contains(f.Names, planted.name) },
	}
	for _, flow := range verdict.Undeclared {
		known := false
		for what, is := range wanted {
			if is(flow) {
				delete(wanted, what)
				known = true
			}
		}
		if !known {
			p.Errorf("beside what was planted, this is found: %s", flow)
		}
	}
	for what := range wanted {
		p.Errorf("not found: %s, in %v", what, verdict.Undeclared)
	}
}

// keep writes a verdict for whoever wants to read it.
func (s *stage) keep(name string, verdict capture.Verdict) {
	s.Helper()
	folder := os.Getenv("E2E_ARTIFACTS")
	if folder == "" {
		return
	}
	if err := errors.Join(os.MkdirAll(folder, 0o750), verdict.Write(filepath.Join(folder, "flows-"+name+".json"))); err != nil {
		s.Fatal(err)
	}
}
