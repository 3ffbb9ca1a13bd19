package main

import (
	"bufio"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Two consoles stand behind one address, as two pods behind a Service. One is left out for new connections and then gets
// SIGTERM, as from the kubelet, under clients that keep their connections: no request fails, each write arrives once, an
// answer that is on the way comes to its end, and all clients work on at the other one.
func TestNoRequestFailsWhenAConsoleEnds(t *testing.T) {
	region := newCountingRegion()
	config, dial := region.serve(t)
	going, staying := startConsole(t, config, dial), startConsole(t, config, dial)
	service := &service{}
	service.to.Store(&going.public)

	slow, err := http.NewRequest(http.MethodGet, "http://"+going.public+"/regions/aws.eu-west-1/api/clusters_mgmt/v1/slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	streamed, err := (&http.Transport{}).RoundTrip(slow)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = streamed.Body.Close() }()

	uploaded := startUpload(t, going.public)

	h := &hammer{service: service, stop: make(chan struct{})}
	var clients sync.WaitGroup
	stop := sync.OnceFunc(func() { close(h.stop) })
	t.Cleanup(stop)
	for c := range 16 {
		clients.Go(func() { h.work(c) })
	}
	h.await(t, "requests before the end", func() bool { return h.asked.Load() > 200 })
	service.to.Store(&staying.public)
	if err := going.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	h.await(t, "all clients to be let go", func() bool { return h.closed.Load() >= 16 })
	if err := uploaded.finish(); err != nil {
		t.Errorf("the body on the way: %v", err)
	}
	h.await(t, "end of the port", func() bool { return !listens(going.public) })
	region.release()
	if rest, err := io.ReadAll(streamed.Body); err != nil || string(rest) != `{"half":"and half"}` {
		t.Errorf("the answer on the way: %q, %v", rest, err)
	}
	if err := going.ended(t); err != nil {
		t.Errorf("the console ended by %v", err)
	}
	before := h.asked.Load()
	h.await(t, "requests after the end", func() bool { return h.asked.Load() > before+200 })
	stop()
	clients.Wait()
	t.Logf("%d requests, %d failed; %d connections let go", h.asked.Load(), h.failed.Load(), h.closed.Load())
	if h.failed.Load() != 0 {
		t.Errorf("%d of %d failed: %v", h.failed.Load(), h.asked.Load(), h.why.Load())
	}
	region.checkOnce(t, h.written.Load()+1)
}

// upload is a write of which half was sent.
type upload struct{ *connection }

const uploadMark = "half and half"

func startUpload(t *testing.T, address string) upload {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	u := upload{&connection{Conn: conn, answers: bufio.NewReader(conn)}}
	t.Cleanup(u.drop)
	if _, err := io.WriteString(conn, post(uploadMark)[:len(post(uploadMark))-5]); err != nil {
		t.Fatal(err)
	}
	return u
}

func (u upload) finish() error {
	_, err := u.exchange("", uploadMark[len(uploadMark)-5:])
	return err
}

// post is a request that writes the mark.
func post(mark string) string {
	return fmt.Sprintf("POST /regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters HTTP/1.1\r\nHost: console.eu.example.com\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(mark), mark)
}

// countingRegion counts the writes by what they say, and answers /slow in two halves.
type countingRegion struct {
	released chan struct{}
	release  func()

	mu   sync.Mutex
	seen map[string]int
}

func newCountingRegion() *countingRegion {
	released := make(chan struct{})
	return &countingRegion{released: released, release: sync.OnceFunc(func() { close(released) }), seen: map[string]int{}}
}

func (r *countingRegion) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(request.URL.Path, "/slow") {
		_, _ = io.WriteString(w, `{"half":`)
		_ = http.NewResponseController(w).Flush()
		<-r.released
		_, _ = io.WriteString(w, `"and half"}`)
		return
	}
	if request.Method == http.MethodPost {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.mu.Lock()
		r.seen[string(body)]++
		r.mu.Unlock()
	}
	_, _ = io.WriteString(w, `{}`)
}

// serve returns the config of a console that has the region, and where it is.
func (r *countingRegion) serve(t *testing.T) (config, dial string) {
	t.Helper()
	server := httptest.NewTLSServer(r)
	t.Cleanup(server.Close)
	t.Cleanup(r.release)
	config = configFile(t, func(c *geography.Config) {
		c.Regions[0].Endpoints[0].URL = "https://example.com" // whom the certificate of httptest is for
		c.Regions[0].CABundle = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	})
	return config, "example.com:443=" + server.Listener.Addr().String()
}

// checkOnce expects so many writes to have arrived, each once.
func (r *countingRegion) checkOnce(t *testing.T, written int64) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if int64(len(r.seen)) != written {
		t.Errorf("%d writes arrived of %d", len(r.seen), written)
	}
	for mark, times := range r.seen {
		if times != 1 {
			t.Errorf("%s arrived %d times", mark, times)
		}
	}
}

// process is a running console.
type process struct {
	command *exec.Cmd
	public  string
}

func startConsole(t *testing.T, config, dial string) *process {
	t.Helper()
	p := &process{command: exec.Command(os.Args[0], "--config", config, "--demo-dial", dial,
		"--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0")}
	p.command.Env = []string{asConsole + "=1"}
	log, err := p.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.command.Process.Kill() })
	lines := bufio.NewScanner(log)
	p.public = awaitLine(t, lines, "serving").Public
	go func() { // else the console waits for who reads its log
		for lines.Scan() {
			continue
		}
	}()
	return p
}

