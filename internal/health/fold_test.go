package health

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// input is a geography with the named clusters and two regions, none of it observed.
func input(clusters ...string) Input {
	m := geography.Model{Geography: europe, Hostname: "console.eu.example.com", Auth: v1alpha1.AuthNone}
	for _, name := range clusters {
		m.Clusters = append(m.Clusters, geography.Cluster{Name: name, Namespace: "geoconsole", Connection: v1alpha1.Connection{
			Type: v1alpha1.ConnectionKubeconfig, Kubeconfig: &v1alpha1.KubeconfigReference{SecretName: name, Key: "kubeconfig"},
		}})
	}
	for _, id := range []string{"aws.eu-west-1", "aws.eu-west-3"} {
		place, _ := geography.LocateHost(id)
		m.Regions = append(m.Regions, geography.Region{ID: id, Endpoints: []geography.Endpoint{{URL: "https://" + id, Host: id, Place: place}}})
	}
	return Input{Generation: 1, Model: m, Observations: map[string]Observation{}, Now: start, Grace: grace}
}

// good is an observation of a cluster in which all is well, with the verdicts given as id=Verdict.
func good(uid string, generation int64) Observation {
	o := serving()
	o.ClusterUID, o.Generation = uid, generation
	o.Regions = []geography.RegionReport{{ID: "aws.eu-west-1", Verdict: geography.Healthy}, {ID: "aws.eu-west-3", Verdict: geography.Healthy}}
	return o
}

func lost() Observation {
	return Observation{Generation: 1, Connection: Connection{Reason: v1alpha1.ReasonConnectionLost}}
}

// then folds after some time, and goes on from the result.
func (in *Input) then(after time.Duration) v1alpha1.GeoConsoleStatus {
	in.Now = in.Now.Add(after)
	in.Previous, _ = Fold(*in)
	return in.Previous
}

func condition(t *testing.T, all []metav1.Condition, kind string) metav1.Condition {
	t.Helper()
	c := meta.FindStatusCondition(all, kind)
	if c == nil {
		t.Fatalf("no condition %s in %v", kind, all)
	}
	return *c
}

func expect(t *testing.T, all []metav1.Condition, kind string, status metav1.ConditionStatus, reason string) {
	t.Helper()
	if c := condition(t, all, kind); c.Status != status || c.Reason != reason {
		t.Errorf("%s is %s %s (%s), want %s %s", kind, c.Status, c.Reason, c.Message, status, reason)
	}
}

func TestTimesAreWholeSeconds(t *testing.T) {
	in := input("a")
	in.Now = start.Add(1234567 * time.Nanosecond)
	for _, c := range in.then(0).Conditions {
		if !c.LastTransitionTime.Time.Equal(start) {
			t.Errorf("%s changed at %s, which does not survive the API", c.Type, c.LastTransitionTime.Format(time.RFC3339Nano))
		}
	}
}

func TestGenerations(t *testing.T) {
	in := input("a", "b")
	in.Observations["a"], in.Observations["b"] = good("c1", 1), good("c2", 1)
	in.then(0)

	in.Generation = 2
	in.Observations["a"] = good("c1", 2)
	status := in.then(time.Minute)
	expect(t, status.Conditions, v1alpha1.ConditionReady, open, "Progressing")
	expect(t, status.Conditions, v1alpha1.ConditionReconciling, yes, "Progressing")
	if c := condition(t, status.Conditions, v1alpha1.ConditionApplied); c.Status != yes || c.ObservedGeneration != 1 {
		t.Errorf("Applied is %s of generation %d: one cluster was observed at generation 1 only", c.Status, c.ObservedGeneration)
	}
	if status.Summary.Clusters != "1/2" || status.ObservedGeneration != 2 {
		t.Errorf("clusters %s at generation %d, want 1/2 at 2", status.Summary.Clusters, status.ObservedGeneration)
	}

	o := good("c2", 1)
	o.Workload = Workload{Found: true, Replicas: 2, Trouble: v1alpha1.ReasonImagePullFailed}
	in.Observations["b"] = o
	expect(t, in.then(0).Conditions, v1alpha1.ConditionReady, no, "ImagePullFailed")

	in.Observations["b"] = good("c2", 2)
	expect(t, in.then(0).Conditions, v1alpha1.ConditionReady, yes, "Ready")

	in.Generation = 3
	in.Observations["a"] = good("c1", 3)
	in.Observations["b"] = lost()
	status = in.then(time.Second)
	expect(t, status.Conditions, v1alpha1.ConditionReady, open, "Unreachable")
	if c := condition(t, status.Conditions, v1alpha1.ConditionReady); !strings.HasPrefix(c.Message, "b: ") {
		t.Errorf("Ready does not name the cluster that misses the generation: %s", c.Message)
	}

	in.Observations["b"] = good("c2", 9)
	status = in.then(0)
	for _, c := range append(status.Conditions, status.Clusters[1].Conditions...) {
		if c.ObservedGeneration != 3 {
			t.Errorf("%s speaks of generation %d, which is not known here", c.Type, c.ObservedGeneration)
		}
	}
}

