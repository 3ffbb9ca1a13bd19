package proxy

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

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

// ReverseProxy would leave out what it cannot read of a query: a filter or a choice of the user's would be gone, unsaid.
func TestForwardTakesAQueryWholeOrNotAtAll(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(strconv.Quote(r.URL.RawQuery)).ServeHTTP(w, r)
	})
	eachProtocol(t, upstream, func(t *testing.T, region *Region, _ *failures) {
		for query, passes := range map[string]bool{
			"size=1&search=name%20%3D%20%27a%3Bb%27": true,
			"deprovision":                            true,
			"a=1;deprovision=false":                  false,
			"size=1&search=100%":                     false,
			"search=%zz":                             false,
		} {
			response, body := send(t, region, http.MethodDelete, clustersPath+"/1?"+query, nil)
			if passes {
				if response.StatusCode != http.StatusOK || body != strconv.Quote(query) {
					t.Errorf("%s: %d %s", query, response.StatusCode, body)
				}
			} else if response.StatusCode != http.StatusBadRequest || problemOf(t, body).Details[0].Cause != QueryRefused {
				t.Errorf("%s: %d %s", query, response.StatusCode, body)
			}
		}
	})
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
