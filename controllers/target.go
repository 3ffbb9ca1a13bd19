// Package controllers decides when something is done: one reconciler for a GeoConsole's status, one for every
// (GeoConsole, cluster) pair. What is done stands in internal/.
package controllers

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// Target is one unit of work: one cluster of one GeoConsole. No target waits for another.
type Target struct {
	types.NamespacedName
	Cluster string
}

// targetsOf lists the targets of a GeoConsole: the clusters of its spec and those that still stand in its status.
func targetsOf(gc *v1alpha1.GeoConsole) []Target {
	var names []string
	for _, c := range gc.Spec.Clusters {
		names = append(names, c.Name)
	}
	for _, row := range gc.Status.Clusters {
		if !slices.Contains(names, row.Name) {
			names = append(names, row.Name)
		}
	}
	targets := make([]Target, 0, len(names))
	for _, name := range names {
		targets = append(targets, Target{client.ObjectKeyFromObject(gc), name})
	}
	return targets
}

// placeOf is where a target's objects are put: what the status promised while a row stands, else what the spec says.
func placeOf(gc *v1alpha1.GeoConsole, name string) (remote.Place, bool) {
	if row := rowOf(gc, name); row != nil {
		return remote.PlaceOf(gc.Namespace, geography.Cluster{Name: name, Connection: row.Connection, Namespace: row.Namespace}), true
	}
	for _, c := range gc.Spec.Clusters {
		if c.Name == name {
			namespace := c.Namespace
			if c.Connection.Type == v1alpha1.ConnectionHub {
				namespace = gc.Namespace
			}
			return remote.PlaceOf(gc.Namespace, geography.Cluster{Name: name, Connection: c.Connection, Namespace: namespace}), true
		}
	}
	return remote.Place{}, false
}

func rowOf(gc *v1alpha1.GeoConsole, name string) *v1alpha1.ClusterStatus {
	i := slices.IndexFunc(gc.Status.Clusters, func(row v1alpha1.ClusterStatus) bool { return row.Name == name })
	if i < 0 {
		return nil
	}
	return &gc.Status.Clusters[i]
}

// targetsAt lists all targets that are put into a place: an event of a connection wakes them.
func targetsAt(ctx context.Context, reader client.Reader, place remote.Place) []Target {
	var targets []Target
	for _, gc := range list(ctx, reader) {
		for _, target := range targetsOf(&gc) {
			if at, known := placeOf(&gc, target.Cluster); known && at == place {
				targets = append(targets, target)
			}
		}
	}
	return targets
}

// sharingHostname lists the other GeoConsoles that claim a host name that overlaps with the changed one's.
func sharingHostname(ctx context.Context, reader client.Reader, changed client.Object) []v1alpha1.GeoConsole {
	gc, ok := changed.(*v1alpha1.GeoConsole)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(list(ctx, reader), func(other v1alpha1.GeoConsole) bool {
		return other.UID == gc.UID || !geography.HostnamesOverlap(other.Spec.Hostname, gc.Spec.Hostname)
	})
}

// list reads all GeoConsoles from the cache. A cache that cannot be read is not started, and then nothing needs waking.
func list(ctx context.Context, reader client.Reader) []v1alpha1.GeoConsole {
	var all v1alpha1.GeoConsoleList
	if err := reader.List(ctx, &all); err != nil {
		log.FromContext(ctx).Error(err, "cannot list GeoConsoles from the cache")
		return nil
	}
	return all.Items
}
