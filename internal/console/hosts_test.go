package console

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

func withRegionHosts(config *geography.Config) { config.RegionHosts = "Enabled" }

// onHosts is a console with region hosts, and counts of what its regions are asked.
func onHosts(t *testing.T) (*Console, map[string]*atomic.Int32) {
	t.Helper()
	counts, handlers := map[string]*atomic.Int32{}, map[string]http.Handler{}
	for _, id := range []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3"} {
		counts[id] = &atomic.Int32{}
		handlers[id] = counting(counts[id])
	}
	p := threeRegions(handlers)
	p.edit = withRegionHosts
	return p.build(t), counts
}

func atHost(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }

const (
	west    = "aws-eu-west-1.console.eu.example.com"
	central = "aws-eu-central-1.console.eu.example.com"
)

func TestProperty10_ARegionHostReachesThatRegionOnly(t *testing.T) {
	c, counts := onHosts(t)
	for _, host := range []string{west, west + ":8443", west + ".", west + ".:443", strings.ToUpper(west)} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			before := counts["aws.eu-west-1"].Load()
			response, text := ask(t, c.Public(), method, clustersOf+"?search=name+%3D+%27a%27", atHost(host))
			if response.StatusCode != http.StatusOK || counts["aws.eu-west-1"].Load() != before+1 {
				t.Errorf("%s %s: %d %s", method, host, response.StatusCode, text)
			}
			checkIsData(t, response)
		}
	}
	// No path of a region host leads to another region, and none below its own prefix either.
	for _, path := range []string{
		"/regions/aws.eu-central-1" + clustersOf, "/regions/aws.eu-west-1" + clustersOf, "/api/../regions/aws.eu-central-1" + clustersOf,
		"/api/geo/v1/regions", "/api/geo/v1/health", "/api", "/api/", "/api/x/v1", "/apix", "/%61pi/clusters_mgmt/v1",
	} {
		response, text := ask(t, c.Public(), http.MethodGet, path, atHost(west))
		if response.StatusCode != http.StatusNotFound && response.StatusCode != http.StatusBadRequest || !strings.Contains(text, `"cause":"PathRefused"`) {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
		checkIsData(t, response)
	}
	if n := counts["aws.eu-central-1"].Load() + counts["aws.eu-west-3"].Load(); n != 0 || counts["aws.eu-west-1"].Load() != 10 {
		t.Errorf("the others were asked %d times, the region %d times", n, counts["aws.eu-west-1"].Load())
	}
}

// The user interface and what it needs are on the console's own host alone.
func TestNothingButTheAPIIsOnARegionHost(t *testing.T) {
	c, _ := onHosts(t)
	for _, path := range []string{"/", "/index.html", "/config.json", "/licenses.md", "/assets/index-1.js", "/clusters", "/metrics", "/status"} {
		response, text := ask(t, c.Public(), http.MethodGet, path, atHost(west))
		if response.StatusCode != http.StatusNotFound || !strings.Contains(text, "API of region aws.eu-west-1 at /api/... and nothing else; the console is at https://console.eu.example.com") {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
		checkIsData(t, response)
	}
}

// Who asks for one region shall never be answered by the API of all, though the name is wrong or there are no region hosts.
func TestProperty10_UnknownHostsBelowOursLeadNowhere(t *testing.T) {
	for name, edit := range map[string]func(*geography.Config){"region hosts": withRegionHosts, "no region hosts": nil} {
		count := &atomic.Int32{}
		p := threeRegions(map[string]http.Handler{"aws.eu-west-1": counting(count), "aws.eu-central-1": counting(count), "aws.eu-west-3": counting(count)})
		p.edit = edit
		c := p.build(t)
		hosts := []string{
			"mark.console.eu.example.com", "x." + west, "aws-eu-west-9.console.eu.example.com", "aws.eu-west-1.console.eu.example.com",
			west + "..", ".console.eu.example.com", "-." + west, "AWS-eu-west-1x.CONSOLE.eu.example.com:443",
		}
		if edit == nil {
			hosts = append(hosts, west)
		}
		for _, host := range hosts {
			for _, path := range []string{"/", clustersOf, "/regions/aws.eu-west-1" + clustersOf, "/config.json", "/api/geo/v1/health"} {
				response, text := ask(t, c.Public(), http.MethodGet, path, atHost(host))
				if response.StatusCode != http.StatusMisdirectedRequest || !strings.Contains(text, `"cause":"HostRefused"`) ||
					!strings.Contains(text, "is at https://console.eu.example.com") || strings.Contains(text, "mark") {
					t.Errorf("%s: %s%s: %d %s", name, host, path, response.StatusCode, text)
				}
				if strings.Contains(text, west) != (edit != nil) {
					t.Errorf("%s: the answer names region hosts: %s", name, text)
				}
				checkIsData(t, response)
			}
		}
		if n := count.Load(); n != 0 {
			t.Errorf("%s: regions were asked %d times", name, n)
		}
	}
}

// Names that are not below the console's lead to it as before: by address, by a name of the cluster, by a look-alike.
func TestOtherHostsLeadToTheConsole(t *testing.T) {
	c, _ := onHosts(t)
	for _, host := range []string{
		"console.eu.example.com", "console.eu.example.com.", "console.eu.example.com:443", "CONSOLE.eu.example.com", "127.0.0.1", "[::1]:8080",
		"europe.geoconsole.svc", "aws-eu-west-1console.eu.example.com", "aws-eu-west-1.example.com", west + ".evil.example.net", "eu.example.com",
	} {
		if response, text := ask(t, c.Public(), http.MethodGet, "/config.json", atHost(host)); response.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", host, response.StatusCode, text)
		}
	}
}

