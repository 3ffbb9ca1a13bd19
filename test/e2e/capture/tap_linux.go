package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	// snap is how much of a packet is looked at: headers, and the beginning of a connection.
	snap = 4 << 10
	// backlog is how many bytes of packets the kernel keeps while this process is busy.
	backlog = 64 << 20
)

// Space is a network namespace to capture in.
type Space interface {
	// Inside runs a function on a thread that is in the namespace.
	Inside(do func() error) error
}

// Tap captures all packets of a namespace, on each of its interfaces, also those that come to be later.
type Tap struct {
	file *os.File
	done chan struct{}

	mu        sync.Mutex
	reduction *reduction
	lost      uint64
	failed    error
}

// Open begins to capture. What does not leave the namespace, by its loopback, is left out unless it is asked for.
func Open(space Space, loopback bool) (*Tap, error) {
	t := &Tap{done: make(chan struct{}), reduction: newReduction()}
	err := space.Inside(func() (err error) {
		own, err := net.InterfaceByName("lo")
		if err != nil {
			return err
		}
		filter := []bpf.Instruction{bpf.RetConstant{Val: snap}}
		if !loopback {
			filter = []bpf.Instruction{
				bpf.LoadExtension{Num: bpf.ExtInterfaceIndex},
				bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(own.Index), SkipTrue: 1}, //nolint:gosec // 1
				bpf.RetConstant{Val: 0},
				bpf.RetConstant{Val: snap},
			}
		}
		t.file, err = listen(filter)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("capture packets: %w", err)
	}
	go t.follow()
	return t, nil
}

// listen opens a packet socket in the namespace of this thread. It hears nothing until it is bound, and then by the filter.
func listen(filter []bpf.Instruction) (*os.File, error) {
	program, err := bpf.Assemble(filter)
	if err != nil {
		return nil, err
	}
	raw := make([]unix.SockFilter, len(program))
	for i, instruction := range program {
		raw[i] = unix.SockFilter{Code: instruction.Op, Jt: instruction.Jt, Jf: instruction.Jf, K: instruction.K}
	}
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	var every [2]byte
	binary.BigEndian.PutUint16(every[:], unix.ETH_P_ALL)
	err = errors.Join(
		unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, backlog),
		unix.SetsockoptSockFprog(socket, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(raw)), Filter: &raw[0]}), //nolint:gosec // a few
		unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: binary.NativeEndian.Uint16(every[:])}),
	)
	if err != nil {
		return nil, errors.Join(err, unix.Close(socket))
	}
	return os.NewFile(uintptr(socket), "packets"), nil
}

// follow takes in packets until the tap is closed, and then those that are still waiting.
func (t *Tap) follow() {
	defer close(t.done)
	raw, err := t.file.SyscallConn()
	if err != nil {
		t.failed = err
		return
	}
	buffer := make([]byte, snap)
	receive := func(socket uintptr) (done bool) {
		length, _, err := unix.Recvfrom(int(socket), buffer, unix.MSG_TRUNC)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return false
		case err == nil:
			t.mu.Lock()
			t.reduction.add(buffer[:min(length, snap)], length)
			t.mu.Unlock()
		case !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.ENETDOWN): // that is an interface that went
			t.failed = err
		}
		return true
	}
	for err == nil && t.failed == nil {
		err = raw.Read(receive)
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.failed = errors.Join(t.failed, err)
	}
	_ = raw.Control(func(socket uintptr) {
		for t.failed == nil && receive(socket) {
		}
		statistics, err := unix.GetsockoptTpacketStats(int(socket), unix.SOL_PACKET, unix.PACKET_STATISTICS)
		if err != nil {
			t.failed = errors.Join(t.failed, err)
			return
		}
		t.lost = uint64(statistics.Drops)
	})
}

// Flows are those so far.
func (t *Tap) Flows() []Flow {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.reduction.all()
}

// Close ends the capture and returns its flows. It fails when a single packet escaped it: then nobody knows what that was.
// A second time it fails too.
func (t *Tap) Close() ([]Flow, error) {
	err := t.file.SetReadDeadline(time.Unix(0, 1))
	<-t.done
	err = errors.Join(err, t.failed, t.file.Close())
	if t.lost > 0 {
		err = errors.Join(err, fmt.Errorf("capture packets: the kernel dropped %d of them", t.lost))
	}
	if t.reduction.beyond > 0 {
		err = errors.Join(err, fmt.Errorf("capture packets: %d of them belong to more flows than the %d that are kept", t.reduction.beyond, maxFlows))
	}
	return t.Flows(), err
}