// ended waits for the end of the process.
func (p *process) ended(t *testing.T) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.command.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Minute):
		t.Fatal("the console does not end")
		return nil
	}
}

func listens(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// service is where new connections go.
type service struct{ to atomic.Pointer[string] }

// hammer is a crowd of clients that keep their connections, as routers do, and never send a request twice.
type hammer struct {
	service                        *service
	stop                           chan struct{}
	asked, failed, written, closed atomic.Int64
	why                            atomic.Value
}

// work reads and writes in turns, a request each few milliseconds, until the hammer stops.
func (h *hammer) work(client int) {
	pace := time.NewTicker(4 * time.Millisecond)
	defer pace.Stop()
	c := &connection{}
	defer c.drop()
	for i := 0; ; i++ {
		select {
		case <-h.stop:
			return
		case <-pace.C:
		}
		h.asked.Add(1)
		request := "GET /config.json HTTP/1.1\r\nHost: console.eu.example.com\r\n\r\n"
		if i%2 == 1 {
			request = post(fmt.Sprintf("%d-%d", client, i))
			h.written.Add(1)
		}
		letGo, err := c.exchange(*h.service.to.Load(), request)
		if err != nil {
			h.failed.Add(1)
			h.why.Store(err.Error())
		}
		if letGo {
			h.closed.Add(1)
		}
	}
}

// await waits until it is so.
func (h *hammer) await(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for tick := time.NewTicker(5 * time.Millisecond); !so(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("no %s: %d asked, %d failed (%v)", what, h.asked.Load(), h.failed.Load(), h.why.Load())
		}
	}
}

// connection is a client's, which it keeps for as long as the server lets it.
type connection struct {
	net.Conn
	answers *bufio.Reader
}

// exchange sends one request and reads its answer, and tells whether the server has let the client go.
func (c *connection) exchange(address, request string) (letGo bool, err error) {
	if c.Conn == nil {
		if c.Conn, err = net.Dial("tcp", address); err != nil {
			return false, err
		}
		c.answers = bufio.NewReader(c.Conn)
	}
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return false, err
	}
	if _, err = io.WriteString(c, request); err == nil {
		letGo, err = c.answer()
	}
	if err != nil || letGo {
		c.drop()
	}
	return letGo, err
}

func (c *connection) answer() (letGo bool, err error) {
	response, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return false, err
	}
	if response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	_, broke := io.Copy(io.Discard, response.Body)
	return response.Close, errors.Join(err, broke, response.Body.Close())
}

func (c *connection) drop() {
	if c.Conn != nil {
		_ = c.Close()
		c.Conn = nil
	}
}
