package proxy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

func TestProperty12_RefusedAddresses(t *testing.T) {
	for name, addresses := range map[string][]string{
		"unspecified":     {"0.0.0.0", "0.1.2.3", "::"},
		"loopback":        {"127.0.0.1", "127.255.255.254", "::1"},
		"link-local":      {"169.254.0.1", "fe80::1", "fe80::1%eth0", "febf::1"},
		"site-local":      {"fec0::1"},
		"multicast":       {"224.0.0.1", "239.255.255.255", "ff02::1"},
		"broadcast":       {"255.255.255.255", "240.0.0.1"},
		"shared space":    {"100.64.0.1", "100.127.255.255"},
		"metadata":        {"169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"},
		"IPv4-mapped":     {"::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:100.64.0.1"},
		"IPv4-compatible": {"::127.0.0.1", "::169.254.169.254", "::10.0.0.1"},
		"translated":      {"::ffff:0:127.0.0.1"},
		"NAT64":           {"64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe"},
		"6to4":            {"2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a83f:8110::1"},
		"Teredo":          {"2001::1"},
	} {
		for _, address := range addresses {
			if !refusedAddress(netip.MustParseAddr(address)) {
				t.Errorf("%s: %s passes", name, address)
			}
		}
	}
}

func TestProperty12_AllowedAddresses(t *testing.T) {
	for _, address := range []string{
		"10.0.0.1", "172.16.0.1", "192.168.1.1", "100.63.255.255", "100.128.0.1", "168.63.129.15", "52.1.2.3", "192.0.1.1",
		"2600:1f18::1", "fd12:3456::1", "fd00:ec3::1", "::ffff:52.1.2.3", "64:ff9b::52.1.2.3", "2002:3401:203::1",
	} {
		if refusedAddress(netip.MustParseAddr(address)) {
			t.Errorf("%s is refused", address)
		}
	}
}

// A real listener on loopback: only the destination that the demo names reaches it.
func TestProperty12_DialRefusesLoopbackUnlessMapped(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	accepted := make(chan struct{}, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted <- struct{}{}
			_ = conn.Close()
		}
	}()
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	demo := map[string]netip.AddrPort{"api.example.com:443": netip.MustParseAddrPort(address)}
	d := dialer{demo: demo, timeout: time.Second}

	for _, destination := range []string{address, "localhost:" + port, "[::ffff:127.0.0.1]:" + port, "0.0.0.0:" + port} {
		conn, err := d.dial(context.Background(), "tcp", destination)
		if err == nil {
			_ = conn.Close()
			t.Errorf("%s was dialled", destination)
			continue
		}
		var refused *failure
		if !errors.As(err, &refused) || refused.cause != DestinationRefused {
			t.Errorf("%s: %v, want %s", destination, err, DestinationRefused)
		}
	}
	select {
	case <-accepted:
		t.Error("a refused destination was connected to")
	default:
	}

	conn, err := d.dial(context.Background(), "tcp", "api.example.com:443")
	if err != nil {
		t.Fatalf("the mapped destination: %v", err)
	}
	_ = conn.Close()
	<-accepted
}

// A proxy of the environment would see the hosts, and the refusal would look at the proxy's address only.
func TestProperty12_NoProxyOfTheEnvironment(t *testing.T) {
	for name, pool := range map[string]*http.Transport{
		"requests": newPool(dialer{}, nil, usual), "probes": newProbePool(dialer{}, nil, usual),
	} {
		if pool.Proxy != nil {
			t.Errorf("%s may go through a proxy", name)
		}
	}
}

func TestDemoDial(t *testing.T) {
	destination, address, err := DemoDial("api.example.com:443=127.0.0.1:9001")
	if err != nil || destination != "api.example.com:443" || address.String() != "127.0.0.1:9001" {
		t.Errorf("got %q %s %v", destination, address, err)
	}
	for _, bad := range []string{"", "api.example.com:443", "api.example.com=127.0.0.1:9001", ":443=127.0.0.1:1", "h:=127.0.0.1:1", "h:443=localhost:9001", "h:443=127.0.0.1"} {
		if _, _, err := DemoDial(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
