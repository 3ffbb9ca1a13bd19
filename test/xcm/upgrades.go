package xcm

import (
	"net/http"
	"slices"
	"strings"
	"time"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	upgradePolicyKind       = kind[cmv1.UpgradePolicy]{name: "UpgradePolicy", write: cmv1.MarshalUpgradePolicy, read: cmv1.UnmarshalUpgradePolicy, openAPI: clustersSchemas}
	controlPlaneUpgradeKind = kind[cmv1.ControlPlaneUpgradePolicy]{
		name: "ControlPlaneUpgradePolicy", write: cmv1.MarshalControlPlaneUpgradePolicy, read: cmv1.UnmarshalControlPlaneUpgradePolicy, openAPI: clustersSchemas,
	}
	nodePoolUpgradeKind = kind[cmv1.NodePoolUpgradePolicy]{
		name: "NodePoolUpgradePolicy", write: cmv1.MarshalNodePoolUpgradePolicy, read: cmv1.UnmarshalNodePoolUpgradePolicy, openAPI: clustersSchemas,
	}
	upgradeStateKind = kind[cmv1.UpgradePolicyState]{
		name: "UpgradePolicyState", write: cmv1.MarshalUpgradePolicyState, read: cmv1.UnmarshalUpgradePolicyState, openAPI: clustersSchemas,
	}
)

// An upgradePlan is what the three types of upgrade policies say alike.
type upgradePlan interface {
	ScheduleType() cmv1.ScheduleType
	Schedule() string
	Version() string
	NextRun() time.Time
	EnableMinorVersionUpgrades() bool
}

// An upgradeAPI serves the upgrade policies of whole clusters, of hosted control planes or of node pools. A policy stays
// scheduled: when it runs is up to what upgrades clusters, which is not here.
type upgradeAPI[T any, P interface {
	*T
	upgradePlan
}] struct {
	kind     kind[T]
	of       func(*state) map[string]*collection[T] // by the key of what is upgraded
	find     func(*state, call) (upgraded, error)
	complete func(*T, upgraded, policyOrigin) *T
}

// An upgraded is what a policy upgrades.
type upgraded struct {
	cluster  *cmv1.Cluster
	pool     string // of a node pool, its id
	key      string
	policies string   // the path of its policies
	from     string   // the raw id of its version
	to       []string // those that it can go to
}

// A policyOrigin is what the service, and not the request, decides about a new policy.
type policyOrigin struct {
	id, href string
	at       time.Time
}

var (
	clusterUpgrades = upgradeAPI[cmv1.UpgradePolicy, *cmv1.UpgradePolicy]{
		kind: upgradePolicyKind,
		of:   func(s *state) map[string]*collection[cmv1.UpgradePolicy] { return s.upgradePolicies },
		find: upgradedCluster,
		complete: func(request *cmv1.UpgradePolicy, u upgraded, from policyOrigin) *cmv1.UpgradePolicy {
			return built(cmv1.NewUpgradePolicy().Copy(request).UpgradeType(cmv1.UpgradeTypeOSD).ID(from.id).HREF(from.href).ClusterID(u.cluster.ID()).Build())
		},
	}
	controlPlaneUpgrades = upgradeAPI[cmv1.ControlPlaneUpgradePolicy, *cmv1.ControlPlaneUpgradePolicy]{
		kind: controlPlaneUpgradeKind,
		of:   func(s *state) map[string]*collection[cmv1.ControlPlaneUpgradePolicy] { return s.controlPlaneUpgrades },
		find: upgradedControlPlane,
		complete: func(request *cmv1.ControlPlaneUpgradePolicy, u upgraded, from policyOrigin) *cmv1.ControlPlaneUpgradePolicy {
			return built(cmv1.NewControlPlaneUpgradePolicy().Copy(request).UpgradeType(cmv1.UpgradeTypeControlPlane).ID(from.id).HREF(from.href).
				ClusterID(u.cluster.ID()).State(scheduled()).CreationTimestamp(from.at).LastUpdateTimestamp(from.at).Build())
		},
	}
	nodePoolUpgrades = upgradeAPI[cmv1.NodePoolUpgradePolicy, *cmv1.NodePoolUpgradePolicy]{
		kind: nodePoolUpgradeKind,
		of:   func(s *state) map[string]*collection[cmv1.NodePoolUpgradePolicy] { return s.nodePoolUpgrades },
		find: upgradedNodePool,
		complete: func(request *cmv1.NodePoolUpgradePolicy, u upgraded, from policyOrigin) *cmv1.NodePoolUpgradePolicy {
			return built(cmv1.NewNodePoolUpgradePolicy().Copy(request).UpgradeType(cmv1.UpgradeTypeNodePool).ID(from.id).HREF(from.href).
				ClusterID(u.cluster.ID()).NodePoolID(u.pool).State(scheduled()).CreationTimestamp(from.at).LastUpdateTimestamp(from.at).Build())
		},
	}
)

func scheduled() *cmv1.UpgradePolicyStateBuilder {
	return cmv1.NewUpgradePolicyState().Value(cmv1.UpgradePolicyStateValueScheduled).Description("Upgrade scheduled.")
}

// upgradedCluster is a cluster as a whole. That of a hosted control plane has an empty list of policies, and takes none.
func upgradedCluster(s *state, c call) (upgraded, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return upgraded{}, err
	}
	cluster := clusterKind.object(d)
	u := upgraded{
		cluster: cluster, key: d.id, policies: clustersAPI + "/clusters/" + d.id + "/upgrade_policies",
		from: cluster.Version().RawID(), to: cluster.Version().AvailableUpgrades(),
	}
	if cluster.Hypershift().Enabled() && c.Method == http.MethodPost {
		return upgraded{}, refuse(http.StatusBadRequest, "Cluster '%s' has a hosted control plane: use its control_plane/upgrade_policies", cluster.Name())
	}
	return u, nil
}

