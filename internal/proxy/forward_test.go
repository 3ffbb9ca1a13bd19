package proxy

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// eachProtocol runs a test against an upstream of both protocols.
func eachProtocol(t *testing.T, upstream http.Handler, test func(*testing.T, *Region, *failures)) {
	t.Helper()
	ca := newAuthority(t)
	for _, spoken := range []protocol{http1, http2} {
		t.Run(string(spoken), func(t *testing.T) {
			checked := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Proto != string(spoken) {
					t.Errorf("the region was asked by %s", r.Proto)
				}
				upstream.ServeHTTP(w, r)
			})
			server := serveTLS(t, ca, spoken, checked)
			region, failed := regionAt(t, server.Listener.Addr(), ca.roots(), usual)
			test(t, region, failed)
		})
	}
}

func TestForwardCarriesRequestAndAnswer(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, "%s %s %s %s %s", r.Method, r.Host, r.RequestURI, r.Header.Get("Content-Type"), body)
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		for _, method := range methods[2:] {
			path := "/api/clusters_mgmt/v1/clusters/a%40b?search=name+%3D+%27x%27&size=-1"
			response, body := send(t, region, method, "/regions/"+testRegion+path, func(r *http.Request) {
				r.Header.Set("Content-Type", "application/json")
				r.Body = io.NopCloser(strings.NewReader(`{"a":1}`)) // no length: chunked, as the SDK sends
			})
			want := method + " " + testHost + " " + path + ` application/json {"a":1}`
			if response.StatusCode != http.StatusCreated || body != want {
				t.Errorf("%s: %d\n got %s\nwant %s", method, response.StatusCode, body, want)
			}
		}
	})
}

func TestForwardBoundsTheBody(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // to return would be to answer 200
		}
		answer(fmt.Sprint(n)).ServeHTTP(w, r)
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, failed *failures) {
		for name, test := range map[string]struct {
			bytes  int
			length bool
			want   int
		}{
			"at the bound":                {1 << 20, true, 200},
			"at the bound, chunked":       {1 << 20, false, 200},
			"above the bound":             {1<<20 + 1, true, 413},
			"above the bound, chunked":    {1<<20 + 1, false, 413},
			"far above it, chunked":       {8 << 20, false, 413},
			"empty":                       {0, true, 200},
			"empty, of unknown length":    {0, false, 200},
			"small, of unknown length":    {1, false, 200},
			"a few buffers, known length": {100 << 10, true, 200},
		} {
			t.Run(name, func(t *testing.T) {
				response, body := send(t, region, http.MethodPost, clustersPath, func(r *http.Request) {
					r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(make([]byte, test.bytes))), -1
					if test.length {
						r.ContentLength = int64(test.bytes)
					}
					if test.length && test.bytes == 0 {
						r.Body = http.NoBody
					}
				})
				if response.StatusCode != test.want {
					t.Fatalf("status %d, want %d: %s", response.StatusCode, test.want, body)
				}
				if test.want == 200 && body != fmt.Sprint(test.bytes) {
					t.Errorf("%s bytes arrived", body)
				}
				if test.want == 413 && problemOf(t, body).Details[0].Cause != BodyTooLarge {
					t.Errorf("answer %s", body)
				}
			})
		}
		if len(failed.seen) != 0 {
			t.Errorf("a user's mistake is reported as the region's failure: %+v", <-failed.seen)
		}
	})
}

// The answer reaches the browser while the region is still writing it.
func TestForwardStreams(t *testing.T) {
	next := make(chan struct{})
	upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for range 3 {
			_, _ = io.WriteString(w, "{}\n")
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		url, client := console(t, region)
		response, err := client.Get(url + clustersPath)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		lines := bufio.NewReader(response.Body)
		for range 3 {
			if line, err := lines.ReadString('\n'); err != nil || line != "{}\n" {
				t.Fatalf("line %q, %v", line, err)
			}
			next <- struct{}{}
		}
	})
}

// The browser must not take half an answer for a whole one.
func TestForwardOfAnAnswerThatBreaksOff(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"items":[`)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, failed *failures) {
		url, client := console(t, region)
		response, err := client.Get(url + clustersPath)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if body, err := io.ReadAll(response.Body); err == nil {
			t.Errorf("the answer seems whole: %s", body)
		}
		if got := failed.next(t); got.Cause != ConnectionFailed || got.OperationID != "" {
			t.Errorf("reported %+v", got)
		}
	})
}

func TestForwardEndsWhenTheBrowserLeaves(t *testing.T) {
	left := make(chan struct{}, 1)
	reached := make(chan struct{}, 1)
	upstream := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		<-r.Context().Done()
		left <- struct{}{}
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, failed *failures) {
		region.limits.Timeout = time.Minute
		url, client := console(t, region)
		ctx, cancel := context.WithCancel(context.Background())
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, url+clustersPath, nil)
		go func() {
			<-reached
			cancel()
		}()
		if response, err := client.Do(request); err == nil {
			_ = response.Body.Close()
			t.Errorf("status %d", response.StatusCode)
		}
		<-left
		if len(failed.seen) != 0 {
			t.Errorf("reported %+v", <-failed.seen)
		}
	})
}

func TestForwardBoundsTheWholeRequest(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(time.Millisecond):
			}
		}
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, failed *failures) {
		region.limits.Timeout = time.Second
		url, client := console(t, region)
		response, err := client.Get(url + clustersPath)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if _, err := io.Copy(io.Discard, response.Body); err == nil {
			t.Error("an answer without an end seems whole")
		}
		if got := failed.next(t); got.Cause != Timeout {
			t.Errorf("reported %+v", got)
		}
	})
}

// An informational answer of a region reaches nobody, and cannot clear our headers (ReverseProxy would pass it on).
func TestProperty14_InformationalAnswersEndInTheTransport(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</evil.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		answer(`{}`).ServeHTTP(w, r)
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		var informational atomic.Int32
		response, _ := send(t, region, http.MethodGet, clustersPath, func(r *http.Request) {
			*r = *r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(int, textproto.MIMEHeader) error { informational.Add(1); return nil },
			}))
		})
		if informational.Load() != 0 {
			t.Errorf("%d informational answers reached the browser", informational.Load())
		}
		checkIsData(t, response)
	})
}

// The transport by itself tells ReverseProxy's trace of none: the writer that drops them is the second guard.
func TestProperty14_TheTransportHidesATrace(t *testing.T) {
	pool := roundTripper(func(r *http.Request) (*http.Response, error) {
		if trace := httptrace.ContextClientTrace(r.Context()); trace == nil || trace.Got1xxResponse != nil {
			t.Errorf("the pool is given the trace %+v", trace)
		}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(int, textproto.MIMEHeader) error { return nil },
	})
	response, err := carrier{pool: pool}.RoundTrip((&http.Request{}).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestProperty14_TrailersEndInTheTransport(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Set-Cookie")
		answer(`{}`).ServeHTTP(w, r)
		_ = http.NewResponseController(w).Flush()
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set(http.TrailerPrefix+"X-Late", "x")
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		response, body := send(t, region, http.MethodGet, clustersPath, nil)
		if len(response.Trailer) != 0 || body != `{}` {
			t.Errorf("trailers %v, body %s", response.Trailer, body)
		}
		checkIsData(t, response)
	})
}
