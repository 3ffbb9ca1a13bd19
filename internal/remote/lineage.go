package remote

import (
	"context"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Pods and replica sets count by their controllers, from the marked Deployment down. Our labels on a pod say nothing:
// whoever may create a pod in the namespace may write them, and would else speak for a console or block a removal.

// deployment is the Deployment that carries a mark; nil when there is none.
func (c *Cluster) deployment(ctx context.Context, mark string) (*unstructured.Unstructured, error) {
	all, err := c.listed(ctx, deployments)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].GetAnnotations()[v1alpha1.AnnotationOwner] == mark {
			return &all[i], nil
		}
	}
	return nil, nil
}

// setsOf are the replica sets of a Deployment.
func (c *Cluster) setsOf(ctx context.Context, deployment types.UID) ([]appsv1.ReplicaSet, error) {
	all, err := c.replicaSets(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s appsv1.ReplicaSet) bool {
		controller := controllerOf(&s, deployments)
		return controller == nil || controller.UID != deployment
	}), nil
}

// podsOf are the pods of the Deployment that carries a mark and are not on their way out, sorted by name.
func (c *Cluster) podsOf(ctx context.Context, mark string) ([]corev1.Pod, error) {
	deployment, err := c.deployment(ctx, mark)
	if err != nil || deployment == nil {
		return nil, err
	}
	sets, err := c.setsOf(ctx, deployment.GetUID())
	if err != nil {
		return nil, err
	}
	all, err := c.pods(ctx)
	if err != nil {
		return nil, err
	}
	running := slices.DeleteFunc(all, func(p corev1.Pod) bool {
		controller := controllerOf(&p, replicaSets)
		return p.DeletionTimestamp != nil || controller == nil ||
			!slices.ContainsFunc(sets, func(s appsv1.ReplicaSet) bool { return s.UID == controller.UID })
	})
	slices.SortFunc(running, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return running, nil
}

// isRunning tells whether pods or replica sets of a Deployment that is being removed, or has gone, are left. The
// Deployment is known by its name only, and a pod whose replica set has gone counts: the garbage collector takes
// whatever names an owner that does not exist, so that none of these can be left for ever.
func (c *Cluster) isRunning(ctx context.Context, owner geography.Owner, deployment string) (bool, error) {
	sets, err := c.replicaSets(ctx)
	if err != nil {
		return true, err
	}
	isOurs := func(s appsv1.ReplicaSet) bool {
		controller := controllerOf(&s, deployments)
		return controller != nil && controller.Name == deployment
	}
	if slices.ContainsFunc(sets, isOurs) {
		return true, nil
	}
	all, err := c.pods(ctx)
	if err != nil {
		return true, err
	}
	for _, pod := range all {
		controller := controllerOf(&pod, replicaSets)
		if controller == nil || pod.Labels[v1alpha1.LabelInstance] != owner.Name {
			continue
		}
		isController := func(s appsv1.ReplicaSet) bool { return s.UID == controller.UID }
		if slices.ContainsFunc(sets, isController) {
			continue // somebody else's
		}
		// The watch shows only what carries our labels.
		var live appsv1.ReplicaSetList
		err := c.live.List(ctx, &live, client.InNamespace(c.namespace), client.MatchingFields{"metadata.name": controller.Name})
		if err != nil {
			return true, refuseRead(err, replicaSets.Kind)
		}
		if at := slices.IndexFunc(live.Items, isController); at < 0 || isOurs(live.Items[at]) {
			return true, nil
		}
	}
	return false, nil
}

// controllerOf is an object's controller when it is of a kind.
func controllerOf(object metav1.Object, k kind) *metav1.OwnerReference {
	controller := metav1.GetControllerOfNoCopy(object)
	if controller == nil || controller.Kind != k.Kind || controller.APIVersion != k.GroupVersion().String() {
		return nil
	}
	return controller
}
