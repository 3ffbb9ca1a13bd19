package attacks

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// passedOn are the headers that a region may be sent: SECURITY.md's list, and what HTTP itself needs.
var passedOn = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Type", "If-Match", "If-None-Match", "User-Agent",
	"Content-Length", "Transfer-Encoding",
}

// A received is a request that reached the hostile region.
type received struct {
	method, target string
	header         http.Header
	body           string
}

// A hostile is a region that answers, bytes and all, what it is told to. It stands in for a region that somebody took over.
type hostile struct {
	t        *testing.T
	listener net.Listener

	lock     sync.Mutex
	play     func(net.Conn, received)
	received []received
}

func newHostile(t *testing.T, certificate tls.Certificate) *hostile {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{t: t, listener: listener}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { h.serve(connection) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return h
}

// serve answers one request of a connection. Probes get what is right.
func (h *hostile) serve(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(time.Minute))
	request, err := http.ReadRequest(bufio.NewReader(connection))
	if err != nil {
		return
	}
	if isProbe(request.Method, request.RequestURI, request.Header.Get("Authorization") != "") {
		_, _ = io.WriteString(connection, whole("200 OK", `{}`))
		return
	}
	arrived := received{method: request.Method, target: request.RequestURI, header: request.Header}
	if len(request.TransferEncoding) > 0 {
		arrived.header.Set("Transfer-Encoding", strings.Join(request.TransferEncoding, ","))
	}
	if request.Header.Get("Content-Length") != "" || len(request.TransferEncoding) > 0 {
		body, _ := io.ReadAll(request.Body) // one that is cut off is what came of it
		arrived.body = string(body)
	}
	h.lock.Lock()
	h.received = append(h.received, arrived)
	play := h.play
	h.lock.Unlock()
	for name := range arrived.header {
		if !slices.Contains(passedOn, name) {
			h.t.Errorf("%s %s reached the region with the header %s", arrived.method, arrived.target, name)
		}
	}
	play(connection, arrived)
}

// answers says what the region does from now on.
func (h *hostile) answers(play func(net.Conn, received)) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.play = play
}

func (h *hostile) requests() []received {
	h.lock.Lock()
	defer h.lock.Unlock()
	return slices.Clone(h.received)
}

// isProbe tells the console's health checks from what users have sent.
func isProbe(method, target string, bearer bool) bool {
	return method == http.MethodGet && target == healthPath && !bearer
}

// whole is an answer as it should be.
func whole(status, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(body), body)
}

// anEmptyList is what the region answers where no attack says otherwise.
func anEmptyList(connection net.Conn, _ received) {
	_, _ = io.WriteString(connection, whole("200 OK", `{"kind":"ClusterList","page":1,"size":0,"total":0,"items":[]}`))
}

// saying is a region that answers with these bytes. Content-Length is added where the text names no length, and the end of the
// connection: the console would send the next request on it, and not repeat one with a body.
func saying(answer string) func(net.Conn, received) {
	head, body, hasBody := strings.Cut(answer, "\n\n")
	if !named(strings.Split(head, "\n"), "connection") {
		head += "\nConnection: close"
	}
	if hasBody {
		head += "\n\n" + body
	}
	return func(connection net.Conn, _ received) { _, _ = io.WriteString(connection, wire(head)) }
}
