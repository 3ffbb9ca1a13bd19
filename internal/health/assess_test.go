package health

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// europe is a geography in the words of the tests.
var europe = geography.Boundary{Name: "EU", Partition: v1alpha1.PartitionCommercial, Countries: []v1alpha1.Country{"DE", "FR", "IE"}}

// frankfurt is a cluster that is reached by a kubeconfig.
func frankfurt() geography.Cluster {
	return geography.Cluster{Name: "frankfurt", Namespace: "geoconsole", Connection: v1alpha1.Connection{
		Type: v1alpha1.ConnectionKubeconfig, Kubeconfig: &v1alpha1.KubeconfigReference{SecretName: "frankfurt", Key: "kubeconfig"},
	}}
}

// serving is the observation of a cluster in which all is well.
func serving() Observation {
	return Observation{
		Generation: 1, ClusterUID: "c1",
		Connection: Connection{Up: true, Reason: v1alpha1.ReasonConnected},
		Survey:     Survey{Read: true, CloudRegions: []string{"eu-central-1"}},
		Apply:      Apply{Revision: "aaaa", Reason: v1alpha1.ReasonApplied},
		Inventory:  v1alpha1.InventoryPresent,
		Workload:   Workload{Found: true, Replicas: 2, ReadyReplicas: 2, Current: true},
		Exposure:   Exposure{Found: true, Admitted: true, Address: "router.example.net"},
		Regions:    []geography.RegionReport{{ID: "aws.eu-west-1", Verdict: geography.Healthy}},
	}
}

// finds is one line of a table: what is different from a good cluster, and what one condition must then say.
type finds struct {
	name    string
	cluster func(*geography.Cluster)
	given   func(*Observation)
	status  metav1.ConditionStatus // empty: the condition is not told
	reason  string
	says    string // a piece of the message
}

func (f finds) check(t *testing.T, condition string) {
	t.Helper()
	t.Run(f.name, func(t *testing.T) {
		cluster, o := frankfurt(), serving()
		if f.cluster != nil {
			f.cluster(&cluster)
		}
		if f.given != nil {
			f.given(&o)
		}
		row := Assess(geography.Model{Geography: europe}, cluster, o)
		got := meta.FindStatusCondition(row.Conditions, condition)
		switch {
		case got == nil && f.status != "":
			t.Fatalf("%s is not told, want %s %s", condition, f.status, f.reason)
		case got != nil && f.status == "":
			t.Fatalf("%s is %s %s, want it not told", condition, got.Status, got.Reason)
		case got == nil:
			return
		}
		if got.Status != f.status || got.Reason != f.reason || !strings.Contains(got.Message, f.says) {
			t.Errorf("%s is %s %s %q, want %s %s ...%q...", condition, got.Status, got.Reason, got.Message, f.status, f.reason, f.says)
		}
		if !got.LastTransitionTime.IsZero() {
			t.Errorf("%s has a time; Assess knows none", condition)
		}
	})
}

const (
	yes  = metav1.ConditionTrue
	no   = metav1.ConditionFalse
	open = metav1.ConditionUnknown
)

func down(reason string) func(*Observation) {
	return func(o *Observation) { *o = Observation{Generation: 1, Connection: Connection{Reason: reason}} }
}

// up is a connection that stands, and what is to be said of it.
func up(c Connection) func(*Observation) {
	return func(o *Observation) {
		c.Up, c.Reason = true, v1alpha1.ReasonConnected
		o.Connection = c
	}
}

