package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Every way in which a region can fail, on real connections: the right cause, and nothing but the cause.
func TestCauses(t *testing.T) {
	ca := newAuthority(t)
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })

	for _, test := range []struct {
		name   string
		listen func(*testing.T) net.Addr
		want   Cause
	}{
		{"nothing listens", func(t *testing.T) net.Addr {
			listener := listenLoopback(t)
			_ = listener.Close()
			return listener.Addr()
		}, ConnectionRefused},
		{"no TLS is spoken", func(t *testing.T) net.Addr {
			return serveConns(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n") })
		}, TLSFailed},
		{"something else is spoken", func(t *testing.T) net.Addr {
			return serveConns(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.2\r\n") })
		}, TLSFailed},
		{"closed in the handshake", func(t *testing.T) net.Addr {
			return serveConns(t, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) })
		}, TLSFailed},
		{"only TLS 1.1", func(t *testing.T) net.Addr {
			config := serverTLS(ca, testHost, time.Hour)
			config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			return serveTLSConns(t, config, func(net.Conn) {})
		}, TLSFailed},
		{"a client certificate is asked for", func(t *testing.T) net.Addr {
			config := serverTLS(ca, testHost, time.Hour)
			config.ClientAuth = tls.RequireAnyClientCert
			return serveTLSConns(t, config, func(net.Conn) {})
		}, TLSFailed},
		{"hangs in the handshake", func(t *testing.T) net.Addr {
			return serveConns(t, func(net.Conn) { <-never })
		}, Timeout},
		{"another authority", func(t *testing.T) net.Addr {
			return serveTLSConns(t, serverTLS(newAuthority(t), testHost, time.Hour), func(net.Conn) {})
		}, CertificateInvalid},
		{"expired", func(t *testing.T) net.Addr {
			return serveTLSConns(t, serverTLS(ca, testHost, -time.Minute), func(net.Conn) {})
		}, CertificateInvalid},
		{"another host name", func(t *testing.T) net.Addr {
			return serveTLSConns(t, serverTLS(ca, "other.example.com", time.Hour), func(net.Conn) {})
		}, CertificateInvalid},
		{"hangs before the headers", func(t *testing.T) net.Addr {
			return serveTLSConns(t, serverTLS(ca, testHost, time.Hour), func(net.Conn) { <-never })
		}, Timeout},
		{"closes instead of answering", func(t *testing.T) net.Addr {
			return serveTLSConns(t, serverTLS(ca, testHost, time.Hour), func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) })
		}, ConnectionFailed},
		{"answers no HTTP", func(t *testing.T) net.Addr {
			return serveTLSConns(t, serverTLS(ca, testHost, time.Hour), func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 1))
				_, _ = io.WriteString(conn, "220 mail ESMTP\r\n")
			})
		}, ConnectionFailed},
		{"switches protocols", func(t *testing.T) net.Addr {
			return serveTLSConns(t, serverTLS(ca, testHost, time.Hour), func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
			})
		}, UnexpectedStatus},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := usual
			if test.want == Timeout {
				l = hasty
			}
			region, failed := regionAt(t, test.listen(t), ca.roots(), l)
			response, body := send(t, region, http.MethodGet, clustersPath+"?search=mark", func(r *http.Request) {
				r.Header.Set("Authorization", "Bearer mark")
			})
			problem := problemOf(t, body)
			if len(problem.Details) != 1 || problem.Details[0].Cause != test.want || problem.Details[0].Region != testRegion {
				t.Fatalf("details %+v, want %s of %s", problem.Details, test.want, testRegion)
			}
			if response.StatusCode != statusOf(test.want) || problem.ID != fmt.Sprint(response.StatusCode) {
				t.Errorf("status %d, id %s", response.StatusCode, problem.ID)
			}
			if strings.Contains(body, "mark") || strings.Contains(body, "127.0.0.1") {
				t.Errorf("the answer quotes the request or an error: %s", body)
			}
			want := Failure{Region: testRegion, Host: testHost, Cause: test.want, OperationID: problem.OperationID}
			if got := failed.next(t); got != want {
				t.Errorf("reported %+v, want %+v", got, want)
			}
		})
	}
}

