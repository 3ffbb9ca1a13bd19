package xcm

import (
	"net/http"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var machinePoolKind = kind[cmv1.MachinePool]{
	name: "MachinePool", write: cmv1.MarshalMachinePool, read: cmv1.UnmarshalMachinePool, openAPI: clustersSchemas,
	writable: []string{"autoscaling", "labels", "replicas", "taints", "aws.tags"},
}

var machinePools = poolAPI[cmv1.MachinePool]{
	kind:  machinePoolKind,
	of:    func(s *state) map[string]*collection[cmv1.MachinePool] { return s.machinePools },
	read:  readMachinePool,
	check: checkMachinePool,
}

func readMachinePool(cluster *cmv1.Cluster, body []byte) (string, *cmv1.MachinePool, error) {
	request, err := cmv1.UnmarshalMachinePool(body)
	if err != nil {
		return "", nil, refuse(http.StatusBadRequest, "The body is not a machine pool: %v", err)
	}
	if cluster.Hypershift().Enabled() {
		return "", nil, refuse(http.StatusBadRequest, "Cluster '%s' has a hosted control plane: use its node_pools", cluster.Name())
	}
	if err := checkPoolID(request.ID()); err != nil {
		return "", nil, err
	}
	if _, exists := machineOf(cluster.CloudProvider().ID(), request.InstanceType()); !exists {
		return "", nil, refuse(http.StatusBadRequest, "Attribute 'instance_type' is %q: use one that GET %s/machine_types lists", request.InstanceType(), clustersAPI)
	}
	builder := cmv1.NewMachinePool().Copy(request).HREF(machinePoolPath(cluster.ID(), request.ID()))
	if len(request.AvailabilityZones()) == 0 {
		builder.AvailabilityZones(cluster.Nodes().AvailabilityZones()...)
	}
	return request.ID(), built(builder.Build()), checkMachinePool(request)
}

func checkMachinePool(pool *cmv1.MachinePool) error {
	scaling, scales := pool.GetAutoscaling()
	replicas, fixed := pool.GetReplicas()
	return checkReplicas(scale{scales, fixed, replicas, scaling.MinReplicas(), scaling.MaxReplicas()}, "min_replicas", "max_replicas")
}

func machinePoolPath(cluster, id string) string {
	return clustersAPI + "/clusters/" + cluster + "/machine_pools/" + id
}

// addFirstMachinePool makes the pool of a cluster's own compute nodes.
func (s *state) addFirstMachinePool(cluster *cmv1.Cluster) {
	s.machinePools[cluster.ID()] = newCollection(machinePoolKind)
	s.machinePools[cluster.ID()].put(defaultMachinePool, built(cmv1.NewMachinePool().
		ID(defaultMachinePool).HREF(machinePoolPath(cluster.ID(), defaultMachinePool)).
		InstanceType(cluster.Nodes().ComputeMachineType().ID()).AvailabilityZones(cluster.Nodes().AvailabilityZones()...).
		Build()))
	s.scaleFirstPool(cluster)
}

// scaleFirstPool gives the first pool as many replicas as the cluster has compute nodes. Nothing happens when it was deleted.
func (s *state) scaleFirstPool(cluster *cmv1.Cluster) {
	pools := s.machinePools[cluster.ID()]
	d := pools.find(defaultMachinePool)
	if d == nil {
		return
	}
	pool := machinePoolKind.object(d)
	builder := cmv1.NewMachinePool().ID(d.id).HREF(pool.HREF()).InstanceType(pool.InstanceType()).
		AvailabilityZones(pool.AvailabilityZones()...).Labels(pool.Labels())
	if taints, tainted := pool.GetTaints(); tainted {
		var copies []*cmv1.TaintBuilder
		for _, taint := range taints {
			copies = append(copies, cmv1.NewTaint().Copy(taint))
		}
		builder.Taints(copies...)
	}
	if scaling, scales := cluster.Nodes().GetAutoscaleCompute(); scales {
		builder.Autoscaling(cmv1.NewMachinePoolAutoscaling().MinReplicas(scaling.MinReplicas()).MaxReplicas(scaling.MaxReplicas()))
	} else {
		builder.Replicas(cluster.Nodes().Compute())
	}
	pools.put(d.id, built(builder.Build()))
}
