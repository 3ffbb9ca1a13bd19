package proxy

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Requests to a region share a connection, as many as the region lets; what is beyond gets another one and does not wait.
func TestRequestsShareConnectionsByHTTP2(t *testing.T) {
	const streams, crowd = 10, 40
	ca := newAuthority(t)
	var opened atomic.Int32
	reached, release := make(chan struct{}, crowd), make(chan struct{})
	upstream := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked by %s", r.Proto)
		}
		reached <- struct{}{}
		<-release
		answer(`{}`).ServeHTTP(w, r)
	}))
	upstream.EnableHTTP2 = true
	upstream.TLS = &tls.Config{Certificates: []tls.Certificate{ca.certificate(time.Hour, testHost)}, MinVersion: tls.VersionTLS12}
	upstream.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: streams}
	upstream.Config.ErrorLog = log.New(io.Discard, "", 0)
	upstream.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	upstream.StartTLS()
	t.Cleanup(upstream.Close)
	all := regionsAt(t, map[string]net.Addr{testRegion: upstream.Listener.Addr()}, ca.roots(), Options{}, usual)
	url, client := console(t, all.Region(testRegion))

	var asking sync.WaitGroup
	letGo := sync.OnceFunc(func() { close(release) })
	defer asking.Wait()
	defer letGo()
	ask := func() {
		asking.Go(func() {
			if status := statusFor(client, url+clustersPath, ""); status != http.StatusOK {
				t.Errorf("status %d", status)
			}
		})
		select {
		case <-reached:
		case <-time.After(20 * time.Second):
			t.Fatal("a request waits for another one's stream")
		}
	}
	for range streams {
		ask()
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d requests at once took %d connections", streams, n)
	}
	for range crowd - streams {
		ask()
	}
	if n := opened.Load(); n != crowd/streams {
		t.Errorf("%d requests at once took %d connections of %d streams", crowd, n, streams)
	}
}
