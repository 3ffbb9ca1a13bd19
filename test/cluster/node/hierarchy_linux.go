package node

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

const cgroupMount = "/sys/fs/cgroup"

// wanted are the controllers that kubelet refuses to start without.
var wanted = []string{"cpu", "cpuset", "memory", "pids"}

// hierarchy is a tree of cgroups: one per set of controllers in version 1, a single one in version 2.
type hierarchy struct {
	// options mount the tree: "cpu,cpuacct" or "none,name=systemd"; empty for version 2.
	options string
	// mount is the folder where the host sees the tree.
	mount string
	// parent is the folder that a node's cgroup is made in.
	parent string
}

// name is the tree's folder below /sys/fs/cgroup of a node.
func (h hierarchy) name() string { return strings.TrimPrefix(h.options, "none,name=") }

// hierarchies finds the trees of the host. In version 1 a node's cgroup is made below that of this process, so that
// limits of the host hold for it too; version 2 allows no children beside processes, so it is made at the top.
func hierarchies() ([]hierarchy, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(cgroupMount, &stat); err != nil {
		return nil, fmt.Errorf("%s: %w; mount cgroups there", cgroupMount, err)
	}
	if stat.Type == unix.CGROUP2_SUPER_MAGIC {
		found := hierarchy{mount: cgroupMount, parent: cgroupMount}
		text, err := os.ReadFile(filepath.Join(cgroupMount, "cgroup.controllers"))
		if err != nil {
			return nil, err
		}
		return []hierarchy{found}, complete(strings.Fields(string(text)))
	}
	return versionOne()
}

func versionOne() ([]hierarchy, error) {
	mounts, err := cgroupMounts()
	if err != nil {
		return nil, err
	}
	file, err := os.Open("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	var found []hierarchy
	var controllers []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		// "4:memory:/user.slice": id, controllers, path. The tree of version 2 has no controllers here.
		fields := strings.SplitN(lines.Text(), ":", 3)
		if len(fields) != 3 || fields[1] == "" {
			continue
		}
		at, mounted := mounts[fields[1]]
		if !mounted {
			continue
		}
		tree := hierarchy{options: fields[1], mount: at.folder, parent: filepath.Join(at.folder, strings.TrimPrefix(fields[2], at.root))}
		if strings.HasPrefix(fields[1], "name=") {
			tree.options = "none," + fields[1]
		}
		found = append(found, tree)
		controllers = append(controllers, strings.Split(fields[1], ",")...)
	}
	return found, errors.Join(lines.Err(), complete(controllers))
}

func complete(controllers []string) error {
	for _, name := range wanted {
		if !slices.Contains(controllers, name) {
			return fmt.Errorf("this machine has no cgroup controller %q: a kernel with it, and a container that passes cgroups on, are needed", name)
		}
	}
	return nil
}

type mountPoint struct{ folder, root string }

// cgroupMounts maps the controllers of /proc/self/cgroup to where their tree is mounted.
func cgroupMounts() (map[string]mountPoint, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	found := map[string]mountPoint{}
	for line := range strings.Lines(string(text)) {
		// proc(5): "36 35 98:0 /root /folder rw,noatime ... - cgroup source rw,cpu,cpuacct"
		before, after, _ := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if len(left) < 5 || len(right) < 3 || right[0] != "cgroup" {
			continue
		}
		var names []string
		for option := range strings.SplitSeq(right[2], ",") {
			if option != "rw" && option != "ro" && !strings.HasPrefix(option, "release_agent") && option != "xattr" && option != "clone_children" {
				names = append(names, option)
			}
		}
		found[strings.Join(names, ",")] = mountPoint{folder: left[4], root: strings.TrimSuffix(left[3], "/")}
	}
	return found, nil
}
