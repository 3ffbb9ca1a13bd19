package xcm

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestDetailsOfAReadyCluster(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	cluster := clustersAPI + "/clusters/" + p.create(rosa)
	clock.advance(time.Hour)
	for _, list := range []string{"inflight_checks", "migrations", "tuning_configs", "kubelet_configs", "image_mirrors", "control_plane/log_forwarders"} {
		if got := p.get(cluster + "/" + list + "?page=1&size=100"); got["total"] != 0.0 {
			t.Errorf("%s: %v", list, got)
		}
	}
	p.ask(http.MethodPost, cluster+"/kubelet_config", `{"pod_pids_limit":8192}`, http.StatusCreated)
	if got := p.get(cluster + "/kubelet_configs"); got["total"] != 1.0 || got.items()[0]["pod_pids_limit"] != 8192.0 {
		t.Errorf("kubelet configs: %v", got)
	}
	p.ask(http.MethodGet, cluster+"/autoscaler", "", http.StatusNotFound)
}

func TestLimitedSupportReasons(t *testing.T) {
	p := newProbe(t, Options{Clusters: 200, Seed: 1})
	counted := 0
	for _, cluster := range p.get(clustersAPI + "/clusters?size=-1").items() {
		count, _ := cluster.at("status.limited_support_reason_count").(float64)
		path := clustersAPI + "/clusters/" + cluster["id"].(string) + "/limited_support_reasons?search="
		if got := p.get(path + url.QueryEscape("override_enabled='f'")); got["total"] != count {
			t.Errorf("%v reasons, the status counts %v", got["total"], count)
		}
		if got := p.get(path + url.QueryEscape("override_enabled='t'")); got["total"] != 0.0 {
			t.Errorf("%v reasons are overridden", got["total"])
		}
		counted += int(count)
	}
	if counted == 0 {
		t.Error("no cluster has a reason")
	}
}

func TestLogs(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	cluster := clustersAPI + "/clusters/" + p.create(classic)
	p.ask(http.MethodGet, cluster+"/logs/install", "", http.StatusNotFound)
	clock.advance(time.Hour)
	whole, _ := p.get(cluster + "/logs/install?tail=2000")["content"].(string)
	if strings.Count(whole, "\n") != 2 || !strings.Contains(whole, `msg="Cluster registered"`) {
		t.Errorf("log: %s", whole)
	}
	if last := p.get(cluster + "/logs/install?tail=1")["content"]; last == whole || !strings.HasSuffix(whole, last.(string)) {
		t.Errorf("its end: %s", last)
	}
	p.ask(http.MethodGet, cluster+"/logs/install?tail=0", "", http.StatusBadRequest)
	p.ask(http.MethodGet, cluster+"/logs/uninstall", "", http.StatusNotFound)
	p.ask(http.MethodDelete, cluster, "", http.StatusNoContent)
	if got := p.get(cluster + "/logs/uninstall"); !strings.Contains(got["content"].(string), `msg="Cluster deletion requested"`) {
		t.Errorf("log: %v", got)
	}
}

