package proxy

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestProperty10_RedirectsLeadNowhereElse(t *testing.T) {
	public := Prefix(testRegion)
	for name, test := range map[string]struct {
		location string
		status   int
		want     string // the Location that the browser sees
		cause    Cause
		names    string
	}{
		"path of the same host":     {"/api/clusters_mgmt/v1/clusters", 307, public + "/api/clusters_mgmt/v1/clusters", "", ""},
		"query too":                 {"/api/clusters_mgmt/v1/clusters?page=2", 302, public + "/api/clusters_mgmt/v1/clusters?page=2", "", ""},
		"relative":                  {"other", 301, public + "/api/clusters_mgmt/v1/other", "", ""},
		"absolute":                  {"https://" + testHost + "/api/accounts_mgmt/v1/current_account", 308, public + "/api/accounts_mgmt/v1/current_account", "", ""},
		"the port written out":      {"https://" + testHost + ":443/api/clusters_mgmt/v1/x", 303, public + "/api/clusters_mgmt/v1/x", "", ""},
		"host in capitals":          {"https://" + strings.ToUpper(testHost) + "/api/clusters_mgmt/v1/x", 307, public + "/api/clusters_mgmt/v1/x", "", ""},
		"encoded":                   {"/api/clusters_mgmt/v1/a%40b", 307, public + "/api/clusters_mgmt/v1/a%40b", "", ""},
		"a fragment is dropped":     {"/api/clusters_mgmt/v1/x#y", 307, public + "/api/clusters_mgmt/v1/x", "", ""},
		"the global host":           {"https://api.example.com/api/accounts_mgmt/v1/current_account", 307, "", LeavesGeography, "api.example.com"},
		"another port":              {"https://" + testHost + ":8443/api/clusters_mgmt/v1", 307, "", LeavesGeography, testHost},
		"no TLS":                    {"http://" + testHost + "/api/clusters_mgmt/v1/x", 307, "", LeavesGeography, testHost},
		"another scheme":            {"javascript:alert(1)", 307, "", LeavesGeography, ""},
		"no scheme":                 {"//evil.example.com/api/clusters_mgmt/v1", 307, "", LeavesGeography, "evil.example.com"},
		"a user":                    {"https://u@" + testHost + "/api/clusters_mgmt/v1/x", 307, "", LeavesGeography, testHost},
		"the host as user":          {"https://" + testHost + "@evil.example.com/api/clusters_mgmt/v1/x", 307, "", LeavesGeography, "evil.example.com"},
		"a longer name":             {"https://" + testHost + ".evil.example.com/api/clusters_mgmt/v1/x", 307, "", LeavesGeography, testHost + ".evil.example.com"},
		"beside the API":            {"/login", 302, "", UnexpectedStatus, ""},
		"out of the API":            {"/api/clusters_mgmt/v1/%2e%2e/%2e%2e/%2e%2e/metrics", 302, "", UnexpectedStatus, ""},
		"nowhere":                   {"", 302, "", UnexpectedStatus, ""},
		"unreadable":                {"https://[", 302, "", UnexpectedStatus, ""},
		"a choice":                  {"/api/clusters_mgmt/v1/x", 300, "", UnexpectedStatus, ""},
		"a status without meaning":  {"/api/clusters_mgmt/v1/x", 306, "", UnexpectedStatus, ""},
		"a very long name is cut":   {"https://" + strings.Repeat("a", 300) + ".example.com/", 307, "", LeavesGeography, strings.Repeat("a", maxHostBytes)},
		"a name with a line feed":   {"https://evil.example.com%0aSet-Cookie:x/", 302, "", UnexpectedStatus, ""},
		"created is no redirection": {"https://evil.example.com/", 201, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if test.location != "" {
					w.Header().Set("Location", test.location)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, `"mark"`)
			})
			eachProtocol(t, upstream, func(t *testing.T, region *Region, failed *failures) {
				response, body := send(t, region, http.MethodGet, clustersPath, nil)
				checkIsData(t, response)
				if got := response.Header.Get("Location"); got != test.want {
					t.Errorf("Location %q, want %q", got, test.want)
				}
				if test.cause == "" {
					if response.StatusCode != test.status {
						t.Errorf("status %d, want %d", response.StatusCode, test.status)
					}
					if test.want != "" && body != "" {
						t.Errorf("the redirect has the body %s", body)
					}
					return
				}
				problem := problemOf(t, body)
				if response.StatusCode != http.StatusBadGateway || problem.Details[0].Cause != test.cause || !strings.Contains(problem.Reason, test.names) {
					t.Errorf("%d %s", response.StatusCode, body)
				}
				if got := failed.next(t); got.Cause != test.cause || got.Host != testHost {
					t.Errorf("reported %+v", got)
				}
			})
		})
	}
}