func TestEndpointOutside(t *testing.T) {
	in := input("a")
	in.Observations["a"] = good("c1", 1)
	in.Model.Regions[1].Endpoints[0] = geography.Endpoint{
		Host: "api.us-east-1.example.com", Place: geography.Place{Country: "US", Partition: v1alpha1.PartitionCommercial, Evidence: geography.Derived},
	}
	status := in.then(0)
	for _, kind := range []string{v1alpha1.ConditionSovereign, v1alpha1.ConditionStalled} {
		c := condition(t, status.Conditions, kind)
		if c.Reason != v1alpha1.ReasonEndpointOutside || c.Message != "spec.regions: api.us-east-1.example.com (US) outside EU; take the endpoints out" {
			t.Errorf("%s: %s %s", kind, c.Reason, c.Message)
		}
	}
	expect(t, status.Conditions, v1alpha1.ConditionSovereign, no, "EndpointOutside")
	expect(t, status.Conditions, v1alpha1.ConditionApplied, yes, "Applied")
	expect(t, status.Conditions, v1alpha1.ConditionReady, no, "EndpointOutside")
}

func TestStalled(t *testing.T) {
	pods := func(trouble string) func(*Observation) {
		return func(o *Observation) { o.Workload = Workload{Found: true, Replicas: 2, Trouble: trouble} }
	}
	apply := func(reason string) func(*Observation) { return func(o *Observation) { o.Apply.Reason = reason } }
	for _, c := range []struct {
		change func(*Observation)
		atOnce string // the reason of Stalled at once
		later  string // and after the grace
	}{
		{func(*Observation) {}, "", ""},
		{apply("NotOurs"), "NotOurs", "NotOurs"},
		{apply("OwnedElsewhere"), "OwnedElsewhere", "OwnedElsewhere"},
		{apply("HubRewound"), "HubRewound", "HubRewound"},
		{apply("Applying"), "", ""},
		{apply("NamespaceMissing"), "", "NamespaceMissing"},
		{apply("Forbidden"), "", "Forbidden"},
		{apply("KindNotServed"), "", "KindNotServed"},
		{apply("Refused"), "", "Refused"},
		{pods("ImagePullFailed"), "", "ImagePullFailed"},
		{pods("ConsoleFailing"), "", "ConsoleFailing"},
		{pods("Unschedulable"), "", "Unschedulable"},
		{pods("DeadlineExceeded"), "DeadlineExceeded", "DeadlineExceeded"},
		{pods(""), "", ""},
		{func(o *Observation) { o.Exposure = Exposure{Found: true} }, "", "NotAdmitted"},
		{func(o *Observation) { o.Exposure = Exposure{Found: true, Rejected: true} }, "", "Rejected"},
		{func(o *Observation) { o.Survey.CloudRegions = []string{"us-east-1"} }, "ClusterOutside", "ClusterOutside"},
		{func(o *Observation) { o.Survey = Survey{Read: true, Unlabelled: 1} }, "", "EvidenceMissing"},
		{down("ConnectionLost"), "", ""},
		{down("SecretMissing"), "", "SecretMissing"},
		{down("Unauthorized"), "", "Unauthorized"},
		{down("KubeconfigRefused"), "KubeconfigRefused", "KubeconfigRefused"},
		{down("ClusterChanged"), "ClusterChanged", "ClusterChanged"},
	} {
		in := input("a")
		o := good("c1", 1)
		c.change(&o)
		in.Observations["a"] = o
		in.then(0)
		for after, want := range map[time.Duration]string{0: c.atOnce, grace: c.later} {
			in.Now = start.Add(after)
			status, again := Fold(in)
			got := ""
			if stalled := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStalled); stalled != nil {
				got = stalled.Reason
			}
			if got != want {
				t.Errorf("%+v: Stalled %q after %s, want %q", o, got, after, want)
			}
			if after == 0 && c.atOnce != c.later && again != grace {
				t.Errorf("%+v: to be folded again after %s, want %s", o, again, grace)
			}
		}
	}
}

func TestMessagesAreBounded(t *testing.T) {
	in := input()
	long := strings.Repeat("é", 100)
	for i := range 200 {
		in.Problems = append(in.Problems, geography.Problem{Reason: "CountryMissing", Message: fmt.Sprintf("spec.regions[%d]: %s", i, long)})
	}
	c := condition(t, in.then(0).Conditions, v1alpha1.ConditionAccepted)
	if len(c.Message) > maxMessage || len(c.Message) < maxMessage-8 || !strings.HasSuffix(c.Message, " ...") || strings.ContainsRune(c.Message, '�') {
		t.Errorf("%d bytes: %q", len(c.Message), c.Message)
	}
	for _, r := range in.Model.Regions[:1] {
		host := strings.Repeat("a", 250)
		for range 9 {
			r.Endpoints = append(r.Endpoints, geography.Endpoint{Host: host, Place: geography.Place{Country: "US", Evidence: geography.Declared}})
		}
		f := endpoints(geography.Model{Geography: europe, Regions: []geography.Region{r}})
		if len(f.message) > maxMessage || !strings.Contains(f.message, "and 6 more outside EU; take") {
			t.Errorf("%d bytes: %q", len(f.message), f.message)
		}
	}
}

// A revision that never served is not served before its pods say so.
func TestUnheardOfANewRevision(t *testing.T) {
	in := input("a")
	in.Observations["a"] = good("c1", 1)
	in.then(0)
	o := good("c1", 2)
	o.Apply.Revision = "bbbb"
	o.Workload = Workload{Found: true, Replicas: 2, ReadyReplicas: 2, Unheard: true}
	in.Generation, in.Observations["a"] = 2, o
	expect(t, in.then(0).Conditions, v1alpha1.ConditionServed, no, "RollingOut")
	expect(t, in.then(time.Hour).Conditions, v1alpha1.ConditionServed, no, "RollingOut")
}
