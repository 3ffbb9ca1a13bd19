package console

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The whole life of a console: it serves, ends, lets a request finish, ends long polls, and leaves nothing behind.
func TestServe(t *testing.T) {
	reached, release := make(chan struct{}), make(chan struct{})
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/slow") {
			close(reached)
			<-release
		}
		aRegion(w, r)
	})})
	c := p.build(t)
	public, internal := listen(t), listen(t)
	ctx, end := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- c.Serve(ctx, public, internal) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	fetch := func(listener net.Listener, path string) (*http.Response, error) {
		return client.Get("http://" + listener.Addr().String() + path)
	}

	awaitVerdicts(t, c, "Healthy", "Healthy", "Healthy")
	ready, err := fetch(internal, "/readyz")
	if err != nil || ready.StatusCode != http.StatusOK {
		t.Fatalf("not ready: %v %v", ready, err)
	}
	_ = ready.Body.Close()
	before, _, _ := c.report()
	long, err := fetch(internal, "/status?wait=300s&after="+before.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = long.Body.Close() }()
	slow := make(chan string, 1)
	go func() {
		response, err := fetch(public, "/regions/aws.eu-west-1/api/clusters_mgmt/v1/slow")
		if err != nil {
			slow <- err.Error()
			return
		}
		defer func() { _ = response.Body.Close() }()
		text, _ := bufio.NewReader(response.Body).ReadString('\n')
		slow <- response.Status + " " + text
	}()
	<-reached
	end()

	// The end of the long poll says that the end has begun; the request in flight holds it open.
	if report := readReport(t, long.Body); report.Digest != before.Digest {
		t.Errorf("%+v", report)
	}
	select {
	case err := <-served:
		t.Fatalf("ended with a request in flight: %v", err)
	default:
	}
	close(release)
	if got := <-slow; !strings.HasPrefix(got, "200 OK") {
		t.Errorf("the request in flight: %s", got)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if response, err := fetch(public, "/"); err == nil {
		_ = response.Body.Close()
		t.Error("it still listens")
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func TestServeSaysWhenAListenerFails(t *testing.T) {
	c := threeRegions(nil).build(t)
	public, internal := listen(t), listen(t)
	_ = public.Close()
	if err := c.Serve(context.Background(), public, internal); err == nil || !strings.Contains(err.Error(), "serve") {
		t.Errorf("error %v", err)
	}
}

func TestProperty9_NoCoreDump(t *testing.T) {
	if err := ForbidCoreDumps(); err != nil {
		t.Fatal(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Errorf("core limit %+v, %v", limit, err)
	}
}

// The public port speaks HTTP/1.1 and nothing else, whatever a client begins with (decision 4).
func TestThePublicPortSpeaksNoHTTP2(t *testing.T) {
	c := threeRegions(nil).build(t)
	public, internal := listen(t), listen(t)
	ctx, end := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- c.Serve(ctx, public, internal) }()
	defer func() {
		end()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	for _, test := range []struct{ sent, want string }{
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 405 "},
		{"GET /config.json HTTP/1.1\r\nHost: console.eu.example.com\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "HTTP/1.1 200 "},
	} {
		conn, err := net.Dial("tcp", public.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		_, err = io.WriteString(conn, test.sent)
		line, readErr := bufio.NewReader(conn).ReadString('\n')
		_ = conn.Close()
		if err != nil || readErr != nil || !strings.HasPrefix(line, test.want) {
			t.Errorf("%q: %q, %v %v", test.sent, line, err, readErr)
		}
	}
}