func TestReachable(t *testing.T) {
	for _, f := range []finds{
		{name: "the last probe succeeded", status: yes, reason: "Connected"},
		{name: "connected, no pass ended", given: func(o *Observation) { o.Apply = Apply{} }, status: yes, reason: "Connected"},
		{name: "not observed", given: func(o *Observation) { *o = Observation{} }},
		{name: "no probe ended", given: down("NotProbed")},
		{name: "lost", given: down("ConnectionLost"), status: no, reason: "ConnectionLost", says: "does not answer"},
		{name: "Secret missing", given: down("SecretMissing"), status: no, reason: "SecretMissing", says: "Secret frankfurt, key kubeconfig: is missing, or the Secret lacks the label xcm.openshift.io/kubeconfig=true"},
		{name: "kubeconfig refused", given: down("KubeconfigRefused"), status: no, reason: "KubeconfigRefused", says: "remove the rest"},
		{
			name: "a field of the kubeconfig refused",
			given: func(o *Observation) {
				*o = Observation{Generation: 1, Connection: Connection{Reason: "KubeconfigRefused", Field: "users[0].user.exec"}}
			},
			status: no, reason: "KubeconfigRefused", says: "Secret frankfurt, key kubeconfig, users[0].user.exec: ",
		},
		{name: "unauthorized", given: down("Unauthorized"), status: no, reason: "Unauthorized", says: "renew it"},
		{name: "the credential ends soon", given: up(Connection{Expiring: true}), status: yes, reason: "CredentialExpiring", says: "Secret frankfurt, key kubeconfig: its credential ends soon; mint a new one"},
		{name: "the credential ends some day", given: up(Connection{Expires: 1}), status: yes, reason: "Connected", says: "the last probe succeeded"},
		{name: "the credential of a lost cluster ended", given: down("Unauthorized"), status: no, reason: "Unauthorized"},
		{name: "a changed kubeconfig leads elsewhere", given: up(Connection{Untaken: "ClusterChanged"}), status: yes, reason: "KubeconfigNotTaken", says: "Secret frankfurt, key kubeconfig: the changed kubeconfig is not used: it leads to another cluster; the former one is used"},
		{name: "a changed kubeconfig leads nowhere", given: up(Connection{Untaken: "ConnectionLost"}), status: yes, reason: "KubeconfigNotTaken", says: "no cluster answers by it"},
		{name: "a changed kubeconfig has no good credential", given: up(Connection{Untaken: "Unauthorized"}), status: yes, reason: "KubeconfigNotTaken", says: "the cluster refuses its credential"},
		{name: "a changed kubeconfig is refused", given: up(Connection{Untaken: "KubeconfigRefused", Field: "users[].user.exec"}), status: yes, reason: "KubeconfigNotTaken", says: "client certificate (users[].user.exec); the former"},
		{name: "a changed kubeconfig may do too much", given: up(Connection{Untaken: "CredentialTooBroad", Field: "get secrets"}), status: yes, reason: "KubeconfigNotTaken", says: "(get secrets)"},
		{name: "a changed kubeconfig, in a word that is not in the closed list", given: up(Connection{Untaken: "dial tcp 10.0.0.1: refused"}), status: yes, reason: "KubeconfigNotTaken", says: "no cluster answers by it; the former"},
		{name: "a changed kubeconfig is bad while the former one ends", given: up(Connection{Untaken: "Unauthorized", Expiring: true}), status: yes, reason: "KubeconfigNotTaken", says: "correct the Secret, for the former credential ends soon"},
		{
			name: "the credential may do too much",
			given: func(o *Observation) {
				*o = Observation{Generation: 1, Connection: Connection{Reason: "CredentialTooBroad", Field: "get secrets"}}
			},
			status: no, reason: "CredentialTooBroad", says: "Secret frankfurt, key kubeconfig: its credential may get secrets, which the published Role does not give; bind its ServiceAccount to nothing but what geoconsole rbac prints",
		},
		{name: "the rights cannot be read", given: down("CredentialTooBroad"), status: no, reason: "CredentialTooBroad", says: "let it create selfsubjectrulesreviews"},
		{name: "another cluster", given: down("ClusterChanged"), status: no, reason: "ClusterChanged", says: "give the new cluster a new name"},
		{name: "a word that is not in the closed list", given: down("dial tcp 10.0.0.1: refused"), status: no, reason: "ConnectionLost", says: "does not answer"},
		{
			name: "the hub has no Secret", cluster: func(c *geography.Cluster) { c.Connection = v1alpha1.Connection{Type: v1alpha1.ConnectionHub} },
			given: down("Unauthorized"), status: no, reason: "Unauthorized", says: "of the hub: ",
		},
	} {
		f.check(t, v1alpha1.ConditionReachable)
	}
}

func TestSovereign(t *testing.T) {
	survey := func(s Survey) func(*Observation) { return func(o *Observation) { o.Survey = s } }
	declared := func(country v1alpha1.Country) func(*geography.Cluster) {
		return func(c *geography.Cluster) { c.Declared = country }
	}
	for _, f := range []finds{
		{name: "nodes inside", status: yes, reason: "Inside", says: "nodes are in eu-central-1, inside EU (Observed)"},
		{name: "nodes in two countries inside", given: survey(Survey{Read: true, CloudRegions: []string{"eu-central-1", "eu-west-3"}}), status: yes, reason: "Inside"},
		{name: "nodes and declaration agree", cluster: declared("DE"), status: yes, reason: "Inside", says: "(Observed)"},
		{name: "no label, declared", cluster: declared("DE"), given: survey(Survey{Read: true, Unlabelled: 3}), status: yes, reason: "Inside", says: "in DE, inside EU (Declared)"},
		{name: "unknown cloud region, declared", cluster: declared("DE"), given: survey(Survey{Read: true, CloudRegions: []string{"rack-7"}}), status: yes, reason: "Inside", says: "(Declared)"},
		{name: "declared outside", cluster: declared("US"), status: no, reason: "ClusterOutside", says: "declared in US, outside EU"},
		{name: "declared outside needs no observation", cluster: declared("US"), given: down("ConnectionLost"), status: no, reason: "ClusterOutside"},
		{name: "declared inside is no evidence without an observation", cluster: declared("DE"), given: down("ConnectionLost")},
		{name: "not passed", given: func(o *Observation) { o.Apply = Apply{} }},
		{name: "nodes outside", given: survey(Survey{Read: true, CloudRegions: []string{"us-east-1"}}), status: no, reason: "ClusterOutside", says: "nodes are in us-east-1, outside EU"},
		{name: "one node outside", given: survey(Survey{Read: true, CloudRegions: []string{"eu-central-1", "eu-west-2"}}), status: no, reason: "ClusterOutside", says: "eu-west-2"},
		{name: "nodes outside beat a declaration inside", cluster: declared("DE"), given: survey(Survey{Read: true, CloudRegions: []string{"us-east-1"}}), status: no, reason: "ClusterOutside"},
		{name: "another partition is outside", given: survey(Survey{Read: true, CloudRegions: []string{"cn-north-1"}}), status: no, reason: "ClusterOutside"},
		{name: "nodes contradict", cluster: declared("FR"), status: open, reason: "EvidenceContradicted", says: "declared in FR, but nodes are in eu-central-1"},
		{name: "nodes cannot be read", given: survey(Survey{}), status: open, reason: "EvidenceMissing", says: "grant list and watch of nodes"},
		{name: "nodes cannot be read, declared", cluster: declared("DE"), given: survey(Survey{}), status: open, reason: "EvidenceMissing"},
		{name: "no label", given: survey(Survey{Read: true, Unlabelled: 1}), status: open, reason: "EvidenceMissing", says: "topology.kubernetes.io/region"},
		{name: "one node without a label", given: survey(Survey{Read: true, CloudRegions: []string{"eu-central-1"}, Unlabelled: 1}), status: open, reason: "EvidenceMissing", says: "declare country"},
		{name: "no nodes", given: survey(Survey{Read: true}), status: open, reason: "EvidenceMissing"},
		{name: "unknown cloud region", given: survey(Survey{Read: true, CloudRegions: []string{"eu-central-1", "rack-7"}}), status: open, reason: "EvidenceMissing", says: "the atlas does not know where rack-7 is; declare country"},
	} {
		f.check(t, v1alpha1.ConditionSovereign)
	}
}

