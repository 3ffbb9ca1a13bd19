//go:build !linux

package cluster

import (
	"net/netip"
	"os"
)

func addAddress(*os.File, netip.Addr) error { return Supported() }

// Connect joins two clusters; there are none on this system.
func Connect(_, _ *Cluster) error { return Supported() }

// Disconnect needs Linux.
func Disconnect(_, _ *Cluster) error { return Supported() }
