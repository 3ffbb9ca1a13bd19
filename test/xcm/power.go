package xcm

import (
	"net/http"
	"time"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
	slv1 "github.com/openshift-online/ocm-sdk-go/servicelogs/v1"
)

// How long a cluster takes to go to sleep and to wake up, at pace 1.
const (
	powerDownTime = 5 * time.Minute
	resumeTime    = 8 * time.Minute
)

var (
	hibernate = power{from: cmv1.ClusterStateReady, to: cmv1.ClusterStatePoweringDown, summary: "Cluster hibernation requested"}
	resume    = power{from: cmv1.ClusterStateHibernating, to: cmv1.ClusterStateResuming, summary: "Cluster resumption requested"}
)

// A power is a request to put a cluster to sleep, or to wake it up.
type power struct {
	from, to cmv1.ClusterState
	summary  string
}

func (p power) serve(s *state, c call) (answer, error) {
	d, err := s.clusters.get(c.PathValue("cluster"))
	if err != nil {
		return answer{}, err
	}
	r := s.take(d.id)
	if r.cluster.Hypershift().Enabled() {
		return answer{}, refuse(http.StatusBadRequest, "Cluster '%s' has a hosted control plane, which does not hibernate", r.cluster.Name())
	}
	if r.cluster.State() != p.from {
		return answer{}, refuse(http.StatusBadRequest, "Cluster '%s' is %s: this needs one that is %s", r.cluster.Name(), r.cluster.State(), p.from)
	}
	s.enter(&r, p.to, c.now.UTC())
	s.write(r, c.now.UTC(), slv1.SeverityInfo, p.summary, descriptions[p.to]+".")
	s.keep(r)
	s.schedule(r.cluster, c.now)
	return found(s.clusters.get(d.id))
}
