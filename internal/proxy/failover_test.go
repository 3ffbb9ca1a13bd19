package proxy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// What of a request another endpoint is sent, and whether the first one is left for it, by how the first one fails.
func TestFailover(t *testing.T) {
	ca := newAuthority(t)
	tlsConns := func(serve func(net.Conn)) func(*testing.T) net.Addr {
		return func(t *testing.T) net.Addr { return serveTLSConns(t, serverTLS(ca, testHost, time.Hour), serve) }
	}
	answering := func(handler http.HandlerFunc) func(*testing.T) net.Addr {
		return func(t *testing.T) net.Addr { return serveTLS(t, ca, http2, handler).Listener.Addr() }
	}
	for _, test := range []struct {
		name  string
		first func(*testing.T) net.Addr
		// read is the status that a GET gets in the end, and a HEAD; the writes get write.
		read, write int
		left        bool
	}{
		{"nothing listens", closedPort, 200, 502, true},
		{"closes in the handshake", func(t *testing.T) net.Addr {
			return serveConns(t, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) })
		}, 200, 502, true},
		{"another authority", func(t *testing.T) net.Addr {
			return serveTLSConns(t, serverTLS(newAuthority(t), testHost, time.Hour), func(net.Conn) {})
		}, 200, 502, true},
		{"closes instead of answering", tlsConns(func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) }), 200, 502, false},
		{"breaks the stream instead of answering", answering(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), 200, 502, false},
		{"closes within the first line", tlsConns(func(conn net.Conn) {
			_, _ = conn.Read(make([]byte, 4096))
			_, _ = io.WriteString(conn, "HTTP/1.1 2")
		}), 502, 502, false},
		{"says that it is overloaded", answering(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusServiceUnavailable)
		}), 503, 503, false},
		{"sends a page", answering(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }), 502, 502, false},
		{"redirects to the second one", answering(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://"+testHost+":9002"+r.URL.Path, http.StatusTemporaryRedirect)
		}), 502, 502, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var second atomic.Int32
			standby := serveTLS(t, ca, http2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				second.Add(1)
				answer(`{}`).ServeHTTP(w, r)
			})).Listener.Addr()
			for _, method := range methods {
				second.Store(0)
				all := regionOf(t, ca.roots(), Options{}, test.first(t), standby)
				want := test.write
				if method == http.MethodGet || method == http.MethodHead {
					want = test.read
				}
				response, body := send(t, all.Region(testRegion), method, clustersPath, nil)
				if response.StatusCode != want || second.Load() > 1 || (second.Load() == 1) != (want == http.StatusOK) {
					t.Errorf("%s: %d, want %d; the second endpoint was asked %d times: %s", method, response.StatusCode, want, second.Load(), body)
				}
				if got := all.standings.one(testRegion).Endpoint == 1; got != test.left {
					t.Errorf("%s: the first endpoint is left: %t", method, got)
				}
			}
		})
	}
}

func closedPort(t *testing.T) net.Addr {
	listener := listenLoopback(t)
	_ = listener.Close()
	return listener.Addr()
}

// A body is not kept, so that not even a read that has one can be sent again.
func TestProperty10_FailoverRepeatsNoBody(t *testing.T) {
	ca := newAuthority(t)
	standby := serveTLS(t, ca, http2, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("half a request was sent") }))
	all := regionOf(t, ca.roots(), Options{}, closedPort(t), standby.Listener.Addr())
	response, _ := send(t, all.Region(testRegion), http.MethodGet, clustersPath, func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(`{}`)), -1
	})
	if response.StatusCode != http.StatusBadGateway {
		t.Errorf("status %d", response.StatusCode)
	}
}

// A read is sent to each endpoint once, and what the user and the log are told is of the last one.
func TestFailoverEnds(t *testing.T) {
	ca := newAuthority(t)
	var asked [3]atomic.Int32
	var addresses []net.Addr
	for i := range asked {
		addresses = append(addresses, serveConns(t, func(net.Conn) { asked[i].Add(1) }))
	}
	failed := &failures{seen: make(chan Failure, 10)}
	all := regionOf(t, ca.roots(), Options{Failed: failed.add}, addresses...)
	response, body := send(t, all.Region(testRegion), http.MethodGet, clustersPath, nil)
	if response.StatusCode != http.StatusBadGateway || problemOf(t, body).Details[0].Cause != TLSFailed {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	for i := range asked {
		if n := asked[i].Load(); n != 1 {
			t.Errorf("endpoint %d was asked %d times", i, n)
		}
	}
	if got := failed.next(t); got.Host != testHost+":9003" || got.Cause != TLSFailed || len(failed.seen) != 0 {
		t.Errorf("reported %+v, and %d more", got, len(failed.seen))
	}
}

// An endpoint that has the whole of a write, and breaks before it answers, may have done what was asked: nobody is asked
// again, on a new connection or on one that is used again.
func TestProperty10_AWriteIsNeverSentTwice(t *testing.T) {
	ca := newAuthority(t)
	for _, spoken := range []protocol{http1, http2} {
		for _, size := range []int{0, 2, 100 << 10} {
			t.Run(fmt.Sprintf("%s, %d bytes", spoken, size), func(t *testing.T) {
				var received, elsewhere atomic.Int32
				first := serveTLS(t, ca, spoken, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet {
						answer(`{}`).ServeHTTP(w, r)
						return
					}
					if n, err := io.Copy(io.Discard, r.Body); err == nil && int(n) == size {
						received.Add(1)
					}
					panic(http.ErrAbortHandler)
				}))
				standby := serveTLS(t, ca, spoken, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
				all := regionOf(t, ca.roots(), Options{}, first.Listener.Addr(), standby.Listener.Addr())
				sent := int32(0)
				for _, method := range methods[2:] {
					for _, before := range []string{"", http.MethodGet} {
						if before != "" {
							send(t, all.Region(testRegion), before, clustersPath, nil)
						}
						response, body := send(t, all.Region(testRegion), method, clustersPath, func(r *http.Request) {
							r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", size))), int64(size)
						})
						sent++
						if response.StatusCode != http.StatusBadGateway || received.Load() != sent || elsewhere.Load() != 0 {
							t.Fatalf("%s: %d, received %d of %d, elsewhere %d: %s", method, response.StatusCode, received.Load(), sent, elsewhere.Load(), body)
						}
					}
				}
			})
		}
	}
}

