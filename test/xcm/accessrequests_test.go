package xcm

import (
	"net/http"
	"net/url"
	"testing"
)

func TestAccessRequests(t *testing.T) {
	p := newProbe(t, Options{Clusters: 200, Seed: 1})
	const requests = accessAPI + "/access_requests"
	pending := p.get(requests + "?size=-1&order=" + url.QueryEscape("status.state desc, updated_at desc") + "&search=" + url.QueryEscape("status.state in ('Pending', 'Approved')"))
	if pending["total"] == 0.0 || pending["kind"] != "AccessRequestList" {
		t.Fatalf("requests: %v", pending)
	}
	first := pending.items()[0]
	id, _ := first["id"].(string)
	if got := p.get(requests + "?search=" + url.QueryEscape("cluster_id='"+first["cluster_id"].(string)+"'")); got["total"] != 1.0 || got.pluck("id")[0] != id {
		t.Errorf("by cluster: %v", got)
	}
	decisions := requests + "/" + id + "/decisions"
	p.ask(http.MethodPost, decisions, `{"decision":"Perhaps"}`, http.StatusBadRequest)
	p.ask(http.MethodPost, requests+"/none/decisions", `{"decision":"Denied"}`, http.StatusNotFound)
	if made := p.ask(http.MethodPost, decisions, `{"decision":"Approved"}`, http.StatusCreated); made["decided_by"] != "user-01" || made["kind"] != "Decision" {
		t.Errorf("decided: %v", made)
	}
	if got := p.get(requests + "/" + id); got.at("status.state") != "Approved" || got.at("status.expires_at") == nil {
		t.Errorf("the request: %v", got)
	}
	p.ask(http.MethodPost, decisions, `{"decision":"Denied"}`, http.StatusConflict)
}
