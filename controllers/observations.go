package controllers

import (
	"context"
	"reflect"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// Observations keeps the latest observation of every target and wakes the GeoConsole's reconcile when one changes.
// They are kept in memory only: after a restart the status keeps its old values until each cluster is observed again.
type Observations struct {
	// Changed yields the GeoConsole whose observations changed.
	Changed chan event.TypedGenericEvent[types.NamespacedName]

	mu     sync.Mutex
	latest map[Target]Visit
}

// Visit is what one pass saw, and of what: a GeoConsole that was made anew under its former name, or a cluster whose
// name was given to another place, must not be judged, and its row not promised, by what was seen before.
type Visit struct {
	GeoConsole  types.UID
	Place       remote.Place
	Observation health.Observation
}

// NewObservations makes an empty store.
func NewObservations() *Observations {
	return &Observations{
		Changed: make(chan event.TypedGenericEvent[types.NamespacedName], 256),
		latest:  map[Target]Visit{},
	}
}

// Put keeps what a pass saw. An equal visit changes nothing and wakes nobody.
func (o *Observations) Put(ctx context.Context, target Target, visit Visit) {
	o.mu.Lock()
	before, known := o.latest[target]
	o.latest[target] = visit
	o.mu.Unlock()
	if known && reflect.DeepEqual(before, visit) {
		return
	}
	select {
	case o.Changed <- event.TypedGenericEvent[types.NamespacedName]{Object: target.NamespacedName}:
	case <-ctx.Done():
	}
}

// Of returns the latest observations of this very GeoConsole, where its clusters are now, by the name of the cluster.
func (o *Observations) Of(gc *v1alpha1.GeoConsole) map[string]health.Observation {
	o.mu.Lock()
	defer o.mu.Unlock()
	of := map[string]health.Observation{}
	for _, target := range targetsOf(gc) {
		visit, made := o.latest[target]
		if place, known := placeOf(gc, target.Cluster); made && known && visit.GeoConsole == gc.UID && visit.Place == place {
			of[target.Cluster] = visit.Observation
		}
	}
	return of
}

// Forget drops a target that is no more.
func (o *Observations) Forget(target Target) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.latest, target)
}
