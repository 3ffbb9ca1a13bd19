package console

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// unreachable is a console whose regions refuse every connection: an answer with that cause says that a region was asked.
func unreachable(f *testing.F) *Console {
	f.Helper()
	config := geography.Config{
		Format: geography.ConfigFormat, Geography: "EU", Countries: []string{"IE"}, Hostname: "console.eu.example.com",
		Auth: geography.ConfigAuth{Type: "None"}, LogLevel: "Error",
		HealthChecks: geography.ConfigHealthChecks{Path: "/api/clusters_mgmt/v1", IntervalSeconds: 300, TimeoutSeconds: 1, FailureThreshold: 10, SuccessThreshold: 1},
		Proxy:        geography.ConfigProxy{RequestTimeoutSeconds: 60, MaxRequestBodyBytes: 1 << 20, MaxConcurrentRequests: 256},
	}
	dial := map[string]netip.AddrPort{}
	for _, id := range []string{"aws.eu-west-1", "aws.eu-central-1"} {
		host := "api." + id + ".xcm.example.com"
		dial[host+":443"] = netip.MustParseAddrPort("127.0.0.1:1")
		config.Regions = append(config.Regions, geography.ConfigRegion{ID: id, DisplayName: id, Endpoints: []geography.ConfigEndpoint{{URL: "https://" + host}}})
	}
	file, err := config.Encode()
	if err != nil {
		f.Fatal(err)
	}
	name := filepath.Join(f.TempDir(), "config.json")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		f.Fatal(err)
	}
	c, err := New(Settings{ConfigFile: name, DemoDial: dial, UI: builtUI(), Log: io.Discard})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(c.regions.Close)
	return c
}

// FuzzRoute sends whatever target a request line can hold: a region is asked only by a clean path below the prefix of just that
// region, or of the geography's API, and nothing is answered by a redirect or as a document.
func FuzzRoute(f *testing.F) {
	for _, seed := range []string{
		"/", "/config.json", "/api/geo/v1/health", "/api/clusters_mgmt/v1/clusters", "/api/clusters_mgmt/v1/clusters/x/../y", "/assets/../config.json", "//regions/x",
		"/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters", "/regions/aws.eu-west-1/../aws.eu-central-1/api/clusters_mgmt/v1/clusters", "/regions/aws.eu-west-1/api/x/%2e%2e/",
		"/regions/aws.eu-west-1%2fapi/clusters_mgmt/v1", "/regions/aws.eu-west-1//api/accounts_mgmt/v1/x", "/regions//api", "/regions", "/api/", "http://x/regions/aws.eu-west-1/api/clusters_mgmt/v1/x",
		"/api/accounts_mgmt/v1/organizations/%2e%2e/quota_cost", "/api/clusters_mgmt/v1/clusters/a%2fb", "/regions/aws.eu-west-1/api/clusters_mgmt/v1/;/x?y=;", "*",
	} {
		f.Add("GET", seed)
		f.Add("POST", seed)
	}
	console := unreachable(f)
	f.Fuzz(func(t *testing.T, method, target string) {
		at, err := url.ParseRequestURI(target) // as net/http does
		if err != nil || strings.ContainsAny(method, " \r\n") {
			return
		}
		w := httptest.NewRecorder()
		r := &http.Request{Method: method, URL: at, RequestURI: target, Host: "console.eu.example.com", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody}
		console.Public().ServeHTTP(w, r)
		if w.Code >= 300 && w.Code < 400 || w.Header().Get("Location") != "" {
			t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
		}
		if !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%d with the headers %v", w.Code, w.Header())
		}
		if !strings.Contains(w.Body.String(), string(proxy.ConnectionRefused)) {
			return // no region was asked
		}
		path := at.EscapedPath()
		for _, id := range []string{"aws.eu-west-1", "aws.eu-central-1"} {
			if below, ok := strings.CutPrefix(path, "/regions/"+id); ok {
				other := strings.NewReplacer("aws.eu-west-1", "aws.eu-central-1", "aws.eu-central-1", "aws.eu-west-1").Replace(id)
				if !proxy.APIPath(below) || strings.Contains(w.Body.String(), "region "+other) {
					t.Errorf("%q reached a region: %s", path, w.Body)
				}
				return
			}
		}
		if !proxy.APIPath(path) {
			t.Errorf("%q reached a region: %s", path, w.Body)
		}
	})
}
