package xcm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

// A mould is what a seeded cluster is made of.
type mould string

const (
	hostedROSA  mould = "rosa with a hosted control plane"
	classicROSA mould = "rosa classic"
	osdOnAWS    mould = "osd on aws"
	osdOnGCP    mould = "osd on gcp"
	aro         mould = "aro"
)

// moulds and fates are decks: every twenty clusters have exactly this mix, in another order.
var (
	moulds = deck(map[mould]int{hostedROSA: 9, classicROSA: 5, osdOnAWS: 4, osdOnGCP: 2})
	fates  = deck(map[cmv1.ClusterState]int{
		cmv1.ClusterStateReady: 13, cmv1.ClusterStateInstalling: 2, cmv1.ClusterStateWaiting: 1, cmv1.ClusterStateError: 2,
		cmv1.ClusterStateHibernating: 1, cmv1.ClusterStateUninstalling: 1,
	})
)

// deck lays out as many of each card as asked, in one order on every machine.
func deck[T ~string](counts map[T]int) []T {
	var cards []T
	for card, count := range counts {
		cards = append(cards, slices.Repeat([]T{card}, count)...)
	}
	slices.Sort(cards)
	return cards
}

// draw deals a number of cards, shuffling a new deck whenever one is used up.
func draw[T any](random *rand.Rand, cards []T, count int) []T {
	var drawn []T
	for len(drawn) < count {
		shuffled := slices.Clone(cards)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		drawn = append(drawn, shuffled...)
	}
	return drawn[:count]
}

// A failure is why an installation went wrong. The codes have the form of the real ones; which means what is made up.
type failure struct{ code, message string }

var failures = []failure{
	{"OCM3006", "The subnets have no route to the internet. Add a NAT gateway to each of them, delete the cluster, and create it again."},
	{"OCM3024", "The account's quota of vCPUs for on-demand instances is used up. Ask the cloud provider for more and create the cluster again."},
	{"OCM3031", "The installer role could not be assumed. Check the role's trust policy and create the cluster again."},
	{"OCM3055", "The bootstrap machine did not come up within 40 minutes. Delete the cluster and create it again."},
}

// epochOf is the moment before which all seeded clusters were made, and at which the busy ones are busy.
func epochOf(seed uint64) time.Time {
	return time.Date(2026, time.January, 1, 8, 0, 0, 0, time.UTC).AddDate(0, 0, int(seed%28))
}

// spread is over how long before the epoch they were made.
const spread = 2 * 365 * 24 * time.Hour

// populate fills a new state with seeded clusters, the oldest first.
func (s *state) populate(options Options) {
	count, epoch := options.Clusters, epochOf(options.Seed)
	ages := make([]time.Duration, count)
	for i := range ages {
		ages[i] = time.Hour + time.Duration(s.random.Int64N(int64(spread)))
	}
	slices.SortFunc(ages, func(a, b time.Duration) int { return int(b/time.Second - a/time.Second) })
	drawnMoulds, drawnFates := draw(s.random, moulds, count), draw(s.random, fates, count)
	if count >= 10 && s.region.azure != "" {
		drawnMoulds[0], drawnFates[0] = aro, cmv1.ClusterStateReady
	}
	names := newNames(s.random, s.region)
	now := options.Clock()
	for i := range count {
		made := s.mouldOf(drawnMoulds[i], drawnFates[i])
		at := epoch.Add(-ages[i]).Truncate(time.Second)
		if drawnFates[i] == cmv1.ClusterStateInstalling || drawnFates[i] == cmv1.ClusterStateWaiting {
			at = epoch.Add(-time.Duration(s.random.IntN(300)) * time.Second)
		}
		creator := accountOf(username(1 + s.random.IntN(users)))
		request := s.request(made, names.next(), creator.Username())
		r := s.provision(request, origin{id: newClusterID(s.random), at: at, creator: creator})
		s.age(&r, drawnFates[i], epoch)
		s.keep(r)
		s.furnish(r, epoch)
		if r.cluster.Status().LimitedSupportReasonCount() > 0 {
			s.askForAccess(r.cluster, epoch)
		}
		if options.Pace != 1 {
			s.schedule(r.cluster, now)
		}
	}
	// The first search of a large region should not be the slow one.
	for _, documents := range [][]*document{s.clusters.documents, s.subscriptions.documents} {
		for _, d := range documents {
			d.leaf("id")
		}
	}
}

// mouldOf replaces what cannot be: hosted control planes do not hibernate, and not every region has both providers.
func (s *state) mouldOf(drawn mould, fate cmv1.ClusterState) mould {
	if fate == cmv1.ClusterStateHibernating && drawn == hostedROSA {
		drawn = classicROSA
	}
	switch {
	case drawn == osdOnGCP && len(s.region.of("gcp")) == 0:
		return osdOnAWS
	case drawn != osdOnGCP && drawn != aro && len(s.region.of("aws")) == 0:
		return osdOnGCP
	}
	return drawn
}

