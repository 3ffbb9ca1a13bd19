package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// namespaces are those that a node has of its own.
const namespaces = syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID |
	syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWCGROUP

// Keep runs the node of a folder until it ends, ctx ends, or starter gives EOF. Then it removes the node's cgroups and
// state. The caller must be on a thread that lasts, the process's first, because the kernel ends the node with the
// thread that started it.
func Keep(ctx context.Context, dir string, starter io.Reader) error {
	events := json.NewEncoder(os.NewFile(EventsFD, "events"))
	reason := keep(ctx, dir, starter, events)
	// The starter may be gone; then nobody is there to be told.
	_ = events.Encode(Event{Ended: reason.Error()})
	return reason
}

func keep(ctx context.Context, dir string, starter io.Reader, events *json.Encoder) (reason error) {
	spec, err := readSpec(dir)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(spec.stateDir()); err != nil {
		return err
	}
	defer func() { reason = errors.Join(reason, os.RemoveAll(spec.stateDir())) }()
	if err := os.MkdirAll(spec.stateDir(), 0o750); err != nil {
		return err
	}
	if err := storable(spec.stateDir()); err != nil {
		return err
	}
	group, err := newCgroup(spec.Name)
	if err != nil {
		return err
	}
	defer func() { reason = errors.Join(reason, group.remove()) }()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	command := bootCommand(ctx, dir)
	if err := group.start(command); err != nil {
		return err
	}
	if err := events.Encode(Event{PID: command.Process.Pid}); err != nil {
		cancel(errors.New("the starter is gone"))
	}
	go func() {
		_, _ = io.Copy(io.Discard, starter)
		cancel(errors.New("stopped by its starter"))
	}()
	err = command.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("the node ended (%w): %s", err, lastLine(filepath.Join(dir, LogDir, "node.log")))
}

// storable refuses a folder in which containerd could not store the layers of containers.
func storable(dir string) error {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return err
	}
	if stat.Type == unix.OVERLAYFS_SUPER_MAGIC {
		return fmt.Errorf("%s lies on an overlay file system, in which no container can be stored: give a folder of a disk or a tmpfs", dir)
	}
	return nil
}

// bootCommand is this program again, as the first process of new namespaces. Cancelling ctx kills it.
func bootCommand(ctx context.Context, dir string) *exec.Cmd {
	command := exec.CommandContext(ctx, "/proc/self/exe", "boot", dir) //nolint:gosec // this very program
	command.Env = []string{"PATH=" + Path, "HOME=/"}
	command.Dir = "/"
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	return command
}

// lastLine is where a node says why it ended.
func lastLine(path string) string {
	text, err := os.ReadFile(path) //nolint:gosec // a log of this node
	if err != nil {
		return err.Error()
	}
	text = bytes.TrimSpace(text)
	return string(text[bytes.LastIndexByte(text, '\n')+1:])
}
