package health

import (
	"fmt"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// clusterConditions are the conditions of a cluster, in the order of the stages.
var clusterConditions = []string{
	v1alpha1.ConditionReachable, v1alpha1.ConditionSovereign,
	v1alpha1.ConditionApplied, v1alpha1.ConditionServed, v1alpha1.ConditionExposed,
}

// subject is what the rules look at.
type subject struct {
	boundary geography.Boundary
	cluster  geography.Cluster
	seen     Observation
}

// rule is a small decision, named as what it finds. A list of rules is read from top to bottom; the first that finds
// something decides.
type rule func(subject) (finding, bool)

var (
	specRules      = []rule{declaredOutside} // what the spec proves without an observation
	sovereignRules = []rule{declaredOutside, nodesUnread, nodesOutside, nodesContradict, nodesSilent, inside}
	appliedRules   = []rule{applied, applyEnded}
	servedRules    = []rule{allReadyPodsCurrent, troubled, deploymentMissing, podUnheard, rollingOut}
	exposedRules   = []rule{admitted, rejected, notAdmitted}
)

// Assess is the row of one cluster by one observation alone: no times, no generation of Reachable and Sovereign, and no
// condition that the observation does not tell. Fold adds what was known before.
func Assess(m geography.Model, c geography.Cluster, o Observation) v1alpha1.ClusterStatus {
	row := v1alpha1.ClusterStatus{Name: c.Name, Namespace: c.Namespace, Connection: c.Connection, ClusterUID: o.ClusterUID}
	tell := func(kind string, rules []rule, generation int64) {
		if f, found := decide(rules, subject{boundary: m.Geography, cluster: c, seen: o}); found {
			row.Conditions = append(row.Conditions, f.condition(kind, generation))
		}
	}
	if o.probed() {
		tell(v1alpha1.ConditionReachable, reachableRules, 0)
	}
	if !o.passed() {
		tell(v1alpha1.ConditionSovereign, specRules, 0)
		if o.Connection.Up && o.Unread {
			tell(v1alpha1.ConditionApplied, appliedRules, o.Generation)
		}
		return row
	}
	row.Revision = o.Apply.Revision
	row.Inventory = o.Inventory
	row.Replicas = o.Workload.Replicas
	row.ReadyReplicas = o.Workload.ReadyReplicas
	row.Address = o.Exposure.Address
	tell(v1alpha1.ConditionSovereign, sovereignRules, 0)
	tell(v1alpha1.ConditionApplied, appliedRules, o.Generation)
	tell(v1alpha1.ConditionServed, servedRules, o.Generation)
	tell(v1alpha1.ConditionExposed, exposedRules, o.Generation)
	return row
}

func decide(rules []rule, s subject) (finding, bool) {
	for _, r := range rules {
		if f, found := r(s); found {
			return f, true
		}
	}
	return finding{}, false
}

// passed tells whether the pass got as far as the apply, so that everything else was read too.
func (o Observation) passed() bool { return o.Connection.Up && o.Apply.Reason != "" && !o.Unread }

// probed tells whether a probe has ended.
func (o Observation) probed() bool {
	return o.Connection.Up || (o.Connection.Reason != "" && o.Connection.Reason != v1alpha1.ReasonNotProbed)
}

func applied(s subject) (finding, bool) {
	text := "all objects are ours and as rendered"
	if len(s.seen.Spared) > 0 {
		text += fmt.Sprintf("; %s: taken over and not wanted, deleted once the annotation %s no longer names this cluster",
			named(s.seen.Spared), v1alpha1.AnnotationAdopt)
	}
	return isTrue(v1alpha1.ReasonApplied, text), s.seen.Apply.Reason == v1alpha1.ReasonApplied
}

// appliedTexts say what ended an apply, and the cure. The object is put before them.
var appliedTexts = map[string]string{
	v1alpha1.ReasonNotOurs:          "exists and belongs to somebody else; rename or remove it",
	v1alpha1.ReasonOwnedElsewhere:   "the inventory belongs to another GeoConsole or hub; delete that one, give the cluster another namespace, or take over what it lists",
	v1alpha1.ReasonHubRewound:       "the inventory was written by a later generation than the hub knows; make the spec what is wanted and take over what it lists",
	v1alpha1.ReasonOperatorOutdated: "the inventory was written by a later release of the operator; bring this operator to that release",
	v1alpha1.ReasonFieldContested:   "another manager takes this field each time it is applied, so it is left alone; find the manager in metadata.managedFields and have it let go",
	v1alpha1.ReasonNamespaceMissing: "the namespace is not there; create it",
	v1alpha1.ReasonForbidden:        "the credential lacks a right; grant the published Role",
	v1alpha1.ReasonKindNotServed:    "the cluster does not serve this kind; choose another spec.exposure.type, or install its API",
	v1alpha1.ReasonRefused:          "the API server refuses the object; see its admission and quotas",
	v1alpha1.ReasonBlocked:          "nothing is written while Accepted or Sovereign forbids it",
	v1alpha1.ReasonPaused:           "what the spec wants is not written while spec.paused is true",
	v1alpha1.ReasonRemoving:         "what was put into the cluster is being removed",
	v1alpha1.ReasonReleasing:        "what was put into the cluster stays there and is being let go of",
	v1alpha1.ReasonKindUnknown:      "was put into the cluster by a later release, which alone can take it back; upgrade the operator",
}

func applyEnded(s subject) (finding, bool) {
	text, known := appliedTexts[s.seen.Apply.Reason]
	if !known {
		return isFalse(v1alpha1.ReasonApplying, "not all objects are applied yet"), true
	}
	if s.seen.Apply.Field != "" {
		text = s.seen.Apply.Field + ": " + text
	}
	if s.seen.Apply.Object != "" {
		text = s.seen.Apply.Object + ": " + text
	}
	if s.seen.Apply.Claim != "" {
		text += fmt.Sprintf(" by the annotation %s=%s@%s", v1alpha1.AnnotationAdopt, s.cluster.Name, s.seen.Apply.Claim)
	}
	return isFalse(s.seen.Apply.Reason, text), true
}

// allReadyPodsCurrent decides before any trouble: while all ready pods are of this revision, users are served by it,
// whatever another pod is going through.
func allReadyPodsCurrent(s subject) (finding, bool) {
	w := s.seen.Workload
	return isTrue(v1alpha1.ReasonServed, "all ready pods are of this revision"+liveTexts[w.Live]), w.Found && w.Current && w.ReadyReplicas > 0
}

// liveTexts say that pods still serve by an older live config.
var liveTexts = map[LiveState]string{
	LivePending: "; not all of them have taken over the newest states and messages of the regions yet, for which kubelets need a minute or two",
	LiveRefused: "; one of them refuses the newest states and messages of the regions and serves by the former ones; run the operator and the console of one release",
}

var servedTexts = map[string]string{
	v1alpha1.ReasonImagePullFailed:  "the node cannot pull the image; check spec.console.image and imagePullSecrets",
	v1alpha1.ReasonConsoleFailing:   "the console's container keeps ending; read its log in the cluster",
	v1alpha1.ReasonUnschedulable:    "no node takes the pods; check nodes, quotas and spec.console.resources",
	v1alpha1.ReasonDeadlineExceeded: "the rollout takes longer than its deadline; read the pods' events in the cluster",
	v1alpha1.ReasonNoReadyPods:      "the rollout is complete and no pod is ready; read the pods' log in the cluster",
}

func troubled(s subject) (finding, bool) {
	text, known := servedTexts[s.seen.Workload.Trouble]
	return isFalse(s.seen.Workload.Trouble, text), known
}

func deploymentMissing(s subject) (finding, bool) {
	return isFalse(v1alpha1.ReasonRollingOut, "the console's Deployment is not there yet"), !s.seen.Workload.Found
}

func podUnheard(s subject) (finding, bool) {
	return isFalse(v1alpha1.ReasonRollingOut, "a ready pod of this revision has not reported yet what it has loaded"), s.seen.Workload.Unheard
}

func rollingOut(subject) (finding, bool) {
	return isFalse(v1alpha1.ReasonRollingOut, "pods of this revision are still starting"), true
}

func rejected(s subject) (finding, bool) {
	return isFalse(v1alpha1.ReasonRejected, "the router refuses "+s.seen.Exposure.host()+"; another route may hold it, or the router may not serve its domain"), s.seen.Exposure.Rejected
}

func admitted(s subject) (finding, bool) {
	return isTrue(v1alpha1.ReasonExposed, "spec.hostname is admitted"), s.seen.Exposure.Found && s.seen.Exposure.Admitted
}

func notAdmitted(s subject) (finding, bool) {
	return isFalse(v1alpha1.ReasonNotAdmitted, "no router or ingress controller has admitted "+s.seen.Exposure.host()+" yet"), true
}

// host names what is not admitted by the field that wants it.
func (e Exposure) host() string {
	if e.RegionHost == "" {
		return "spec.hostname"
	}
	return "the host " + e.RegionHost + " of spec.exposure.regionHosts"
}
