package cluster_test

import (
	"net/netip"
	"testing"

	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

func TestNetworkOf(t *testing.T) {
	within := netip.MustParsePrefix("198.18.0.0/15")
	taken := []netip.Prefix{cluster.Outside}
	for index := range cluster.MaxIndex + 1 {
		network, err := cluster.NetworkOf(index)
		if err != nil {
			t.Fatal(err)
		}
		if !network.Services.Contains(network.API) || !network.Services.Contains(network.DNS) || network.API == network.DNS {
			t.Errorf("cluster %d: services %s, API %s, DNS %s", index, network.Services, network.API, network.DNS)
		}
		if !network.Pods.Contains(network.NodePods.Addr()) || network.NodePods.Bits() <= network.Pods.Bits() {
			t.Errorf("cluster %d: pods %s, of the node %s", index, network.Pods, network.NodePods)
		}
		for _, own := range []netip.Prefix{network.Pods, network.Services, netip.PrefixFrom(network.Node, 32)} {
			if own.Masked() != own || !within.Contains(own.Addr()) {
				t.Errorf("cluster %d: %s is not a network of %s", index, own, within)
			}
			for _, other := range taken {
				if own.Overlaps(other) {
					t.Errorf("cluster %d: %s overlaps %s", index, own, other)
				}
			}
			taken = append(taken, own)
		}
	}
	for _, index := range []int{-1, cluster.MaxIndex + 1} {
		if _, err := cluster.NetworkOf(index); err == nil {
			t.Errorf("index %d is accepted", index)
		}
	}
}
