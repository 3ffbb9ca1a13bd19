package xcm

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestCreate(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	p.ask(http.MethodPost, clustersAPI+"/clusters?dryRun=true", rosa, http.StatusNoContent)
	if got := p.get(clustersAPI + "/clusters"); got["total"] != 0.0 {
		t.Fatalf("a dry run made something: %v", got)
	}
	made := p.ask(http.MethodPost, clustersAPI+"/clusters", rosa, http.StatusCreated)
	for path, want := range map[string]any{
		"kind": "Cluster", "name": "payments", "domain_prefix": "payments", "state": "pending", "managed": true, "multi_az": false,
		"creation_timestamp": "2026-06-01T12:00:00Z", "openshift_version": "4.20.8", "version.id": defaultVersion, "version.channel_group": "stable",
		"cloud_provider.kind": "CloudProviderLink", "cloud_provider.id": "aws", "region.id": "eu-west-1", "product.id": "rosa",
		"hypershift.enabled": false, "ccs.enabled": true, "billing_model": "standard", "api.listening": "external",
		"nodes.compute": 2.0, "nodes.master": 3.0, "nodes.infra": 2.0, "nodes.total": 7.0, "nodes.compute_machine_type.id": "m5.xlarge",
		"network.machine_cidr": "10.0.0.0/16", "flavour.id": "osd-4", "subscription.kind": "SubscriptionLink",
		"properties.rosa_creator_arn": "arn:aws:iam::111122223333:user/user-07", "aws.account_id": "111122223333",
	} {
		if got := made.at(path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	if id, _ := made["id"].(string); !regexp.MustCompile(`^[0-9a-v]{32}$`).MatchString(id) || made["href"] != clustersAPI+"/clusters/"+id {
		t.Errorf("id %q, href %v", id, made["href"])
	}
	if text := fmt.Sprint(p.get(clustersAPI + "/clusters")); strings.Contains(text, "AKIAEXAMPLE") || strings.Contains(text, "hidden-key") {
		t.Error("the cloud keys come back")
	}

	made = p.ask(http.MethodPost, clustersAPI+"/clusters", hosted, http.StatusCreated)
	for path, want := range map[string]any{
		"hypershift.enabled": true, "nodes.compute": nil, "nodes.autoscale_compute.min_replicas": 3.0, "nodes.total": 3.0, "nodes.master": 0.0,
	} {
		if got := made.at(path); got != want {
			t.Errorf("hosted: %s: got %v, want %v", path, got, want)
		}
	}
}

func TestCreateRefused(t *testing.T) {
	p := newProbe(t, Options{})
	p.create(`{"name":"taken","region":{"id":"eu-west-1"}}`)
	region := `,"region":{"id":"eu-west-1"}`
	for body, want := range map[string]struct {
		status int
		reason string
	}{
		``:                               {400, "The body is not a JSON object"},
		`[]`:                             {400, "The body is not a JSON object"},
		`{"name":`:                       {400, "The body is not a JSON object"},
		`{"name":5` + region + `}`:       {400, "The body is not a cluster"},
		`{` + region[1:] + `}`:           {400, "Attribute 'name' is \"\": use 1 to 54"},
		`{"name":"Upper"` + region + `}`: {400, "Attribute 'name' is \"Upper\""},
		`{"name":"` + strings.Repeat("a", 55) + `"` + region + `}`:       {400, "Attribute 'name'"},
		`{"name":"x","domain_prefix":"more-than-fifteen"` + region + `}`: {400, "Attribute 'domain_prefix'"},
		`{"name":"x"}`: {400, "Attribute 'region.id' is \"\", which aws.eu-west-1 does not serve on \"aws\": use one of eu-west-1"},
		`{"name":"x","region":{"id":"us-east-1"}}`:                                                     {400, "Attribute 'region.id' is \"us-east-1\""},
		`{"name":"x","cloud_provider":{"id":"azure"}` + region + `}`:                                   {400, "does not serve on \"azure\""},
		`{"name":"x","product":{"id":"ocp"}` + region + `}`:                                            {400, "Attribute 'product.id' is \"ocp\": use rosa, osd or osdtrial"},
		`{"name":"x","product":{"id":"rosa"},"cloud_provider":{"id":"gcp"}` + region + `}`:             {400, "rosa clusters are made on aws"},
		`{"name":"x","hypershift":{"enabled":true}` + region + `}`:                                     {400, "Attribute 'hypershift.enabled'"},
		`{"name":"x","version":{"id":"openshift-v1.2.3"}` + region + `}`:                               {400, "Attribute 'version.id' is \"openshift-v1.2.3\""},
		`{"name":"x","version":{"id":"openshift-v4.15.59"}` + region + `}`:                             {400, "Attribute 'version.id'"},
		`{"name":"x","flavour":{"id":"osd-5"}` + region + `}`:                                          {400, "Attribute 'flavour.id' is \"osd-5\": use osd-4"},
		`{"name":"x","nodes":{"compute":1}` + region + `}`:                                             {400, "Attribute 'nodes.compute' is 1: use at least 2"},
		`{"name":"x","multi_az":true,"nodes":{"compute":4}` + region + `}`:                             {400, "needs a multiple of 3"},
		`{"name":"x","nodes":{"compute_machine_type":{"id":"m1"}}` + region + `}`:                      {400, "Attribute 'nodes.compute_machine_type.id' is \"m1\""},
		`{"name":"x","nodes":{"autoscale_compute":{"min_replicas":5,"max_replicas":4}}` + region + `}`: {400, "'min_replicas' is greater than 'max_replicas'"},
		`{"name":"taken"` + region + `}`:                                                               {409, "Cluster name 'taken' already exists"},
	} {
		for _, path := range []string{clustersAPI + "/clusters", clustersAPI + "/clusters?dryRun=true"} {
			got := p.ask(http.MethodPost, path, body, want.status)
			if reason, _ := got["reason"].(string); !strings.Contains(reason, want.reason) {
				t.Errorf("%s: %q does not say %q", body, reason, want.reason)
			}
		}
	}
	if got := p.get(clustersAPI + "/clusters"); got["total"] != 1.0 {
		t.Errorf("refused requests made something: %v", got["total"])
	}
}

func TestPatch(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	path := clustersAPI + "/clusters/" + p.create(classic)
	clock.advance(time.Hour)
	for _, test := range []struct {
		body, path string
		want       any
	}{
		{`{"kind":"Cluster","api":{"listening":"internal"}}`, "api.listening", "internal"},
		{`{"version":{"kind":"Version","channel_group":"candidate"}}`, "version.channel_group", "candidate"},
		{`{"nodes":{"compute":6}}`, "nodes.total", 11.0},
		{`{}`, "status.current_compute", 6.0},
		{`{"nodes":{"autoscale_compute":{"min_replicas":3,"max_replicas":9}}}`, "nodes.compute", nil},
		{`{}`, "nodes.autoscale_compute.max_replicas", 9.0},
		{`{"nodes":{"compute":5}}`, "nodes.autoscale_compute", nil},
		{`{"properties":{"team":"a","tier":"1"}}`, "properties.tier", "1"},
		{`{"properties":{"team":"b"}}`, "properties.tier", nil},
		{`{"node_drain_grace_period":{"value":30,"unit":"minutes"}}`, "node_drain_grace_period.value", 30.0},
		{`{"disable_user_workload_monitoring":true}`, "disable_user_workload_monitoring", true},
		{`{"delete_protection":{"enabled":true}}`, "delete_protection.enabled", true},
		{`{}`, "api.url", nil}, // replaced below: what was not patched stays
	} {
		got := p.ask(http.MethodPatch, path, test.body, http.StatusOK)
		if test.path == "api.url" {
			if got.at("api.url") == nil || got.at("nodes.compute_machine_type.id") != "m5.xlarge" || got.at("version.raw_id") != "4.20.8" {
				t.Errorf("a patch lost what it did not name: %v", got)
			}
			continue
		}
		if value := got.at(test.path); value != test.want {
			t.Errorf("%s: %s is %v, want %v", test.body, test.path, value, test.want)
		}
		if p.get(path).at(test.path) != got.at(test.path) {
			t.Errorf("%s: the answer is not what is kept", test.body)
		}
	}
	if pool := p.get(path + "/machine_pools/worker"); pool["replicas"] != 5.0 || pool["autoscaling"] != nil {
		t.Errorf("the first pool does not follow the cluster: %v", pool)
	}
	p.ask(http.MethodDelete, path, "", http.StatusForbidden) // protected
	p.ask(http.MethodPatch, path, `{"delete_protection":{"enabled":false}}`, http.StatusOK)
	p.ask(http.MethodDelete, path, "", http.StatusNoContent)
}

func TestPatchRefused(t *testing.T) {
	p := newProbe(t, Options{})
	path, hostedPath := clustersAPI+"/clusters/"+p.create(classic), clustersAPI+"/clusters/"+p.create(hosted)
	for _, test := range []struct{ path, body, reason string }{
		{path, `{"name":"other"}`, "Attribute 'name' can't be changed"},
		{path, `{"state":"ready"}`, "Attribute 'state' can't be changed"},
		{path, `{"api":{"url":"https://x"}}`, "Attribute 'api.url' can't be changed"},
		{path, `{"version":{"id":"openshift-v4.20.4"}}`, "Attribute 'version.id' can't be changed"},
		{path, `{"nodes":7}`, "Attribute 'nodes' can't be changed"},
		{path, `{"nodes":{"compute":1}}`, "Attribute 'nodes.compute' is 1"},
		{path, `{"nodes":{"compute":"many"}}`, "The body is not a Cluster"},
		{path, `not json`, "The body is not a JSON object"},
		{hostedPath, `{"nodes":{"compute":6}}`, "is scaled by its node_pools"},
	} {
		before := fmt.Sprint(p.get(test.path))
		got := p.ask(http.MethodPatch, test.path, test.body, http.StatusBadRequest)
		if reason, _ := got["reason"].(string); !strings.Contains(reason, test.reason) {
			t.Errorf("%s: %q does not say %q", test.body, reason, test.reason)
		}
		if fmt.Sprint(p.get(test.path)) != before {
			t.Errorf("%s: refused, and changed something", test.body)
		}
	}
}

// Every error has the shape of its service, with the id as text.
func TestErrors(t *testing.T) {
	p := newProbe(t, Options{})
	for _, test := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", clustersAPI + "/clusters/nope", 404, "CLUSTERS-MGMT-404"},
		{"GET", clustersAPI + "/clusters/nope/status", 404, "CLUSTERS-MGMT-404"},
		{"GET", clustersAPI + "/clusters/nope/upgrade_policies", 404, "CLUSTERS-MGMT-404"},
		{"GET", clustersAPI + "/clusters/nope/provision_shard", 404, "CLUSTERS-MGMT-404"},
		{"PATCH", clustersAPI + "/clusters/nope", 404, "CLUSTERS-MGMT-404"},
		{"DELETE", clustersAPI + "/clusters/nope", 404, "CLUSTERS-MGMT-404"},
		{"PUT", clustersAPI + "/clusters", 404, "CLUSTERS-MGMT-404"},
		{"GET", clustersAPI + "/nothing", 404, "CLUSTERS-MGMT-404"},
		{"GET", clustersAPI + "/clusters/", 404, "CLUSTERS-MGMT-404"},
		{"GET", clustersAPI + "//clusters", 404, "CLUSTERS-MGMT-404"},
		{"GET", clustersAPI + "/../v1/clusters", 404, "CLUSTERS-MGMT-404"},
		{"GET", clustersAPI + "/versions/nope", 404, "CLUSTERS-MGMT-404"},
		{"GET", clustersAPI + "/cloud_providers/azure/regions", 404, "CLUSTERS-MGMT-404"},
		{"POST", clustersAPI + "/clusters", 400, "CLUSTERS-MGMT-400"},
		{"GET", accountsAPI + "/subscriptions/nope", 404, "ACCT-MGMT-404"},
		{"GET", accountsAPI + "/subscriptions?size=x", 400, "ACCT-MGMT-400"},
		{"GET", accountsAPI + "/organizations/nope/quota_cost", 404, "ACCT-MGMT-404"},
		{"GET", logsAPI + "/nothing", 404, "SERVICE-LOGS-404"},
		{"GET", "/api/osd_fleet_mgmt/v1/management_clusters", 404, "GATEWAY-404"},
		{"GET", "/", 404, "GATEWAY-404"},
	} {
		got := p.ask(test.method, test.path, "", test.status)
		id := fmt.Sprint(test.status)
		if got["kind"] != "Error" || got["id"] != id || got["code"] != test.code || got["reason"] == "" || len(got["operation_id"].(string)) != 36 ||
			!strings.HasSuffix(got["href"].(string), "/v1/errors/"+id) {
			t.Errorf("%s %s: %v", test.method, test.path, got)
		}
	}
	big := `{"name":"` + strings.Repeat("a", maxBody) + `"}`
	if got := p.ask("POST", clustersAPI+"/clusters", big, 400); !strings.Contains(got["reason"].(string), "send at most 1048576 bytes") {
		t.Errorf("a huge body: %v", got)
	}
}
