package xcm

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	amv1 "github.com/openshift-online/ocm-sdk-go/accountsmgmt/v1"
	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
	slv1 "github.com/openshift-online/ocm-sdk-go/servicelogs/v1"
)

// gone is where an uninstalling cluster goes: it is the state of nothing.
const gone cmv1.ClusterState = ""

// A transition is what happens to a cluster next.
type transition struct {
	cluster string
	to      cmv1.ClusterState
	due     time.Time
}

// How long a cluster stays in a state at pace 1. The two installations take what they are known to take; the others are long
// enough to be seen.
const (
	pendingTime          = 30 * time.Second
	checkingTime         = time.Minute
	hostedInstallTime    = 10 * time.Minute
	classicInstallTime   = 40 * time.Minute
	hostedUninstallTime  = 8 * time.Minute
	classicUninstallTime = 20 * time.Minute
)

// nextOf tells where a cluster goes from the state it is in and how long that takes at pace 1; false when it stays.
func nextOf(cluster *cmv1.Cluster) (cmv1.ClusterState, time.Duration, bool) {
	hosted := cluster.Hypershift().Enabled()
	switch cluster.State() {
	case cmv1.ClusterStatePending:
		if cluster.AWS().STS().RoleARN() != "" {
			return cmv1.ClusterStateWaiting, pendingTime, true
		}
		return cmv1.ClusterStateValidating, pendingTime, true
	case cmv1.ClusterStateWaiting, cmv1.ClusterStateValidating:
		return cmv1.ClusterStateInstalling, checkingTime, true
	case cmv1.ClusterStateInstalling:
		if hosted {
			return cmv1.ClusterStateReady, hostedInstallTime, true
		}
		return cmv1.ClusterStateReady, classicInstallTime, true
	case cmv1.ClusterStateUninstalling:
		if hosted {
			return gone, hostedUninstallTime, true
		}
		return gone, classicUninstallTime, true
	case cmv1.ClusterStatePoweringDown:
		return cmv1.ClusterStateHibernating, powerDownTime, true
	case cmv1.ClusterStateResuming:
		return cmv1.ClusterStateReady, resumeTime, true
	default:
		return gone, 0, false
	}
}

// schedule plans what happens next to a cluster that came to its state at a time, in place of what was planned before.
func (s *state) schedule(cluster *cmv1.Cluster, since time.Time) {
	s.transitions = slices.DeleteFunc(s.transitions, func(t transition) bool { return t.cluster == cluster.ID() })
	if to, after, moves := nextOf(cluster); moves {
		after = time.Duration(float64(after) / s.pace)
		s.transitions = append(s.transitions, transition{cluster: cluster.ID(), to: to, due: since.Add(after)})
	}
}

// due tells whether there is anything to settle.
func (s *state) due(now time.Time) bool {
	return slices.ContainsFunc(s.transitions, func(t transition) bool { return !t.due.After(now) })
}

// settle makes all transitions that are due, each at its own time, so that a long silence gives the same history as a short one.
func (s *state) settle(now time.Time) {
	for s.due(now) {
		first := slices.MinFunc(s.transitions, func(a, b transition) int { return a.due.Compare(b.due) })
		if first.to == gone {
			s.forget(first.cluster, first.due)
			continue
		}
		r := s.take(first.cluster)
		s.enter(&r, first.to, first.due)
		s.keep(r)
		s.schedule(r.cluster, first.due)
	}
}

// hasten makes all happen at once that is planned, whatever time it would take.
func (s *state) hasten(now time.Time) {
	for len(s.transitions) > 0 {
		for i := range s.transitions {
			s.transitions[i].due = now
		}
		s.settle(now)
	}
}

// forget removes a cluster. Its subscription and its log stay, as in the real service.
func (s *state) forget(id string, at time.Time) {
	r := s.take(id)
	r.subscription = built(amv1.NewSubscription().Copy(r.subscription).Status("Deprovisioned").UpdatedAt(at).Build())
	s.subscriptions.put(r.subscription.ID(), r.subscription)
	s.write(r, at, slv1.SeverityInfo, "Cluster deleted", "The cluster and its cloud resources were removed.")
	s.clusters.remove(id)
	delete(s.machinePools, id)
	delete(s.nodePools, id)
	delete(s.upgradePolicies, id)
	delete(s.parts, id)
	delete(s.controlPlaneUpgrades, id)
	delete(s.agreements, id)
	maps.DeleteFunc(s.nodePoolUpgrades, func(key string, _ *collection[cmv1.NodePoolUpgradePolicy]) bool {
		return strings.HasPrefix(key, id+"/")
	})
	s.transitions = slices.DeleteFunc(s.transitions, func(t transition) bool { return t.cluster == id })
}

// enter brings a cluster to a state, with all that the state brings along. The caller keeps the record.
func (s *state) enter(r *record, to cmv1.ClusterState, at time.Time) {
	builder := cmv1.NewCluster().Copy(r.cluster).State(to)
	status := cmv1.NewClusterStatus().Copy(r.cluster.Status()).State(to).Description(descriptions[to])
	switch to {
	case cmv1.ClusterStateInstalling:
		builder.ExternalID(externalID(r.cluster.ID())).InfraID(infraID(r.cluster))
		status.DNSReady(true)
	case cmv1.ClusterStateReady:
		if r.cluster.State() != cmv1.ClusterStateResuming { // then it has all that already
			s.open(r, builder, at)
		}
		status.DNSReady(true).OIDCReady(true).CurrentCompute(s.fillPools(r.cluster.ID()))
	case cmv1.ClusterStateUninstalling:
		s.write(*r, at, slv1.SeverityInfo, "Cluster deletion requested", "The cluster is being removed with its cloud resources.")
	}
	r.cluster = built(builder.Status(status).Build())
}

