package remote

import (
	"context"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// prune deletes what the inventory lists and the bundle no longer holds. It runs only after everything in the bundle
// is applied. An entry leaves the inventory when its object is seen to be gone. What was adopted is spared as long as
// the annotation stands that let it be: until then Observe tells what will go.
func (c *Cluster) prune(ctx context.Context, owner geography.Owner, wanted []reference, claimed *inventory) error {
	left := slices.Clone(wanted)
	for _, entry := range claimed.Objects {
		if slices.Contains(wanted, entry) {
			continue
		}
		gone, err := c.pruneOne(ctx, owner, claimed, entry, wanted)
		if err != nil {
			return err
		}
		if !gone {
			left = append(left, entry)
		}
	}
	var spared *adopted
	if claimed.isAdopting(owner) {
		spared = claimed.Adopted.without(wanted)
	}
	_, err := c.writeInventory(ctx, claimed, recordOf(owner, left, spared))
	return err
}

// pruneOne deletes what is neither needed nor spared, and reports whether it is gone.
func (c *Cluster) pruneOne(ctx context.Context, owner geography.Owner, claimed *inventory, entry reference, wanted []reference) (gone bool, err error) {
	if claimed.spared(owner, entry) {
		return false, c.remark(ctx, owner, claimed, entry)
	}
	if needed, err := c.isNeeded(ctx, entry, wanted); err != nil || needed {
		return false, err
	}
	return c.delete(ctx, owner, claimed, entry)
}

// isNeeded tells whether an object that is no longer rendered is still in use: a config by any pod, or by any replica
// set that a rollback would start again, and an exposure until all that follow it are admitted.
func (c *Cluster) isNeeded(ctx context.Context, entry reference, wanted []reference) (bool, error) {
	k, known := kindOf(entry.groupKind())
	switch {
	case !known: // written by a release that knows more kinds
		return true, nil
	case k == configMaps:
		return c.isMounted(ctx, entry.Name)
	case !k.exposure:
		return false, nil
	}
	if k == routes && slices.ContainsFunc(wanted, func(r reference) bool { return r.groupKind() == routes.GroupKind() }) {
		return false, nil // a region host of which the region has gone: nothing follows it
	}
	for _, next := range wanted {
		following, known := kindOf(next.groupKind())
		if !known || !following.exposure {
			continue
		}
		live, err := c.find(ctx, next)
		if err != nil || live == nil || !exposureOf(live).Admitted {
			return true, err
		}
	}
	return false, nil
}

func (c *Cluster) isMounted(ctx context.Context, configMap string) (bool, error) {
	mounts := func(v corev1.Volume) bool { return v.ConfigMap != nil && v.ConfigMap.Name == configMap }
	all, err := c.pods(ctx)
	if err != nil {
		return true, err
	}
	if slices.ContainsFunc(all, func(p corev1.Pod) bool { return slices.ContainsFunc(p.Spec.Volumes, mounts) }) {
		return true, nil
	}
	sets, err := c.replicaSets(ctx)
	if err != nil {
		return true, err
	}
	return slices.ContainsFunc(sets, func(s appsv1.ReplicaSet) bool {
		return slices.ContainsFunc(s.Spec.Template.Spec.Volumes, mounts)
	}), nil
}

// delete asks for the deletion of an object that the owner of the inventory owns and reports whether it is gone, or was
// not the owner's to begin with. It does not wait: an event tells when the object has gone.
func (c *Cluster) delete(ctx context.Context, owner geography.Owner, claimed *inventory, entry reference) (gone bool, err error) {
	c.contests.forget(entry)
	if served, err := c.isServed(ctx, entry); err != nil || !served {
		return !served, err
	}
	shown := c.shows(ctx, entry)
	live, err := c.find(ctx, entry)
	switch {
	case err != nil:
		return false, err
	case live == nil || !claimed.owns(owner, live):
		return true, nil
	case live.GetDeletionTimestamp() == nil:
		if err := c.deleteExactly(ctx, live); err != nil {
			return false, err
		}
	}
	if shown {
		return false, nil // its event comes
	}
	err = c.live.Get(ctx, client.ObjectKeyFromObject(live), live)
	switch {
	case apierrors.IsNotFound(err):
		return true, nil
	case err != nil:
		return false, refuseRead(err, entry.String())
	}
	return false, fmt.Errorf("%s: %w", entry, errUnseen)
}

// shows tells whether the watches show an object, so that its end is an event. One that somebody took our label from ends
// unseen, and has to be looked for again.
func (c *Cluster) shows(ctx context.Context, entry reference) bool {
	k, known := kindOf(entry.groupKind())
	return known && c.caches.Get(ctx, client.ObjectKey{Namespace: c.namespace, Name: entry.Name}, k.example()) == nil
}

// isServed tells whether the cluster serves an entry's kind; where it does not, there is nothing left to delete.
func (c *Cluster) isServed(ctx context.Context, entry reference) (bool, error) {
	k, known := kindOf(entry.groupKind())
	if !known {
		return true, fmt.Errorf("%s: the kind is not watched", entry)
	}
	err := c.require(ctx, k, entry.String())
	if refusal := refusalOf(err); refusal != nil && refusal.Reason == v1alpha1.ReasonKindNotServed {
		return false, nil
	}
	return true, err
}

// deleteExactly deletes the very object that was read, never another of its name.
func (c *Cluster) deleteExactly(ctx context.Context, live *unstructured.Unstructured) error {
	uid := live.GetUID()
	err := c.live.Delete(ctx, live, client.Preconditions{UID: &uid}, client.PropagationPolicy(metav1.DeletePropagationBackground))
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case apierrors.IsForbidden(err):
		return &Refusal{Reason: v1alpha1.ReasonForbidden, Object: nameOf(live)}
	case err != nil:
		return fmt.Errorf("delete %s: %w", nameOf(live), closed(err))
	}
	return nil
}

// pods are the consoles' pods in the namespace, of every GeoConsole.
func (c *Cluster) pods(ctx context.Context) ([]corev1.Pod, error) {
	var list corev1.PodList
	if err := c.caches.current(pods); err != nil {
		return nil, fmt.Errorf("list pods: %w", err)
	}
	if err := c.caches.List(ctx, &list, client.InNamespace(c.namespace)); err != nil {
		return nil, fmt.Errorf("list pods: %w", err)
	}
	return list.Items, nil
}

// replicaSets are the consoles' replica sets in the namespace, of every GeoConsole.
func (c *Cluster) replicaSets(ctx context.Context) ([]appsv1.ReplicaSet, error) {
	var list appsv1.ReplicaSetList
	if err := c.caches.current(replicaSets); err != nil {
		return nil, fmt.Errorf("list replica sets: %w", err)
	}
	if err := c.caches.List(ctx, &list, client.InNamespace(c.namespace)); err != nil {
		return nil, fmt.Errorf("list replica sets: %w", err)
	}
	return list.Items, nil
}
