package clients_test

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/geoconsole/geoconsole-operator/test/cluster/space"
	driver "github.com/geoconsole/geoconsole-operator/test/e2e/browser"
	"github.com/geoconsole/geoconsole-operator/test/e2e/capture"
)

// proxyPort is where the street begins for whoever is enclosed.
const proxyPort = 3128

// enclosed is the network of browsers: the street's proxy answers in it, and nobody else. Who wants to reach a host by the
// proxy is seen there; who goes another way, by its packets.
type enclosed struct {
	*stage
	space *space.Enclosure
	tap   *capture.Tap

	hosts  map[string]bool
	strays []string
}

// enclose makes such a network.
func (s *stage) enclose() *enclosed {
	s.Helper()
	enclosure, err := space.Enclose()
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = enclosure.Close() })
	if err := enclosure.Expose(proxyPort, strings.TrimPrefix(s.street.proxy, "http://")); err != nil {
		s.Fatal(err)
	}
	tap, err := capture.Open(enclosure, true)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _, _ = tap.Close() }) // where judge has done so, it does no harm
	return &enclosed{stage: s, space: enclosure, tap: tap, hosts: map[string]bool{}}
}

// persona is the one of a browser that runs there.
func (e *enclosed) persona(trusted []byte) driver.Persona {
	proxy := netip.AddrPortFrom(space.Beyond, proxyPort)
	return driver.Persona{Proxy: "http://" + proxy.String(), Trusted: trusted, Place: driver.Place{Space: e.space}}
}

// note keeps what the street has seen since it was cleared.
func (e *enclosed) note() {
	requests, strays := e.street.seen()
	for _, q := range requests {
		e.hosts[q.host] = true
	}
	e.strays = append(e.strays, strays...)
}

// judge wants the browsers to have reached the console and the issuer, and nobody else, and finds what is planted then.
func (e *enclosed) judge(of *stage) {
	e.stage = of
	e.Helper()
	declared := capture.OfEnclosure(proxyPort)
	verdict := capture.Judge(e.tap.Flows(), declared)
	e.keep("browser", verdict)
	for _, flow := range verdict.Undeclared {
		e.Errorf("a browser goes around the proxy: %s", flow)
	}
	for _, what := range verdict.Unseen {
		e.Errorf("no flow of a browser was seen: %s", what)
	}
	for _, stray := range e.strays {
		e.Errorf("a browser wants to reach %s, outside of the geography", stray)
	}
	if !e.Failed() {
		e.compareHosts(dialled{who: "the interface in a browser", geography: slices.Sorted(maps.Keys(e.hosts))})
	}
	e.plant()
	flows, err := e.tap.Close()
	if err != nil {
		e.Fatal(err)
	}
	verdict = capture.Judge(flows, declared)
	e.keep("browser-planted", verdict)
	if found := verdict.Undeclared; len(found) != 1 || netip.AddrPortFrom(found[0].Destination, found[0].Port) != planted.address {
		e.Errorf("found %v, and not one flow to %s", found, planted.address)
	}
}

// plant lets a page ask for another host, and sends a packet around the proxy.
func (e *enclosed) plant() {
	e.Helper()
	page, err := e.launch(e.Context())
	if err != nil {
		e.Fatal(err)
	}
	e.street.clear()
	if err := page.Open("https://" + planted.name + "/"); err == nil {
		e.Errorf("%s answers", planted.name)
	}
	if _, strays := e.street.seen(); !slices.Contains(strays, planted.name+":443") {
		e.Errorf("of %v none is %s, which a page has asked for", strays, planted.name)
	}
	err = e.space.Inside(func() error {
		connection, err := (&net.Dialer{}).DialContext(e.Context(), "udp", planted.address.String())
		if err != nil {
			return err
		}
		_, err = connection.Write([]byte("planted"))
		return errors.Join(err, connection.Close())
	})
	if err := errors.Join(err, page.Close()); err != nil {
		e.Fatal(err)
	}
}