func upgradedControlPlane(s *state, c call) (upgraded, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return upgraded{}, err
	}
	cluster := clusterKind.object(d)
	if !cluster.Hypershift().Enabled() {
		return upgraded{}, refuse(http.StatusBadRequest, "Cluster '%s' has no hosted control plane: use its upgrade_policies", cluster.Name())
	}
	return upgraded{
		cluster: cluster, key: d.id, policies: clustersAPI + "/clusters/" + d.id + "/control_plane/upgrade_policies",
		from: cluster.Version().RawID(), to: cluster.Version().AvailableUpgrades(),
	}, nil
}

func upgradedNodePool(s *state, c call) (upgraded, error) {
	pools, cluster, err := nodePools.find(s, c)
	if err != nil {
		return upgraded{}, err
	}
	d, err := pools.get(c.PathValue("pool"))
	if err != nil {
		return upgraded{}, err
	}
	version := nodePoolKind.object(d).Version()
	return upgraded{
		cluster: cluster, pool: d.id, key: cluster.ID() + "/" + d.id,
		policies: clustersAPI + "/clusters/" + cluster.ID() + "/node_pools/" + d.id + "/upgrade_policies",
		from:     version.RawID(), to: version.AvailableUpgrades(),
	}, nil
}

func (a upgradeAPI[T, P]) policies(s *state, u upgraded) *collection[T] {
	if policies := a.of(s)[u.key]; policies != nil {
		return policies
	}
	return newCollection(a.kind)
}

func (a upgradeAPI[T, P]) list(s *state, c call) (answer, error) {
	u, err := a.find(s, c)
	if err != nil {
		return answer{}, err
	}
	return a.policies(s, u).list(c.URL.Query())
}

func (a upgradeAPI[T, P]) get(s *state, c call) (answer, error) {
	u, err := a.find(s, c)
	if err != nil {
		return answer{}, err
	}
	return found(a.policies(s, u).get(c.PathValue("policy")))
}

// create answers 201 with a scheduled upgrade, or with dryRun=true 204 and nothing done.
func (a upgradeAPI[T, P]) create(s *state, c call) (answer, error) {
	u, err := a.find(s, c)
	if err != nil {
		return answer{}, err
	}
	request, err := a.kind.read(c.body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "The body is not an upgrade policy: %v", err)
	}
	policies := a.policies(s, u)
	dry := c.URL.Query().Get("dryRun") == "true"
	if err := s.checkUpgrade(P(request), u); err != nil {
		return answer{}, err
	}
	// A dry run is for the gates: rosa sends no time with it.
	if !dry && P(request).ScheduleType() == cmv1.ScheduleTypeManual && !P(request).NextRun().After(c.now) {
		return answer{}, refuse(http.StatusBadRequest, "Attribute 'next_run': use a time that is to come")
	}
	if len(policies.documents) > 0 {
		return answer{}, refuse(http.StatusConflict, "An upgrade is scheduled already: delete upgrade policy '%s' first", policies.documents[0].id)
	}
	if dry {
		return answer{status: http.StatusNoContent}, nil
	}
	id := newAccountsID(s.random)
	policies.put(id, a.complete(request, u, policyOrigin{id: id, href: u.policies + "/" + id, at: c.now.UTC()}))
	a.of(s)[u.key] = policies
	return answer{status: http.StatusCreated, body: policies.find(id).body}, nil
}

func (a upgradeAPI[T, P]) remove(s *state, c call) (answer, error) {
	u, err := a.find(s, c)
	if err != nil {
		return answer{}, err
	}
	policies := a.policies(s, u)
	d, err := policies.get(c.PathValue("policy"))
	if err != nil {
		return answer{}, err
	}
	policies.remove(d.id)
	return answer{status: http.StatusNoContent}, nil
}

// getUpgradeState is how clients learn the state of a whole cluster's upgrade; the other policies hold it themselves.
func getUpgradeState(s *state, c call) (answer, error) {
	u, err := clusterUpgrades.find(s, c)
	if err != nil {
		return answer{}, err
	}
	d, err := clusterUpgrades.policies(s, u).get(c.PathValue("policy"))
	if err != nil {
		return answer{}, err
	}
	return found(upgradeStateKind.document(d.id, built(scheduled().ID(d.id).HREF(u.policies+"/"+d.id+"/state").Build())), nil)
}

// checkUpgrade refuses a plan that cannot be carried out, naming the attribute and the cure.
func (s *state) checkUpgrade(plan upgradePlan, u upgraded) error {
	bad := func(format string, arguments ...any) error {
		return refuse(http.StatusBadRequest, format, arguments...)
	}
	if state := u.cluster.State(); state != cmv1.ClusterStateReady {
		return bad("Cluster '%s' is %s: wait until it is ready", u.cluster.Name(), state)
	}
	switch plan.ScheduleType() {
	case cmv1.ScheduleTypeAutomatic:
		if len(strings.Fields(plan.Schedule())) != 5 {
			return bad("Attribute 'schedule' is %q: use a cron expression of five fields", plan.Schedule())
		}
		return nil
	case cmv1.ScheduleTypeManual:
	default:
		return bad("Attribute 'schedule_type' is %q: use manual or automatic", plan.ScheduleType())
	}
	if !slices.Contains(u.to, plan.Version()) {
		return bad("Attribute 'version' is %q: use one of the available upgrades: %s", plan.Version(), strings.Join(u.to, ", "))
	}
	return s.checkGates(u, plan.Version())
}
