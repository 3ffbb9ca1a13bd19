package controllers_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// wire is a way to a cluster that can be cut, and that can hang. It stands in for the network in between, and for a
// cluster that accepts and never answers.
type wire struct {
	to, at string
	file   []byte

	mu       sync.Mutex
	listener net.Listener
	ends     []net.Conn
	// hanging is closed when the wire does not hang any more; nil while it does not.
	hanging chan struct{}
}

func newWire(server *apiServer) *wire {
	u, err := url.Parse(server.environment.Config.Host)
	if err != nil || u.Host == "" {
		u = &url.URL{Host: server.environment.Config.Host}
	}
	w := &wire{to: u.Host, at: "127.0.0.1:0", file: server.kubeconfig()}
	DeferCleanup(w.cut)
	return w
}

// rewrite leads a kubeconfig through the wire.
func (w *wire) rewrite(ctx context.Context, namespace, secret string) {
	GinkgoHelper()
	Expect(string(w.file)).To(ContainSubstring(w.to))
	writeKubeconfig(ctx, namespace, secret, []byte(strings.ReplaceAll(string(w.file), w.to, w.at)))
}

// mend lets connections through.
func (w *wire) mend() {
	GinkgoHelper()
	listener, err := net.Listen("tcp", w.at)
	Expect(err).NotTo(HaveOccurred())
	w.mu.Lock()
	w.listener, w.at = listener, listener.Addr().String()
	w.mu.Unlock()
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", w.to)
			if err != nil {
				_ = near.Close()
				continue
			}
			w.mu.Lock()
			w.ends = append(w.ends, near, far)
			w.mu.Unlock()
			go func() { _, _ = io.Copy(passage{w, near}, far); _ = near.Close() }()
			go func() { _, _ = io.Copy(passage{w, far}, near); _ = far.Close() }()
		}
	}()
}

// passage is one direction of a connection: what it is given waits while the wire hangs.
type passage struct {
	wire *wire
	end  net.Conn
}

// Write passes on what comes.
func (p passage) Write(b []byte) (int, error) {
	p.wire.mu.Lock()
	hanging := p.wire.hanging
	p.wire.mu.Unlock()
	if hanging != nil {
		<-hanging
	}
	return p.end.Write(b)
}

// hang lets connections be made and stay, and nothing through, or ends that.
func (w *wire) hang(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hanging != nil {
		close(w.hanging)
		w.hanging = nil
	}
	if on {
		w.hanging = make(chan struct{})
	}
}

// cut ends all connections and lets no other through.
func (w *wire) cut() {
	w.hang(false)
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.listener.Close()
	for _, end := range w.ends {
		_ = end.Close()
	}
	w.ends = nil
}
