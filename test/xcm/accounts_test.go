package xcm

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// token makes a JWT as the clients want it: with a type and an end, and signed with what nobody checks.
func token(t *testing.T, name string, expires time.Time) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"typ": "Bearer", "exp": expires.Unix(), "preferred_username": name,
	}).SignedString([]byte("any"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAuth(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Auth: true, Clock: clock.time})
	good := token(t, "user-07", clock.time().Add(time.Hour))
	for _, test := range []struct {
		name, path string
		header     []string
		status     int
	}{
		{"none", clustersAPI + "/clusters", nil, 401},
		{"none, the health path", clustersAPI, nil, 200},
		{"none, an unknown path", "/api/x", nil, 401},
		{"good", clustersAPI + "/clusters", []string{"Bearer " + good}, 200},
		{"good, accounts", accountsAPI + "/current_account", []string{"Bearer " + good}, 200},
		{"expired", clustersAPI + "/clusters", []string{"Bearer " + token(t, "user-07", clock.time().Add(-time.Minute))}, 401},
		{"not a JWT", clustersAPI + "/clusters", []string{"Bearer abc"}, 401},
		{"pull secret", clustersAPI + "/clusters", []string{"AccessToken a:b"}, 401},
		{"basic", clustersAPI + "/clusters", []string{"Basic dTpw"}, 401},
		{"two", clustersAPI + "/clusters", []string{"Bearer " + good, "Bearer " + good}, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.server.URL+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header["Authorization"] = test.header
			response, err := p.server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != test.status {
				t.Errorf("got %d, want %d", response.StatusCode, test.status)
			}
		})
	}
}

func TestAccounts(t *testing.T) {
	p, other := newProbe(t, Options{Clusters: 20, Seed: 1}), newProbe(t, Options{Region: "aws.eu-central-1", Clusters: 20, Seed: 2})
	me := p.get(accountsAPI + "/current_account")
	if me["kind"] != "Account" || me["username"] != "user-01" || me.at("organization.name") == nil {
		t.Errorf("who asks without a token: %v", me)
	}
	if elsewhere := other.get(accountsAPI + "/current_account"); elsewhere["id"] != me["id"] || elsewhere.at("organization.id") != me.at("organization.id") {
		t.Errorf("another region knows the same person otherwise: %v", elsewhere)
	}
	subscription := p.get(accountsAPI + "/subscriptions?size=1").items()[0]
	if creator := p.get(accountsAPI + "/accounts/" + subscription.at("creator.id").(string)); creator["username"] != subscription.at("creator.username") {
		t.Errorf("creator: %v", creator)
	}
	p.ask(http.MethodGet, accountsAPI+"/accounts/nope", "", http.StatusNotFound)

	organization := accountsAPI + "/organizations/" + me.at("organization.id").(string)
	if got := p.get(organization); got["kind"] != "Organization" || got["external_id"] != me.at("organization.external_id") {
		t.Errorf("organization: %v", got)
	}
	if got := p.get(accountsAPI + "/organizations"); got["total"] != 1.0 {
		t.Errorf("organizations: %v", got)
	}
	consumed := 0.0
	for _, quota := range p.get(organization + "/quota_cost?fetchRelatedResources=true").items() {
		consumed += quota["consumed"].(float64)
	}
	if consumed != 19 { // all but the ARO cluster
		t.Errorf("quota of %v clusters is used, want 19", consumed)
	}
	if got := p.get(accountsAPI + "/billing_models/marketplace-gcp"); got["billing_model_type"] != "marketplace" {
		t.Errorf("billing model: %v", got)
	}
	if got := p.get(accountsAPI + "/regions").items()[0]; got["id"] != "aws.eu-west-1" || got["cloud_provider_id"] != "aws" || got["url"] != p.server.URL {
		t.Errorf("region: %v", got)
	}
}

