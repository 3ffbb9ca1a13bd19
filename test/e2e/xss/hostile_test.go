package xss

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// A hostile stands in for a region that somebody took over: it answers what the attempt says. The console's health checks
// get what is right.
type hostile struct {
	address string

	lock sync.Mutex
	play http.HandlerFunc
	// calm makes it answer as it should.
	calm bool
	// asked counts the requests of users while it is not calm.
	asked int
}

func newHostile(t *testing.T, certificate tls.Certificate) *hostile {
	t.Helper()
	h := &hostile{}
	server := httptest.NewUnstartedServer(h)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	h.address = server.Listener.Addr().String()
	return h
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == healthPath {
		body(w, "application/json", `{}`)
		return
	}
	h.lock.Lock()
	play := h.play
	if h.calm {
		play = noClusters
	} else {
		h.asked++
	}
	h.lock.Unlock()
	play(w, r)
}

// answers says what the region does from now on, and forgets who has asked it.
func (h *hostile) answers(play http.HandlerFunc) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.play, h.asked = play, 0
}

// calms makes the region answer as it should, or hostile again.
func (h *hostile) calms(calm bool) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.calm = calm
}

func (h *hostile) requests() int {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.asked
}

func body(w http.ResponseWriter, contentType, text string) {
	w.Header()["Content-Type"] = []string{contentType}
	_, _ = io.WriteString(w, text)
}

// noClusters is what the region answers where no attempt says otherwise.
func noClusters(w http.ResponseWriter, _ *http.Request) { body(w, "application/json", emptyList) }

const emptyList = `{"kind":"ClusterList","page":1,"size":0,"total":0,"items":[]}`

// saying answers everything with a body of that type.
func saying(contentType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { body(w, contentType, text) }
}

// with adds headers to a list that is as it should be.
func with(headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Add(headers[i], headers[i+1])
		}
		noClusters(w, r)
	}
}

// redirecting leads somewhere else.
func redirecting(status int, to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Location"] = []string{to}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<a href=%q>go on</a>%s", to, markup)
	}
}

// loopback counts the connections that it takes, and answers none.
func loopback(t *testing.T, count func()) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			count()
			_ = connection.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return listener.Addr().String()
}
