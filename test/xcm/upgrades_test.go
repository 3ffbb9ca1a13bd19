package xcm

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// plan is a request for an upgrade to a version in two hours.
func plan(clock *hand, version string) string {
	return `{"kind":"UpgradePolicy","schedule_type":"manual","version":"` + version + `","next_run":"` + clock.time().Add(2*time.Hour).Format(time.RFC3339) + `"}`
}

func TestUpgradesOfClusters(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	cluster := clustersAPI + "/clusters/" + p.create(`{"name":"search","region":{"id":"eu-west-1"},"version":{"id":"openshift-v4.19.11"}}`)
	policies := cluster + "/upgrade_policies"
	refused := func(body, reason string) {
		t.Helper()
		if got := p.ask(http.MethodPost, policies, body, http.StatusBadRequest); !strings.Contains(got["reason"].(string), reason) {
			t.Errorf("%s: %q does not say %q", body, got["reason"], reason)
		}
	}
	refused(plan(clock, "4.19.17"), "wait until it is ready")
	clock.advance(time.Hour)
	refused(plan(clock, "4.19.3"), "use one of the available upgrades: 4.19.17, 4.20.1")
	refused(strings.Replace(plan(clock, "4.19.17"), "manual", "sometimes", 1), "Attribute 'schedule_type' is \"sometimes\"")
	refused(`{"schedule_type":"manual","version":"4.19.17"}`, "Attribute 'next_run'")
	refused(`{"schedule_type":"automatic","schedule":"at noon"}`, "Attribute 'schedule' is \"at noon\"")
	refused(`[]`, "The body is not an upgrade policy")

	// Another minor version has a gate, which the error brings along; the one for roles is for clusters that have them.
	gates, _ := p.ask(http.MethodPost, policies+"?dryRun=true", plan(clock, "4.20.8"), http.StatusBadRequest)["details"].([]any)
	if len(gates) != 1 || tree(gates[0].(map[string]any))["id"] != "ocp-4.20" || tree(gates[0].(map[string]any))["kind"] != "VersionGate" {
		t.Fatalf("gates: %v", gates)
	}
	p.ask(http.MethodPost, cluster+"/gate_agreements", `{"version_gate":{"id":"ocp-4.99"}}`, http.StatusBadRequest)
	p.ask(http.MethodPost, cluster+"/gate_agreements", `{"version_gate":{"id":"ocp-4.20"}}`, http.StatusCreated)
	if got := p.get(cluster + "/gate_agreements"); got["total"] != 1.0 || got.pluck("version_gate.id")[0] != "ocp-4.20" {
		t.Errorf("agreements: %v", got)
	}
	p.ask(http.MethodPost, policies+"?dryRun=true", `{"schedule_type":"manual","version":"4.20.8"}`, http.StatusNoContent)
	if got := p.get(policies); got["total"] != 0.0 {
		t.Errorf("a dry run made %v", got)
	}
	made := p.ask(http.MethodPost, policies, plan(clock, "4.20.8"), http.StatusCreated)
	id, _ := made["id"].(string)
	if made["kind"] != "UpgradePolicy" || made["href"] != policies+"/"+id || made["upgrade_type"] != "OSD" || made["version"] != "4.20.8" || cluster != clustersAPI+"/clusters/"+made["cluster_id"].(string) {
		t.Errorf("made: %v", made)
	}
	if got := p.get(policies + "/" + id + "/state"); got["value"] != "scheduled" || got["kind"] != "UpgradePolicyState" {
		t.Errorf("state: %v", got)
	}
	p.ask(http.MethodPost, policies, plan(clock, "4.20.4"), http.StatusConflict)
	p.ask(http.MethodDelete, policies+"/"+id, "", http.StatusNoContent)
	p.ask(http.MethodGet, policies+"/"+id, "", http.StatusNotFound)
	p.ask(http.MethodPost, policies, `{"schedule_type":"automatic","schedule":"0 3 * * 0"}`, http.StatusCreated)
	p.ask(http.MethodPost, cluster+"/control_plane/upgrade_policies", plan(clock, "4.20.8"), http.StatusBadRequest)
}

func TestUpgradesOfHostedControlPlanes(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	cluster := clustersAPI + "/clusters/" + p.create(strings.Replace(hosted, `"multi_az"`, `"version":{"id":"openshift-v4.20.4"},"multi_az"`, 1))
	clock.advance(time.Hour)
	p.ask(http.MethodPost, cluster+"/upgrade_policies", plan(clock, "4.20.8"), http.StatusBadRequest)
	policies := cluster + "/control_plane/upgrade_policies"
	made := p.ask(http.MethodPost, policies, plan(clock, "4.20.8"), http.StatusCreated)
	if made["kind"] != "ControlPlaneUpgradePolicy" || made["upgrade_type"] != "ControlPlane" || made.at("state.value") != "scheduled" {
		t.Errorf("made: %v", made)
	}
	if got := p.get(policies); got["total"] != 1.0 || got.pluck("state.value")[0] != "scheduled" {
		t.Errorf("listed: %v", got)
	}
	p.ask(http.MethodDelete, policies+"/"+made["id"].(string), "", http.StatusNoContent)

	pools := cluster + "/node_pools"
	p.ask(http.MethodPost, pools, `{"id":"ahead","replicas":1,"version":{"id":"openshift-v4.20.8"}}`, http.StatusBadRequest)
	behind := p.ask(http.MethodPost, pools, `{"id":"behind","replicas":1,"version":{"id":"openshift-v4.19.17"}}`, http.StatusCreated)
	if got := behind.at("version.available_upgrades"); len(got.([]any)) != 2 || got.([]any)[1] != "4.20.4" || behind.at("version.raw_id") != "4.19.17" {
		t.Errorf("a pool follows its control plane and goes no further: %v", behind["version"])
	}
	if first := p.get(pools + "/workers"); first.at("version.available_upgrades") != nil {
		t.Errorf("a pool that is level with its control plane can go to %v", first["version"])
	}
	p.ask(http.MethodPost, pools+"/workers/upgrade_policies", plan(clock, "4.20.8"), http.StatusBadRequest)
	made = p.ask(http.MethodPost, pools+"/behind/upgrade_policies", plan(clock, "4.20.4"), http.StatusCreated)
	if made["kind"] != "NodePoolUpgradePolicy" || made["node_pool_id"] != "behind" || made["upgrade_type"] != "NodePool" || made.at("state.value") != "scheduled" {
		t.Errorf("made: %v", made)
	}
	if got := p.get(pools + "/workers/upgrade_policies"); got["total"] != 0.0 {
		t.Errorf("another pool has the policy: %v", got)
	}
	p.ask(http.MethodGet, pools+"/none/upgrade_policies", "", http.StatusNotFound)
	// What is gone takes its policies along.
	p.ask(http.MethodDelete, cluster, "", http.StatusNoContent)
	clock.advance(time.Hour)
	p.ask(http.MethodGet, pools+"/behind/upgrade_policies", "", http.StatusNotFound)
	if left := len(p.instance.state.nodePoolUpgrades) + len(p.instance.state.controlPlaneUpgrades); left != 0 {
		t.Errorf("%d collections of policies are left", left)
	}
}
