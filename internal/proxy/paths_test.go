package proxy

import (
	"net/url"
	"path"
	"strings"
	"testing"
)

func TestAPIPath(t *testing.T) {
	for _, good := range []string{
		"/api/clusters_mgmt/v1",
		"/api/clusters_mgmt/v1/clusters",
		"/api/clusters_mgmt/v1/clusters/1abc-DEF_2.3~4",
		"/api/clusters_mgmt/v1/clusters/x/groups/cluster-admins/users/bob@example.com",
		"/api/clusters_mgmt/v1/clusters/x/groups/cluster-admins/users/bob%40example.com",
		"/api/clusters_mgmt/v1/clusters/x/groups/cluster-admins/users/J%C3%BCrgen%20M",
		"/api/accounts_mgmt/v1/subscriptions/2abc",
		"/api/service_logs/v1/clusters/cluster_logs",
		"/api/addons_mgmt/v1/addons",
		"/api/authorizations/v1/self_access_review",
		"/api/clusters_mgmt/v1/...",
	} {
		if !APIPath(good) {
			t.Errorf("%s is refused", good)
		}
	}
	for name, bad := range map[string]string{
		"empty":                       "",
		"root":                        "/",
		"relative":                    "api/clusters_mgmt/v1",
		"api alone":                   "/api",
		"service alone":               "/api/clusters_mgmt",
		"service with slash":          "/api/clusters_mgmt/",
		"unknown service":             "/api/web_rca/v1/incidents",
		"service by prefix":           "/api/clusters_mgmt2/v1",
		"service in capitals":         "/api/Clusters_Mgmt/v1",
		"encoded service":             "/api/clusters%5Fmgmt/v1",
		"beside api":                  "/metrics/clusters_mgmt/v1",
		"trailing slash":              "/api/clusters_mgmt/v1/",
		"double slash":                "/api/clusters_mgmt//v1",
		"leading double slash":        "//api/clusters_mgmt/v1",
		"dot":                         "/api/clusters_mgmt/./v1",
		"dots":                        "/api/clusters_mgmt/v1/../../accounts_mgmt/v1",
		"dots out of the api":         "/api/clusters_mgmt/../../metrics",
		"dots at the end":             "/api/clusters_mgmt/v1/..",
		"encoded dots":                "/api/clusters_mgmt/%2e%2e/%2e%2e/metrics",
		"half encoded dots":           "/api/clusters_mgmt/.%2e/x",
		"capital encoded dots":        "/api/clusters_mgmt/%2E%2E/x",
		"encoded slash":               "/api/clusters_mgmt/v1/a%2Fb",
		"encoded slash, dots":         "/api/clusters_mgmt/v1%2f..%2f..%2fmetrics",
		"backslash":                   `/api/clusters_mgmt/v1\..\x`,
		"encoded backslash":           "/api/clusters_mgmt/v1/..%5c..",
		"double encoding":             "/api/clusters_mgmt/%252e%252e/x",
		"encoded percent":             "/api/clusters_mgmt/v1/100%25",
		"parameter that steps up":     "/api/clusters_mgmt/..;/metrics",
		"parameter":                   "/api/clusters_mgmt/v1;x=y/clusters",
		"encoded semicolon":           "/api/clusters_mgmt/v1/..%3b",
		"NUL":                         "/api/clusters_mgmt/v1/a%00",
		"line feed":                   "/api/clusters_mgmt/v1/a%0aHost:%20x",
		"DEL":                         "/api/clusters_mgmt/v1/%7f",
		"encoded question mark":       "/api/clusters_mgmt/v1/a%3Fb",
		"encoded hash":                "/api/clusters_mgmt/v1/a%23b",
		"raw question mark":           "/api/clusters_mgmt/v1/a?b",
		"raw space":                   "/api/clusters_mgmt/v1/a b",
		"raw non-ASCII":               "/api/clusters_mgmt/v1/ü",
		"overlong dot":                "/api/clusters_mgmt/v1/%c0%ae%c0%ae",
		"broken encoding":             "/api/clusters_mgmt/v1/%4",
		"no encoding":                 "/api/clusters_mgmt/v1/%zz",
		"letter that is encoded":      "/api/clusters_mgmt/v1/%61",
		"absolute URL":                "https://evil.example.com/api/clusters_mgmt/v1",
		"another region's path in it": "/api/clusters_mgmt/../regions/other",
	} {
		if APIPath(bad) {
			t.Errorf("%s: %q passes", name, bad)
		}
	}
}

// FuzzAPIPath asks of every path that passes what an upstream might make of it.
func FuzzAPIPath(f *testing.F) {
	for _, seed := range []string{
		"/api/clusters_mgmt/v1/clusters/abc", "/api/clusters_mgmt/v1/%2e%2e", "/api/clusters_mgmt/v1/a%40b", "/api/../x",
		"/api/clusters_mgmt/..;/x", "/api/accounts_mgmt/v1/%C3%BC", "/api/clusters_mgmt/v1/%252e",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		if !APIPath(escaped) {
			return
		}
		decoded, err := url.PathUnescape(escaped)
		if err != nil {
			t.Fatalf("%q cannot be decoded", escaped)
		}
		if again, err := url.PathUnescape(decoded); err != nil || again != decoded {
			t.Errorf("%q reads differently when it is decoded twice: %q", escaped, again)
		}
		if path.Clean(escaped) != escaped || path.Clean(decoded) != decoded {
			t.Errorf("%q is not clean", escaped)
		}
		if !strings.HasPrefix(decoded, "/api/") || strings.ContainsAny(decoded, "\\;?#\x00\r\n") {
			t.Errorf("%q decodes to %q", escaped, decoded)
		}
		sent := url.URL{Scheme: "https", Host: "h", Path: decoded, RawPath: escaped}
		if sent.EscapedPath() != escaped {
			t.Errorf("%q would be sent as %q", escaped, sent.EscapedPath())
		}
		parsed, err := url.ParseRequestURI(escaped)
		if err != nil || parsed.EscapedPath() != escaped {
			t.Errorf("%q is read differently by the server: %v", escaped, err)
		}
	})
}