func TestRegionHostsHoldWhatIsHeld(t *testing.T) {
	var asked atomic.Int32
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": counting(&asked), "aws.eu-central-1": counting(&asked)})
	p.edit = withRegionHosts
	l := regionsIn(map[string]v1alpha1.RegionState{"aws.eu-west-1": v1alpha1.RegionMaintenance, "aws.eu-central-1": v1alpha1.RegionDrained}, "Until noon.")
	m := newMount(t, l)
	p.live = m.file()
	c := p.build(t)
	for host, cause := range map[string]string{west: "RegionMaintenance", central: "RegionDrained"} {
		response, text := ask(t, c.Public(), http.MethodPost, clustersOf, atHost(host))
		if response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, cause) || !strings.Contains(text, "Until noon.") {
			t.Errorf("%s: %d %s", host, response.StatusCode, text)
		}
		checkIsData(t, response)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the regions were asked %d times", n)
	}
}

func TestProperty14_NavigationsToRegionHostsAreRefused(t *testing.T) {
	c, counts := onHosts(t)
	for _, host := range []string{west, "x.console.eu.example.com"} {
		for _, path := range []string{"/", clustersOf, "/config.json"} {
			response, text := ask(t, c.Public(), http.MethodGet, path, func(r *http.Request) {
				r.Host = host
				r.Header.Set("Sec-Fetch-Mode", "navigate")
			})
			if response.StatusCode != http.StatusForbidden || !strings.Contains(text, "NavigationRefused") {
				t.Errorf("%s%s: %d %s", host, path, response.StatusCode, text)
			}
			checkIsData(t, response)
		}
	}
	if counts["aws.eu-west-1"].Load() != 0 {
		t.Error("the region was asked")
	}
}

// A region's redirect to its own path leads to that path of the host, not below the region's prefix.
func TestProperty10_RedirectsOnARegionHostStayThere(t *testing.T) {
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, clustersOf+"?page=2", http.StatusTemporaryRedirect)
	})})
	p.edit = withRegionHosts
	c := p.build(t)
	for host, want := range map[string]string{west: clustersOf + "?page=2", "console.eu.example.com": "/regions/aws.eu-west-1" + clustersOf + "?page=2"} {
		path := strings.TrimSuffix(want, "?page=2")
		response, _ := ask(t, c.Public(), http.MethodGet, path, atHost(host))
		if response.StatusCode != http.StatusTemporaryRedirect || response.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", host, response.StatusCode, response.Header.Get("Location"), want)
		}
	}
}

// Behind the gate are the region hosts too, and whatever else is below the console's name. The cure names the host that was
// asked: a login elsewhere would be a login to all regions.
func TestProperty10_RegionHostsAreBehindTheGate(t *testing.T) {
	count := &atomic.Int32{}
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": counting(count)})
	c, l := loggingIn(t, p, withRegionHosts)
	for host, login := range map[string]string{west: west, "x.console.eu.example.com": "console.eu.example.com"} {
		for _, path := range []string{clustersOf, "/", "/config.json"} {
			response, text := ask(t, c.Public(), http.MethodGet, path, atHost(host))
			if response.StatusCode != http.StatusUnauthorized || !strings.Contains(text, "TokenMissing") || !strings.Contains(text, "ocm login --url https://"+login+" ") {
				t.Errorf("%s%s: %d %s", host, path, response.StatusCode, text)
			}
			checkIsData(t, response)
		}
	}
	if count.Load() != 0 {
		t.Error("the region was asked")
	}
	response, text := ask(t, c.Public(), http.MethodGet, clustersOf, func(r *http.Request) {
		withToken(token(t, l.key, "a", nil))(r)
		r.Host = west
	})
	if response.StatusCode != http.StatusOK || count.Load() != 1 {
		t.Errorf("with a token: %d %s", response.StatusCode, text)
	}
}

