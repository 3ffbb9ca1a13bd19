package xcm

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestIdentityProviders(t *testing.T) {
	p := newProbe(t, Options{})
	cluster := clustersAPI + "/clusters/" + p.create(classic)
	providers := cluster + "/identity_providers"
	if got := p.get(providers + "?page=1&size=-1"); got["kind"] != "IdentityProviderList" || got["total"] != 0.0 {
		t.Errorf("a new cluster's: %v", got)
	}
	made := p.ask(http.MethodPost, providers, `{"kind":"IdentityProvider","name":"people","type":"HTPasswdIdentityProvider","mapping_method":"claim",
		"htpasswd":{"users":{"items":[{"username":"ann","password":"hidden-word"}]}}}`, http.StatusCreated)
	one := providers + "/" + made["id"].(string)
	if made["href"] != one || made.at("htpasswd.users.items") == nil {
		t.Errorf("made: %v", made)
	}
	github := p.ask(http.MethodPost, providers, `{"name":"code","type":"GithubIdentityProvider","github":{"client_id":"c","client_secret":"hidden-word"}}`, http.StatusCreated)
	p.instance.lock.RLock()
	for _, d := range p.instance.state.parts[strings.TrimPrefix(cluster, clustersAPI+"/clusters/")].identityProviders.documents {
		if strings.Contains(string(d.body), "hidden-word") {
			t.Errorf("a secret is kept: %s", d.body)
		}
	}
	p.instance.lock.RUnlock()
	patched := p.ask(http.MethodPatch, providers+"/"+github["id"].(string), `{"github":{"organizations":["xcm"]}}`, http.StatusOK)
	if patched.at("github.client_id") != "c" || patched.at("github.organizations") == nil {
		t.Errorf("patched: %v", patched)
	}
	p.ask(http.MethodDelete, one, "", http.StatusNoContent)
	p.ask(http.MethodGet, one, "", http.StatusNotFound)
	if got := p.get(providers).pluck("name"); !slices.Equal(got, []string{"code"}) {
		t.Errorf("left: %v", got)
	}
	p.ask(http.MethodPost, providers, `{"type":"GithubIdentityProvider"}`, http.StatusBadRequest)
	p.ask(http.MethodGet, clustersAPI+"/clusters/none/identity_providers", "", http.StatusNotFound)
}

func TestGroups(t *testing.T) {
	p := newProbe(t, Options{})
	cluster := clustersAPI + "/clusters/" + p.create(classic)
	if got := p.get(cluster + "/groups?page=1&size=-1").pluck("id"); !slices.Equal(got, []string{"dedicated-admins", "cluster-admins"}) {
		t.Errorf("groups: %v", got)
	}
	users := cluster + "/groups/dedicated-admins/users"
	for _, name := range []string{"bob", "ann"} {
		if made := p.ask(http.MethodPost, users, `{"kind":"User","id":"`+name+`"}`, http.StatusCreated); made["href"] != users+"/"+name {
			t.Errorf("made: %v", made)
		}
	}
	if got := p.get(users).pluck("id"); !slices.Equal(got, []string{"bob", "ann"}) {
		t.Errorf("users: %v", got)
	}
	// As `ocm list users` reads them: inside of the list of groups.
	inside, _ := p.get(cluster + "/groups").items()[0].at("users").(map[string]any)
	if got := tree(inside).pluck("id"); !slices.Equal(got, []string{"bob", "ann"}) {
		t.Errorf("inside of the group: %v", got)
	}
	p.ask(http.MethodDelete, users+"/bob", "", http.StatusNoContent)
	if got := p.get(users).pluck("id"); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("left: %v", got)
	}
	if got := p.get(cluster + "/groups/cluster-admins"); got["id"] != "cluster-admins" || len(tree(got["users"].(map[string]any)).items()) != 0 {
		t.Errorf("the other group: %v", got)
	}
	p.ask(http.MethodPost, users, `{"id":"ann"}`, http.StatusConflict)
	p.ask(http.MethodPost, users, `{}`, http.StatusBadRequest)
	p.ask(http.MethodDelete, users+"/bob", "", http.StatusNotFound)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		p.ask(method, cluster+"/groups/people/users", `{"id":"ann"}`, http.StatusNotFound)
	}
}

