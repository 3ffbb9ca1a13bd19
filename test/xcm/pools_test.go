package xcm

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestMachinePools(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	cluster := clustersAPI + "/clusters/" + p.create(classic)
	clock.advance(time.Hour)
	pools := cluster + "/machine_pools"

	if got := p.get(pools + "?page=1&size=-1"); got["kind"] != "MachinePoolList" || strings.Join(got.pluck("id"), " ") != "worker" {
		t.Fatalf("a new cluster's pools: %v", got)
	}
	made := p.ask(http.MethodPost, pools, `{"kind":"MachinePool","id":"gpu","instance_type":"g4dn.xlarge","autoscaling":{"kind":"MachinePoolAutoscaling","min_replicas":1,"max_replicas":4},
		"labels":{"a":"1","b":"2"},"taints":[{"key":"gpu","value":"yes","effect":"NoSchedule"}]}`, http.StatusCreated)
	if made["kind"] != "MachinePool" || made["href"] != pools+"/gpu" || made.at("autoscaling.max_replicas") != 4.0 || made["replicas"] != nil || made["availability_zones"] == nil {
		t.Errorf("made: %v", made)
	}
	counted := func(want float64) {
		t.Helper()
		got := p.get(cluster)
		if got.at("nodes.total") != want+5 || got.at("status.current_compute") != want {
			t.Errorf("the cluster counts %v nodes, %v of them compute; want %v compute", got.at("nodes.total"), got.at("status.current_compute"), want)
		}
	}
	counted(5)
	patched := p.ask(http.MethodPatch, pools+"/gpu", `{"kind":"MachinePool","id":"gpu","replicas":2,"labels":{"a":"3"}}`, http.StatusOK)
	if patched["replicas"] != 2.0 || patched["autoscaling"] != nil || patched.at("labels.b") != nil || patched.at("labels.a") != "3" || patched["taints"] == nil {
		t.Errorf("patched: %v", patched)
	}
	counted(6)
	p.ask(http.MethodPatch, pools+"/worker", `{"replicas":7}`, http.StatusOK)
	counted(9)
	if got := p.get(cluster).at("nodes.compute"); got != 7.0 {
		t.Errorf("nodes.compute does not follow the first pool: %v", got)
	}
	p.ask(http.MethodDelete, pools+"/worker", "", http.StatusNoContent)
	counted(2)
	p.ask(http.MethodGet, pools+"/worker", "", http.StatusNotFound)

	for _, test := range []struct {
		method, path, body, reason string
		status                     int
	}{
		{"DELETE", pools + "/gpu", "", "is the last of its cluster", 400},
		{"POST", pools, `{"id":"gpu","instance_type":"m5.xlarge","replicas":1}`, "has a pool 'gpu' already", 409},
		{"POST", pools, `{"id":"No","instance_type":"m5.xlarge","replicas":1}`, "Attribute 'id' is \"No\"", 400},
		{"POST", pools, `{"id":"x","instance_type":"n2-standard-4","replicas":1}`, "Attribute 'instance_type' is \"n2-standard-4\"", 400},
		{"POST", pools, `{"id":"x","instance_type":"m5.xlarge"}`, "set one of them", 400},
		{"POST", pools, `{"id":"x","instance_type":"m5.xlarge","replicas":1,"autoscaling":{"min_replicas":1,"max_replicas":2}}`, "set one of them", 400},
		{"POST", pools, `{"id":"x","instance_type":"m5.xlarge","replicas":-1}`, "Attribute 'replicas' is -1", 400},
		{"POST", pools, `{"id":"x","instance_type":"m5.xlarge","autoscaling":{"min_replicas":3,"max_replicas":2}}`, "'min_replicas' is 3 and 'max_replicas' 2", 400},
		{"PATCH", pools + "/gpu", `{"instance_type":"m5.xlarge"}`, "Attribute 'instance_type' can't be changed", 400},
		{"PATCH", pools + "/gpu", `{"replicas":-4}`, "Attribute 'replicas' is -4", 400},
		{"PATCH", pools + "/nope", `{"replicas":4}`, "MachinePool 'nope' not found", 404},
		{"DELETE", pools + "/nope", "", "MachinePool 'nope' not found", 404},
		{"POST", cluster + "/node_pools", `{"id":"x","replicas":1}`, "use its machine_pools", 400},
	} {
		if got := p.ask(test.method, test.path, test.body, test.status); !strings.Contains(got["reason"].(string), test.reason) {
			t.Errorf("%s %s: %q does not say %q", test.method, test.body, got["reason"], test.reason)
		}
	}
}

