package proxy

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
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
			region, failed := regionAt(t, server.Listener.Addr(), ca.roots(), production)
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

func TestForwardMethods(t *testing.T) {
	upstream := answer(`{}`)
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		for method, want := range map[string]int{
			"GET": 200, "HEAD": 200, "POST": 200, "PUT": 200, "PATCH": 200, "DELETE": 200,
			"OPTIONS": 405, "TRACE": 405, "PROPFIND": 405, "get": 405,
		} {
			if response, _ := send(t, region, method, clustersPath, nil); response.StatusCode != want {
				t.Errorf("%s: %d, want %d", method, response.StatusCode, want)
			}
		}
	})
}

func TestForwardRefusesPathsBeforeTheRegionIsAsked(t *testing.T) {
	var count atomic.Int32
	upstream := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { count.Add(1) })
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		for _, path := range []string{
			"/api", "/api/", "/api/clusters_mgmt", "/metrics", "/api/clusters_mgmt/../x", "/api/clusters_mgmt/%2e%2e/%2e%2e/metrics",
			"/api/clusters_mgmt//v1", "/api/clusters_mgmt/v1/a%2Fb", "/api/clusters_mgmt/v1/..;/x", "/api/unknown/v1", "",
		} {
			response, body := send(t, region, http.MethodGet, "/", func(r *http.Request) {
				r.URL.Opaque = "//" + r.URL.Host + Prefix(testRegion) + path // as it stands
			})
			if response.StatusCode != http.StatusBadRequest || problemOf(t, body).Details[0].Cause != PathRefused {
				t.Errorf("%s: %d %s", path, response.StatusCode, body)
			}
		}
		if count.Load() != 0 {
			t.Error("the region was asked")
		}
	})
}

// The region sees the allowed headers and no others: never a cookie, never who or where the user is.
func TestForwardSendsOnlyAllowedHeaders(t *testing.T) {
	seen := make(chan http.Header, 1)
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		answer(`{}`).ServeHTTP(w, r)
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		sent := http.Header{}
		for _, name := range []string{
			"Accept", "Accept-Encoding", "Accept-Language", "If-Match", "If-None-Match", "User-Agent", "Content-Type",
			"Cookie", "Origin", "Referer", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip", "Via",
			"Proxy-Authorization", "X-Auth-Token", "X-Original-Url", "X-Http-Method-Override", "Te", "Upgrade", "Range", "Expect", "Traceparent",
		} {
			sent.Set(name, "mark")
		}
		sent.Set("Te", "trailers")
		sent.Set("Connection", "Upgrade")
		sent.Set("Upgrade", "websocket")
		sent.Set("Sec-Fetch-Mode", "cors")
		sent.Set("Sec-Fetch-Dest", "empty")
		sent.Set("Expect", "100-continue")
		sent.Set("Authorization", "Bearer abc")
		response, _ := send(t, region, http.MethodGet, clustersPath, func(r *http.Request) { r.Header = sent })
		if response.StatusCode != http.StatusOK {
			t.Fatalf("status %d", response.StatusCode)
		}
		got := <-seen
		for name := range got {
			if !allowedRequestHeader(name) {
				t.Errorf("the region sees %s", name)
			}
		}
		if got.Get("Authorization") != "Bearer abc" || got.Get("If-None-Match") != "mark" || got.Get("Accept-Encoding") != "mark" {
			t.Errorf("allowed headers are lost: %v", got)
		}
	})
	t.Run("nothing is added", func(t *testing.T) {
		eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
			send(t, region, http.MethodGet, clustersPath, func(r *http.Request) { r.Header.Set("User-Agent", "") })
			if got := <-seen; len(got) != 0 {
				t.Errorf("the region sees %v", got)
			}
		})
	})
}

func allowedRequestHeader(name string) bool {
	for _, allowed := range requestHeaders {
		if name == allowed {
			return true
		}
	}
	return false
}

