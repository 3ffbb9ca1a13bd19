package proxy

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

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
	all := regionsAt(t, served, ca.roots(), Options{}, usual)
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

// One region whose every connection hangs, with more requests than it has connections of HTTP/1.1: the next region answers
// as ever, and the first answers all of them once it is back.
func TestProperty2_AFullRegionTakesNothingFromAnother(t *testing.T) {
	ca := newAuthority(t)
	const more = maxIdlePerHost + 36
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
			all := regionsAt(t, served, ca.roots(), Options{}, usual.with(Bounds{Timeout: usual.Timeout, Body: usual.Body, Concurrent: 4 * more}))
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
			for range maxIdlePerHost {
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
