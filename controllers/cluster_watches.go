package controllers

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// concurrentClusters is how many passes may be under way at once. Most take a millisecond and ask nothing; what a pass
// asks of one cluster is bounded there. The number only has to be so large that clusters that answer slowly, each for
// as long as a pass may take, leave room for the others.
const concurrentClusters = 64

// firstRetry is after how long a pass that failed is tried again. It doubles up to refusalRetry: the library's own bound,
// 16 minutes, is how long a cluster that is well again would wait.
const firstRetry = 5 * time.Millisecond

// priorityQueue is off: in controller-runtime v0.24.1 that queue can block for good when it is shut down while workers are
// busy (https://github.com/kubernetes-sigs/controller-runtime/issues/3538), and an operator that ends then keeps its lease
// until its time to end is over.
var priorityQueue = ptr.To(false)

// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch,namespace=system
// +kubebuilder:rbac:groups="",resources=namespaces,resourceNames=kube-system,verbs=get

// SetupWithManager registers the reconciler.
func (r *ClusterReconciler) SetupWithManager(mgr ctrl.Manager) error {
	return builder.TypedControllerManagedBy[Target](mgr).
		Named("cluster").
		Watches(&v1alpha1.GeoConsole{}, handler.TypedEnqueueRequestsFromMapFunc(ownTargets), builder.WithPredicates(intentChanged)).
		Watches(&v1alpha1.GeoConsole{}, handler.TypedEnqueueRequestsFromMapFunc(r.sharingHostname), builder.WithPredicates(intentChanged)).
		WatchesMetadata(&corev1.ConfigMap{}, handler.TypedEnqueueRequestsFromMapFunc(r.readingConfigMap)).
		WatchesMetadata(&corev1.Secret{}, handler.TypedEnqueueRequestsFromMapFunc(r.secretChanged)).
		WatchesRawSource(source.TypedChannel(r.Events, handler.TypedEnqueueRequestsFromMapFunc(
			func(ctx context.Context, place remote.Place) []Target { return targetsAt(ctx, r.Cache, place) }))).
		WithOptions(controller.TypedOptions[Target]{
			MaxConcurrentReconciles: concurrentClusters,
			UsePriorityQueue:        priorityQueue,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[Target](firstRetry, refusalRetry),
		}).
		Complete(r)
}

func ownTargets(_ context.Context, object client.Object) []Target {
	gc, ok := object.(*v1alpha1.GeoConsole)
	if !ok {
		return nil
	}
	return targetsOf(gc)
}

// sharingHostname wakes the targets of the others that claim an overlapping host name: what was refused to them may now
// be theirs.
func (r *ClusterReconciler) sharingHostname(ctx context.Context, changed client.Object) []Target {
	var targets []Target
	for _, other := range sharingHostname(ctx, r.Cache, changed) {
		targets = append(targets, targetsOf(&other)...)
	}
	return targets
}

// intentChanged passes what a cluster's pass depends on: the spec, deletion, what a person agreed to by annotation, and
// the promised rows; not the rest of the status, which those passes cause.
var intentChanged = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok1 := e.ObjectOld.(*v1alpha1.GeoConsole)
		after, ok2 := e.ObjectNew.(*v1alpha1.GeoConsole)
		if !ok1 || !ok2 {
			return false
		}
		return before.Generation != after.Generation ||
			before.DeletionTimestamp.IsZero() != after.DeletionTimestamp.IsZero() ||
			before.Annotations[v1alpha1.AnnotationAdopt] != after.Annotations[v1alpha1.AnnotationAdopt] ||
			before.Annotations[v1alpha1.AnnotationAbandon] != after.Annotations[v1alpha1.AnnotationAbandon] ||
			!slices.EqualFunc(before.Status.Clusters, after.Status.Clusters, samePromise)
	},
}

func samePromise(a, b v1alpha1.ClusterStatus) bool {
	return a.Name == b.Name && a.Namespace == b.Namespace && a.ClusterUID == b.ClusterUID &&
		equality.Semantic.DeepEqual(a.Connection, b.Connection)
}

func (r *ClusterReconciler) readingConfigMap(ctx context.Context, changed client.Object) []Target {
	var targets []Target
	for _, gc := range list(ctx, r.Cache) {
		if gc.Namespace == changed.GetNamespace() && refersTo(&gc, changed.GetName()) {
			targets = append(targets, targetsOf(&gc)...)
		}
	}
	return targets
}

// secretChanged lets the connections read their kubeconfig again; a connection that comes or goes wakes its targets itself.
func (r *ClusterReconciler) secretChanged(_ context.Context, changed client.Object) []Target {
	r.Clusters.SecretChanged(changed.GetNamespace(), changed.GetName())
	return nil
}
