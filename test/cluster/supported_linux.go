package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"

	"github.com/geoconsole/geoconsole-operator/test/cluster/node"
)

// Supported says, as an error in words, why this machine cannot run clusters; nil when it can.
func Supported() error {
	if os.Geteuid() != 0 {
		return errors.New("real clusters need root, for namespaces and mounts: run as root")
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var capabilities [2]unix.CapUserData
	if err := unix.Capget(&header, &capabilities[0]); err != nil {
		return fmt.Errorf("read the rights of this process: %w", err)
	}
	if capabilities[0].Effective&(1<<unix.CAP_SYS_ADMIN) == 0 {
		return errors.New("real clusters need the capability SYS_ADMIN: run on the machine itself, or in a privileged container")
	}
	if _, err := exec.LookPath("nsenter"); err != nil {
		return fmt.Errorf("real clusters need nsenter of util-linux: %w", err)
	}
	return node.Supported()
}

// Sweep removes the cgroups of clusters that could not be ended in order, because even the process that watches over
// them was killed. Every start does so too. Running clusters are left alone.
func Sweep() error { return node.Sweep() }
