package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// refusalRetry is how long a refusal of a cluster (an object that is not ours, a missing right) is left alone: what
// cures it happens outside of what we watch.
const refusalRetry = 30 * time.Second

// ClusterReconciler brings one cluster of one GeoConsole to what the spec says, and observes it.
type ClusterReconciler struct {
	Cache        client.Reader
	Resolver     *Resolver
	Clusters     *remote.Clusters
	Observations *Observations
	// Events wake the targets of a place: its connection came or went, or something in it changed.
	Events <-chan event.TypedGenericEvent[remote.Place]
}

// pass is one reconcile of one target: what is known before the cluster is touched.
type pass struct {
	target   Target
	gc       *v1alpha1.GeoConsole
	row      *v1alpha1.ClusterStatus // nil until the GeoConsole's reconcile has made it
	model    geography.Model
	problems []geography.Problem
}

// cluster is the target's entry in the spec. It is not there when the target is being removed.
func (p pass) cluster() (geography.Cluster, bool) {
	if !p.gc.DeletionTimestamp.IsZero() {
		return geography.Cluster{}, false
	}
	return p.model.Cluster(p.target.Cluster)
}

// promised tells whether the status names this very cluster, so that a write into it will never be forgotten.
func (p pass) promised(uid string) bool { return p.row != nil && p.row.ClusterUID == uid }

// Reconcile does one pass over one cluster and keeps what it found as the observation.
func (r *ClusterReconciler) Reconcile(ctx context.Context, target Target) (reconcile.Result, error) {
	var gc v1alpha1.GeoConsole
	if err := r.Cache.Get(ctx, target.NamespacedName, &gc); client.IgnoreNotFound(err) != nil {
		return reconcile.Result{}, err
	}
	place, known := placeOf(&gc, target.Cluster)
	if !known {
		r.Observations.Forget(target)
		r.Clusters.Retain(r.places(ctx))
		return reconcile.Result{}, nil
	}
	p := pass{target: target, gc: &gc, row: rowOf(&gc, target.Cluster)}
	var err error
	if p.model, p.problems, err = r.Resolver.Resolve(ctx, &gc); err != nil {
		return reconcile.Result{}, err
	}
	observation, err := r.visit(ctx, p, place)
	r.Observations.Put(ctx, target, observation)
	if refusal := (&remote.Refusal{}); errors.As(err, &refusal) {
		return reconcile.Result{RequeueAfter: refusalRetry}, nil
	}
	if err != nil {
		return reconcile.Result{}, fmt.Errorf("cluster %s: %w", target.Cluster, err)
	}
	return reconcile.Result{}, nil
}

// visit observes the cluster and, when all allows it, writes.
func (r *ClusterReconciler) visit(ctx context.Context, p pass, place remote.Place) (health.Observation, error) {
	o := health.Observation{Generation: p.gc.Generation}
	cluster, wanted := p.cluster()
	if !wanted && (p.row == nil || p.row.ClusterUID == "") {
		o.Emptied = true // never reached, so nothing was written
		return o, nil
	}
	var connected *remote.Cluster
	connected, o.Connection = r.Clusters.Client(place)
	if connected == nil {
		return o, nil // its event comes when it connects
	}
	o.ClusterUID = connected.UID()
	if !p.promised(o.ClusterUID) {
		return o, nil // the GeoConsole's reconcile promises the place first, or says ClusterChanged; either wakes us
	}
	if !wanted {
		emptied, err := remote.Remove(ctx, connected, p.model.Owner)
		o.Emptied = emptied
		o.Apply = applyOf("", v1alpha1.ReasonRemoving, err)
		return o, err
	}
	return r.bring(ctx, p, cluster, connected, o)
}

// bring writes what is wanted, when all allows it, and reads back what is there, whether or not that worked.
func (r *ClusterReconciler) bring(ctx context.Context, p pass, cluster geography.Cluster, connected *remote.Cluster, o health.Observation) (health.Observation, error) {
	bundle, err := render.Objects(p.model, cluster)
	if err != nil {
		return o, err
	}
	apply := health.Apply{Revision: bundle.Revision}
	if apply.Reason = health.Hold(p.model, p.problems, *p.row, remote.Survey(connected)); apply.Reason == "" {
		err = remote.Apply(ctx, connected, p.model.Owner, bundle)
		apply = applyOf(bundle.Revision, v1alpha1.ReasonApplied, err)
	}
	seen, unread := remote.Observe(ctx, connected, p.model.Owner, bundle)
	if unread != nil {
		return o, errors.Join(err, unread)
	}
	seen.Generation, seen.Connection, seen.Apply = o.Generation, o.Connection, apply
	return seen, err
}

// applyOf says how an apply ended, from closed reasons only.
func applyOf(revision, success string, err error) health.Apply {
	refusal := &remote.Refusal{}
	switch {
	case err == nil:
		return health.Apply{Revision: revision, Reason: success}
	case errors.As(err, &refusal):
		return health.Apply{Revision: revision, Reason: refusal.Reason, Object: refusal.Object}
	default:
		return health.Apply{Revision: revision, Reason: v1alpha1.ReasonApplying}
	}
}

// places lists where anything is or shall be put; connections to other places are closed.
func (r *ClusterReconciler) places(ctx context.Context) []remote.Place {
	var places []remote.Place
	for _, gc := range list(ctx, r.Cache) {
		for _, target := range targetsOf(&gc) {
			if place, known := placeOf(&gc, target.Cluster); known {
				places = append(places, place)
			}
		}
	}
	return places
}