// age brings a new cluster to the state that it is in at the epoch.
func (s *state) age(r *record, fate cmv1.ClusterState, epoch time.Time) {
	created := r.cluster.CreationTimestamp()
	installed := created.Add(classicInstallTime)
	if r.cluster.Hypershift().Enabled() {
		installed = created.Add(hostedInstallTime)
	}
	switch fate {
	case cmv1.ClusterStateInstalling:
		s.enter(r, fate, created)
	case cmv1.ClusterStateWaiting:
		if r.cluster.AWS().STS().RoleARN() == "" {
			fate = cmv1.ClusterStateValidating
		}
		s.enter(r, fate, created)
	case cmv1.ClusterStateError:
		s.enter(r, cmv1.ClusterStateInstalling, created)
		s.fail(r, installed, failures[s.random.IntN(len(failures))])
	case cmv1.ClusterStateReady:
		s.enter(r, fate, installed)
		if s.random.IntN(15) == 0 {
			status := cmv1.NewClusterStatus().Copy(r.cluster.Status()).LimitedSupportReasonCount(1)
			r.cluster = built(cmv1.NewCluster().Copy(r.cluster).Status(status).HealthState(cmv1.ClusterHealthStateUnhealthy).Build())
		}
	default:
		s.enter(r, cmv1.ClusterStateReady, installed)
		s.enter(r, fate, epoch)
	}
}

// furnish gives some clusters a second pool, and some a planned upgrade.
func (s *state) furnish(r record, epoch time.Time) {
	id, hosted := r.cluster.ID(), r.cluster.Hypershift().Enabled()
	if s.random.IntN(4) == 0 {
		replicas := 1 + s.random.IntN(4)
		if hosted {
			pool := cmv1.NewNodePool().ID("memory").Replicas(replicas).AWSNodePool(cmv1.NewAWSNodePool().InstanceType("r5.2xlarge")).
				Labels(map[string]string{"workload": "memory"})
			s.nodePools[id].put("memory", completeNodePool(r.cluster, built(pool.Build())))
		} else {
			instance := map[string]string{"aws": "r5.2xlarge", "gcp": "n2-highmem-8", "azure": "Standard_E8s_v3"}[r.cluster.CloudProvider().ID()]
			s.machinePools[id].put("memory", built(cmv1.NewMachinePool().ID("memory").HREF(machinePoolPath(id, "memory")).
				Replicas(replicas).InstanceType(instance).AvailabilityZones(r.cluster.Nodes().AvailabilityZones()...).
				Labels(map[string]string{"workload": "memory"}).
				Taints(cmv1.NewTaint().Key("workload").Value("memory").Effect("NoSchedule")).Build()))
		}
		s.recount(id)
	}
	upgrades := r.cluster.Version().AvailableUpgrades()
	if !hosted && r.cluster.State() == cmv1.ClusterStateReady && len(upgrades) > 0 && s.random.IntN(5) == 0 {
		policy := newAccountsID(s.random)
		s.upgradePolicies[id] = newCollection(upgradePolicyKind)
		s.upgradePolicies[id].put(policy, built(cmv1.NewUpgradePolicy().ID(policy).
			HREF(clustersAPI+"/clusters/"+id+"/upgrade_policies/"+policy).ClusterID(id).
			ScheduleType(cmv1.ScheduleTypeManual).NextRun(epoch.AddDate(1, 0, s.random.IntN(60))).
			Version(upgrades[s.random.IntN(len(upgrades))]).UpgradeType(cmv1.UpgradeTypeOSD).EnableMinorVersionUpgrades(false).Build()))
	}
}

// names makes names that are unique in a region and say where they are, such as payments-prod-euw1 and payments-prod-euw1-02.
type names struct {
	random *rand.Rand
	place  string
	used   map[string]int
}

var (
	teams = []string{
		"analytics", "api-gateway", "billing", "booking", "catalog", "checkout", "claims", "content", "data-lake", "edge", "fraud",
		"identity", "inventory", "iot", "ledger", "logistics", "maps", "media", "messaging", "ml-serving", "ml-training", "mobile",
		"observability", "orders", "partners", "payments", "pricing", "quality", "reporting", "risk", "routing", "search", "settlement",
		"shipping", "streaming", "telemetry", "tickets", "warehouse", "web-shop",
	}
	stages = []string{"prod", "prod", "stage", "test", "dev", "perf", "dr"}
)

func newNames(random *rand.Rand, region region) *names {
	place := ""
	for part := range strings.SplitSeq(region.cloudRegions[0].id, "-") {
		switch {
		case place == "" || part[0] >= '0' && part[0] <= '9':
			place += part
		case part == "northeast", part == "northwest", part == "southeast", part == "southwest":
			place += part[:1] + part[5:6]
		default:
			place += part[:1]
		}
	}
	return &names{random: random, place: place, used: map[string]int{}}
}

func (n *names) next() string {
	name := pick(n.random, teams) + "-" + pick(n.random, stages) + "-" + n.place
	n.used[name]++
	if number := n.used[name]; number > 1 {
		return fmt.Sprintf("%s-%02d", name, number)
	}
	return name
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }
