package proxy

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"
)

// net/http takes any three digits off the wire. Passed on, one below 200 would make an answer without our headers, and
// one that HTTP/2 carries and HTTP/1.1 cannot would make a handler panic.
func TestProperty14_OnlyStatusesOfAnswersPass(t *testing.T) {
	ca := newAuthority(t)
	for status, passes := range map[string]bool{
		"200": true, "599": true, "000": false, "042": false, "099": false, "101": false, "600": false, "999": false,
	} {
		t.Run(status, func(t *testing.T) {
			region, failed := regionAt(t, serveStatus(t, ca, status), ca.roots(), usual)
			response, body := send(t, region, http.MethodGet, clustersPath, nil)
			checkIsData(t, response)
			if passes {
				if got := fmt.Sprint(response.StatusCode); got != status || body != "" {
					t.Errorf("%s %q", got, body)
				}
				return
			}
			if response.StatusCode != http.StatusBadGateway {
				t.Errorf("passed as %d", response.StatusCode)
			}
			if got := failed.next(t); got.Cause != UnexpectedStatus {
				t.Errorf("reported %+v", got)
			}
		})
	}
}

// serveStatus is a region that answers every request by a status line of its own and nothing else.
func serveStatus(t *testing.T, ca *authorityOf, status string) net.Addr {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{ca.certificate(time.Hour, testHost)}, MinVersion: tls.VersionTLS12,
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { _ = listener.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status)
			}
			_ = conn.Close()
		}
	}()
	return listener.Addr()
}
