package xcm

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var nodePoolKind = kind[cmv1.NodePool]{
	name: "NodePool", write: cmv1.MarshalNodePool, read: cmv1.UnmarshalNodePool, openAPI: clustersSchemas,
	writable: []string{
		"auto_repair", "autoscaling", "aws_node_pool.tags", "kubelet_configs", "labels", "management_upgrade",
		"node_drain_grace_period", "replicas", "taints", "tuning_configs", "version",
	},
}

var nodePools = poolAPI[cmv1.NodePool]{
	kind:  nodePoolKind,
	of:    func(s *state) map[string]*collection[cmv1.NodePool] { return s.nodePools },
	read:  readNodePool,
	check: checkNodePool,
}

func readNodePool(cluster *cmv1.Cluster, body []byte) (string, *cmv1.NodePool, error) {
	request, err := cmv1.UnmarshalNodePool(body)
	if err != nil {
		return "", nil, refuse(http.StatusBadRequest, "The body is not a node pool: %v", err)
	}
	if !cluster.Hypershift().Enabled() {
		return "", nil, refuse(http.StatusBadRequest, "Cluster '%s' has no hosted control plane: use its machine_pools", cluster.Name())
	}
	if err := checkPoolID(request.ID()); err != nil {
		return "", nil, err
	}
	if err := checkPoolVersion(cluster, request); err != nil {
		return "", nil, err
	}
	pool := completeNodePool(cluster, request)
	instance := pool.AWSNodePool().InstanceType()
	if _, exists := machineOf("aws", instance); !exists {
		return "", nil, refuse(http.StatusBadRequest, "Attribute 'aws_node_pool.instance_type' is %q: use one that GET %s/machine_types lists", instance, clustersAPI)
	}
	return request.ID(), pool, checkNodePool(request)
}

func checkNodePool(pool *cmv1.NodePool) error {
	scaling, scales := pool.GetAutoscaling()
	replicas, fixed := pool.GetReplicas()
	return checkReplicas(scale{scales, fixed, replicas, scaling.MinReplica(), scaling.MaxReplica()}, "min_replica", "max_replica")
}

// completeNodePool fills in what a request for a pool leaves to the service.
func completeNodePool(cluster *cmv1.Cluster, request *cmv1.NodePool) *cmv1.NodePool {
	builder := cmv1.NewNodePool().Copy(request).
		HREF(clustersAPI + "/clusters/" + cluster.ID() + "/node_pools/" + request.ID()).
		AWSNodePool(cmv1.NewAWSNodePool().Copy(request.AWSNodePool()).
			InstanceType(cmp.Or(request.AWSNodePool().InstanceType(), cluster.Nodes().ComputeMachineType().ID())).
			InstanceProfile("rosa-service-managed-" + cluster.ID()[:8] + "-" + request.ID())).
		Status(cmv1.NewNodePoolStatus().CurrentReplicas(0))
	if _, asked := request.GetAutoRepair(); !asked {
		builder.AutoRepair(true)
	}
	if version, asked := request.GetVersion(); asked {
		builder.Version(poolVersion(cluster, version.ID()))
	} else {
		version := cluster.Version()
		builder.Version(cmv1.NewVersion().ID(version.ID()).HREF(version.HREF()).RawID(version.RawID()).ChannelGroup(version.ChannelGroup()))
	}
	if request.AvailabilityZone() == "" {
		builder.AvailabilityZone(cluster.Nodes().AvailabilityZones()[0])
	}
	if subnets := cluster.AWS().SubnetIDs(); request.Subnet() == "" && len(subnets) > 0 {
		builder.Subnet(subnets[0])
	}
	if _, asked := request.GetManagementUpgrade(); !asked {
		builder.ManagementUpgrade(cmv1.NewNodePoolManagementUpgrade().Type("Replace").MaxSurge("1").MaxUnavailable("0"))
	}
	return built(builder.Build())
}

// poolVersion is the version of a pool that is behind its control plane: it can follow up to that and no further.
func poolVersion(cluster *cmv1.Cluster, id string) *cmv1.VersionBuilder {
	release, _ := releaseOf(id)
	whole := built(release.builder().Build())
	upgrades := slices.DeleteFunc(release.upgrades(), func(raw string) bool { return later(raw, cluster.Version().RawID()) })
	return cmv1.NewVersion().ID(whole.ID()).HREF(whole.HREF()).RawID(whole.RawID()).ChannelGroup(whole.ChannelGroup()).AvailableUpgrades(upgrades...)
}

// checkPoolVersion refuses a version that there is not, or that is ahead of the control plane.
func checkPoolVersion(cluster *cmv1.Cluster, request *cmv1.NodePool) error {
	version, asked := request.GetVersion()
	if !asked {
		return nil
	}
	release, exists := releaseOf(version.ID())
	if !exists || !release.enabled() || later(release.rawID(), cluster.Version().RawID()) {
		return refuse(http.StatusBadRequest, "Attribute 'version.id' is %q: use one that GET %s/versions lists as enabled, at most the control plane's %s",
			version.ID(), clustersAPI, cluster.Version().RawID())
	}
	return nil
}

// later tells whether the first of two raw ids, such as 4.20.8, is the later one.
func later(a, b string) bool {
	var x, y release
	_, _ = fmt.Sscanf(a, "4.%d.%d", &x.minor, &x.patch)
	_, _ = fmt.Sscanf(b, "4.%d.%d", &y.minor, &y.patch)
	return x.minor > y.minor || x.minor == y.minor && x.patch > y.patch
}

// addFirstNodePool makes the pool that a hosted control plane comes with.
func (s *state) addFirstNodePool(cluster *cmv1.Cluster) {
	request := cmv1.NewNodePool().ID(defaultNodePool)
	if scaling, scales := cluster.Nodes().GetAutoscaleCompute(); scales {
		request.Autoscaling(cmv1.NewNodePoolAutoscaling().MinReplica(scaling.MinReplicas()).MaxReplica(scaling.MaxReplicas()))
	} else {
		request.Replicas(cluster.Nodes().Compute())
	}
	s.nodePools[cluster.ID()] = newCollection(nodePoolKind)
	s.nodePools[cluster.ID()].put(defaultNodePool, completeNodePool(cluster, built(request.Build())))
}
