package controllers

import (
	"context"
	"reflect"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/geoconsole/geoconsole-operator/internal/health"
)

// Observations keeps the latest observation of every target and wakes the GeoConsole's reconcile when one changes.
// They are kept in memory only: after a restart the status keeps its old values until each cluster is observed again.
type Observations struct {
	// Changed yields the GeoConsole whose observations changed.
	Changed chan event.TypedGenericEvent[types.NamespacedName]

	mu     sync.Mutex
	latest map[Target]health.Observation
}

// NewObservations makes an empty store.
func NewObservations() *Observations {
	return &Observations{
		Changed: make(chan event.TypedGenericEvent[types.NamespacedName], 256),
		latest:  map[Target]health.Observation{},
	}
}

// Put keeps an observation. An equal one changes nothing and wakes nobody.
func (o *Observations) Put(ctx context.Context, target Target, observation health.Observation) {
	o.mu.Lock()
	before, known := o.latest[target]
	o.latest[target] = observation
	o.mu.Unlock()
	if known && reflect.DeepEqual(before, observation) {
		return
	}
	select {
	case o.Changed <- event.TypedGenericEvent[types.NamespacedName]{Object: target.NamespacedName}:
	case <-ctx.Done():
	}
}

// Last returns the latest observation of a target.
func (o *Observations) Last(target Target) (health.Observation, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	observation, known := o.latest[target]
	return observation, known
}

// Of returns the latest observations of a GeoConsole by the name of the cluster.
func (o *Observations) Of(gc types.NamespacedName) map[string]health.Observation {
	o.mu.Lock()
	defer o.mu.Unlock()
	of := map[string]health.Observation{}
	for target, observation := range o.latest {
		if target.NamespacedName == gc {
			of[target.Cluster] = observation
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
