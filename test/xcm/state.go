package xcm

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"time"

	atv1 "github.com/openshift-online/ocm-sdk-go/accesstransparency/v1"
	amv1 "github.com/openshift-online/ocm-sdk-go/accountsmgmt/v1"
	asv1 "github.com/openshift-online/ocm-sdk-go/addonsmgmt/v1"
	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
	slv1 "github.com/openshift-online/ocm-sdk-go/servicelogs/v1"
)

// A state is all that a region holds. It has no lock of its own: the instance's guards it.
type state struct {
	region region
	pace   float64
	random *rand.Rand

	pullSecret string

	clusters        *collection[cmv1.Cluster]
	machinePools    map[string]*collection[cmv1.MachinePool]   // by cluster
	nodePools       map[string]*collection[cmv1.NodePool]      // by cluster
	upgradePolicies map[string]*collection[cmv1.UpgradePolicy] // by cluster
	parts           map[string]*parts                          // by cluster, of those that were changed
	logs            map[string]*collection[slv1.LogEntry]      // by cluster, also after it is gone
	transitions     []transition

	controlPlaneUpgrades map[string]*collection[cmv1.ControlPlaneUpgradePolicy] // by cluster
	nodePoolUpgrades     map[string]*collection[cmv1.NodePoolUpgradePolicy]     // by cluster, slash, pool
	agreements           map[string]*collection[cmv1.VersionGateAgreement]      // by cluster
	newOIDCConfigs       []*cmv1.OidcConfig                                     // of no cluster

	versions     *collection[cmv1.Version]
	flavours     *collection[cmv1.Flavour]
	machineTypes *collection[cmv1.MachineType]
	addons       *collection[asv1.Addon]
	versionGates *collection[cmv1.VersionGate]

	accessRequests *collection[atv1.AccessRequest]

	subscriptions *collection[amv1.Subscription]
	accounts      *collection[amv1.Account]
	organizations *collection[amv1.Organization]
	billingModels *collection[amv1.BillingModelItem]
}

// newState makes a region without clusters.
func newState(region region, options Options) *state {
	return &state{
		region:          region,
		pace:            options.Pace,
		random:          randomOf(options.Seed, region.id),
		pullSecret:      cmp.Or(options.PullSecret, "example"),
		clusters:        newCollection(clusterKind),
		machinePools:    map[string]*collection[cmv1.MachinePool]{},
		nodePools:       map[string]*collection[cmv1.NodePool]{},
		upgradePolicies: map[string]*collection[cmv1.UpgradePolicy]{},
		parts:           map[string]*parts{},
		logs:            map[string]*collection[slv1.LogEntry]{},

		controlPlaneUpgrades: map[string]*collection[cmv1.ControlPlaneUpgradePolicy]{},
		nodePoolUpgrades:     map[string]*collection[cmv1.NodePoolUpgradePolicy]{},
		agreements:           map[string]*collection[cmv1.VersionGateAgreement]{},

		accessRequests: newCollection(accessRequestKind),

		versions:      newVersions(),
		flavours:      newFlavours(),
		machineTypes:  newMachineTypes(),
		versionGates:  newVersionGates(),
		addons:        newAddons(),
		subscriptions: newCollection(subscriptionKind),
		accounts:      newAccounts(),
		organizations: newOrganizations(),
		billingModels: newBillingModels(),
	}
}

// randomOf makes a source that gives the same numbers for the same seed and name, on every machine.
func randomOf(seed uint64, name string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name))                  // never fails
	return rand.New(rand.NewPCG(seed, hash.Sum64())) //nolint:gosec // made-up clusters must be the same every time; nothing here is a secret
}

// The alphabets of the service's ids: clusters have 32 of the first, everything in accounts_mgmt 27 of the second.
const (
	clusterIDs = "0123456789abcdefghijklmnopqrstuv"
	accountIDs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

func newClusterID(random *rand.Rand) string { return newID(random, clusterIDs, 32) }

func newAccountsID(random *rand.Rand) string { return newID(random, accountIDs, 27) }

func newID(random *rand.Rand, alphabet string, length int) string {
	id := make([]byte, length)
	for i := range id {
		id[i] = alphabet[random.IntN(len(alphabet))]
	}
	return string(id)
}

// A record is a cluster with its subscription, in hand to be changed. keep puts both back.
type record struct {
	cluster      *cmv1.Cluster
	subscription *amv1.Subscription
}

// take returns the record of a cluster that exists.
func (s *state) take(id string) record {
	cluster := clusterKind.object(s.clusters.find(id))
	return record{
		cluster:      cluster,
		subscription: subscriptionKind.object(s.subscriptions.find(cluster.Subscription().ID())),
	}
}

func (s *state) keep(r record) {
	s.clusters.put(r.cluster.ID(), r.cluster)
	s.subscriptions.put(r.subscription.ID(), r.subscription)
}

// write adds an entry to a cluster's service log.
func (s *state) write(r record, at time.Time, severity slv1.Severity, summary, description string) {
	id := r.cluster.ID()
	if s.logs[id] == nil {
		s.logs[id] = newCollection(logEntryKind)
	}
	entry := newAccountsID(s.random)
	s.logs[id].put(entry, built(slv1.NewLogEntry().ID(entry).HREF(logsAPI+"/cluster_logs/"+entry).
		ClusterID(id).ClusterUUID(externalID(id)).SubscriptionID(r.subscription.ID()).
		Timestamp(at).CreatedAt(at).CreatedBy("cluster-service").Username(r.subscription.Creator().Username()).
		ServiceName("ClusterService").Severity(severity).LogType(slv1.LogTypeClusterStateUpdates).InternalOnly(false).
		Summary(summary).Description(description).Build()))
}