// A dead region's requests go to no other region, also when each of its endpoints fails.
func TestProperty8_FailoverStaysInTheRegion(t *testing.T) {
	ca := newAuthority(t)
	other := serveTLS(t, ca, http2, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another region was asked") }))
	all := regionsAt(t, map[string]net.Addr{testRegion: closedPort(t), "aws.eu-west-3": other.Listener.Addr()}, ca.roots(), Options{}, usual)
	for _, method := range methods {
		if response, _ := send(t, all.Region(testRegion), method, clustersPath, nil); response.StatusCode != http.StatusBadGateway {
			t.Errorf("%s: %d", method, response.StatusCode)
		}
	}
}

// deed is one request of the test below: its number, and what became of it.
type deed struct {
	write  bool
	number string
	status int
	// late says that it began after the first endpoint had been left.
	late bool
}

// The first of two endpoints is killed while eight clients read and write, and no probe runs: no read fails, no write does
// once the first request could not connect, and no write arrives twice.
func TestAKilledEndpointIsLeftAtOnce(t *testing.T) {
	ca := newAuthority(t)
	for _, spoken := range []protocol{http1, http2} {
		t.Run(string(spoken), func(t *testing.T) {
			arrivals := &arrivals{seen: map[string]int{}}
			first, standby := serveTLS(t, ca, spoken, arrivals), serveTLS(t, ca, spoken, arrivals)
			all := regionOf(t, ca.roots(), Options{}, first.Listener.Addr(), standby.Listener.Addr())
			url, client := console(t, all.Region(testRegion))
			kill := sync.OnceFunc(func() {
				_ = first.Listener.Close()
				first.CloseClientConnections()
			})
			var deeds []deed
			var mu sync.Mutex
			var clients sync.WaitGroup
			for c := range 8 {
				clients.Go(func() {
					for i := range 50 {
						if i == 20 {
							kill()
						}
						d := do(client, url, fmt.Sprintf("%d-%d", c, i), i%2 == 0, all)
						mu.Lock()
						deeds = append(deeds, d)
						mu.Unlock()
					}
				})
			}
			clients.Wait()
			if standing := all.standings.one(testRegion); standing.Endpoint != 1 {
				t.Errorf("the first endpoint still serves: %+v", standing)
			}
			lost := 0
			for _, d := range deeds {
				n := arrivals.of(d.number)
				switch {
				case d.status == http.StatusOK && (n == 1 || !d.write):
				case d.write && !d.late && n <= 1:
					lost++
				default:
					t.Errorf("%+v, arrived %d times", d, n)
				}
			}
			late := slices.ContainsFunc(deeds, func(d deed) bool { return d.write && d.late })
			t.Logf("of %d requests, %d writes failed at the kill", len(deeds), lost)
			if !late || lost > 16 {
				t.Errorf("late writes: %t, lost writes: %d, more than two for each client", late, lost)
			}
		})
	}
}

func do(client *http.Client, url, number string, write bool, all *Regions) deed {
	d := deed{write: write, number: number, late: all.standings.one(testRegion).Endpoint == 1}
	method := http.MethodGet
	if write {
		method = http.MethodPost
	}
	request, err := http.NewRequest(method, url+clustersPath+"/"+number, nil)
	if err != nil {
		return d
	}
	response, err := client.Do(request)
	if err != nil {
		return d
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := bufio.NewReader(response.Body).ReadString('}'); err == nil {
		d.status = response.StatusCode
	}
	return d
}

// arrivals is a region that counts the requests by the last part of their paths.
type arrivals struct {
	mu   sync.Mutex
	seen map[string]int
}

func (a *arrivals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.seen[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]++
	a.mu.Unlock()
	answer(`{}`).ServeHTTP(w, r)
}

func (a *arrivals) of(number string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen[number]
}