func TestIngresses(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	cluster := clustersAPI + "/clusters/" + p.create(classic)
	ingresses := cluster + "/ingresses"
	first := p.get(ingresses + "?page=1&size=-1").items()[0]
	one := ingresses + "/" + first["id"].(string)
	if first["default"] != true || first["listening"] != "external" || first["href"] != one || len(first["id"].(string)) != 4 {
		t.Errorf("the default one: %v", first)
	}
	if got := p.ask(http.MethodPatch, one, `{"kind":"Ingress","id":"x","listening":"internal","route_selectors":{"a":"b"}}`, http.StatusOK); got["listening"] != "internal" || got.at("route_selectors.a") != "b" {
		t.Errorf("patched: %v", got)
	}
	p.ask(http.MethodPatch, one, `{"default":false}`, http.StatusBadRequest)
	second := p.ask(http.MethodPost, ingresses, `{"listening":"internal","default":true}`, http.StatusCreated)
	if second["default"] != false || second["dns_name"] == first["dns_name"] {
		t.Errorf("made: %v", second)
	}
	p.ask(http.MethodDelete, ingresses+"/"+second["id"].(string), "", http.StatusNoContent)
	p.ask(http.MethodDelete, one, "", http.StatusBadRequest)
	if got := p.get(ingresses); got["total"] != 1.0 || got.items()[0]["listening"] != "internal" {
		t.Errorf("left: %v", got)
	}
	p.ask(http.MethodPost, clustersAPI+"/clusters/"+p.create(hosted)+"/ingresses", `{}`, http.StatusBadRequest)

	// What belongs to a cluster goes with it.
	p.ask(http.MethodDelete, cluster, "", http.StatusNoContent)
	clock.advance(time.Hour)
	p.ask(http.MethodGet, ingresses, "", http.StatusNotFound)
	if left := len(p.instance.state.parts); left != 0 {
		t.Errorf("%d clusters have parts, and none exists", left)
	}
}

func TestSettings(t *testing.T) {
	p := newProbe(t, Options{})
	cluster := clustersAPI + "/clusters/" + p.create(classic)
	if got := p.get(cluster + "/delete_protection"); got["enabled"] != false {
		t.Errorf("at first: %v", got)
	}
	if got := p.ask(http.MethodPatch, cluster+"/delete_protection", `{"enabled":true}`, http.StatusOK); got["enabled"] != true {
		t.Errorf("enabled: %v", got)
	}
	p.ask(http.MethodDelete, cluster, "", http.StatusForbidden)

	kubelet := cluster + "/kubelet_config"
	p.ask(http.MethodGet, kubelet, "", http.StatusNotFound)
	p.ask(http.MethodPatch, kubelet, `{"pod_pids_limit":5000}`, http.StatusNotFound)
	p.ask(http.MethodPost, kubelet, `{"pod_pids_limit":100}`, http.StatusBadRequest)
	if got := p.ask(http.MethodPost, kubelet, `{"pod_pids_limit":5000}`, http.StatusCreated); got["href"] != kubelet {
		t.Errorf("made: %v", got)
	}
	p.ask(http.MethodPost, kubelet, `{"pod_pids_limit":5000}`, http.StatusConflict)
	p.ask(http.MethodPatch, kubelet, `{"pod_pids_limit":6000}`, http.StatusOK)
	if got := p.get(kubelet); got["pod_pids_limit"] != 6000.0 {
		t.Errorf("changed: %v", got)
	}
}

func TestHibernation(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	cluster := clustersAPI + "/clusters/" + p.create(classic)
	p.ask(http.MethodPost, cluster+"/hibernate", "", http.StatusBadRequest) // it is not ready yet
	clock.advance(time.Hour)
	before := p.get(cluster)
	for _, step := range []struct {
		ask, at string
		after   time.Duration
		then    string
	}{
		{"/hibernate", "powering_down", powerDownTime, "hibernating"},
		{"/resume", "resuming", resumeTime, "ready"},
	} {
		if got := p.ask(http.MethodPost, cluster+step.ask, "", http.StatusOK); got["state"] != step.at {
			t.Errorf("%s: %v", step.ask, got["state"])
		}
		p.ask(http.MethodPost, cluster+step.ask, "", http.StatusBadRequest)
		clock.advance(step.after)
		if got := p.get(cluster); got["state"] != step.then || got.at("status.state") != step.then {
			t.Errorf("after %s: %v", step.ask, got["state"])
		}
	}
	if after := p.get(cluster); after.at("console.url") != before.at("console.url") || after.at("status.current_compute") != before.at("status.current_compute") {
		t.Errorf("it woke up as another: %v", after)
	}
	entries := p.get(logsAPI + "/clusters/cluster_logs?cluster_id=" + strings.TrimPrefix(cluster, clustersAPI+"/clusters/")).pluck("summary")
	if want := []string{"Cluster registered", "Cluster installed", "Cluster hibernation requested", "Cluster resumption requested"}; !slices.Equal(entries, want) {
		t.Errorf("log: %v", entries)
	}
	hostedCluster := clustersAPI + "/clusters/" + p.create(hosted)
	clock.advance(time.Hour)
	p.ask(http.MethodPost, hostedCluster+"/hibernate", "", http.StatusBadRequest)
}

func TestAddons(t *testing.T) {
	p := newProbe(t, Options{})
	if got := p.get(addonsAPI + "/addons?page=1&search=enabled%3D%27t%27&size=-1"); got["kind"] != "AddonList" || got["total"] != 2.0 {
		t.Errorf("add-ons: %v", got)
	}
	if got := p.get(addonsAPI + "/clusters/" + p.create(classic) + "/addons"); got["kind"] != "AddonInstallationList" || got["total"] != 0.0 {
		t.Errorf("installed: %v", got)
	}
	p.ask(http.MethodGet, addonsAPI+"/clusters/none/addons", "", http.StatusNotFound)
}
