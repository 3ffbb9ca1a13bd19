package xcm

import (
	"net/http"
	"regexp"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

// A poolAPI serves the pools of clusters: machine pools, or the node pools of a hosted control plane.
type poolAPI[T any] struct {
	kind  kind[T]
	of    func(*state) map[string]*collection[T]                      // by cluster
	read  func(*cmv1.Cluster, []byte) (id string, pool *T, err error) // a request to create one, found good and filled in
	check func(*T) error
}

// find returns the pools of the cluster that a request names: an empty collection where it has those of the other kind.
func (p poolAPI[T]) find(s *state, c call) (*collection[T], *cmv1.Cluster, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return nil, nil, err
	}
	pools := p.of(s)[d.id]
	if pools == nil {
		pools = newCollection(p.kind)
	}
	return pools, clusterKind.object(d), nil
}

func (p poolAPI[T]) list(s *state, c call) (answer, error) {
	pools, _, err := p.find(s, c)
	if err != nil {
		return answer{}, err
	}
	return pools.list(c.URL.Query())
}

func (p poolAPI[T]) get(s *state, c call) (answer, error) {
	pools, _, err := p.find(s, c)
	if err != nil {
		return answer{}, err
	}
	return found(pools.get(c.PathValue("pool")))
}

func (p poolAPI[T]) create(s *state, c call) (answer, error) {
	pools, cluster, err := p.find(s, c)
	if err != nil {
		return answer{}, err
	}
	id, pool, err := p.read(cluster, c.body)
	if err != nil {
		return answer{}, err
	}
	if pools.find(id) != nil {
		return answer{}, refuse(http.StatusConflict, "Attribute 'id': the cluster has a pool '%s' already, choose another", id)
	}
	pools.put(id, pool)
	s.recount(cluster.ID())
	return answer{status: http.StatusCreated, body: pools.find(id).body}, nil
}

func (p poolAPI[T]) patch(s *state, c call) (answer, error) {
	pools, cluster, err := p.find(s, c)
	if err != nil {
		return answer{}, err
	}
	d, err := pools.get(c.PathValue("pool"))
	if err != nil {
		return answer{}, err
	}
	patched, err := p.kind.patched(d, c.body)
	if err != nil {
		return answer{}, err
	}
	if err := p.check(patched); err != nil {
		return answer{}, err
	}
	pools.put(d.id, patched)
	s.recount(cluster.ID())
	return found(pools.get(d.id))
}

func (p poolAPI[T]) remove(s *state, c call) (answer, error) {
	pools, cluster, err := p.find(s, c)
	if err != nil {
		return answer{}, err
	}
	d, err := pools.get(c.PathValue("pool"))
	if err != nil {
		return answer{}, err
	}
	if len(pools.documents) == 1 {
		return answer{}, refuse(http.StatusBadRequest, "%s '%s' is the last of its cluster: add another first", p.kind.name, d.id)
	}
	pools.remove(d.id)
	s.recount(cluster.ID())
	return answer{status: http.StatusNoContent}, nil
}

// poolIDs are DNS labels that begin with a letter.
var poolIDs = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$`)

func checkPoolID(id string) error {
	if !poolIDs.MatchString(id) {
		return refuse(http.StatusBadRequest, "Attribute 'id' is %q: use 1 to 30 lower-case letters, digits and dashes, a letter first", id)
	}
	return nil
}

// A scale is what a pool of either kind says of its size.
type scale struct {
	scales, fixed      bool
	replicas, min, max int
}

// checkReplicas demands one of replicas and autoscaling. The two kinds of pools spell the bounds of autoscaling differently.
func checkReplicas(s scale, minName, maxName string) error {
	switch {
	case s.scales == s.fixed:
		return refuse(http.StatusBadRequest, "Attributes 'replicas' and 'autoscaling': set one of them")
	case s.fixed && s.replicas < 0:
		return refuse(http.StatusBadRequest, "Attribute 'replicas' is %d: use a number from 0", s.replicas)
	case s.scales && (s.min < 0 || s.min > s.max):
		return refuse(http.StatusBadRequest, "Attribute 'autoscaling': '%s' is %d and '%s' %d, use 0 <= %s <= %s", minName, s.min, maxName, s.max, minName, maxName)
	}
	return nil
}

// recount brings a cluster's numbers of nodes in line with its pools.
func (s *state) recount(id string) {
	cluster := clusterKind.object(s.clusters.find(id))
	nodes := cmv1.NewClusterNodes().Copy(cluster.Nodes())
	builder := cmv1.NewCluster().Copy(cluster)
	compute := s.replicas(id)
	if cluster.Hypershift().Enabled() {
		nodes.Compute(compute)
	} else if d := s.machinePools[id].find(defaultMachinePool); d != nil {
		first := machinePoolKind.object(d)
		scaling, scales := first.GetAutoscaling()
		// A builder cannot take an attribute back, so the nodes are made anew without the one that no longer holds.
		nodes = cmv1.NewClusterNodes().AvailabilityZones(cluster.Nodes().AvailabilityZones()...).
			Master(cluster.Nodes().Master()).Infra(cluster.Nodes().Infra()).
			ComputeMachineType(cmv1.NewMachineType().Copy(cluster.Nodes().ComputeMachineType()))
		if infra, has := cluster.Nodes().GetInfraMachineType(); has {
			nodes.InfraMachineType(cmv1.NewMachineType().Copy(infra))
		}
		if labels, labelled := cluster.Nodes().GetComputeLabels(); labelled {
			nodes.ComputeLabels(labels)
		}
		if scales {
			nodes.AutoscaleCompute(cmv1.NewMachinePoolAutoscaling().MinReplicas(scaling.MinReplicas()).MaxReplicas(scaling.MaxReplicas()))
		} else {
			nodes.Compute(first.Replicas())
		}
	}
	builder.Nodes(nodes.Total(cluster.Nodes().Master() + cluster.Nodes().Infra() + compute))
	if cluster.State() == cmv1.ClusterStateReady {
		builder.Status(cmv1.NewClusterStatus().Copy(cluster.Status()).CurrentCompute(s.fillPools(id)))
	}
	s.clusters.put(id, built(builder.Build()))
}

// replicas counts the compute nodes of a cluster over its pools: the fewest, where a pool scales itself.
func (s *state) replicas(id string) int {
	count := 0
	if pools := s.machinePools[id]; pools != nil {
		for _, d := range pools.documents {
			pool := machinePoolKind.object(d)
			count += pool.Replicas() + pool.Autoscaling().MinReplicas()
		}
	}
	if pools := s.nodePools[id]; pools != nil {
		for _, d := range pools.documents {
			pool := nodePoolKind.object(d)
			count += pool.Replicas() + pool.Autoscaling().MinReplica()
		}
	}
	return count
}

// fillPools makes all nodes of a cluster's pools run, and returns how many there are.
func (s *state) fillPools(id string) int {
	if pools := s.nodePools[id]; pools != nil {
		for _, d := range pools.documents {
			pool := nodePoolKind.object(d)
			running := pool.Replicas() + pool.Autoscaling().MinReplica()
			pools.put(d.id, built(cmv1.NewNodePool().Copy(pool).
				Status(cmv1.NewNodePoolStatus().CurrentReplicas(running)).Build()))
		}
	}
	return s.replicas(id)
}
