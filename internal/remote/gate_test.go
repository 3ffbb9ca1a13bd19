package remote_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// gate stands in front of a real API server and lets a test break what comes through: it can hang, be killed, and
// answer for the API server. It passes the caller's credential on and has none of its own.
type gate struct {
	*httptest.Server
	ca []byte

	mu sync.Mutex
	// answer may take a request; it reports whether it did.
	answer  func(http.ResponseWriter, *http.Request) bool
	hanging chan struct{}
	seen    []string
}

func newGate(server *apiServer) *gate {
	GinkgoHelper()
	target, err := url.Parse(server.config.Host)
	Expect(err).NotTo(HaveOccurred())
	roots := x509.NewCertPool()
	Expect(roots.AppendCertsFromPEM(server.config.CAData)).To(BeTrue())
	forward := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true},
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	g := &gate{}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		answer, hanging := g.answer, g.hanging
		g.seen = append(g.seen, r.Method+" "+r.URL.RequestURI())
		g.mu.Unlock()
		if hanging != nil {
			select {
			case <-hanging:
			case <-r.Context().Done():
			}
			return
		}
		if answer != nil && answer(w, r) {
			return
		}
		forward.ServeHTTP(w, r)
	}))
	g.EnableHTTP2 = true
	g.Config.ErrorLog = log.New(GinkgoWriter, "gate: ", 0)
	g.StartTLS()
	g.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.Certificate().Raw})
	DeferCleanup(func() {
		g.kill()
		g.Close()
	})
	return g
}

// kill ends the gate as a machine ends that loses its power: nothing new is accepted, what is open breaks off.
func (g *gate) kill() {
	g.hang(false)
	_ = g.Listener.Close() // fails the second time
	g.CloseClientConnections()
}

// hang lets every new request wait without an answer, or ends that.
func (g *gate) hang(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.hanging != nil {
		close(g.hanging)
		g.hanging = nil
	}
	if on {
		g.hanging = make(chan struct{})
	}
}

// onRequest sets who may answer for the API server.
func (g *gate) onRequest(answer func(http.ResponseWriter, *http.Request) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = answer
}

// fail answers all requests whose method and path contain the given parts with a status.
func (g *gate) fail(method, path string, status int) {
	g.onRequest(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !strings.Contains(r.URL.Path, path) {
			return false
		}
		http.Error(w, "made to fail", status)
		return true
	})
}

// asked lists the requests that came, as "method URI".
func (g *gate) asked() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string{}, g.seen...)
}

// behind makes the site's Secret lead through the gate.
func (g *gate) behind(s *site) {
	GinkgoHelper()
	s.writeSecret(s.kubeconfig(g.URL, g.ca))
}
