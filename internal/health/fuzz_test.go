package health

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// chance makes random stories out of one seed.
type chance struct{ *rand.Rand }

func pick[T any](c chance, from ...T) T { return from[c.IntN(len(from))] }

func (c chance) bool() bool { return c.IntN(2) == 0 }

func (c chance) observation(generation int64) Observation {
	if c.IntN(8) == 0 {
		return Observation{}
	}
	o := Observation{
		Generation: generation - int64(c.IntN(3)),
		ClusterUID: pick(c, "c1", "c1", "c1", "", "c2"),
		Connection: Connection{
			Up: c.IntN(3) > 0, Expiring: c.IntN(5) == 0, Expires: int64(c.IntN(2)), Field: pick(c, "", "get secrets", strings.Repeat("x", 253)),
			Reason:  pick(c, "", "Connected", "NotProbed", "SecretMissing", "KubeconfigRefused", "CredentialTooBroad", "Unauthorized", "ConnectionLost", "ClusterChanged"),
			Untaken: pick(c, "", "", "", "ClusterChanged", "CredentialTooBroad", "ConnectionLost", "boom"),
		},
		Survey: Survey{Read: c.IntN(4) > 0, Unlabelled: c.IntN(2) * c.IntN(3), CloudRegions: pick(c, []string{"eu-central-1"}, []string{"eu-central-1"}, nil, []string{"us-east-1"}, []string{"rack-7"})},
		Apply: Apply{
			Revision: pick(c, "aaaa", "bbbb", ""), Object: pick(c, "", "Service/"+strings.Repeat("x", 253)),
			Field: pick(c, "", "."+strings.Repeat("f", 512)), Claim: pick(c, "", "1f2e3d4c5b6a7988"),
			Reason: pick(c, "Applied", "Applied", "Applied", "Applying", "NotOurs", "OwnedElsewhere", "FieldContested", "Forbidden", "Blocked", "Paused", "Removing", "", "boom"),
		},
		Inventory: pick(c, v1alpha1.InventoryPresent, v1alpha1.InventoryAbsent, ""),
		Spared:    slices.Repeat([]string{"ConfigMap/" + strings.Repeat("x", 253)}, c.IntN(6)),
		Workload: Workload{
			Found: c.IntN(4) > 0, Replicas: int32(c.IntN(4)), ReadyReplicas: int32(c.IntN(4)), Current: c.bool(), Unheard: c.IntN(4) == 0,
			Trouble: pick(c, "", "", "ImagePullFailed", "ConsoleFailing", "Unschedulable", "DeadlineExceeded", "NoReadyPods", "boom"),
			Live:    pick(c, LiveTaken, LivePending, LiveRefused, "boom"),
		},
		Exposure: Exposure{Found: c.IntN(4) > 0, Admitted: c.IntN(3) > 0, Rejected: c.IntN(5) == 0, RegionHost: pick(c, "", strings.Repeat("h", 253))},
		Emptied:  c.IntN(6) == 0,
	}
	for _, id := range []string{"aws.eu-west-1", "aws.eu-west-3", "aws.gone-1"} {
		if c.IntN(4) > 0 {
			verdict := pick(c, geography.Healthy, geography.Healthy, geography.Unhealthy, geography.Unknown)
			o.Regions = append(o.Regions, geography.RegionReport{ID: id, Verdict: verdict, Reason: pick(c, "Timeout", "NameNotFound"), Endpoint: int32(c.IntN(4))})
		}
	}
	return o
}