func TestApplied(t *testing.T) {
	apply := func(reason, object string) func(*Observation) {
		return func(o *Observation) { o.Apply = Apply{Revision: "aaaa", Reason: reason, Object: object} }
	}
	for _, f := range []finds{
		{name: "applied", status: yes, reason: "Applied"},
		{name: "no pass", given: apply("", "")},
		{name: "unreachable", given: down("ConnectionLost")},
		{name: "not ours", given: apply("NotOurs", "Service/europe"), status: no, reason: "NotOurs", says: "Service/europe: exists and belongs to somebody else; rename or remove it"},
		{name: "owned elsewhere", given: apply("OwnedElsewhere", ""), status: no, reason: "OwnedElsewhere", says: "delete that one"},
		{name: "hub rewound", given: apply("HubRewound", ""), status: no, reason: "HubRewound", says: "later generation"},
		{
			name: "a claim that may be taken over",
			given: func(o *Observation) {
				o.Apply = Apply{Reason: "OwnedElsewhere", Object: "ConfigMap/europe-inventory", Claim: "1f2e3d4c5b6a7988"}
			},
			status: no, reason: "OwnedElsewhere", says: "take over what it lists by the annotation xcm.openshift.io/adopt=frankfurt@1f2e3d4c5b6a7988",
		},
		{
			name: "taken over, the rest waits", given: func(o *Observation) { o.Spared = []string{"ConfigMap/a", "Route/b"} }, status: yes,
			reason: "Applied", says: "ConfigMap/a, Route/b: taken over and not wanted, deleted once the annotation xcm.openshift.io/adopt no longer names this cluster",
		},
		{name: "operator outdated", given: apply("OperatorOutdated", ""), status: no, reason: "OperatorOutdated", says: "bring this operator to that release"},
		{
			name: "field contested",
			given: func(o *Observation) {
				o.Apply = Apply{Reason: "FieldContested", Object: "Deployment/europe", Field: ".spec.replicas"}
			},
			status: no, reason: "FieldContested", says: "Deployment/europe: .spec.replicas: another manager takes this field",
		},
		{name: "namespace missing", given: apply("NamespaceMissing", ""), status: no, reason: "NamespaceMissing", says: "create it"},
		{name: "forbidden", given: apply("Forbidden", "Route/europe"), status: no, reason: "Forbidden", says: "Route/europe: the credential lacks a right"},
		{name: "kind not served", given: apply("KindNotServed", "Route/europe"), status: no, reason: "KindNotServed", says: "spec.exposure.type"},
		{name: "refused", given: apply("Refused", "Deployment/europe"), status: no, reason: "Refused", says: "admission"},
		{name: "applying", given: apply("Applying", ""), status: no, reason: "Applying"},
		{name: "blocked", given: apply("Blocked", ""), status: no, reason: "Blocked"},
		{name: "paused", given: apply("Paused", ""), status: no, reason: "Paused", says: "spec.paused"},
		{name: "removing", given: apply("Removing", ""), status: no, reason: "Removing"},
		{name: "a word that is not in the closed list", given: apply("boom", "Service/europe"), status: no, reason: "Applying", says: "not all objects"},
	} {
		f.check(t, v1alpha1.ConditionApplied)
	}
}

