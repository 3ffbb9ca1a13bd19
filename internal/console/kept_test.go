package console

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// failing are regions that fail in each way of their own: one gives up the connection, one answers a document, one leads
// out of the geography.
func failing() *plan {
	return threeRegions(map[string]http.Handler{
		"aws.eu-west-1":    http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
		"aws.eu-central-1": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html; x=mark") }),
		"aws.eu-west-3": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example.org/mark", http.StatusTemporaryRedirect)
		}),
	})
}

// Every route of both ports, by every method and host, well and badly asked, of consoles whose regions answer, fail, are
// held, or want a token: no answer but that of an asset, whose name is its content's, may be kept by a browser or by
// anything on the way.
func TestProperty9_NoAnswerMayBeKept(t *testing.T) {
	open := threeRegions(nil)
	open.edit = withRegionHosts
	held := threeRegions(nil)
	m := newMount(t, regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": v1alpha1.RegionMaintenance, "aws.eu-west-3": v1alpha1.RegionDrained}, ""))
	held.live = m.file()
	locked, _ := loggingIn(t, threeRegions(nil))
	statuses := map[int]bool{}
	for name, c := range map[string]*Console{"open": open.build(t), "failing": failing().build(t), "held": held.build(t), "locked": locked} {
		for _, host := range []string{"console.eu.example.com", west, "x.console.eu.example.com", "elsewhere.example.net"} {
			for _, path := range []string{
				"/", "/nowhere", "/favicon.ico", "/config.json", "/licenses.md", "/assets/nothing.js", "/api", "/api/geo/v1/regions", "/api/geo/v1/health",
				clustersOf, clustersOf + "/a", clustersOf + "?size=no", clustersOf + "?a=%zz", accountsOf + "/current_account", accountsOf + "/access_token",
				accountsOf + "/regions", "/api/clusters_mgmt/v1/versions", "/api/nothing/v1", "/regions", "/regions/nowhere/api/clusters_mgmt/v1",
				"/regions/aws.eu-west-1" + clustersOf, "/regions/aws.eu-central-1" + clustersOf, "/regions/aws.eu-west-3" + clustersOf, "/regions/aws.eu-west-3/../x",
			} {
				for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete, http.MethodOptions, "MARK"} {
					response, _ := ask(t, c.Public(), method, path, func(r *http.Request) {
						r.Host = host
						if method == http.MethodPost {
							r.Body = io.NopCloser(strings.NewReader(`{}`))
						}
					})
					statuses[response.StatusCode] = true
					if got := response.Header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-store" {
						t.Errorf("%s: %s %s%s: %d may be kept: %q", name, method, host, path, response.StatusCode, got)
					}
				}
			}
		}
		for _, path := range []string{"/healthz", "/readyz", "/status?wait=0s", "/status?wait=no", "/metrics", "/nothing"} {
			if response, _ := get(t, c.Internal(), path); response.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: the internal port's %s may be kept", name, path)
			}
		}
	}
	for _, status := range []int{200, 400, 401, 404, 405, 421, 502, 503} {
		if !statuses[status] {
			t.Errorf("nothing was answered with %d: this test does not see what it should", status)
		}
	}
}

// What goes wrong on the way to a region is told by a reason of a closed list, at every level. What the library says of it
// would quote the address, and with it the search.
func TestProperty9_FailuresAreLoggedByTheirReason(t *testing.T) {
	for _, level := range []string{"Error", "Info", "Debug"} {
		p := failing()
		p.edit = func(config *geography.Config) {
			config.LogLevel = level
			// Nothing listens there, and its name is none.
			config.Regions = append(config.Regions, geography.ConfigRegion{
				ID: "aws.eu-north-1", DisplayName: "Stockholm", Endpoints: []geography.ConfigEndpoint{{URL: "https://nothing.invalid"}},
			})
		}
		c := p.build(t)
		for _, region := range append(p.order, "aws.eu-north-1") {
			for _, path := range []string{clustersOf + "?search=name+%3D+%27mark%27", clustersOf + "/mark"} {
				ask(t, c.Public(), http.MethodGet, "/regions/"+region+path, withToken("mark"))
			}
		}
		ask(t, c.Public(), http.MethodGet, clustersOf+"?search=name+%3D+%27mark%27", withToken("mark"))
		log := p.log.String()
		for line := range strings.Lines(log) {
			for _, private := range []string{"mark", "search", "/api/clusters_mgmt/v1/clusters?", "dial tcp", "lookup", "EOF", "malformed", "net/http", "127.0.0.1"} {
				if strings.Contains(line, private) && !strings.Contains(line, "DEMO ONLY") {
					t.Errorf("%s: %q is logged: %s", level, private, line)
				}
			}
		}
		for _, cause := range []string{"ConnectionFailed", "UnexpectedContent", "LeavesGeography", "NameNotFound"} {
			if told := strings.Contains(log, `"cause":"`+cause+`"`); told != (level != "Error") {
				t.Errorf("%s: %s is told: %v", level, cause, told)
			}
		}
	}
}
