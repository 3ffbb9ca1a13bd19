package proxy

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// The region sees the allowed headers and no others: never a cookie, never who or where the user is.
func TestProperty10_ARegionSeesOnlyAllowedHeaders(t *testing.T) {
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

// What a browser sends behind its body is a header like any other, and not an allowed one.
func TestProperty10_ARegionSeesNoTrailer(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil || len(r.Trailer) != 0 {
			t.Errorf("the region sees the trailer %v, %v", r.Trailer, err)
		}
		answer(`{}`).ServeHTTP(w, r)
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		response, _ := send(t, region, http.MethodPost, clustersPath, func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(`{}`)), -1
			r.Trailer = http.Header{"X-Late": {"mark"}}
		})
		if response.StatusCode != http.StatusOK {
			t.Errorf("status %d", response.StatusCode)
		}
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
