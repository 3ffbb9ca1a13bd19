package xss

import (
	"crypto/tls"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A street is all that lies between the browser and the world: a proxy that writes down every host that is asked for, and
// leads to the console's router and to the attacker's own host. A listener on loopback, which browsers reach past any
// proxy, counts who comes.
type street struct {
	address, loopback string
	// front is where both hosts are served over TLS.
	front string

	lock    sync.Mutex
	reached map[string]bool
	// answers are the console's.
	answers []answer
	// page is what the attacker's own host answers.
	page http.HandlerFunc
	// old makes the router take away what a browser of today says of where a request is for.
	old bool
}

// An answer is one of the console's, as its router sees it.
type answer struct {
	path   string
	status int
	header http.Header
}

func newStreet(t *testing.T, certificate tls.Certificate, console string) *street {
	t.Helper()
	s := &street{reached: map[string]bool{}, page: script}
	s.loopback = loopback(t, func() { s.note("loopback") })
	router := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: console})
			r.Out.Host = r.In.Host
			if s.isOld() {
				maps.DeleteFunc(r.Out.Header, func(name string, _ []string) bool { return strings.HasPrefix(name, "Sec-Fetch-") })
			}
		},
		ModifyResponse: func(r *http.Response) error {
			s.lock.Lock()
			defer s.lock.Unlock()
			s.answers = append(s.answers, answer{r.Request.URL.Path, r.StatusCode, r.Header.Clone()})
			return nil
		},
		ErrorLog: log.New(io.Discard, "", 0), // the browser gives requests up
	}
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == elsewhere {
			s.attacker(w, r)
			return
		}
		router.ServeHTTP(w, r)
	}))
	front.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	front.EnableHTTP2 = true
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	front.StartTLS()
	s.front = front.Listener.Addr().String()
	way := httptest.NewServer(http.HandlerFunc(s.lead))
	s.address = way.Listener.Addr().String()
	t.Cleanup(func() {
		way.Close()
		front.CloseClientConnections()
		front.Close()
	})
	return s
}

// lead connects the browser to one of the two hosts, and to no other.
func (s *street) lead(w http.ResponseWriter, r *http.Request) {
	s.note(r.Host)
	if r.Method != http.MethodConnect || r.Host != hostname+":443" && r.Host != elsewhere+":443" {
		http.Error(w, "there is nobody", http.StatusBadGateway)
		return
	}
	to, err := net.Dial("tcp", s.front)
	if err != nil {
		http.Error(w, "there is nobody", http.StatusBadGateway)
		return
	}
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = to.Close()
		return
	}
	// Not before: what the browser sends next is for the console, and the library would read of it.
	_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(to, from)
		_ = to.Close()
	}()
	_, _ = io.Copy(from, to)
	_ = from.Close()
}

func (s *street) note(host string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.reached[host] = true
}

// await waits some seconds for a number of answers of regions.
func (s *street) await(answers int) {
	deadline, tick := time.After(10*time.Second), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for {
		s.lock.Lock()
		count := 0
		for _, answer := range s.answers {
			if asksRegions(answer.path) {
				count++
			}
		}
		s.lock.Unlock()
		if count >= answers {
			return
		}
		select {
		case <-deadline:
			return
		case <-tick.C:
		}
	}
}

// passed are the connections and requests to hosts beside the console, and the console's answers, and forgets both.
func (s *street) passed() (others []string, answers []answer) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for host := range s.reached {
		name, _, _ := strings.Cut(host, ":")
		if name != hostname {
			others = append(others, host)
		}
	}
	slices.Sort(others)
	answers = s.answers
	s.reached, s.answers = map[string]bool{}, nil
	return others, answers
}

func (s *street) isOld() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.old
}

// set says what the attacker's host answers, and whether the browser is an old one.
func (s *street) set(page http.HandlerFunc, old bool) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.page, s.old = page, old
	if page == nil {
		s.page = script
	}
}

func (s *street) attacker(w http.ResponseWriter, r *http.Request) {
	s.lock.Lock()
	s.reached[elsewhere+r.URL.Path] = true // on a connection that it may have had
	page := s.page
	s.lock.Unlock()
	page(w, r)
}

// script is one that runs wherever it is taken for a script.
func script(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	body(w, "text/javascript", program)
}
