package xcm

import (
	"net/http"
	"testing"
	"time"
)

func TestLifecycle(t *testing.T) {
	for _, test := range []struct {
		name, body string
		steps      []step
	}{
		{"classic with roles", rosa, []step{
			{0, "pending"},
			{29 * time.Second, "pending"},
			{time.Second, "waiting"},
			{time.Minute, "installing"},
			{39 * time.Minute, "installing"},
			{time.Minute, "ready"},
			{1000 * time.Hour, "ready"},
		}},
		{"hosted control plane", hosted, []step{
			{30 * time.Second, "waiting"}, {time.Minute, "installing"}, {9 * time.Minute, "installing"}, {time.Minute, "ready"},
		}},
		{"without roles", classic, []step{{30 * time.Second, "validating"}, {time.Minute, "installing"}, {40 * time.Minute, "ready"}}},
		{"all at once", classic, []step{{time.Hour, "ready"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := newHand()
			p := newProbe(t, Options{Clock: clock.time})
			id := p.create(test.body)
			for _, step := range test.steps {
				clock.advance(step.after)
				cluster := p.get(clustersAPI + "/clusters/" + id)
				if cluster["state"] != step.state || cluster.at("status.state") != step.state {
					t.Fatalf("after %v more: state %v, status.state %v, want %s", step.after, cluster["state"], cluster.at("status.state"), step.state)
				}
			}
		})
	}
}

type step struct {
	after time.Duration
	state string
}

// What a cluster and its subscription have, and have not, on the way from nothing to nothing.
func TestLifecycleBringsAlong(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	id := p.create(rosa)
	cluster := p.get(clustersAPI + "/clusters/" + id)
	subscription := accountsAPI + "/subscriptions/" + cluster.at("subscription.id").(string)
	logs := logsAPI + "/clusters/cluster_logs?cluster_id=" + id

	if cluster.at("api.url") != nil || cluster["console"] != nil || cluster["external_id"] != nil {
		t.Errorf("a pending cluster has addresses: %v", cluster)
	}
	if got := p.get(subscription); got["status"] != "Reserved" || got["rh_region_id"] != "aws.eu-west-1" || got.at("plan.id") != "MOA" {
		t.Errorf("subscription of a pending cluster: %v", got)
	}

	clock.advance(time.Hour)
	cluster = p.get(clustersAPI + "/clusters/" + id)
	if cluster.at("api.url") == nil || cluster.at("console.url") == nil || cluster["infra_id"] == nil {
		t.Errorf("a ready cluster has no addresses: %v", cluster)
	}
	if got := p.get(clustersAPI + "/clusters/" + id + "/status"); got["kind"] != "ClusterStatus" || got["state"] != "ready" || got["dns_ready"] != true || got["current_compute"] != 2.0 {
		t.Errorf("status: %v", got)
	}
	got := p.get(subscription)
	if got["status"] != "Active" || got["external_cluster_id"] != cluster["external_id"] || got["console_url"] != cluster.at("console.url") {
		t.Errorf("subscription of a ready cluster: %v", got)
	}
	if p.get(logs)["total"] != 2.0 {
		t.Errorf("service log: %v", p.get(logs))
	}

	p.ask(http.MethodDelete, clustersAPI+"/clusters/"+id, "", http.StatusNoContent)
	p.ask(http.MethodDelete, clustersAPI+"/clusters/"+id, "", http.StatusNoContent)
	if got := p.get(clustersAPI + "/clusters/" + id); got["state"] != "uninstalling" {
		t.Errorf("state after delete: %v", got["state"])
	}
	clock.advance(20 * time.Minute)
	p.ask(http.MethodGet, clustersAPI+"/clusters/"+id, "", http.StatusNotFound)
	p.ask(http.MethodGet, clustersAPI+"/clusters/"+id+"/machine_pools", "", http.StatusNotFound)
	if got := p.get(subscription); got["status"] != "Deprovisioned" {
		t.Errorf("subscription of a cluster that is gone: %v", got)
	}
	if got := p.get(logs + "&orderBy=timestamp+desc"); got["total"] != 4.0 || got.pluck("summary")[0] != "Cluster deleted" {
		t.Errorf("service log of a cluster that is gone: %v", got)
	}
	p.create(rosa) // the name is free again
}

// Deleting a cluster that installs leaves nothing behind that would make it ready later.
func TestDeleteWhileInstalling(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	id := p.create(classic)
	clock.advance(5 * time.Minute)
	p.ask(http.MethodDelete, clustersAPI+"/clusters/"+id, "", http.StatusNoContent)
	clock.advance(19 * time.Minute)
	if got := p.get(clustersAPI + "/clusters/" + id); got["state"] != "uninstalling" {
		t.Errorf("state: %v", got["state"])
	}
	clock.advance(24 * time.Hour)
	p.ask(http.MethodGet, clustersAPI+"/clusters/"+id, "", http.StatusNotFound)
	if len(p.instance.state.transitions) != 0 {
		t.Errorf("left behind: %v", p.instance.state.transitions)
	}
}

func TestPace(t *testing.T) {
	busy := func(p *probe) float64 {
		return p.get(clustersAPI + "/clusters?size=0&search=state+in+(%27installing%27,%27waiting%27,%27uninstalling%27)")["total"].(float64)
	}
	clock := newHand()
	life, fast := newProbe(t, Options{Clusters: 40, Seed: 1, Clock: clock.time}), newProbe(t, Options{Clusters: 40, Seed: 1, Clock: clock.time, Pace: 60})
	if busy(life) != 8 || busy(fast) != 8 {
		t.Fatalf("busy at the start: %v and %v of 40, want 8", busy(life), busy(fast))
	}
	slow, quick := life.create(classic), fast.create(classic)
	clock.advance(42 * time.Second)
	if got := life.get(clustersAPI + "/clusters/" + slow)["state"]; got != "validating" {
		t.Errorf("at the pace of life, after 42 s: %v", got)
	}
	if got := fast.get(clustersAPI + "/clusters/" + quick)["state"]; got != "ready" {
		t.Errorf("sixty times faster, after 42 s: %v", got)
	}
	clock.advance(24 * time.Hour)
	if busy(life) != 8 {
		t.Errorf("at the pace of life, the busy ones of the start move: %v of 8 left", busy(life))
	}
	if busy(fast) != 0 {
		t.Errorf("at another pace, %v of the start are still busy", busy(fast))
	}
}

func TestHasten(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clusters: 40, Seed: 1, Clock: clock.time})
	made, removed := p.create(classic), p.create(rosa)
	clock.advance(2 * time.Hour)
	p.ask(http.MethodDelete, clustersAPI+"/clusters/"+removed, "", http.StatusNoContent)
	late := p.create(hosted)
	p.instance.Hasten()
	for _, id := range []string{made, late} {
		if got := p.get(clustersAPI + "/clusters/" + id)["state"]; got != "ready" {
			t.Errorf("state: %v", got)
		}
	}
	p.ask(http.MethodGet, clustersAPI+"/clusters/"+removed, "", http.StatusNotFound)
	if got := p.get(clustersAPI + "/clusters?size=0&search=state+%3D+%27installing%27"); got["total"] == 0.0 {
		t.Error("those of the start moved too")
	}
}
