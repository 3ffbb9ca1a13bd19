package xcm

import (
	"cmp"
	"time"

	amv1 "github.com/openshift-online/ocm-sdk-go/accountsmgmt/v1"
	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
	slv1 "github.com/openshift-online/ocm-sdk-go/servicelogs/v1"
)

const (
	defaultProduct = "osd"
	defaultFlavour = "osd-4"

	// The pools that every cluster starts with.
	defaultMachinePool = "worker"
	defaultNodePool    = "workers"

	// longestPrefix is how long a domain prefix may be; a longer name gets a made-up one.
	longestPrefix = 15
)

// An origin is what the service, and not the request, decides about a new cluster.
type origin struct {
	id      string
	at      time.Time
	creator *amv1.Account
}

// provision makes a pending cluster, with its subscription and its first pool, from a request that was found good. The caller
// keeps the record.
func (s *state) provision(request *cmv1.Cluster, from origin) record {
	subscription := newAccountsID(s.random)
	release := requestedRelease(request)
	provider, product := requestedProvider(request), requestedProduct(request)
	prefix := request.DomainPrefix()
	if prefix == "" {
		prefix = request.Name()
	}
	if len(prefix) > longestPrefix {
		// A prefix is a DNS label: it begins with a letter, which the alphabet of ids does not promise.
		prefix = "c" + newID(s.random, clusterIDs, longestPrefix-1)
	}
	r := record{cluster: built(cmv1.NewCluster().Copy(request).
		ID(from.id).HREF(clustersAPI + "/clusters/" + from.id).DomainPrefix(prefix).
		CreationTimestamp(from.at).State(cmv1.ClusterStatePending).
		Status(cmv1.NewClusterStatus().ID(from.id).HREF(clustersAPI + "/clusters/" + from.id + "/status").
			State(cmv1.ClusterStatePending).Description(descriptions[cmv1.ClusterStatePending]).
			DNSReady(false).OIDCReady(false).CurrentCompute(0).LimitedSupportReasonCount(0).
			ConfigurationMode(cmv1.ClusterConfigurationModeFull)).
		Managed(true).MultiAZ(request.MultiAZ()).
		CloudProvider(cloudProviderLink(provider)).
		Region(cloudRegionLink(provider, request.Region().ID())).
		Product(cmv1.NewProduct().Link(true).ID(product).HREF(clustersAPI + "/products/" + product)).
		Flavour(cmv1.NewFlavour().Link(true).ID(defaultFlavour).HREF(clustersAPI + "/flavours/" + defaultFlavour)).
		Subscription(cmv1.NewSubscription().Link(true).ID(subscription).HREF(accountsAPI + "/subscriptions/" + subscription)).
		OpenshiftVersion(release.rawID()).Version(clusterVersion(release)).
		CCS(cmv1.NewCCS().Enabled(request.CCS().Enabled()).DisableSCPChecks(request.CCS().DisableSCPChecks())).
		Hypershift(cmv1.NewHypershift().Enabled(request.Hypershift().Enabled())).
		API(cmv1.NewClusterAPI().Listening(requestedListening(request))).
		DNS(requestedDNS(request, from.id)).
		Network(requestedNetwork(request)).
		Nodes(requestedNodes(request)).
		BillingModel(requestedBilling(request)).
		NodeDrainGracePeriod(cmv1.NewValue().Value(60).Unit("minutes")).
		DeleteProtection(cmv1.NewDeleteProtection().Enabled(request.DeleteProtection().Enabled())).
		FIPS(request.FIPS()).EtcdEncryption(request.EtcdEncryption()).
		DisableUserWorkloadMonitoring(request.DisableUserWorkloadMonitoring()).
		Build())}
	r.subscription = s.subscribe(r.cluster, subscription, from)
	if r.cluster.Hypershift().Enabled() {
		s.addFirstNodePool(r.cluster)
	} else {
		s.addFirstMachinePool(r.cluster)
	}
	s.write(r, from.at, slv1.SeverityInfo, "Cluster registered", "The cluster was requested by "+from.creator.Username()+".")
	return r
}

// subscribe makes the subscription of a new cluster: Reserved until the cluster is ready.
func (s *state) subscribe(cluster *cmv1.Cluster, id string, from origin) *amv1.Subscription {
	plan := map[string]string{"rosa": "MOA", "osd": "OSD", "osdtrial": "OSDTrial", "aro": "ARO"}[cluster.Product().ID()]
	if cluster.Hypershift().Enabled() {
		plan = "MOA-HostedControlPlane"
	}
	return built(amv1.NewSubscription().ID(id).HREF(accountsAPI + "/subscriptions/" + id).
		ClusterID(cluster.ID()).DisplayName(cluster.Name()).
		Plan(amv1.NewPlan().ID(plan).HREF(accountsAPI + "/plans/" + plan).Type(plan)).
		Status("Reserved").Managed(true).OrganizationID(organizationID).
		Creator(amv1.NewAccount().Link(true).ID(from.creator.ID()).HREF(from.creator.HREF()).Username(from.creator.Username())).
		CloudProviderID(cluster.CloudProvider().ID()).CloudAccountID(cluster.AWS().AccountID()).
		RegionID(cluster.Region().ID()).RhRegionID(s.region.id).
		ClusterBillingModel(amv1.BillingModel(cluster.BillingModel())).
		SupportLevel("Premium").Usage("Production").ServiceLevel("L1-L3").SystemUnits("Cores/vCPU").Provenance("Provisioning").
		CreatedAt(from.at).UpdatedAt(from.at).Build())
}

