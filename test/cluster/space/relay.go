// Package space works in network namespaces: of the nodes of test/cluster, and of their pods.
package space

import (
	"context"
	"io"
	"net"
	"sync"
)

// Relay passes every connection of a listener on, until the listener closes.
func Relay(listener net.Listener, dial func(context.Context) (net.Conn, error)) {
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = from.Close() }()
			to, err := dial(context.Background())
			if err != nil {
				return // the caller sees its connection close
			}
			defer func() { _ = to.Close() }()
			pass(from, to)
		}()
	}
}

// pass copies both ways. The end of one direction is passed on; the other may go on.
func pass(one, other net.Conn) {
	var both sync.WaitGroup
	both.Go(func() { copyHalf(one, other) })
	both.Go(func() { copyHalf(other, one) })
	both.Wait()
}

func copyHalf(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
