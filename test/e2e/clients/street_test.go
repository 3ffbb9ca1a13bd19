package clients_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/e2e/residency"
)

// A request is what a client sent, as it arrived at the address of the console or of the issuer.
type request struct {
	method, host, target string // the target is path and query as they were sent
	scheme               string // of the Authorization header
	status               int
	missing              string // the regions that the answer is without
}

// changes tells whether the request is to change something.
func (r request) changes() bool { return r.method != http.MethodGet && r.method != http.MethodHead }

// street is the way from a client to the geography. It plays what lies between them in life: a forward proxy, named to the
// client by HTTPS_PROXY, in place of the DNS, and a router that ends TLS in front of the console. It notes each request,
// and each host that is not the geography's: the way there is closed.
type street struct {
	proxy   string // the forward proxy's URL
	servers []*http.Server
	router  string           // the router's address
	houses  map[string]house // by host name; one that begins with a dot stands for all names below it

	lock     sync.Mutex
	requests []*request
	strays   []string
	tap      *residency.Tap // on what passes through the console; nil: none
}

// A house is where a host name leads: to a URL, and where that is https to the certificate of a name.
type house struct {
	url  *url.URL
	name string
}

// openStreet leads to houses, with a certificate for their names; what they speak TLS by is trusted through roots.
func openStreet(houses map[string]house, certificate tls.Certificate, roots *x509.CertPool) (*street, error) {
	names := map[string]string{}
	for _, h := range houses {
		names[h.url.Host] = h.name
	}
	s := &street{houses: houses}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	transport.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return (&tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: names[address], MinVersion: tls.VersionTLS12}}).DialContext(ctx, network, address)
	}
	router := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(s.house(r.In.Host).url)
		r.Out.Host = r.In.Host
	}}
	var err error
	if s.router, err = s.serve(s.noting(router), &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}); err != nil {
		return nil, err
	}
	address, err := s.serve(http.HandlerFunc(s.connect), nil)
	s.proxy = "http://" + address
	return s, err
}

func (s *street) serve(handler http.Handler, config *tls.Config) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, TLSConfig: config, ReadHeaderTimeout: 10 * time.Second}
	s.servers = append(s.servers, server)
	go func() {
		if config != nil {
			_ = server.ServeTLS(listener, "", "")
			return
		}
		_ = server.Serve(listener)
	}()
	return listener.Addr().String(), nil
}

func (s *street) close() {
	for _, server := range s.servers {
		_ = server.Close()
	}
}

// house is where a host name leads, or nil.
func (s *street) house(host string) *house {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	for name, at := range s.houses {
		if host == name || strings.HasPrefix(name, ".") && strings.HasSuffix(host, name) {
			return &at
		}
	}
	return nil
}

// connect opens the tunnel that a client asks for by CONNECT.
func (s *street) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect || s.house(r.Host) == nil {
		s.lock.Lock()
		s.strays = append(s.strays, r.Host)
		s.lock.Unlock()
		http.Error(w, "no way leads out of the geography", http.StatusForbidden)
		return
	}
	there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", s.router)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, err = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	}
	if err != nil {
		_ = there.Close()
		return
	}
	go pass(there, here)
	go pass(here, there)
}

// pass hands on what comes from a connection until it ends, and ends the other with it.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	_ = errors.Join(err, to.Close())
}

// noting keeps each request, and with it the status once there is one: the client may be gone before the answer is all sent.
func (s *street) noting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		noted := &request{method: r.Method, host: r.Host, target: r.RequestURI, scheme: scheme}
		s.lock.Lock()
		s.requests = append(s.requests, noted)
		there := next
		if s.tap != nil && r.Host != loginHost {
			there = s.tap.Around(next)
		}
		s.lock.Unlock()
		there.ServeHTTP(&watched{ResponseWriter: w, answered: func(status int) {
			s.lock.Lock()
			defer s.lock.Unlock()
			noted.status, noted.missing = status, w.Header().Get("X-Geoconsole-Missing-Regions")
		}}, r)
	})
}

// watched tells the final status of an answer.
type watched struct {
	http.ResponseWriter
	answered func(status int)
}

// WriteHeader tells the status, and passes it on.
func (w *watched) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.answered(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// watch counts marks by a tap from now on.
func (s *street) watch(tap *residency.Tap) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.tap = tap
}

// clear forgets what was seen.
func (s *street) clear() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.requests, s.strays = nil, nil
	if s.tap != nil {
		s.tap.Take()
	}
}

// passed are the marks that passed through the console since then.
func (s *street) passed() map[residency.Category]int {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.tap == nil {
		return nil
	}
	return s.tap.Take()
}

// seen is what was seen since then.
func (s *street) seen() (requests []request, strays []string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, noted := range s.requests {
		requests = append(requests, *noted)
	}
	return requests, slices.Clone(s.strays)
}