func TestCauseOfNameNotFound(t *testing.T) {
	region := carrier{pool: newPool(dialer{timeout: time.Second, resolver: emptyDNS(t)}, nil, usual)}
	if cause := roundTrip(t, region, "https://"+testHost+"/"); cause != NameNotFound {
		t.Errorf("got %s", cause)
	}
}

func TestCauseOfRefusedDestination(t *testing.T) {
	for _, url := range []string{"https://127.0.0.1:1/", "https://169.254.169.254/", "https://[::1]:1/"} {
		region := carrier{pool: newPool(dialer{timeout: time.Second}, nil, usual)}
		if cause := roundTrip(t, region, url); cause != DestinationRefused {
			t.Errorf("%s: got %s", url, cause)
		}
	}
}

// A connect that hangs, here while its name is looked up: by the dialer's own timeout, and by the request's deadline.
func TestCauseOfConnectTimeout(t *testing.T) {
	hanging := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	for name, test := range map[string]struct{ connect, request time.Duration }{
		"the dialer's timeout":   {50 * time.Millisecond, time.Minute},
		"the request's deadline": {500 * time.Millisecond, 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			region := carrier{pool: newPool(dialer{timeout: test.connect, resolver: hanging}, nil, usual)}
			ctx, cancel := context.WithTimeout(context.Background(), test.request)
			defer cancel()
			request, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+testHost+"/", nil)
			_, err := region.RoundTrip(request) //nolint:bodyclose // it never answers
			if cause := causeOf(err, waiting); cause != ConnectTimeout {
				t.Errorf("got %s", cause)
			}
		})
	}
}

func TestCauseOfDeadlineInLaterPhases(t *testing.T) {
	for _, later := range []phase{waiting, handshaking, answering} {
		if cause := causeOf(context.DeadlineExceeded, later); cause != Timeout {
			t.Errorf("phase %d: got %s", later, cause)
		}
	}
}

func TestCauseOfUnknownErrors(t *testing.T) {
	if cause := causeOf(errors.New("whatever ?search=mark"), answering); cause != ConnectionFailed {
		t.Errorf("got %s", cause)
	}
	if text := (&failure{cause: Timeout}).Error(); text != "Timeout" {
		t.Errorf("the error's text is %q", text)
	}
}

func roundTrip(t *testing.T, region http.RoundTripper, url string) Cause {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := region.RoundTrip(request)
	if err == nil {
		_ = response.Body.Close()
		return ""
	}
	return causeOf(err, waiting)
}

func serverTLS(ca *authorityOf, name string, lasts time.Duration) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{ca.certificate(lasts, name)}}
}

func listenLoopback(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// serveConns hands every connection to serve and closes it afterwards.
func serveConns(t *testing.T, serve func(net.Conn)) net.Addr {
	t.Helper()
	listener := listenLoopback(t)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			}()
		}
	}()
	return listener.Addr()
}

func serveTLSConns(t *testing.T, config *tls.Config, serve func(net.Conn)) net.Addr {
	t.Helper()
	return serveConns(t, func(conn net.Conn) {
		over := tls.Server(conn, config)
		if over.Handshake() == nil {
			serve(over)
		}
		_ = over.Close()
	})
}

// emptyDNS is a resolver whose name server knows no name.
func emptyDNS(t *testing.T) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		message := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(message)
			if err != nil {
				return
			}
			// RFC 1035, 4.1.1: the question comes back as a response (QR) with NXDOMAIN (3).
			message[2] |= 0x80
			message[3] = message[3]&0xf0 | 3
			_, _ = server.WriteTo(message[:n], from)
		}
	}()
	address := netip.MustParseAddrPort(server.LocalAddr().String())
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", address.String())
	}}
}