func TestWhatClustersShare(t *testing.T) {
	p := newProbe(t, Options{Clusters: 40, Seed: 1})
	configs := p.get(clustersAPI + "/oidc_configs?size=-1")
	account := p.get(clustersAPI + "/clusters?size=1&search=" + url.QueryEscape("aws.sts.role_arn like 'arn:%'")).items()[0].at("aws.account_id").(string)
	some := p.get(clustersAPI + "/oidc_configs?size=-1&search=" + url.QueryEscape("aws.account_id='"+account+"' or aws.account_id=''"))
	if configs["total"].(float64) <= some["total"].(float64) || some["total"] == 0.0 || strings.Contains(configs.pluck("issuer_url")[0], account) {
		t.Errorf("%v configs, %v of one account", configs["total"], some["total"])
	}
	if got := p.get(clustersAPI + "/oidc_configs/" + some.pluck("id")[0]); got["organization_id"] != organizationID {
		t.Errorf("one config: %v", got)
	}
	p.ask(http.MethodPost, clustersAPI+"/oidc_configs", `{"managed":false}`, http.StatusBadRequest)
	made := p.ask(http.MethodPost, clustersAPI+"/oidc_configs", `{"managed":true}`, http.StatusCreated)
	if got := p.get(clustersAPI + "/oidc_configs?size=-1&search=" + url.QueryEscape("aws.account_id=''")); got.pluck("id")[0] != made["id"] || got["total"] != 1.0 {
		t.Errorf("of no account: %v, made: %v", got, made)
	}
	domains := p.get(clustersAPI + "/dns_domains?size=-1")
	if got := p.get(clustersAPI + "/dns_domains/" + domains.pluck("id")[0]); got.at("cluster.id") == nil {
		t.Errorf("one domain: %v", got)
	}
	gates := p.get(clustersAPI + "/version_gates?search=" + url.QueryEscape("version_raw_id_prefix = '4.20'"))
	if strings.Join(gates.pluck("id"), " ") != "ocp-4.20 sts-4.20" {
		t.Errorf("gates: %v", gates.pluck("id"))
	}
	p.ask(http.MethodPost, clustersAPI+"/events", `{"key":"ROSALoginSuccess","body":{"ocm.Response":"success"}}`, http.StatusCreated)
	p.ask(http.MethodPost, clustersAPI+"/events", `{}`, http.StatusBadRequest)
}

func TestInquiries(t *testing.T) {
	p := newProbe(t, Options{})
	const inquiries = clustersAPI + "/aws_inquiries"
	if got := p.get(inquiries + "/sts_policies?search=" + url.QueryEscape("policy_type = 'OSDSCPPolicy'")); strings.Join(got.pluck("id"), " ") != "osd_scp_policy" {
		t.Errorf("policies: %v", got)
	}
	if got := p.get(inquiries + "/sts_credential_requests?is_hypershift=true"); got.items()[0].at("operator.namespace") != "openshift-ingress-operator" {
		t.Errorf("credential requests: %v", got)
	}
	got := p.ask(http.MethodPost, inquiries+"/machine_types?order="+url.QueryEscape("category asc"), `{"region":{"id":"eu-west-1"},"aws":{"sts":{"role_arn":"arn:aws:iam::111122223333:role/x"}}}`, http.StatusOK)
	if got["total"] != 10.0 || got.pluck("cloud_provider.id")[0] != "aws" {
		t.Errorf("machine types: %v", got)
	}
	p.ask(http.MethodPost, inquiries+"/machine_types", `{"region":{"id":"us-east-1"}}`, http.StatusBadRequest)
	config := p.ask(http.MethodPost, clustersAPI+"/oidc_configs", `{"managed":true}`, http.StatusCreated)["id"].(string)
	if got := p.ask(http.MethodPost, inquiries+"/oidc_thumbprint", `{"oidc_config_id":"`+config+`"}`, http.StatusOK); len(got["thumbprint"].(string)) != 40 {
		t.Errorf("thumbprint: %v", got)
	}
	p.ask(http.MethodPost, inquiries+"/oidc_thumbprint", `{"cluster_id":"none"}`, http.StatusNotFound)
	p.ask(http.MethodGet, clustersAPI+"/products/rosa/technology_previews/hcp-billing", "", http.StatusNotFound)

	cluster := clustersAPI + "/clusters/" + p.create(classic)
	made := p.ask(http.MethodPost, cluster+"/identity_providers", `{"type":"HTPasswdIdentityProvider","name":"people","htpasswd":{"users":{"items":[{"username":"alice","password":"x"}]}}}`, http.StatusCreated)
	if got := p.get(cluster + "/identity_providers/" + made["id"].(string) + "/htpasswd_users"); strings.Join(got.pluck("username"), " ") != "alice" {
		t.Errorf("users: %v", got)
	}
	p.ask(http.MethodPost, cluster+"/groups/dedicated-admins/users", `{"id":"alice"}`, http.StatusCreated)
	if got := p.get(cluster + "/groups/dedicated-admins/users/alice"); got["id"] != "alice" {
		t.Errorf("user: %v", got)
	}
}
