package attacks

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// names lead a region's host to where no region is.
var names = []struct{ name, address string }{
	{"loopback", "127.0.0.1"},
	{"loopback, another", "127.8.8.8"},
	{"loopback of IPv6", "::1"},
	{"loopback, mapped", "::ffff:127.0.0.1"},
	{"loopback, by NAT64", "64:ff9b::7f00:1"},
	{"this network", "0.0.0.0"},
	{"nowhere of IPv6", "::"},
	{"metadata of most clouds", "169.254.169.254"},
	{"metadata, mapped", "::ffff:169.254.169.254"},
	{"metadata, by NAT64", "64:ff9b::a9fe:a9fe"},
	{"metadata, by 6to4", "2002:a9fe:a9fe::1"},
	{"metadata of AWS by IPv6", "fd00:ec2::254"},
	{"metadata of Google Cloud by IPv6", "fd20:ce::254"},
	{"metadata of Azure", "168.63.129.16"},
	{"metadata of Alibaba", "100.100.100.200"},
	{"metadata of Oracle", "192.0.0.192"},
	{"link-local of IPv6", "fe80::1"},
	{"a group", "224.0.0.1"},
	{"everybody", "255.255.255.255"},
}

// tryNames runs another console, whose regions' names lead there, and asks it for each of them. It returns how many.
func tryNames(t *testing.T, page *strings.Builder) int {
	t.Helper()
	// On the ports that the regions are said to have, on all addresses of this machine.
	canary, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = canary.Close() }()
	var caught atomic.Int32
	go func() {
		for {
			connection, err := canary.Accept()
			if err != nil {
				return
			}
			caught.Add(1)
			_ = connection.Close()
		}
	}()
	_, port, err := net.SplitHostPort(canary.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s := newSceneOfNames(t, port)
	for i, n := range names {
		target := fmt.Sprintf("/regions/%s/api/clusters_mgmt/v1/clusters", regionOfName(i))
		t.Run("Names/"+n.name, func(t *testing.T) {
			got := s.send(t, wire(s.asUser("GET "+target)))
			if text := told(got); text != "502 DestinationRefused" {
				t.Errorf("answered %q", text)
			}
			for _, each := range got {
				checkAnswer(t, each)
			}
		})
		fmt.Fprintf(page, "| %s | the region's name leads to `%s` | 502 DestinationRefused | no region |\n", n.name, n.address)
	}
	if caught.Load() > 0 {
		t.Errorf("%d connections went where no region is", caught.Load())
	}
	return len(names)
}

func regionOfName(i int) string { return fmt.Sprintf("aws.test-%d", i+1) }

// newSceneOfNames runs a console that finds the names in a file of its own, as /etc/hosts.
func newSceneOfNames(t *testing.T, port string) *scene {
	t.Helper()
	s := newBareScene(t)
	config, hosts := s.config(), "127.0.0.1 localhost\n"
	for i, n := range names {
		host := hostOf(regionOfName(i))
		hosts += n.address + " " + host + "\n"
		config.Regions = append(config.Regions, s.region(regionOfName(i), "https://"+host+":"+port))
	}
	if err := os.WriteFile(s.path("hosts"), []byte(hosts), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, config, func(command *exec.Cmd) *exec.Cmd { return withHosts(command, s.path("hosts")) })
	return s
}