// A token's user is who asks, and who creates.
func TestCaller(t *testing.T) {
	p := newProbe(t, Options{})
	ask := func(method, path, body string) int {
		request, err := http.NewRequestWithContext(t.Context(), method, p.server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token(t, "somebody-new", time.Now().Add(time.Hour)))
		response, err := p.server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	if got := ask(http.MethodPost, clustersAPI+"/clusters", classic); got != http.StatusCreated {
		t.Fatal(got)
	}
	creator := p.get(accountsAPI + "/subscriptions").items()[0]
	if creator.at("creator.username") != "somebody-new" {
		t.Errorf("creator: %v", creator["creator"])
	}
	if got := ask(http.MethodGet, accountsAPI+"/accounts/"+creator.at("creator.id").(string), ""); got != http.StatusOK {
		t.Errorf("who asks is not found: %d", got)
	}
}

func TestSubscriptions(t *testing.T) {
	p := newProbe(t, Options{Clusters: 40, Seed: 1})
	cluster := p.get(clustersAPI + "/clusters?size=1&search=" + url.QueryEscape("state = 'ready' and hypershift.enabled = 't'")).items()[0]
	// How every command of the OCM CLI finds a cluster.
	find := func(key string) tree {
		return p.get(accountsAPI + "/subscriptions?size=1&search=" + url.QueryEscape("(display_name = '"+key+"' or cluster_id = '"+key+"' or external_cluster_id = '"+key+"')"))
	}
	for _, attribute := range []string{"name", "id", "external_id"} {
		if got := find(cluster[attribute].(string)); got["total"] != 1.0 || got.items()[0]["cluster_id"] != cluster["id"] || got.items()[0]["status"] != "Active" {
			t.Errorf("not found by %s: %v", attribute, got)
		}
	}
	path := accountsAPI + "/subscriptions/" + cluster.at("subscription.id").(string)
	before := p.get(path + "?fetchLabels=true")
	if before.at("plan.id") != "MOA-HostedControlPlane" || before["rh_region_id"] != "aws.eu-west-1" || before["region_id"] != "eu-west-1" {
		t.Errorf("subscription: %v", before)
	}
	if got := p.ask(http.MethodPatch, path, `{"display_name":"renamed"}`, http.StatusOK); got["display_name"] != "renamed" || got["updated_at"] == before["updated_at"] || got["metrics"] == nil {
		t.Errorf("renamed: %v", got)
	}
	if find("renamed")["total"] != 1.0 {
		t.Error("not found by its new name")
	}
	if got := p.ask(http.MethodPatch, path, `{"status":"Archived"}`, http.StatusBadRequest); !strings.Contains(got["reason"].(string), "'status' can't be changed") {
		t.Errorf("refused: %v", got)
	}
}

func TestCatalogue(t *testing.T) {
	p := newProbe(t, Options{CloudRegions: []string{"eu-west-1", "eu-north-1"}})
	if got := p.get(clustersAPI); got["server_version"] == nil {
		t.Errorf("root: %v", got)
	}
	if got := p.get(clustersAPI + "/cloud_providers"); strings.Join(got.pluck("id"), " ") != "aws gcp" || got.items()[0]["regions"] != nil {
		t.Errorf("providers: %v", got)
	}
	if got := p.get(clustersAPI + "/cloud_providers?fetchRegions=true").items()[0]; len(got["regions"].([]any)) != 2 {
		t.Errorf("regions inside a provider: %v", got)
	}
	if got := p.get(clustersAPI + "/cloud_providers/gcp"); got["display_name"] != "GCP" {
		t.Errorf("provider: %v", got)
	}
	regions := p.get(clustersAPI + "/cloud_providers/aws/regions?page=1&size=-1")
	if strings.Join(regions.pluck("id"), " ") != "eu-west-1 eu-north-1" || regions.items()[0]["supports_hypershift"] != true || regions.items()[0]["enabled"] != true {
		t.Errorf("regions: %v", regions)
	}
	keys := `{"access_key_id":"AKIAEXAMPLE","secret_access_key":"hidden-key"}`
	if got := p.ask(http.MethodPost, clustersAPI+"/cloud_providers/aws/available_regions?page=1&size=100", keys, http.StatusOK); got["total"] != 2.0 {
		t.Errorf("available regions: %v", got)
	}
	p.create(`{"name":"north","region":{"id":"eu-north-1"}}`)
	if got := p.get(clustersAPI + "/versions?page=1&size=100&search=" + url.QueryEscape("enabled = 'true'")); got["total"] != float64(len(releases)-1) {
		t.Errorf("versions: %v", got["total"])
	}
	if got := p.get(clustersAPI + "/versions/openshift-v4.18.5"); got["raw_id"] != "4.18.5" || len(got["available_upgrades"].([]any)) != 5 {
		t.Errorf("version: %v", got)
	}
	if got := p.get(clustersAPI + "/flavours/osd-4"); got.at("network.host_prefix") != 23.0 || got.at("nodes.master") != 3.0 {
		t.Errorf("flavour: %v", got)
	}
	types := p.get(clustersAPI + "/machine_types?page=1&size=100&order=" + url.QueryEscape("size desc") + "&search=" + url.QueryEscape("cloud_provider.id = 'aws'"))
	if types["total"] != 10.0 || types.items()[0].at("cpu.unit") != "vCPU" || types.items()[0].at("memory.value").(float64) < 1<<33 {
		t.Errorf("machine types: %v", types)
	}
}

func TestClusterLogs(t *testing.T) {
	p := newProbe(t, Options{Clusters: 20, Seed: 1})
	cluster := p.get(clustersAPI + "/clusters?size=1&search=" + url.QueryEscape("state = 'error'")).items()[0]
	logs := logsAPI + "/clusters/cluster_logs"
	for _, query := range []string{"cluster_id=" + cluster["id"].(string), "cluster_uuid=" + cluster["external_id"].(string)} {
		got := p.get(logs + "?size=10&page=1&orderBy=" + url.QueryEscape("timestamp desc") + "&" + query)
		if got["kind"] != "LogEntryList" || got["total"] != 2.0 || got.items()[0]["severity"] != "Error" || !strings.Contains(got.items()[0]["description"].(string), cluster.at("status.provision_error_code").(string)) {
			t.Errorf("%s: %v", query, got)
		}
	}
	if got := p.get(logs + "?cluster_id=nope"); got["total"] != 0.0 {
		t.Errorf("of no cluster: %v", got)
	}
	if got := p.get(logs + "?size=-1&search=" + url.QueryEscape("severity = 'Error'")); got["total"] != 2.0 {
		t.Errorf("errors of all clusters: %v", got["total"])
	}
}