// change makes something happen.
func (c chance) change(in *Input) {
	in.Now = in.Now.Add(time.Duration(c.Int64N(int64(grace))))
	switch c.IntN(10) {
	case 0: // the spec changes
		names := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}
		c.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		m := input(names[:1+c.IntN(8)]...).Model
		m.Paused = c.IntN(5) == 0
		m.Deletion = pick(c, v1alpha1.DeletionPolicyDelete, v1alpha1.DeletionPolicyOrphan)
		m.Abandon = pick(c, nil, map[string]string{"a": "c1", "b": "c1", "c": "c1", "d": "c2"})
		m.Auth = pick(c, v1alpha1.AuthNone, "")
		m.Regions = slices.Clone(m.Regions[:1+c.IntN(2)])
		for i := range m.Regions {
			m.Regions[i].State = pick(c, "", v1alpha1.RegionActive, v1alpha1.RegionMaintenance, v1alpha1.RegionDrained)
		}
		for i := range m.Clusters {
			m.Clusters[i].Declared = pick[v1alpha1.Country](c, "", "", "DE", "US")
		}
		in.Problems = nil
		if c.IntN(4) == 0 {
			in.Problems = []geography.Problem{{Reason: "CountryMissing", Message: strings.Repeat("spec.regions: ", c.IntN(200))}}
		}
		in.Model, in.Generation = m, in.Generation+1
	case 1: // the operator restarts
		in.Observations = map[string]Observation{}
	case 2:
		in.Deleting = in.Deleting || c.IntN(10) == 0
	default:
		for _, name := range strings.Fields("a b c d e f g h i j k l") {
			if c.bool() {
				in.Observations[name] = c.observation(in.Generation)
			}
		}
	}
}

// FuzzFold tells random stories and holds every status of them against what must never be otherwise.
func FuzzFold(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		c := chance{rand.New(rand.NewPCG(seed, 0))}
		in := input("a", "b")
		seen := map[string]string{} // clusterUID by row, while the row stands
		for range 40 {
			c.change(&in)
			before := in.Previous
			status, again := Fold(in)
			checkForm(t, in, status)
			checkTimes(t, before, status, in.Now)
			checkReady(t, in, status)
			checkRows(t, in, before, status, seen)

			in.Previous = status
			if next, _ := Fold(in); !reflect.DeepEqual(status, next) {
				t.Fatalf("folding the result changes it:\n%s", cmp.Diff(status, next))
			}
			if again < 0 || again > in.Grace {
				t.Fatalf("to be folded again after %s", again)
			}
			quiet := in
			if again == 0 {
				quiet.Now = quiet.Now.Add(24 * time.Hour)
			} else {
				quiet.Now = quiet.Now.Add(again - 1)
			}
			if next, _ := Fold(quiet); !reflect.DeepEqual(status, next) {
				t.Fatalf("the status changes before it is to be folded again:\n%s", cmp.Diff(status, next))
			}
		}
	})
}

