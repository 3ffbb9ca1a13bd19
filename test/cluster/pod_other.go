//go:build !linux

package cluster

import "net/netip"

// Inside needs Linux.
func (c *Cluster) Inside(func() error) error { return Supported() }

// InsidePod needs Linux.
func (c *Cluster) InsidePod(netip.Addr, func() error) error { return Supported() }
