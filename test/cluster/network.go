package cluster

import (
	"fmt"
	"net/netip"
)

// MaxIndex is the highest Options.Index: the address plan has room for this many clusters beside each other and one.
const MaxIndex = 7

// apiPort is where every API server listens.
const apiPort = 6443

// Outside is kept free of nodes, pods and services of every cluster, for Cluster.Expose: what listens there looks to
// the pods like a machine elsewhere. (198.18.0.0/15 is for tests of networks, RFC 2544; nothing real is there.)
var Outside = netip.MustParsePrefix("198.19.240.0/20")

// Network is a cluster's share of 198.18.0.0/15. No two clusters overlap, so each can route to the other.
type Network struct {
	// Node is the address of the cluster's node; its API server listens there on port 6443.
	Node netip.Addr
	// Pods and Services are the cluster's networks. NodePods is the part of Pods on its node.
	Pods, NodePods, Services netip.Prefix
	// API is the service of the API server, DNS that of CoreDNS.
	API, DNS netip.Addr
}

// NetworkOf plans the addresses of the cluster with an index from 0 to MaxIndex: nodes from 198.18.0.0/18, services
// from 198.18.64.0 and pods from 198.19.0.0 upwards, a /20 each.
func NetworkOf(index int) (Network, error) {
	if index < 0 || index > MaxIndex {
		return Network{}, fmt.Errorf("cluster index %d: give one from 0 to %d", index, MaxIndex)
	}
	at := byte(index)
	services := netip.AddrFrom4([4]byte{198, 18, 64 + 16*at, 0})
	pods := netip.AddrFrom4([4]byte{198, 19, 16 * at, 0})
	return Network{
		Node:     netip.AddrFrom4([4]byte{198, 18, at, 2}),
		Pods:     netip.PrefixFrom(pods, 20),
		NodePods: netip.PrefixFrom(pods, 24),
		Services: netip.PrefixFrom(services, 20),
		API:      services.Next(),
		DNS:      netip.AddrFrom4([4]byte{198, 18, 64 + 16*at, 10}),
	}, nil
}

func (n Network) server() string {
	return fmt.Sprintf("https://%s", netip.AddrPortFrom(n.Node, apiPort))
}
