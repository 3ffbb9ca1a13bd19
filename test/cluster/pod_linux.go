package cluster

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"github.com/geoconsole/geoconsole-operator/test/cluster/space"
)

// Inside runs a function on a thread that is in the network namespace of the node. Sockets that it makes itself, not in
// goroutines of its own, belong there for good, and must be closed before Stop: they would keep the namespace.
func (c *Cluster) Inside(do func() error) error { return space.Inside(c.space, do) }

// InsidePod is Inside for the pod that has an address.
func (c *Cluster) InsidePod(pod netip.Addr, do func() error) error {
	// The runtime keeps the namespace of each pod as a file below this folder of the node.
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/root/var/run/netns/*", c.keeper.pid))
	if err != nil {
		return err
	}
	for _, name := range files {
		found, err := enter(name, pod, do)
		if found || err != nil {
			return err
		}
	}
	return fmt.Errorf("cluster %s: no pod on the node has the address %s", c.options.Name, pod)
}

// enter runs a function in the namespace of a file, if that has an address.
func enter(name string, address netip.Addr, do func() error) (found bool, err error) {
	file, err := os.Open(name) //nolint:gosec // a path of the node
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // a pod that has just ended
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	handle, err := netlink.NewHandleAt(netns.NsHandle(file.Fd()))
	if err != nil {
		return false, nil //nolint:nilerr // the file of a namespace that is being removed is an empty one
	}
	defer handle.Close()
	addresses, err := handle.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return false, err
	}
	for _, each := range addresses {
		if own, _ := netip.AddrFromSlice(each.IP); own.Unmap() == address {
			return true, space.Inside(file, do)
		}
	}
	return false, nil
}
