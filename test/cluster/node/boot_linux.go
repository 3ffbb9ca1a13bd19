package node

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// shown are the kernel's settings that kubelet insists on. They are not the node's alone, so the node shows files in
// their place and leaves the machine's as they are.
var shown = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// settings are those of the node's own network.
var settings = map[string]string{
	"ip_forward": "1",
	// When a node is killed, the peers of some connections are gone before these could be closed in order. The kernel
	// keeps a network namespace while it tries to, by default for more than a minute.
	"tcp_orphan_retries": "1",
}

// Boot is the first process of a node: it makes the file system and the network, then runs the processes. It returns
// only with an error, and with it the node ends.
func Boot(dir string) error {
	spec, err := readSpec(dir)
	if err != nil {
		return err
	}
	trees, err := hierarchies()
	if err != nil {
		return err
	}
	if err := spec.mountRoot(); err != nil {
		return fmt.Errorf("make the root: %w", err)
	}
	if err := mountCgroups(trees); err != nil {
		return fmt.Errorf("mount the cgroups: %w", err)
	}
	if err := spec.settle(); err != nil {
		return err
	}
	if err := spec.network(); err != nil {
		return fmt.Errorf("make the network: %w", err)
	}
	return spec.run()
}

// mounting is one mount. Without a type it shows a folder or file of the host.
type mounting struct {
	source, target, kind, options string
	// shallow leaves out what is mounted below the source.
	shallow bool
}

func (m mounting) do() error {
	var flags uintptr
	if m.kind == "" {
		flags = unix.MS_BIND
		if !m.shallow {
			flags |= unix.MS_REC
		}
	}
	if err := unix.Mount(m.source, m.target, m.kind, flags, m.options); err != nil {
		return fmt.Errorf("mount %s on %s: %w", m.source, m.target, err)
	}
	return nil
}

func mountAll(mountings ...mounting) error {
	for _, m := range mountings {
		if err := m.do(); err != nil {
			return err
		}
	}
	return nil
}

// mountRoot makes Spec.Root, with a throw-away layer over it, the root of the file system. All of it lives in this
// mount namespace and ends with it.
func (s Spec) mountRoot() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := mountAll(mounting{source: "tmpfs", target: s.stateDir(), kind: "tmpfs", options: "mode=755"}); err != nil {
		return err
	}
	// The paths are relative, because an overlay's options cannot hold every character of a path.
	if err := os.Chdir(s.stateDir()); err != nil {
		return err
	}
	if err := makeFolders("lower", "upper", "work", "root"); err != nil {
		return err
	}
	if err := mountAll(
		mounting{source: s.Root, target: "lower"},
		mounting{source: "overlay", target: "root", kind: "overlay", options: "lowerdir=lower,upperdir=upper,workdir=work"},
	); err != nil {
		return err
	}
	if err := os.Chdir("root"); err != nil {
		return err
	}
	if err := s.mountBelow(); err != nil {
		return err
	}
	return enter()
}

// mountBelow fills the root, which is the working folder, with what the host and the kernel give.
func (s Spec) mountBelow() error {
	home, programs := strings.TrimPrefix(Home, "/"), strings.TrimPrefix(Programs, "/")
	if err := makeFolders("proc", "sys", "dev", "run", "tmp", "var/log", home, programs); err != nil {
		return err
	}
	if err := mountAll(
		mounting{source: "proc", target: "proc", kind: "proc"},
		mounting{source: "sysfs", target: "sys", kind: "sysfs"},
		mounting{source: "tmpfs", target: "sys/fs/cgroup", kind: "tmpfs", options: "mode=755"},
		mounting{source: "tmpfs", target: "run", kind: "tmpfs", options: "mode=755"},
		mounting{source: "tmpfs", target: "tmp", kind: "tmpfs", options: "mode=1777"},
		mounting{source: "/dev", target: "dev"},
		mounting{source: s.Programs, target: programs},
		mounting{source: s.Dir, target: home, shallow: true}, // without the layers over its state
	); err != nil {
		return err
	}
	for setting, value := range shown {
		file := filepath.Join("run", strings.ReplaceAll(setting, "/", "."))
		if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
			return err
		}
		if err := mountAll(mounting{source: file, target: filepath.Join("proc/sys", setting)}); err != nil {
			return err
		}
	}
	return nil
}

// enter makes the working folder the root and lets go of the old one. What kubelet mounts must reach the pods that it
// shares a folder with, so mounts are shared among the namespaces of this node.
func enter() error {
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return err
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
}

// mountCgroups shows the node its own cgroups as if they were the top ones.
func mountCgroups(trees []hierarchy) error {
	for _, tree := range trees {
		if tree.options == "" {
			return mountVersionTwo()
		}
		folder := filepath.Join(cgroupMount, tree.name())
		if err := makeFolders(folder); err != nil {
			return err
		}
		if err := mountAll(mounting{source: "cgroup", target: folder, kind: "cgroup", options: tree.options}); err != nil {
			return err
		}
		for controller := range strings.SplitSeq(tree.name(), ",") {
			if controller == tree.name() {
				continue
			}
			if err := os.Symlink(tree.name(), filepath.Join(cgroupMount, controller)); err != nil {
				return err
			}
		}
	}
	return nil
}

// mountVersionTwo moves this process, and with it all that it starts, one level down, because a cgroup of version 2
// passes controllers on to others only while it holds no process itself.
func mountVersionTwo() error {
	const own = cgroupMount + "/node"
	if err := mountAll(mounting{source: "cgroup2", target: cgroupMount, kind: "cgroup2"}); err != nil {
		return err
	}
	if err := makeFolders(own); err != nil {
		return err
	}
	if err := write(own+"/cgroup.procs", "1"); err != nil {
		return err
	}
	return write(cgroupMount+"/cgroup.subtree_control", "+"+strings.Join(wanted, " +"))
}

// settle gives the node its name and the files that name things.
func (s Spec) settle() error {
	files := map[string]string{
		"/etc/hostname":    s.Name + "\n",
		"/etc/hosts":       fmt.Sprintf("127.0.0.1 localhost\n%s %s\n", s.Address, s.Name),
		"/etc/resolv.conf": fmt.Sprintf("nameserver %s\n", s.Nameserver),
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // read by all
			return err
		}
	}
	return unix.Sethostname([]byte(s.Name))
}

// network gives the node its address. It lies on the loopback interface, which every kernel has; the node's pods and
// its peers reach it by their routes.
func (s Spec) network() error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	address := &netlink.Addr{IPNet: netlink.NewIPNet(s.Address.AsSlice())}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return err
	}
	if err := netlink.AddrAdd(loopback, address); err != nil {
		return err
	}
	for _, prefix := range s.Local {
		_, network, err := net.ParseCIDR(prefix.String())
		if err != nil {
			return err
		}
		route := &netlink.Route{LinkIndex: loopback.Attrs().Index, Dst: network, Src: s.Address.AsSlice()}
		if err := netlink.RouteAdd(route); err != nil {
			return fmt.Errorf("route to %s: %w", prefix, err)
		}
	}
	for setting, value := range settings {
		if err := write("/proc/sys/net/ipv4/"+setting, value); err != nil {
			return err
		}
	}
	return nil
}

func makeFolders(paths ...string) error {
	for _, path := range paths {
		if err := os.MkdirAll(path, 0o755); err != nil { //nolint:gosec // folders of the node's root
			return err
		}
	}
	return nil
}