func TestServed(t *testing.T) {
	workload := func(w Workload) func(*Observation) { return func(o *Observation) { o.Workload = w } }
	for _, f := range []finds{
		{name: "all ready pods are current", status: yes, reason: "Served"},
		{name: "one pod lost of two", given: workload(Workload{Found: true, Replicas: 2, ReadyReplicas: 1, Current: true}), status: yes, reason: "Served"},
		{name: "the lost pod finds no node", given: workload(Workload{Found: true, Replicas: 2, ReadyReplicas: 1, Current: true, Trouble: "Unschedulable"}), status: yes, reason: "Served"},
		{name: "the live config is on its way", given: workload(Workload{Found: true, ReadyReplicas: 2, Current: true, Live: LivePending}), status: yes, reason: "Served", says: "not all of them have taken over"},
		{name: "the live config is refused", given: workload(Workload{Found: true, ReadyReplicas: 2, Current: true, Live: LiveRefused}), status: yes, reason: "Served", says: "run the operator and the console of one release"},
		{name: "a surplus pod starts", given: workload(Workload{Found: true, Replicas: 3, ReadyReplicas: 2, Current: true}), status: yes, reason: "Served"},
		{name: "pods of two revisions", given: workload(Workload{Found: true, Replicas: 3, ReadyReplicas: 2}), status: no, reason: "RollingOut"},
		{name: "none ready yet", given: workload(Workload{Found: true, Replicas: 2}), status: no, reason: "RollingOut", says: "still starting"},
		{name: "a ready pod has not reported", given: workload(Workload{Found: true, Replicas: 2, ReadyReplicas: 2, Unheard: true}), status: no, reason: "RollingOut", says: "has not reported yet"},
		{name: "no Deployment", given: workload(Workload{}), status: no, reason: "RollingOut", says: "not there yet"},
		{name: "current without a ready pod is not served", given: workload(Workload{Found: true, Replicas: 2, Current: true}), status: no, reason: "RollingOut"},
		{name: "old pods serve, the image fails", given: workload(Workload{Found: true, Replicas: 3, ReadyReplicas: 2, Trouble: "ImagePullFailed"}), status: no, reason: "ImagePullFailed", says: "spec.console.image"},
		{name: "crash", given: workload(Workload{Found: true, Replicas: 2, Trouble: "ConsoleFailing"}), status: no, reason: "ConsoleFailing"},
		{name: "unschedulable", given: workload(Workload{Found: true, Replicas: 2, Trouble: "Unschedulable"}), status: no, reason: "Unschedulable", says: "spec.console.resources"},
		{name: "deadline", given: workload(Workload{Found: true, Replicas: 2, Trouble: "DeadlineExceeded"}), status: no, reason: "DeadlineExceeded"},
		{name: "complete, none ready", given: workload(Workload{Found: true, Replicas: 2, Trouble: "NoReadyPods"}), status: no, reason: "NoReadyPods"},
		{name: "a word that is not in the closed list", given: workload(Workload{Found: true, Trouble: "boom"}), status: no, reason: "RollingOut"},
		{name: "no pass", given: func(o *Observation) { o.Apply = Apply{} }},
		{name: "unreachable", given: down("ConnectionLost")},
	} {
		f.check(t, v1alpha1.ConditionServed)
	}
}

func TestExposed(t *testing.T) {
	exposure := func(e Exposure) func(*Observation) { return func(o *Observation) { o.Exposure = e } }
	for _, f := range []finds{
		{name: "admitted", status: yes, reason: "Exposed"},
		{name: "not admitted", given: exposure(Exposure{Found: true}), status: no, reason: "NotAdmitted"},
		{name: "not there", given: exposure(Exposure{}), status: no, reason: "NotAdmitted"},
		{name: "admitted by what is not there", given: exposure(Exposure{Admitted: true}), status: no, reason: "NotAdmitted"},
		{name: "rejected", given: exposure(Exposure{Found: true, Rejected: true}), status: no, reason: "Rejected", says: "spec.hostname"},
		{name: "a region host not admitted", given: exposure(Exposure{Found: true, RegionHost: "r.c.example.com"}), status: no, reason: "NotAdmitted", says: "the host r.c.example.com of spec.exposure.regionHosts"},
		{name: "a region host rejected", given: exposure(Exposure{Found: true, Rejected: true, RegionHost: "r.c.example.com"}), status: no, reason: "Rejected", says: "the host r.c.example.com of spec.exposure.regionHosts"},
		{name: "one of two routers rejects", given: exposure(Exposure{Found: true, Admitted: true, Rejected: true}), status: yes, reason: "Exposed"},
		{name: "no pass", given: func(o *Observation) { o.Apply = Apply{} }},
		{name: "unreachable", given: down("ConnectionLost")},
	} {
		f.check(t, v1alpha1.ConditionExposed)
	}
}

