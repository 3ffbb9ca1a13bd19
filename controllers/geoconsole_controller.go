package controllers

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

// GeoConsoleReconciler computes a GeoConsole's whole status from the latest observations of its clusters. It asks
// no cluster and waits for none.
type GeoConsoleReconciler struct {
	Client       client.Client
	Resolver     *Resolver
	Observations *Observations
	Recorder     events.EventRecorder
	// Grace is how long a cluster may be unreachable before what it last said is no longer believed.
	Grace time.Duration
	// Now is the clock.
	Now func() time.Time
}

// +kubebuilder:rbac:groups=xcm.openshift.io,resources=geoconsoles,verbs=get;list;watch;patch,namespace=system
// +kubebuilder:rbac:groups=xcm.openshift.io,resources=geoconsoles/status,verbs=patch,namespace=system
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch,namespace=system
// The election of a leader tells its Events by the older of the two APIs.
// +kubebuilder:rbac:groups="";events.k8s.io,resources=events,verbs=create;patch,namespace=system
// +kubebuilder:rbac:groups=coordination.k8s.io,resources=leases,verbs=get;create;update,namespace=system

// Reconcile folds observations into status: one patch, none when nothing changed.
func (r *GeoConsoleReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var gc v1alpha1.GeoConsole
	if err := r.Client.Get(ctx, request.NamespacedName, &gc); err != nil {
		if client.IgnoreNotFound(err) == nil {
			forgetMetrics(request.NamespacedName)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if gc.DeletionTimestamp.IsZero() && !controllerutil.ContainsFinalizer(&gc, v1alpha1.Finalizer) {
		// Before the first row, and so before the first write into a cluster. The patch's own event comes back here.
		return ctrl.Result{}, r.patchFinalizer(ctx, &gc, controllerutil.AddFinalizer)
	}
	model, problems, err := r.Resolver.Resolve(ctx, &gc)
	if err != nil {
		return ctrl.Result{}, err
	}
	in := health.Input{
		Previous:     gc.Status,
		Generation:   gc.Generation,
		Model:        model,
		Problems:     problems,
		Observations: r.Observations.Of(&gc),
		Deleting:     !gc.DeletionTimestamp.IsZero(),
		Now:          r.Now(),
		Grace:        r.Grace,
	}
	status, again := health.Fold(in)
	abandoned := health.Abandoned(in)
	if err := r.publish(ctx, &gc, status); apierrors.IsConflict(err) {
		return ctrl.Result{}, nil // the cache was behind; what it lacks is on its way and comes back here
	} else if err != nil {
		return ctrl.Result{}, err
	}
	r.tellAbandoned(&gc, model.Owner, abandoned)
	if !gc.DeletionTimestamp.IsZero() && len(gc.Status.Clusters) == 0 {
		// No cluster holds anything of ours any more.
		return ctrl.Result{}, r.patchFinalizer(ctx, &gc, controllerutil.RemoveFinalizer)
	}
	return ctrl.Result{RequeueAfter: again}, nil
}

// publish patches the status when it differs, against the resourceVersion that it was computed from: a status folded
// from an old one must never remove a row that it has not seen.
func (r *GeoConsoleReconciler) publish(ctx context.Context, gc *v1alpha1.GeoConsole, status v1alpha1.GeoConsoleStatus) error {
	observeMetrics(gc, status)
	if equality.Semantic.DeepEqual(gc.Status, status) {
		return nil
	}
	before := gc.DeepCopy()
	gc.Status = status
	if err := r.Client.Status().Patch(ctx, gc, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("patch status: %w", err)
	}
	r.tell(gc, before.Status)
	return nil
}

// patchFinalizer adds or removes the finalizer and writes nothing else. An update would write the whole spec as this
// release knows it: it would drop what a newer CRD has, and differ from what was applied.
func (r *GeoConsoleReconciler) patchFinalizer(ctx context.Context, gc *v1alpha1.GeoConsole, change func(client.Object, string) bool) error {
	before := gc.DeepCopy()
	if !change(gc, v1alpha1.Finalizer) {
		return nil
	}
	err := r.Client.Patch(ctx, gc, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return nil // the cache was behind; what it lacks is on its way and comes back here
	}
	if err != nil {
		return fmt.Errorf("patch finalizers: %w", err)
	}
	return nil
}

// SetupWithManager registers the reconciler.
func (r *GeoConsoleReconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("geoconsole").
		For(&v1alpha1.GeoConsole{}).
		Watches(&v1alpha1.GeoConsole{}, handler.EnqueueRequestsFromMapFunc(r.sharingHostname), builder.WithPredicates(intentChanged)).
		WatchesMetadata(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.readingConfigMap)).
		WatchesRawSource(source.Channel(r.Observations.Changed, handler.TypedFuncs[types.NamespacedName, reconcile.Request]{
			GenericFunc: func(_ context.Context, e event.TypedGenericEvent[types.NamespacedName], queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
				queue.Add(reconcile.Request{NamespacedName: e.Object})
			},
		})).
		WithOptions(controller.Options{UsePriorityQueue: priorityQueue}).
		Complete(r)
}

// sharingHostname wakes the others that claim an overlapping host name: one of them may now hold it.
func (r *GeoConsoleReconciler) sharingHostname(ctx context.Context, changed client.Object) []reconcile.Request {
	var requests []reconcile.Request
	for _, other := range sharingHostname(ctx, r.Client, changed) {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&other)})
	}
	return requests
}

func (r *GeoConsoleReconciler) readingConfigMap(ctx context.Context, changed client.Object) []reconcile.Request {
	var requests []reconcile.Request
	for _, gc := range list(ctx, r.Client) {
		if gc.Namespace == changed.GetNamespace() && refersTo(&gc, changed.GetName()) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&gc)})
		}
	}
	return requests
}
