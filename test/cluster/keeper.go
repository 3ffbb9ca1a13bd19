package cluster

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/cluster/node"
)

// stopDeadline is how long a node may take to end and be cleaned up after.
const stopDeadline = 30 * time.Second

// keeper is the process that holds a node. It has a session of its own, so that Ctrl-C does not reach it: it ends when
// the pipe to it closes, which the kernel does when this process ends, however it ends.
type keeper struct {
	pid   int // of the node's first process
	alive io.Closer
	ended chan struct{}
	why   string // set before ended closes
}

func startKeeper(ctx context.Context, program, dir string) (*keeper, error) {
	log, err := os.OpenFile(filepath.Join(dir, node.LogDir, "node.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) //nolint:gosec // a path of this cluster
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	events, report, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	// Not with ctx: it is to clean up after ctx ended.
	command := exec.Command(program, "keep", dir) //nolint:gosec,noctx // a program of the cache
	command.Stderr = log
	command.ExtraFiles = []*os.File{report}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	alive, err := command.StdinPipe()
	if err != nil {
		return nil, errors.Join(err, events.Close(), report.Close())
	}
	if err := errors.Join(command.Start(), report.Close()); err != nil {
		return nil, errors.Join(err, events.Close())
	}
	k := &keeper{alive: alive, ended: make(chan struct{})}
	pid := make(chan int, 1)
	go k.follow(command, events, pid)
	select {
	case k.pid = <-pid:
		return k, nil
	case <-k.ended:
		return nil, k.reason()
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), k.stop())
	}
}

// follow reads events until the keeper ends.
func (k *keeper) follow(command *exec.Cmd, events io.ReadCloser, pid chan<- int) {
	defer close(k.ended)
	lines := bufio.NewScanner(events)
	for lines.Scan() {
		var event node.Event
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			k.why = err.Error()
		}
		if event.PID != 0 {
			pid <- event.PID
		}
		if event.Ended != "" {
			k.why = event.Ended
		}
	}
	err := errors.Join(lines.Err(), events.Close(), command.Wait())
	if k.why == "" {
		k.why = fmt.Sprintf("its keeper ended: %v", err)
	}
}

// reason may be called after ended is closed.
func (k *keeper) reason() error { return errors.New(k.why) }

func (k *keeper) stop() error {
	if err := k.alive.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	select {
	case <-k.ended:
		return nil
	case <-time.After(stopDeadline):
		return fmt.Errorf("the node did not end within %s", stopDeadline)
	}
}
