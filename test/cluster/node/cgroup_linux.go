package node

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	cgroupPrefix = "geoconsole-"
	// removeDeadline bounds the wait for the kernel to empty a cgroup of processes that were killed.
	removeDeadline = 20 * time.Second
)

// cgroup is a node's folder in every tree.
type cgroup struct {
	trees []hierarchy
	name  string
}

func (c cgroup) folders() []string {
	folders := make([]string, 0, len(c.trees))
	for _, tree := range c.trees {
		folders = append(folders, filepath.Join(tree.parent, c.name))
	}
	return folders
}

// newCgroup also removes what earlier nodes left that were not ended in order.
func newCgroup(name string) (cgroup, error) {
	trees, err := hierarchies()
	if err != nil {
		return cgroup{}, err
	}
	group := cgroup{trees: trees, name: cgroupPrefix + name + "-" + strconv.Itoa(os.Getpid())}
	return group, sweep(trees)
}

// start runs a command in the cgroup, which becomes the root of the command's cgroup namespace. This process enters,
// starts the command and leaves again. Others that sweep are kept out until the cgroup is no longer empty.
func (c cgroup) start(command *exec.Cmd) (err error) {
	unlock, err := lockTree(c.trees)
	if err != nil {
		return err
	}
	defer unlock()
	defer func() { err = errors.Join(err, c.move(func(tree hierarchy) string { return tree.parent })) }()
	for _, tree := range c.trees {
		if err := tree.make(c.name); err != nil {
			return errors.Join(err, c.remove())
		}
	}
	if err := c.move(func(tree hierarchy) string { return filepath.Join(tree.parent, c.name) }); err != nil {
		return err
	}
	return command.Start()
}

// move puts this process into the folder of each tree.
func (c cgroup) move(folder func(hierarchy) string) error {
	for _, tree := range c.trees {
		if err := write(filepath.Join(folder(tree), "cgroup.procs"), strconv.Itoa(os.Getpid())); err != nil {
			return err
		}
	}
	return nil
}

// make makes the folder. One of the cpuset tree has no processors until it is told which; in version 2 the parent must
// pass its controllers on, which it does from then on: others may use them too by the time the node ends.
func (h hierarchy) make(name string) error {
	folder := filepath.Join(h.parent, name)
	if h.options == "" {
		if err := write(filepath.Join(h.parent, "cgroup.subtree_control"), "+"+strings.Join(wanted, " +")); err != nil {
			return fmt.Errorf("cgroup controllers cannot be passed on to a node: %w; run on the machine itself, not in a container", err)
		}
	}
	if err := os.Mkdir(folder, 0o755); err != nil { //nolint:gosec // a cgroup, the mode is the kernel's default
		return err
	}
	if !slices.Contains(strings.Split(h.options, ","), "cpuset") {
		return nil
	}
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(h.parent, file)) //nolint:gosec // a cgroup
		if err != nil {
			return err
		}
		if err := write(filepath.Join(folder, file), string(bytes.TrimSpace(value))); err != nil {
			return err
		}
	}
	return nil
}

// remove removes the folders with all below them. The kernel refuses while a process is left, so it tries again.
func (c cgroup) remove() error {
	deadline := time.Now().Add(removeDeadline)
	for {
		var left error
		for _, folder := range c.folders() {
			left = errors.Join(left, removeTree(folder))
		}
		if left == nil || time.Now().After(deadline) {
			return left
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// removeTree removes a cgroup, the innermost first. The files in it are the kernel's and go with the folder.
func removeTree(folder string) error {
	below, err := cgroupsBelow(folder)
	if err != nil {
		return err
	}
	for _, path := range slices.Backward(below) {
		if err := unix.Rmdir(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove cgroup %s: %w", path, err)
		}
	}
	return nil
}

// cgroupsBelow lists a folder and all below it, parents first; none when it is not there.
func cgroupsBelow(folder string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && entry.IsDir() {
			found = append(found, path)
		}
		return err
	})
	return found, err
}

// Supported says why this machine's cgroups cannot hold a node; nil when they can.
func Supported() error {
	_, err := hierarchies()
	return err
}

// Sweep removes the cgroups of nodes whose Keep was itself killed, which nothing else can do. Those of running nodes
// hold processes and stay.
func Sweep() error {
	trees, err := hierarchies()
	if err != nil {
		return err
	}
	return sweep(trees)
}

func sweep(trees []hierarchy) error {
	unlock, err := lockTree(trees)
	if err != nil {
		return err
	}
	defer unlock()
	var failed error
	for _, tree := range trees {
		all, err := cgroupsBelow(tree.mount)
		if err != nil {
			return err
		}
		for _, folder := range all {
			if strings.HasPrefix(filepath.Base(folder), cgroupPrefix) && !inhabited(folder) {
				failed = errors.Join(failed, removeTree(folder))
			}
		}
	}
	return failed
}

// inhabited reports a process in a cgroup or below it. One that cannot be read counts as inhabited.
func inhabited(folder string) bool {
	below, err := cgroupsBelow(folder)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(below, func(path string) bool {
		text, err := os.ReadFile(filepath.Join(path, "cgroup.procs")) //nolint:gosec // a cgroup
		return len(text) > 0 || (err != nil && !errors.Is(err, fs.ErrNotExist))
	})
}

// lockTree keeps sweeps and starts of other processes apart. The kernel gives the lock back when this process ends.
func lockTree(trees []hierarchy) (unlock func(), err error) {
	folder, err := os.Open(trees[0].mount)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", folder.Name(), err), folder.Close())
	}
	return func() { _ = folder.Close() }, nil
}

// write writes to a file that the kernel made.
func write(path, text string) error {
	return os.WriteFile(path, []byte(text), 0) //nolint:gosec // the file is there
}