func TestNodePools(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clock: clock.time})
	cluster := clustersAPI + "/clusters/" + p.create(hosted)
	pools := cluster + "/node_pools"

	first := p.get(pools + "/workers")
	if first["kind"] != "NodePool" || first.at("autoscaling.min_replica") != 3.0 || first.at("status.current_replicas") != 0.0 ||
		first.at("version.id") != defaultVersion || first["availability_zone"] != "eu-west-1a" || first["subnet"] != "subnet-1" ||
		first.at("aws_node_pool.instance_type") != "m5.xlarge" || first["auto_repair"] != true {
		t.Errorf("the first pool: %v", first)
	}
	clock.advance(time.Hour)
	if got := p.get(pools + "/workers").at("status.current_replicas"); got != 3.0 {
		t.Errorf("replicas of a ready cluster: %v", got)
	}
	made := p.ask(http.MethodPost, pools, `{"id":"more","replicas":2,"auto_repair":false,"aws_node_pool":{"instance_type":"r5.xlarge"}}`, http.StatusCreated)
	if made["auto_repair"] != false || made.at("aws_node_pool.instance_type") != "r5.xlarge" || made["href"] != pools+"/more" {
		t.Errorf("made: %v", made)
	}
	patched := p.ask(http.MethodPatch, pools+"/workers", `{"kind":"NodePool","id":"workers","replicas":4}`, http.StatusOK)
	if patched["replicas"] != 4.0 || patched["autoscaling"] != nil || patched.at("status.current_replicas") != 4.0 {
		t.Errorf("patched: %v", patched)
	}
	if got := p.get(cluster); got.at("nodes.compute") != 6.0 || got.at("nodes.total") != 6.0 || got.at("status.current_compute") != 6.0 {
		t.Errorf("the cluster does not count its nodes: %v", got["nodes"])
	}
	p.ask(http.MethodDelete, pools+"/workers", "", http.StatusNoContent)
	if got := p.get(pools); strings.Join(got.pluck("id"), " ") != "more" {
		t.Errorf("left: %v", got.pluck("id"))
	}
	if got := p.get(cluster + "/machine_pools"); got["total"] != 0.0 {
		t.Errorf("a hosted control plane has machine pools: %v", got)
	}
	for _, test := range []struct {
		method, path, body, reason string
		status                     int
	}{
		{"DELETE", pools + "/more", "", "is the last of its cluster", 400},
		{"POST", pools, `{"id":"more","replicas":1}`, "has a pool 'more' already", 409},
		{"POST", pools, `{"id":"x","autoscaling":{"min_replicas":1,"max_replicas":2},"replicas":2}`, "set one of them", 400},
		{"POST", pools, `{"id":"x","autoscaling":{"min_replica":3,"max_replica":2}}`, "'min_replica' is 3 and 'max_replica' 2", 400},
		{"POST", pools, `{"id":"x","replicas":1,"aws_node_pool":{"instance_type":"huge"}}`, "Attribute 'aws_node_pool.instance_type' is \"huge\"", 400},
		{"PATCH", pools + "/more", `{"aws_node_pool":{"instance_type":"m5.xlarge"}}`, "Attribute 'aws_node_pool.instance_type' can't be changed", 400},
		{"PATCH", pools + "/nope", `{}`, "NodePool 'nope' not found", 404},
		{"POST", cluster + "/machine_pools", `{"id":"x","instance_type":"m5.xlarge","replicas":1}`, "use its node_pools", 400},
	} {
		if got := p.ask(test.method, test.path, test.body, test.status); !strings.Contains(got["reason"].(string), test.reason) {
			t.Errorf("%s %s: %q does not say %q", test.method, test.body, got["reason"], test.reason)
		}
	}
}
