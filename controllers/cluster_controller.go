package controllers

import (
	"context"
	"errors"
	"fmt"
	"sync"
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

	// opening keeps a connection that a pass is just opening from being closed by another pass that has listed the places
	// before: nothing would ever wake the first one again.
	opening sync.RWMutex
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

// owner is whose the cluster's objects are, and what of others a person lets it take over there.
func (p pass) owner() geography.Owner { return p.model.OwnerIn(p.target.Cluster) }

// promised tells whether the status names this very cluster, so that a write into it will never be forgotten.
func (p pass) promised(uid string) bool { return p.row != nil && p.row.ClusterUID == uid }

// heir is the row of another cluster of the spec that leads to the same place: the cluster was renamed, or two Secrets
// lead there. What stands there is the heir's, and must not be taken away from under it. The row is nil until it is
// promised.
func (p pass) heir(place remote.Place) (row *v1alpha1.ClusterStatus, found bool) {
	if !p.gc.DeletionTimestamp.IsZero() {
		return nil, false
	}
	for _, other := range p.gc.Spec.Clusters {
		row := rowOf(p.gc, other.Name)
		if at, _ := placeOf(p.gc, other.Name); at == place {
			return row, true
		}
		if row != nil && row.ClusterUID == p.row.ClusterUID && row.Namespace == p.row.Namespace {
			return row, true
		}
	}
	return nil, false
}

// Reconcile does one pass over one cluster and keeps what it found as the observation.
func (r *ClusterReconciler) Reconcile(ctx context.Context, target Target) (reconcile.Result, error) {
	var gc v1alpha1.GeoConsole
	if err := r.Cache.Get(ctx, target.NamespacedName, &gc); client.IgnoreNotFound(err) != nil {
		return reconcile.Result{}, err
	}
	place, known := placeOf(&gc, target.Cluster)
	if !known {
		r.Observations.Forget(target)
		return reconcile.Result{}, r.retain(ctx)
	}
	p := pass{target: target, gc: &gc, row: rowOf(&gc, target.Cluster)}
	var err error
	if p.model, p.problems, err = r.Resolver.Resolve(ctx, &gc); err != nil {
		return reconcile.Result{}, err
	}
	observation, err := r.visit(ctx, p, place)
	r.Observations.Put(ctx, target, Visit{GeoConsole: gc.UID, Place: place, Observation: observation})
	if refusal := (&remote.Refusal{}); errors.As(err, &refusal) {
		return reconcile.Result{RequeueAfter: refusalRetry}, nil
	}
	if errors.Is(err, remote.ErrNotConnected) {
		return reconcile.Result{}, nil // lost during the pass; its event comes when it connects again
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
	connected, o.Connection = r.connect(place)
	if connected == nil {
		return o, nil // its event comes when it connects
	}
	o.ClusterUID = connected.UID()
	if !p.promised(o.ClusterUID) {
		return o, nil // the GeoConsole's reconcile promises the place first, or says ClusterChanged; either wakes us
	}
	if heir, inherited := p.heir(place); !wanted && inherited {
		o.Emptied = heir != nil && heir.ClusterUID == o.ClusterUID
		return o, nil // until the heir is promised the place, this row remembers it; the promise wakes us
	}
	if !wanted {
		emptied, err := remote.Remove(ctx, connected, p.owner())
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
		err = remote.Apply(ctx, connected, p.owner(), bundle)
		apply = applyOf(bundle.Revision, v1alpha1.ReasonApplied, err)
	}
	seen, unread := remote.Observe(ctx, connected, p.owner(), bundle)
	if unread != nil {
		err = errors.Join(err, unread)
		if refusal := (&remote.Refusal{}); errors.As(err, &refusal) {
			o.Apply, o.Unread = applyOf(bundle.Revision, "", refusal), true // a person has to act, so it is told
		}
		return o, err
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
		return health.Apply{Revision: revision, Reason: refusal.Reason, Object: refusal.Object, Field: refusal.Field, Claim: refusal.Claim}
	default:
		return health.Apply{Revision: revision, Reason: v1alpha1.ReasonApplying}
	}
}

// connect gives the cluster of a place when it is connected; else the connection is being opened.
func (r *ClusterReconciler) connect(place remote.Place) (*remote.Cluster, health.Connection) {
	r.opening.RLock()
	defer r.opening.RUnlock()
	connected, connection := r.Clusters.Client(place)
	if refusal := r.Clusters.Refusal(place); connected == nil && refusal != nil {
		connection.Field = refusal.Field
	}
	return connected, connection
}

// retain closes the connections to all places but those where anything is or shall be put.
func (r *ClusterReconciler) retain(ctx context.Context) error {
	r.opening.Lock()
	defer r.opening.Unlock()
	var all v1alpha1.GeoConsoleList
	if err := r.Cache.List(ctx, &all); err != nil {
		return fmt.Errorf("list GeoConsoles: %w", err) // not knowing the places is no reason to close their connections
	}
	var places []remote.Place
	for _, gc := range all.Items {
		for _, target := range targetsOf(&gc) {
			if place, known := placeOf(&gc, target.Cluster); known {
				places = append(places, place)
			}
		}
	}
	r.Clusters.Retain(places)
	return nil
}
