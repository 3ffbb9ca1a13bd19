package capture_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/cluster/space"
	"github.com/geoconsole/geoconsole-operator/test/e2e/capture"
)

// enclosed opens a tap in an enclosure with a server, and makes a request from within.
func enclosed(t *testing.T) (*space.Enclosure, *capture.Tap) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("Hello")) }))
	t.Cleanup(server.Close)
	enclosure, err := space.Enclose()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := enclosure.Close(); err != nil {
			t.Error(err)
		}
	})
	tap, err := capture.Open(enclosure, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := enclosure.Expose(443, strings.TrimPrefix(server.URL, "https://")); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		connection, err := dial(ctx, enclosure, network, netip.AddrPortFrom(space.Beyond, 443))
		if err != nil {
			return nil, err
		}
		return tls.Client(connection, &tls.Config{ServerName: "console.example.com", InsecureSkipVerify: true}), nil
	}}}
	answer, err := client.Get("https://console.example.com/")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return enclosure, tap
}

func dial(ctx context.Context, within capture.Space, network string, to netip.AddrPort) (connection net.Conn, err error) {
	err = within.Inside(func() error {
		connection, err = (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, to.String())
		return err
	})
	return connection, err
}

func TestTapSeesEveryPacketOfANamespace(t *testing.T) {
	_, tap := enclosed(t)
	flows, err := tap.Close()
	if err != nil {
		t.Fatal(err)
	}
	if v := capture.Judge(flows, capture.OfEnclosure(443, "console.example.com")); len(v.Undeclared) != 0 || len(v.Unseen) != 0 {
		t.Errorf("undeclared %v, not seen %v", v.Undeclared, v.Unseen)
	}
}

func TestTapFindsAPlantedFlow(t *testing.T) {
	for what, plant := range map[string]struct {
		network, at string
	}{
		"a connection to elsewhere":  {"tcp", "203.0.113.7:443"},
		"one datagram to elsewhere":  {"udp", "203.0.113.7:443"},
		"another port of the server": {"tcp", space.Beyond.String() + ":8443"},
		"within itself":              {"tcp", "127.0.0.1:9"},
	} {
		t.Run(what, func(t *testing.T) {
			enclosure, tap := enclosed(t)
			at := netip.MustParseAddrPort(plant.at)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // nobody answers
			defer cancel()
			connection, err := dial(ctx, enclosure, plant.network, at)
			switch {
			case err == nil:
				_, err = connection.Write([]byte("planted"))
				err = errors.Join(err, connection.Close())
			case plant.network == "tcp":
				err = nil
			}
			if err != nil {
				t.Fatal(err)
			}
			flows, err := tap.Close()
			if err != nil {
				t.Fatal(err)
			}
			found := capture.Judge(flows, capture.OfEnclosure(443, "console.example.com")).Undeclared
			found = slices.DeleteFunc(found, func(f capture.Flow) bool { return f.Protocol == "ICMPv4" }) // nobody is there
			if len(found) != 1 || netip.AddrPortFrom(found[0].Destination, found[0].Port) != at || found[0].Protocol != strings.ToUpper(plant.network) {
				t.Errorf("found %v, want %s to %s", found, plant.network, at)
			}
		})
	}
}
