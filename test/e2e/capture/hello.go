package capture

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"time"
)

// maxHello is how long the beginning of a connection may be that names a server.
const maxHello = 8 << 10

// recordHandshake is the first byte of TLS.
const recordHandshake = 22

// hello is what the one who began a connection of TCP sent first.
type hello struct {
	begun bool
	first uint32 // the number of the SYN
	next  uint32 // that of the byte behind those that are here
	sent  []byte
	told  bool
}

func (h *hello) begin(number uint32) { h.begun, h.first, h.next = true, number, number+1 }

// begins tells whether the connection began with that SYN, which came again.
func (h *hello) begins(number uint32) bool { return h.begun && h.first == number }

// add takes in what was sent further. Once, when that can be said, it tells the server that TLS was begun with: none when the
// beginning is something else, or was not seen.
func (h *hello) add(number uint32, sent []byte) (server string, told bool) {
	if h.told || len(sent) == 0 {
		return "", false
	}
	if !h.begun {
		h.told = true
		return "", true
	}
	if number != h.next {
		return "", false // again, or too early: then it comes again
	}
	h.next += uint32(len(sent)) //nolint:gosec // a packet's length
	h.sent = append(h.sent, sent...)
	if h.sent[0] == recordHandshake && len(h.sent) <= maxHello {
		if server, told = named(h.sent); !told {
			return "", false
		}
	}
	h.told, h.sent = true, nil
	return server, true
}

// named reads the server's name of a hello. It is not told while the hello is not whole.
func named(sent []byte) (server string, whole bool) {
	end := errors.New("read enough")
	err := tls.Server(recording{sent: bytes.NewReader(sent)}, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			server = strings.ToLower(hello.ServerName)
			return nil, end
		},
	}).HandshakeContext(context.Background())
	return server, errors.Is(err, end)
}

// recording is a connection that was.
type recording struct {
	net.Conn
	sent *bytes.Reader
}

// Read reads what was sent then.
func (r recording) Read(into []byte) (int, error) { return r.sent.Read(into) }

// Write takes the answer, and gives it to nobody.
func (recording) Write(from []byte) (int, error) { return len(from), nil }

// SetWriteDeadline has nothing to wait for.
func (recording) SetWriteDeadline(time.Time) error { return nil }

// Close has nothing to close.
func (recording) Close() error { return nil }