// open gives a cluster that became ready its addresses, and activates its subscription.
func (s *state) open(r *record, builder *cmv1.ClusterBuilder, at time.Time) {
	domain := r.cluster.DomainPrefix() + "." + r.cluster.DNS().BaseDomain()
	console, api := "https://console-openshift-console.apps."+domain, "https://api."+domain+":6443"
	if r.cluster.Hypershift().Enabled() {
		console, api = "https://console-openshift-console.apps.rosa."+domain, "https://api."+domain+":443"
	}
	builder.ExternalID(externalID(r.cluster.ID())).InfraID(infraID(r.cluster)).
		API(cmv1.NewClusterAPI().Copy(r.cluster.API()).URL(api)).
		Console(cmv1.NewClusterConsole().URL(console)).
		HealthState(cmv1.ClusterHealthStateHealthy)
	r.subscription = built(amv1.NewSubscription().Copy(r.subscription).
		Status("Active").ExternalClusterID(externalID(r.cluster.ID())).ConsoleURL(console).
		UpdatedAt(at).LastReconcileDate(at).LastTelemetryDate(at).Metrics(s.metrics(r.cluster, at)).Build())
	s.write(*r, at, slv1.SeverityInfo, "Cluster installed", "The cluster is ready. Its console is at "+console+".")
}

// fail is entering the error state, with the reason that the provisioner gave.
func (s *state) fail(r *record, at time.Time, failure failure) {
	s.enter(r, cmv1.ClusterStateError, at)
	status := cmv1.NewClusterStatus().Copy(r.cluster.Status()).Description(failure.message).
		ProvisionErrorCode(failure.code).ProvisionErrorMessage(failure.message)
	r.cluster = built(cmv1.NewCluster().Copy(r.cluster).Status(status).Build())
	s.write(*r, at, slv1.SeverityError, "Cluster installation failed", failure.code+": "+failure.message)
}

// descriptions say what a person is told of a state that takes time.
var descriptions = map[cmv1.ClusterState]string{
	cmv1.ClusterStatePending:      "Preparing the account",
	cmv1.ClusterStateWaiting:      "Waiting for the operator roles and the OIDC provider",
	cmv1.ClusterStateValidating:   "Validating the network and the permissions",
	cmv1.ClusterStateInstalling:   "Installing the cluster",
	cmv1.ClusterStateUninstalling: "Removing the cluster",
	cmv1.ClusterStatePoweringDown: "Shutting the cluster's machines down",
	cmv1.ClusterStateResuming:     "Starting the cluster's machines",
}

// externalID is the UUID that a cluster gets when it is installed.
func externalID(id string) string { return uuid.NewSHA1(uuid.Nil, []byte(id)).String() }

// infraID is the name of a cluster's resources in its cloud: the prefix of its domain and five characters.
func infraID(cluster *cmv1.Cluster) string {
	return fmt.Sprintf("%s-%s", cluster.DomainPrefix(), cluster.ID()[27:])
}

// metrics are what telemetry says of a cluster that is ready.
func (s *state) metrics(cluster *cmv1.Cluster, at time.Time) *amv1.SubscriptionMetricsBuilder {
	nodes := cluster.Nodes()
	size, _ := machineOf(cluster.CloudProvider().ID(), nodes.ComputeMachineType().ID())
	compute := nodes.Compute()
	if nodes.AutoscaleCompute().MinReplicas() > compute {
		compute = nodes.AutoscaleCompute().MinReplicas()
	}
	resource := func(unit string, total, share float64) *amv1.ClusterResourceBuilder {
		return amv1.NewClusterResource().UpdatedTimestamp(at).
			Total(amv1.NewValueUnit().Unit(unit).Value(total)).Used(amv1.NewValueUnit().Unit(unit).Value(total * share))
	}
	upgrades := cluster.Version().AvailableUpgrades()
	upgrade := amv1.NewClusterUpgrade().Available(len(upgrades) > 0).State("completed").UpdatedTimestamp(at)
	if len(upgrades) > 0 {
		upgrade.Version(upgrades[len(upgrades)-1])
	}
	return amv1.NewSubscriptionMetrics().HealthState("healthy").State("ready").
		OpenshiftVersion(cluster.OpenshiftVersion()).CloudProvider(cluster.CloudProvider().ID()).Region(cluster.Region().ID()).
		CriticalAlertsFiring(0).OperatorsConditionFailing(0).
		Cpu(resource("", float64(compute*size.vCPUs), 0.4)).Memory(resource("B", float64(compute*size.gibibytes<<30), 0.6)).
		Nodes(amv1.NewClusterMetricsNodes().Master(float64(nodes.Master())).Infra(float64(nodes.Infra())).Compute(float64(compute)).
			Total(float64(nodes.Master() + nodes.Infra() + compute))).
		Upgrade(upgrade)
}