// Discovery names the region hosts, and what it names answers.
func TestDiscoveryNamesRegionHosts(t *testing.T) {
	c, _ := onHosts(t)
	_, text := get(t, c.Public(), "/api/accounts_mgmt/v1/regions")
	for _, want := range []string{`"id":"aws.eu-west-1"`, `"cloud_provider_id":"aws"`, `"url":"https://` + west + `"`, `"url":"https://` + central + `"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %s", text, want)
		}
	}
	if _, one := get(t, c.Public(), "/api/accounts_mgmt/v1/regions/aws.eu-west-1"); !strings.Contains(one, `"url":"https://`+west+`"`) {
		t.Error(one)
	}
	without := threeRegions(nil).build(t)
	if _, text := get(t, without.Public(), "/api/accounts_mgmt/v1/regions"); !strings.Contains(text, `"url":"https://console.eu.example.com/regions/aws.eu-west-1"`) || strings.Contains(text, west) {
		t.Error(text)
	}
}

// Whoever has to name a region by a command line reads how.
func TestWhatNeedsOneRegionNamesTheHosts(t *testing.T) {
	const host = "For ocm and rosa it is https://\\u003cid, its dots as dashes\\u003e.console.eu.example.com."
	with, _ := onHosts(t)
	without := threeRegions(nil).build(t)
	for _, path := range []string{"/api/accounts_mgmt/v1/access_token", "/api/clusters_mgmt/v1/nothing"} {
		if _, text := get(t, with.Public(), path); !strings.Contains(text, host) {
			t.Errorf("%s: %s", path, text)
		}
		if _, text := get(t, without.Public(), path); strings.Contains(text, "For ocm and rosa") || !strings.Contains(text, "/regions/{id}/api/..., where id is one of: aws.eu-west-1, ") {
			t.Errorf("%s without region hosts: %s", path, text)
		}
	}
}

func TestRegionHostsAreLoggedAndCountedByTheirRoute(t *testing.T) {
	p := threeRegions(nil)
	p.edit = withRegionHosts
	c := p.build(t)
	ask(t, c.Public(), http.MethodGet, clustersOf, atHost(west))
	ask(t, c.Public(), http.MethodGet, "/mark", atHost("mark."+west))
	log := p.log.String()
	for _, want := range []string{`"route":"{id}.{hostname}/api/*","region":"aws.eu-west-1","status":200`, `"route":"*.{hostname}/*","region":"","status":421`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s: %s", want, log)
		}
	}
	if strings.Contains(log, "mark") {
		t.Errorf("the log holds what a client sent: %s", lineWith(log, "mark"))
	}
}

// FuzzHost asks of every Host: what leads to a region is that region's host in one of the ways to write it, and nothing
// else below the console's name leads to a region or to the console.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{
		west, west + ".", west + ":443", strings.ToUpper(central), "console.eu.example.com", "x." + west, west + "..", "a@" + west,
		"", ":", "[::1]:80", "aws-eu-west-1.console.eu.example.com:443:443", "aws.eu-west-1.console.eu.example.com", "aws-eu-west-1.console.eu.example.com\x00",
		"uk.console.eu.example.com", "u\u212a.console.eu.example.com", "evil.example.net:x@" + west, west + ".evil.example.net",
	} {
		f.Add(seed, clustersOf)
	}
	config := geography.Config{Hostname: "console.eu.example.com", RegionHosts: "Enabled"}
	c := &Console{hosts: hosts{own: config.Hostname, regions: map[string]regionHost{}}}
	for _, id := range []string{"aws.eu-west-1", "aws.eu-central-1", "uk"} {
		config.Regions = append(config.Regions, geography.ConfigRegion{ID: id})
		c.hosts.regions[geography.RegionHost(config.Hostname, id)] = regionHost{id: id}
	}
	c.config = config
	f.Fuzz(func(t *testing.T, host, path string) {
		request := newRequest(t)
		request.Host, request.URL.Path = host, path
		name, _, _ := strings.Cut(host, ":")
		name = strings.TrimSuffix(name, ".")
		below := strings.HasSuffix(strings.TrimRight(name, "."), ".console.eu.example.com")
		var led route
		if lead := c.hostRoute(request); lead != nil {
			led = *lead
		}
		switch {
		case led.region != "":
			if !isASCII(name) || !strings.EqualFold(name, led.host) ||
				led.host != geography.RegionHost(config.Hostname, led.region) {
				t.Errorf("%q leads to %q at %q", host, led.region, led.host)
			}
			if api := strings.HasPrefix(led.pattern, "{id}.{hostname}/api"); api != isBelow(request.URL.EscapedPath(), "/api") {
				t.Errorf("%q of a region host is %s", path, led.pattern)
			}
		case led.pattern == "" && below:
			t.Errorf("%q leads to the console", host)
		}
		if publicRoutes[led.pattern] {
			t.Errorf("%q is public", led.pattern)
		}
	})
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}
