package console

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// withAccounts makes a console with one accounts service for all regions.
func withAccounts(t *testing.T, p *plan, service http.Handler) (*Console, *httptest.Server) {
	t.Helper()
	server := httptest.NewUnstartedServer(service)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	p.edit = func(config *geography.Config) {
		config.Accounts = &geography.ConfigAccounts{
			ConfigEndpoint: geography.ConfigEndpoint{URL: "https://example.com:9200"},
			CABundle:       string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})),
		}
		p.demoDial["example.com:9200"] = netip.MustParseAddrPort(server.Listener.Addr().String())
	}
	return p.build(t), server
}

// ledger notes what somebody was asked.
type ledger struct {
	mu    sync.Mutex
	lines []string
}

func (l *ledger) note(format string, words ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, words...))
}

// take returns the lines so far, and forgets them.
func (l *ledger) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Join(l.lines, "\n")
	l.lines = nil
	return lines
}

// noting answers every request, and notes it with its credential and body.
func noting(l *ledger, name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.note("%s: %s %s %s %s", name, r.Method, r.RequestURI, r.Header.Get("Authorization"), body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"kind":"ClusterList","total":0,"items":[],"id":"from-`+name+`"}`)
	})
}

const accountsOf = "/api/accounts_mgmt/v1"

func TestProperty10_AccountsAreAskedOfTheirServiceOnly(t *testing.T) {
	var asked ledger
	p := threeRegions(map[string]http.Handler{
		"aws.eu-west-1": noting(&asked, "region"), "aws.eu-central-1": noting(&asked, "region"), "aws.eu-west-3": noting(&asked, "region"),
	})
	c, _ := withAccounts(t, p, noting(&asked, "accounts"))
	for _, one := range []struct{ method, path, body string }{
		{"GET", accountsOf + "/current_account", ""},
		{"GET", accountsOf + "/subscriptions?search=display_name+%3D+%27a%27&size=1", ""},
		{"PATCH", accountsOf + "/subscriptions/1", `{"display_name":"b"}`},
		{"GET", accountsOf + "/organizations/1/quota_cost?fetchRelatedResources=true", ""},
		{"GET", accountsOf + "/accounts/1", ""},
		{"GET", accountsOf, ""},
		{"POST", accountsOf + "/access_token", "{}"},
		{"POST", accountsOf + "/token_authorization", `{"authorization_token":"a"}`},
		{"DELETE", accountsOf + "/registry_credentials/1", ""},
	} {
		response, text := ask(t, c.Public(), one.method, one.path, func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer a")
			if one.body != "" {
				r.Body = io.NopCloser(strings.NewReader(one.body))
			}
		})
		want := "accounts: " + one.method + " " + one.path + " Bearer a " + one.body
		if got := asked.take(); response.StatusCode != http.StatusOK || !strings.Contains(text, "from-accounts") || got != want {
			t.Errorf("%s %s: %d %s\n got %s\nwant %s", one.method, one.path, response.StatusCode, text, got, want)
		}
		checkIsData(t, response)
	}
	if _, text := get(t, c.Public(), accountsOf+"/regions"); !strings.Contains(text, `"kind":"RegionList"`) || asked.take() != "" {
		t.Errorf("the regions are the console's own to tell: %s", text)
	}
	// Clusters are of their regions, and a region that is named answers for itself.
	for path, times := range map[string]int{clustersOf: 3, "/regions/aws.eu-west-1" + accountsOf + "/current_account": 1} {
		get(t, c.Public(), path)
		if got := asked.take(); strings.Count(got, "region: ") != times || strings.Contains(got, "accounts: ") {
			t.Errorf("%s asked %s", path, got)
		}
	}
	// A path that needs repair, or a parameter that is the console's, does not get through.
	if response, _ := get(t, c.Public(), accountsOf+"/../v1/current_account"); response.StatusCode != http.StatusNotFound || asked.take() != "" {
		t.Errorf("%d", response.StatusCode)
	}
	get(t, c.Public(), accountsOf+"/subscriptions?partial=true&size=1")
	if got := asked.take(); got != "accounts: GET "+accountsOf+"/subscriptions?size=1  " {
		t.Error(got)
	}
}

// One that is down costs what only it can answer; it is named, and asked no more once the probes have found out.
func TestProperty2_AccountsThatAreDownCostNothingElse(t *testing.T) {
	p := threeRegions(nil)
	c, server := withAccounts(t, p, aRegion)
	server.Close()
	const path = accountsOf + "/current_account"
	response, text := get(t, c.Public(), path)
	if response.StatusCode != http.StatusBadGateway || !strings.Contains(text, `"reason":"The accounts service (spec.accounts) did not answer: nothing listens`) ||
		!strings.Contains(text, `"details":[{"region":"accounts_mgmt","cause":"ConnectionRefused"}]`) {
		t.Errorf("%d %s", response.StatusCode, text)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); c.probe(t.Context()) }()
	t.Cleanup(func() { <-ended })
	for deadline := time.Now().Add(20 * time.Second); response.StatusCode != http.StatusServiceUnavailable && time.Now().Before(deadline); {
		response, text = get(t, c.Public(), path)
	}
	if !strings.Contains(text, "The accounts service (spec.accounts) is unhealthy by the console's own probes: nothing listens") || strings.Contains(text, "other regions") {
		t.Errorf("%d %s", response.StatusCode, text)
	}
	checkIsData(t, response)
	awaitVerdicts(t, c, "Healthy", "Healthy", "Healthy")
	for path, want := range map[string]int{"/regions/aws.eu-west-1" + clustersOf: 200, "/api/geo/v1/health": 200, accountsOf + "/regions": 200} {
		if response, text := get(t, c.Public(), path); response.StatusCode != want {
			t.Errorf("%s: %d %s", path, response.StatusCode, text)
		}
	}
	_, metrics := get(t, c.Internal(), "/metrics")
	for _, want := range []string{
		`geoconsole_endpoint_verdict{endpoint="0",region="accounts_mgmt",verdict="Unhealthy"} 1`,
		`geoconsole_endpoint_verdict{endpoint="0",region="aws.eu-west-1",verdict="Healthy"} 1`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	// What the operator is told has regions only: of a name that no region has, it would believe nothing.
	if _, status := get(t, c.Internal(), "/status"); strings.Contains(status, "accounts_mgmt") {
		t.Error(status)
	}
}