func requestedProvider(request *cmv1.Cluster) string {
	return cmp.Or(request.CloudProvider().ID(), "aws")
}

func requestedProduct(request *cmv1.Cluster) string {
	return cmp.Or(request.Product().ID(), defaultProduct)
}

func requestedRelease(request *cmv1.Cluster) release {
	release, _ := releaseOf(cmp.Or(request.Version().ID(), defaultVersion))
	return release
}

// clusterVersion is the part of a version that a cluster shows.
func clusterVersion(r release) *cmv1.VersionBuilder {
	whole := built(r.builder().Build())
	return cmv1.NewVersion().ID(whole.ID()).HREF(whole.HREF()).RawID(whole.RawID()).ChannelGroup(whole.ChannelGroup()).
		AvailableUpgrades(whole.AvailableUpgrades()...).AvailableChannels(whole.AvailableChannels()...).
		EndOfLifeTimestamp(whole.EndOfLifeTimestamp())
}

func requestedListening(request *cmv1.Cluster) cmv1.ListeningMethod {
	return cmp.Or(request.API().Listening(), cmv1.ListeningMethodExternal)
}

func requestedDNS(request *cmv1.Cluster, id string) *cmv1.DNSBuilder {
	return cmv1.NewDNS().BaseDomain(cmp.Or(request.DNS().BaseDomain(), id[:4]+".p1.xcm.example.com"))
}

func requestedBilling(request *cmv1.Cluster) cmv1.BillingModel {
	return cmp.Or(request.BillingModel(), cmv1.BillingModelStandard)
}

func defaultNetwork() *cmv1.NetworkBuilder {
	return cmv1.NewNetwork().Type("OVNKubernetes").
		MachineCIDR("10.0.0.0/16").ServiceCIDR("172.30.0.0/16").PodCIDR("10.128.0.0/14").HostPrefix(23)
}

func requestedNetwork(request *cmv1.Cluster) *cmv1.NetworkBuilder {
	network, asked := defaultNetwork(), request.Network()
	if value, set := asked.GetMachineCIDR(); set {
		network.MachineCIDR(value)
	}
	if value, set := asked.GetServiceCIDR(); set {
		network.ServiceCIDR(value)
	}
	if value, set := asked.GetPodCIDR(); set {
		network.PodCIDR(value)
	}
	if value, set := asked.GetHostPrefix(); set {
		network.HostPrefix(value)
	}
	if value, set := asked.GetType(); set {
		network.Type(value)
	}
	return network
}

// requestedNodes fills in how many nodes of which kind: a hosted control plane has no masters and no infrastructure nodes in the
// customer's account.
func requestedNodes(request *cmv1.Cluster) *cmv1.ClusterNodesBuilder {
	asked := request.Nodes()
	nodes := cmv1.NewClusterNodes().Copy(asked)
	master, infra := 3, 2
	if request.MultiAZ() {
		infra = 3
	}
	if request.Hypershift().Enabled() {
		master, infra = 0, 0
	}
	compute := asked.Compute()
	if scaling, scales := asked.GetAutoscaleCompute(); scales {
		compute = scaling.MinReplicas()
	} else if compute == 0 {
		compute = leastCompute(request)
		nodes.Compute(compute)
	}
	if len(asked.AvailabilityZones()) == 0 {
		nodes.AvailabilityZones(zones(request)...)
	}
	nodes.ComputeMachineType(machineTypeLink(requestedMachine(request)))
	if infra > 0 {
		nodes.InfraMachineType(machineTypeLink(map[string]string{"aws": "r5.xlarge", "gcp": "n2-highmem-4"}[requestedProvider(request)]))
	}
	return nodes.Master(master).Infra(infra).Total(master + infra + compute)
}

// leastCompute is how few compute nodes a cluster can have: one a zone, and two.
func leastCompute(request *cmv1.Cluster) int {
	if request.MultiAZ() {
		return 3
	}
	return 2
}

func requestedMachine(request *cmv1.Cluster) string {
	otherwise := map[string]string{"aws": "m5.xlarge", "gcp": "n2-standard-4", "azure": "Standard_D8s_v3"}[requestedProvider(request)]
	return cmp.Or(request.Nodes().ComputeMachineType().ID(), otherwise)
}

func machineTypeLink(id string) *cmv1.MachineTypeBuilder {
	if id == "" {
		return nil
	}
	return cmv1.NewMachineType().Link(true).ID(id).HREF(clustersAPI + "/machine_types/" + id)
}

// zones are the availability zones of a cluster that names none: eu-west-1a on AWS, europe-west1-a on Google, 1 on Azure.
func zones(request *cmv1.Cluster) []string {
	region := request.Region().ID()
	all := map[string][]string{
		"aws":   {region + "a", region + "b", region + "c"},
		"gcp":   {region + "-a", region + "-b", region + "-c"},
		"azure": {"1", "2", "3"},
	}[requestedProvider(request)]
	if request.MultiAZ() {
		return all
	}
	return all[:1]
}