func TestForwardBoundsTheBody(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return
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
		region.limits.request = time.Minute
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
		region.limits.request = 100 * time.Millisecond
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

// Whatever headers a region sends, the browser sees the allowed ones and ours.
func TestProperty14_OnlyAllowedHeadersPass(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{
			"Set-Cookie", "Location", "Refresh", "Link", "Clear-Site-Data", "Access-Control-Allow-Origin", "Www-Authenticate", "Content-Disposition",
			"Strict-Transport-Security", "Service-Worker-Allowed", "Sourcemap", "Etag", "Report-To", "Nel", "Alt-Svc", "Server", "X-Anything",
		} {
			w.Header().Set(name, "mark")
		}
		w.Header().Set("Content-Security-Policy", "default-src *")
		w.Header().Set("X-Content-Type-Options", "none")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Cache-Control", "public, max-age=1000")
		w.Header().Set("X-Operation-Id", "op")
		w.Header().Set("Retry-After", "3")
		w.Header().Set("Content-Encoding", "gzip")
		answer(`{}`).ServeHTTP(w, r)
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		response, _ := send(t, region, http.MethodGet, clustersPath, nil)
		ours := map[string]bool{"Content-Security-Policy": true, "X-Content-Type-Options": true, "Cross-Origin-Resource-Policy": true, "Cache-Control": true, "Date": true}
		for _, name := range responseHeaders {
			ours[name] = true
		}
		for name := range response.Header {
			if !ours[name] {
				t.Errorf("the browser sees %s", name)
			}
		}
		if h := response.Header; h.Get("X-Operation-Id") != "op" || h.Get("Retry-After") != "3" || h.Get("Content-Encoding") != "gzip" {
			t.Errorf("allowed headers are lost: %v", h)
		}
		checkIsData(t, response)
	})
}

// checkIsData checks the headers that keep an answer from being a document, once each.
func checkIsData(t *testing.T, response reply) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy":      "default-src 'none'; sandbox",
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "no-store",
	} {
		if got := response.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q once", name, got, want)
		}
	}
}

func TestProperty14_OnlyJSONAndTextPass(t *testing.T) {
	for name, test := range map[string]struct {
		content []string
		status  int
		passes  bool
	}{
		"JSON":                 {[]string{"application/json"}, 200, true},
		"JSON with charset":    {[]string{"application/json; charset=utf-8"}, 200, true},
		"JSON in capitals":     {[]string{"Application/JSON"}, 200, true},
		"text":                 {[]string{"text/plain; charset=utf-8"}, 200, true},
		"JSON error":           {[]string{"application/json"}, 500, true},
		"HTML":                 {[]string{"text/html"}, 200, false},
		"HTML error":           {[]string{"text/html"}, 404, false},
		"script":               {[]string{"text/javascript"}, 200, false},
		"SVG":                  {[]string{"image/svg+xml"}, 200, false},
		"XML":                  {[]string{"application/xml"}, 200, false},
		"PDF":                  {[]string{"application/pdf"}, 200, false},
		"JSON of another kind": {[]string{"application/problem+json"}, 200, false},
		"broken":               {[]string{"application/json; ="}, 200, false},
		"two":                  {[]string{"application/json", "text/html"}, 200, false},
		"two in one":           {[]string{"application/json, text/html"}, 200, false},
		"empty":                {[]string{""}, 200, false},
		"event stream":         {[]string{"text/event-stream"}, 200, false},
	} {
		t.Run(name, func(t *testing.T) {
			upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = test.content
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, "<script>mark</script>")
			})
			eachProtocol(t, upstream, func(t *testing.T, region *Region, failed *failures) {
				response, body := send(t, region, http.MethodGet, clustersPath, nil)
				checkIsData(t, response)
				if test.passes {
					if response.StatusCode != test.status || !strings.Contains(body, "mark") {
						t.Errorf("refused: %d %s", response.StatusCode, body)
					}
					return
				}
				if response.StatusCode != http.StatusBadGateway || strings.Contains(body, "mark") {
					t.Errorf("passed: %d %s", response.StatusCode, body)
				}
				if got := failed.next(t); got.Cause != UnexpectedContent {
					t.Errorf("reported %+v", got)
				}
			})
		})
	}
}

func TestAnswersWithoutContentPass(t *testing.T) {
	for _, status := range []int{http.StatusNoContent, http.StatusNotModified, http.StatusOK} {
		upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
			response, _ := send(t, region, http.MethodGet, clustersPath, nil)
			if response.StatusCode != status {
				t.Errorf("status %d, want %d", response.StatusCode, status)
			}
			checkIsData(t, response)
		})
	}
}

// A browser that opens an answer as a page, a frame or a script gets none.
func TestProperty14_NavigationsAreRefused(t *testing.T) {
	eachProtocol(t, answer(`{}`), func(t *testing.T, region *Region, _ *failures) {
		for name, test := range map[string]struct {
			mode, dest string
			want       int
		}{
			"no browser":       {"", "", 200},
			"fetch":            {"cors", "empty", 200},
			"same-origin":      {"same-origin", "empty", 200},
			"navigation":       {"navigate", "document", 403},
			"navigation alone": {"navigate", "", 403},
			"frame":            {"navigate", "iframe", 403},
			"script":           {"no-cors", "script", 403},
			"style":            {"no-cors", "style", 403},
			"image":            {"no-cors", "image", 403},
			"object":           {"no-cors", "object", 403},
			"worker":           {"same-origin", "worker", 403},
			"service worker":   {"same-origin", "serviceworker", 403},
		} {
			response, body := send(t, region, http.MethodGet, clustersPath, func(r *http.Request) {
				if test.mode != "" {
					r.Header.Set("Sec-Fetch-Mode", test.mode)
				}
				if test.dest != "" {
					r.Header.Set("Sec-Fetch-Dest", test.dest)
				}
			})
			if response.StatusCode != test.want {
				t.Errorf("%s: %d, want %d: %s", name, response.StatusCode, test.want, body)
			}
			checkIsData(t, response)
		}
	})
}

// A page of another origin cannot make a browser change anything, even where no login protects a console.
func TestForwardRefusesCrossOriginChanges(t *testing.T) {
	eachProtocol(t, answer(`{}`), func(t *testing.T, region *Region, _ *failures) {
		for name, test := range map[string]struct {
			method, site, origin string
			want                 int
		}{
			"own page":                 {"POST", "same-origin", "", 200},
			"no browser":               {"POST", "", "", 200},
			"another site":             {"POST", "cross-site", "https://evil.example.com", 403},
			"a sibling":                {"DELETE", "same-site", "", 403},
			"an old browser elsewhere": {"POST", "", "https://evil.example.com", 403},
			"reading":                  {"GET", "cross-site", "", 200},
		} {
			response, _ := send(t, region, test.method, clustersPath, func(r *http.Request) {
				for name, value := range map[string]string{"Sec-Fetch-Site": test.site, "Origin": test.origin} {
					if value != "" {
						r.Header.Set(name, value)
					}
				}
			})
			if response.StatusCode != test.want {
				t.Errorf("%s: %d, want %d", name, response.StatusCode, test.want)
			}
		}
	})
}

// Three regions: what is sent to one reaches that one, whatever the request says, also when it fails or redirects.
func TestProperty10_ARequestReachesOneRegion(t *testing.T) {
	ca := newAuthority(t)
	ids := []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3"}
	served := map[string]net.Addr{}
	seen := map[string]*atomic.Int32{}
	for _, id := range ids {
		count := &atomic.Int32{}
		seen[id] = count
		served[id] = serveTLS(t, ca, http2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if string(body) == "body for "+id && r.Header.Get("Authorization") == "Bearer for."+id {
				count.Add(1)
			} else {
				t.Errorf("%s got %q with %q", id, body, r.Header.Get("Authorization"))
			}
			if r.URL.Query().Has("redirect") {
				http.Redirect(w, r, "https://api."+ids[1]+".xcm.example.com"+r.URL.Path, http.StatusTemporaryRedirect)
				return
			}
			answer(`{}`).ServeHTTP(w, r)
		})).Listener.Addr()
	}
	all := regionsAt(t, served, ca.roots(), Options{}, production)
	for _, id := range ids {
		for _, suffix := range []string{"", "?redirect", "?region=" + ids[1], "?url=https://api." + ids[1] + ".xcm.example.com/"} {
			send(t, all.Region(id), http.MethodPost, Prefix(id)+"/api/clusters_mgmt/v1/clusters"+suffix, func(r *http.Request) {
				r.Host = "api." + ids[1] + ".xcm.example.com"
				r.Header.Set("X-Forwarded-Host", r.Host)
				r.Header.Set("Authorization", "Bearer for."+id)
				r.Body = io.NopCloser(strings.NewReader("body for " + id))
			})
		}
		if got := seen[id].Load(); got != 4 {
			t.Errorf("%s was asked %d times, want 4", id, got)
		}
	}
}

// No credential that is refused reaches the region, not even without its header.
func TestProperty10_RefusedCredentialsStopTheRequest(t *testing.T) {
	var count atomic.Int32
	upstream := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { count.Add(1) })
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		for _, value := range []string{"Basic dXNlcjpwYXNz", "AccessToken x:y", "Bearer " + jwt(`{"typ":"Refresh"}`), "Bearer a, Bearer b"} {
			response, body := send(t, region, http.MethodGet, clustersPath, func(r *http.Request) { r.Header.Set("Authorization", value) })
			if response.StatusCode != http.StatusBadRequest || problemOf(t, body).Details[0].Cause != AuthorizationRefused || strings.Contains(body, value) {
				t.Errorf("%s: %d %s", value, response.StatusCode, body)
			}
		}
		if count.Load() != 0 {
			t.Error("the region was asked")
		}
	})
}

// One region whose every connection hangs, with more requests than it may have: the next region answers as ever, and the
// first answers all of them once it is back.
func TestProperty2_AFullRegionTakesNothingFromAnother(t *testing.T) {
	ca := newAuthority(t)
	const more = maxConnsPerHost + 36
	for _, spoken := range []protocol{http1, http2} {
		t.Run(string(spoken), func(t *testing.T) {
			reached, release := make(chan struct{}, more), make(chan struct{})
			full := serveTLS(t, ca, spoken, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				reached <- struct{}{}
				<-release
				answer(`{}`).ServeHTTP(w, r)
			}))
			free := serveTLS(t, ca, spoken, answer(`{}`))
			served := map[string]net.Addr{testRegion: full.Listener.Addr(), "aws.eu-west-3": free.Listener.Addr()}
			all := regionsAt(t, served, ca.roots(), Options{}, production)
			url, client := console(t, all.Region(testRegion))
			statuses := make(chan int, more)
			for range more {
				go func() {
					response, err := client.Get(url + clustersPath)
					if err != nil {
						statuses <- 0
						return
					}
					_ = response.Body.Close()
					statuses <- response.StatusCode
				}()
			}
			for range maxConnsPerHost {
				<-reached
			}
			start := time.Now()
			response, _ := send(t, all.Region("aws.eu-west-3"), http.MethodGet, "/regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters", nil)
			if response.StatusCode != http.StatusOK {
				t.Errorf("the other region: %d after %s", response.StatusCode, time.Since(start))
			}
			close(release)
			for range more {
				if status := <-statuses; status != http.StatusOK {
					t.Errorf("a request to the full region: %d", status)
				}
			}
		})
	}
}

func TestNewRegionsRefusesBadUpstreams(t *testing.T) {
	for name, test := range map[string]struct {
		endpoints []string
		path      string
	}{
		"no endpoint":            {nil, "/x"},
		"http":                   {[]string{"http://" + testHost}, "/x"},
		"a path":                 {[]string{"https://" + testHost + "/x"}, "/x"},
		"a query":                {[]string{"https://" + testHost + "?x"}, "/x"},
		"a user":                 {[]string{"https://u:p@" + testHost}, "/x"},
		"no host":                {[]string{"https://"}, "/x"},
		"the second":             {[]string{"https://" + testHost, "ftp://x"}, "/x"},
		"a probe that is a host": {[]string{"https://" + testHost}, "//other.example.com/x"},
	} {
		if _, err := NewRegions([]Upstream{{ID: testRegion, Endpoints: test.endpoints}}, Options{Probing: Probing{Path: test.path}}); err == nil {
			t.Errorf("%s is taken", name)
		} else if !strings.Contains(err.Error(), testRegion) {
			t.Errorf("%s: the error names no region: %v", name, err)
		}
	}
}