// What the service says of redirects and documents is held to the rules for regions.
func TestAccountsAreHeldToTheRulesForRegions(t *testing.T) {
	to := "https://sso.example.org/api/accounts_mgmt/v1/current_account"
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/organizations") {
			w.Header().Set("Content-Type", "text/html")
			return
		}
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	})
	c, _ := withAccounts(t, threeRegions(nil), service)
	response, text := get(t, c.Public(), accountsOf+"/current_account")
	if response.StatusCode != http.StatusBadGateway || !strings.Contains(text, `The accounts service (spec.accounts) redirects to host \"sso.example.org\"`) || response.Header.Get("Location") != "" {
		t.Errorf("%d %s", response.StatusCode, text)
	}
	to = accountsOf + "/accounts/1"
	if response, _ := get(t, c.Public(), accountsOf+"/current_account"); response.Header.Get("Location") != to {
		t.Errorf("a redirect to itself leads to %q, want %q", response.Header.Get("Location"), to)
	}
	for _, elsewhere := range []string{"/api/clusters_mgmt/v1/events", "/api/accounts_mgmt/v2/x", "/api/accounts_mgmt/v1x/y"} {
		to = elsewhere // which at the console is a region's, or nobody's
		if response, text := get(t, c.Public(), accountsOf+"/current_account"); response.StatusCode != http.StatusBadGateway || response.Header.Get("Location") != "" || !strings.Contains(text, "UnexpectedStatus") {
			t.Errorf("a redirect to %s: %d %s", elsewhere, response.StatusCode, text)
		}
	}
	if response, text := get(t, c.Public(), accountsOf+"/organizations"); response.StatusCode != http.StatusBadGateway || !strings.Contains(text, "UnexpectedContent") {
		t.Errorf("%d %s", response.StatusCode, text)
	}
	if response, text := ask(t, c.Public(), http.MethodGet, accountsOf+"/current_account", func(r *http.Request) { r.Header.Set("Sec-Fetch-Mode", "navigate") }); response.StatusCode != http.StatusForbidden {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}