func TestAssessRow(t *testing.T) {
	row := Assess(geography.Model{Geography: europe}, frankfurt(), serving())
	if row.Name != "frankfurt" || row.Namespace != "geoconsole" || row.Connection.Kubeconfig.SecretName != "frankfurt" {
		t.Errorf("the row does not name its place: %+v", row)
	}
	if row.ClusterUID != "c1" || row.Revision != "aaaa" || row.Inventory != v1alpha1.InventoryPresent ||
		row.Replicas != 2 || row.ReadyReplicas != 2 || row.Address != "router.example.net" {
		t.Errorf("the row does not hold what was observed: %+v", row)
	}
	for _, c := range row.Conditions {
		if c.Status != yes {
			t.Errorf("%s is %s", c.Type, c.Status)
		}
	}
	if len(row.Conditions) != len(clusterConditions) {
		t.Errorf("%d conditions, want %d", len(row.Conditions), len(clusterConditions))
	}
}

func TestHold(t *testing.T) {
	derived := geography.Endpoint{Host: "api.eu-west-1.example.com", Place: geography.Place{Country: "IE", Partition: v1alpha1.PartitionCommercial, Evidence: geography.Derived}}
	outside := geography.Endpoint{Host: "api.us-east-1.example.com", Place: geography.Place{Country: "US", Partition: v1alpha1.PartitionCommercial, Evidence: geography.Derived}}
	problem := []geography.Problem{{Reason: "ImageMissing", Message: "spec.console.image: is missing"}}
	inside, outsideNodes, silent := serving().Survey, Survey{Read: true, CloudRegions: []string{"us-east-1"}}, Survey{Read: true, Unlabelled: 1}
	for _, c := range []struct {
		name      string
		endpoint  geography.Endpoint
		paused    bool
		problems  []geography.Problem
		inventory v1alpha1.InventoryState
		survey    Survey
		want      string
	}{
		{name: "all is well", endpoint: derived, survey: inside},
		{name: "all is well, again", endpoint: derived, inventory: v1alpha1.InventoryPresent, survey: inside},
		{name: "paused", endpoint: derived, paused: true, survey: inside, want: "Paused"},
		{name: "not accepted", endpoint: derived, problems: problem, survey: inside, want: "Blocked"},
		{name: "not accepted, something stands there", endpoint: derived, problems: problem, inventory: v1alpha1.InventoryPresent, survey: inside, want: "Blocked"},
		{name: "endpoint outside", endpoint: outside, inventory: v1alpha1.InventoryPresent, survey: inside, want: "Blocked"},
		{name: "nodes outside", endpoint: derived, inventory: v1alpha1.InventoryPresent, survey: outsideNodes, want: "Blocked"},
		{name: "no evidence blocks the first apply", endpoint: derived, survey: silent, want: "Blocked"},
		{name: "an inventory that is known to be absent is a first apply", endpoint: derived, inventory: v1alpha1.InventoryAbsent, survey: silent, want: "Blocked"},
		{name: "no evidence does not block the next", endpoint: derived, inventory: v1alpha1.InventoryPresent, survey: silent},
		{name: "nodes not read block the first apply", endpoint: derived, survey: Survey{}, want: "Blocked"},
		{name: "nodes not read do not block the next", endpoint: derived, inventory: v1alpha1.InventoryPresent, survey: Survey{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := geography.Model{
				Geography: europe, Paused: c.paused, Clusters: []geography.Cluster{frankfurt()},
				Regions: []geography.Region{{ID: "a", Endpoints: []geography.Endpoint{c.endpoint}}},
			}
			row := v1alpha1.ClusterStatus{Name: "frankfurt", Inventory: c.inventory}
			if got := Hold(m, c.problems, row, c.survey); got != c.want {
				t.Errorf("Hold = %q, want %q", got, c.want)
			}
		})
	}
}