// reasonForm is what the API takes as a condition's reason.
var reasonForm = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$`)

func checkForm(t *testing.T, in Input, status v1alpha1.GeoConsoleStatus) {
	t.Helper()
	for _, kind := range append(slices.Clone(stages), v1alpha1.ConditionReachable, v1alpha1.ConditionRegionsHealthy, v1alpha1.ConditionReady) {
		if meta.FindStatusCondition(status.Conditions, kind) == nil {
			t.Fatalf("no condition %s", kind)
		}
	}
	if c := condition(t, status.Conditions, v1alpha1.ConditionAccepted); c.Status == open {
		t.Fatal("Accepted is Unknown")
	}
	for _, kind := range []string{v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled, v1alpha1.ConditionPaused} {
		if c := meta.FindStatusCondition(status.Conditions, kind); c != nil && c.Status != yes {
			t.Fatalf("%s is there and %s", kind, c.Status)
		}
	}
	all := slices.Clone(status.Conditions)
	for _, row := range status.Clusters {
		if len(row.Conditions) != len(clusterConditions) {
			t.Fatalf("cluster %s has %d conditions", row.Name, len(row.Conditions))
		}
		all = append(all, row.Conditions...)
	}
	for _, c := range all {
		if len(c.Message) > maxMessage || !reasonForm.MatchString(c.Reason) || c.LastTransitionTime.IsZero() ||
			c.ObservedGeneration > in.Generation || (c.Message == "" && c.Type != v1alpha1.ConditionAccepted) {
			t.Fatalf("malformed: %+v", c)
		}
	}
	if len(status.Clusters) > maxRows || len(status.Regions) != len(in.Model.Regions) {
		t.Fatalf("%d clusters, %d regions", len(status.Clusters), len(status.Regions))
	}
	for _, r := range status.Regions {
		if len(r.UnhealthyIn) > 8 || !slices.IsSorted(r.UnhealthyIn) || (r.Verdict == v1alpha1.RegionHealthy) != (r.Reason == "") {
			t.Fatalf("malformed: %+v", r)
		}
	}
}

// checkTimes: a condition's time changes only with its status.
func checkTimes(t *testing.T, before, after v1alpha1.GeoConsoleStatus, now time.Time) {
	t.Helper()
	for _, c := range after.Conditions {
		was := meta.FindStatusCondition(before.Conditions, c.Type)
		if was != nil && was.Status == c.Status {
			if !was.LastTransitionTime.Equal(&c.LastTransitionTime) {
				t.Fatalf("%s moved its time without a change", c.Type)
			}
		} else if !c.LastTransitionTime.Time.Equal(now.Truncate(time.Second)) {
			t.Fatalf("%s changed now, and says %s", c.Type, c.LastTransitionTime)
		}
	}
}

func checkReady(t *testing.T, in Input, status v1alpha1.GeoConsoleStatus) {
	t.Helper()
	ready := condition(t, status.Conditions, v1alpha1.ConditionReady)
	working := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReconciling) != nil
	stalled := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionStalled) != nil
	if ready.Status != yes && !working && !stalled && !in.Model.Paused {
		t.Fatalf("Ready is %s %s, and neither Reconciling nor Stalled nor Paused", ready.Status, ready.Reason)
	}
	if ready.Status != yes {
		return
	}
	for _, kind := range stages {
		if c := condition(t, status.Conditions, kind); c.Status != yes || c.ObservedGeneration != in.Generation {
			t.Fatalf("Ready is True, and %s is %s of generation %d, not %d", kind, c.Status, c.ObservedGeneration, in.Generation)
		}
	}
	if condition(t, status.Conditions, v1alpha1.ConditionRegionsHealthy).Reason == v1alpha1.ReasonAllUnhealthy || in.Deleting || len(in.Problems) > 0 {
		t.Fatal("Ready is True where it must not be")
	}
}

// checkRows: a row goes only when its cluster was emptied or abandoned, and its UID never changes.
func checkRows(t *testing.T, in Input, before, after v1alpha1.GeoConsoleStatus, seen map[string]string) {
	t.Helper()
	standing := map[string]bool{}
	for _, row := range after.Clusters {
		standing[row.Name] = true
		if uid := seen[row.Name]; uid != "" && uid != row.ClusterUID {
			t.Fatalf("the UID of %s changed from %s to %s", row.Name, uid, row.ClusterUID)
		}
		seen[row.Name] = row.ClusterUID
	}
	for _, row := range before.Clusters {
		if standing[row.Name] {
			continue
		}
		emptied := in.Observations[row.Name].Emptied || wasAbandoned(in, row)
		if _, wanted := in.Model.Cluster(row.Name); !emptied || (wanted && !in.Deleting) {
			t.Fatalf("row %s is gone and was neither emptied nor abandoned", row.Name)
		}
		delete(seen, row.Name)
	}
}

// wasAbandoned tells whether a person may have let a row go: it is named, and was lost the whole grace long.
func wasAbandoned(in Input, row v1alpha1.ClusterStatus) bool {
	reachable := meta.FindStatusCondition(row.Conditions, v1alpha1.ConditionReachable)
	return row.ClusterUID != "" && in.Model.Abandon[row.Name] == row.ClusterUID &&
		reachable.Status == no && !reachable.LastTransitionTime.Add(in.Grace).After(in.Now)
}
