package controllers

import (
	"context"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// leave takes away what stands in a cluster that the spec no longer wants, or lets go of it.
func (p pass) leave(ctx context.Context, connected *remote.Cluster, place remote.Place, o health.Observation) (health.Observation, error) {
	quit, reason := remote.Remove, v1alpha1.ReasonRemoving
	if p.isOrphaned(place) {
		quit, reason = remote.Release, v1alpha1.ReasonReleasing
	}
	var err error
	o.Emptied, err = quit(ctx, connected, p.owner())
	if o.Apply = applyOf("", reason, err); o.Apply.Reason == v1alpha1.ReasonApplying {
		o.Apply.Reason = reason // it is tried again
	}
	return o, err
}

// isOrphaned tells whether what stands in the cluster shall outlive the GeoConsole. A cluster that was taken out of the
// spec before is emptied all the same, unless it had only got another name.
func (p pass) isOrphaned(place remote.Place) bool {
	if p.gc.DeletionTimestamp.IsZero() || p.model.Deletion != v1alpha1.DeletionPolicyOrphan {
		return false
	}
	_, shared := p.sharing(place)
	return shared
}
