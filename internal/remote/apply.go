package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

var (
	// errEmptyBundle keeps a rendering that went wrong from being taken for the wish to have nothing.
	errEmptyBundle = errors.New("nothing was rendered; nothing is applied and nothing pruned")
	// errDeleting is returned while an object that is wanted is on its way out; an event follows.
	errDeleting = errors.New("the object is being deleted and has to go before it can be applied again")
	// errUnseen is returned while an object is on its way out that the watches do not show.
	errUnseen = errors.New("the object is being deleted, and carries no label by which its end would be seen")
)

// notStored is a resourceVersion that no object has: etcd counts from it, and every write makes it more. An apply that
// names it creates, and is a conflict where somebody has made an object of the name since it was looked for.
const notStored = "1"

// Apply makes a cluster hold what was rendered: it claims the inventory, applies what differs, in the bundle's order,
// and prunes once everything is applied. Nil means that all is as rendered; a pass that finds it so sends no request.
// What a person has to cure is a *Refusal; any other error is worth another try, now or with the next event. It
// takes 60 s at most.
func Apply(ctx context.Context, c *Cluster, owner geography.Owner, bundle render.Bundle) error {
	if len(bundle.Objects) == 0 {
		return errEmptyBundle
	}
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	wanted := make([]reference, 0, len(bundle.Objects))
	for _, object := range bundle.Objects {
		k, known := kindOf(object.GroupVersionKind().GroupKind())
		if !known || object.GetNamespace() != c.namespace {
			return fmt.Errorf("%s in namespace %q cannot be applied: its kind or namespace is not watched", nameOf(object), object.GetNamespace())
		}
		if err := c.require(ctx, k, nameOf(object)); err != nil {
			return err
		}
		wanted = append(wanted, referenceTo(object))
	}
	claimed, err := c.claim(ctx, owner, wanted)
	if err != nil {
		return err
	}
	var contest error
	for _, object := range bundle.Objects {
		err := c.apply(ctx, owner, claimed, object)
		if refusal := refusalOf(err); refusal != nil && refusal.Reason == v1alpha1.ReasonFieldContested {
			contest = err // one object that somebody else writes keeps no other from being right
			continue
		}
		if err != nil {
			return err
		}
	}
	if contest != nil {
		return contest
	}
	return c.prune(ctx, owner, wanted, claimed)
}

// apply makes one object as wanted. What the watch lacks is read live: it shows only what carries our label. Whether
// something else is wanted than was, so that nobody has taken it, the object's own revision tells.
func (c *Cluster) apply(ctx context.Context, owner geography.Owner, claimed *inventory, want *unstructured.Unstructured) error {
	revision := want.GetAnnotations()[v1alpha1.AnnotationRevision]
	live, err := c.find(ctx, referenceTo(want))
	if err != nil {
		return err
	}
	next := want.DeepCopy() // the answer is written into it
	next.SetResourceVersion(notStored)
	if live != nil {
		if !claimed.owns(owner, live) {
			return &Refusal{Reason: v1alpha1.ReasonNotOurs, Object: nameOf(want)}
		}
		if live.GetDeletionTimestamp() != nil {
			return fmt.Errorf("%s: %w", nameOf(want), errDeleting)
		}
		if isRight, err := c.isRight(want, live, revision); err != nil || isRight {
			return err
		}
		next.SetResourceVersion("")
		next.SetUID(live.GetUID()) // another object of the same name is refused, not merged
	}
	err = c.live.Apply(ctx, client.ApplyConfigurationFromUnstructured(next), client.FieldOwner(v1alpha1.FieldManager), client.ForceOwnership)
	if err == nil {
		c.contests.hold(next, revision)
	}
	return refuse(err, nameOf(want))
}

// isRight tells whether a live object is as wanted. The error is a refusal while somebody else writes it as well.
func (c *Cluster) isRight(want, live *unstructured.Unstructured, revision string) (bool, error) {
	object := referenceTo(want)
	applied, err := isApplied(want, live)
	if err != nil {
		return false, err
	}
	if applied {
		c.contests.hold(live, revision)
		if t := c.contests.settled(object, time.Now()); t != nil {
			return true, contested(object, *t)
		}
		return true, nil
	}
	found, err := taken(want, live)
	if err != nil {
		return false, err
	}
	if t := c.contests.yield(live, revision, found, time.Now()); t != nil {
		return false, contested(object, *t)
	}
	return false, nil
}

// require makes sure that a kind is watched. An optional kind that is not is asked for again, for something needs it.
func (c *Cluster) require(ctx context.Context, k kind, object string) error {
	err := c.caches.current(k)
	if refusal := refusalOf(err); refusal != nil {
		return &Refusal{Reason: refusal.Reason, Object: object}
	}
	if err == nil || !k.optional {
		return err
	}
	served, err := c.discover(ctx, k)
	if err == nil && served {
		if err := c.caches.watch(context.WithoutCancel(ctx), k); err != nil {
			return err
		}
		return errNotSynced
	}
	if c.hasNot(k) { // by this discovery, or by the last one that succeeded
		return &Refusal{Reason: v1alpha1.ReasonKindNotServed, Object: object}
	}
	return err
}

// find gives an object from the watch or, where it is not there, from the cluster itself; nil when it does not exist.
func (c *Cluster) find(ctx context.Context, r reference) (*unstructured.Unstructured, error) {
	k, known := kindOf(r.groupKind())
	if !known {
		return nil, fmt.Errorf("%s: the kind is not watched", r)
	}
	if err := c.caches.current(k); err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	key := client.ObjectKey{Namespace: c.namespace, Name: r.Name}
	found := k.example().(*unstructured.Unstructured)
	err := c.caches.Get(ctx, key, found)
	if apierrors.IsNotFound(err) {
		err = c.live.Get(ctx, key, found)
	}
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, refuseRead(err, r.String())
	}
	return found, nil
}

// listed gives the watched objects of a kind.
func (c *Cluster) listed(ctx context.Context, k kind) ([]unstructured.Unstructured, error) {
	if err := c.caches.current(k); err != nil {
		return nil, fmt.Errorf("list %s: %w", k.resource, err)
	}
	var list unstructured.UnstructuredList
	list.SetGroupVersionKind(k.list())
	if err := c.caches.List(ctx, &list, client.InNamespace(c.namespace)); err != nil {
		return nil, fmt.Errorf("list %s: %w", k.resource, err)
	}
	return list.Items, nil
}

func refuseRead(err error, object string) error {
	if apierrors.IsForbidden(err) {
		return &Refusal{Reason: v1alpha1.ReasonForbidden, Object: object}
	}
	return fmt.Errorf("read %s: %w", object, closed(err))
}

// isMarked tells whether an object carries the owner's mark.
func isMarked(object *unstructured.Unstructured, owner geography.Owner) bool {
	return object.GetAnnotations()[v1alpha1.AnnotationOwner] == owner.Mark()
}

func nameOf(object *unstructured.Unstructured) string {
	return object.GetKind() + "/" + object.GetName()
}
