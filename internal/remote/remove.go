package remote

import (
	"context"
	"slices"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Remove empties a cluster of what the inventory lists and the owner's mark confirms: first what leads users to the
// console, then the Deployment, then what its pods needed, at last the inventory. It reports whether the cluster is
// empty; if not, it has done what can be done now, and an event tells when to go on. An inventory that belongs to
// somebody else is a *Refusal, and nothing is deleted. It takes 60 s at most.
func Remove(ctx context.Context, c *Cluster, owner geography.Owner) (emptied bool, err error) {
	return c.quit(ctx, owner, func(ctx context.Context, held *inventory) (bool, error) {
		for _, stage := range removalStages {
			if done, err := c.removeStage(ctx, owner, held, stage); err != nil || !done {
				return false, err
			}
		}
		return true, nil
	})
}

// quit ends what an owner holds in the cluster: first settle deals with the objects, and when it is done with all of them,
// the inventory goes. So whoever comes after an end in between finds what is still to be done.
func (c *Cluster) quit(ctx context.Context, owner geography.Owner, settle func(context.Context, *inventory) (bool, error)) (done bool, err error) {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	held, err := c.held(ctx, owner)
	if err != nil || held == nil {
		return err == nil, err
	}
	if done, err := settle(ctx, held); err != nil || !done {
		return false, err
	}
	if at := slices.IndexFunc(held.Objects, isUnknown); at >= 0 {
		return false, &Refusal{Reason: v1alpha1.ReasonKindUnknown, Object: held.Objects[at].String()}
	}
	return c.deleteInventory(ctx, owner, held)
}

// held is the inventory of what an owner has in the cluster; nil when that is nothing. One that belongs to somebody else
// is a *Refusal.
func (c *Cluster) held(ctx context.Context, owner geography.Owner) (*inventory, error) {
	if err := c.caches.current(configMaps); err != nil {
		return nil, err
	}
	current, err := c.readInventory(ctx, c.live, owner)
	if err != nil {
		return nil, err
	}
	if current != nil {
		return c.heldBy(ctx, owner, current)
	}
	left, err := c.marked(ctx, owner)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	// Somebody deleted the inventory under us. It is written anew, so that it is the last to go.
	anew := recordOf(owner, left, nil)
	current, err = c.writeInventory(ctx, nil, anew)
	if refusal := refusalOf(err); refusal != nil && refusal.Reason == v1alpha1.ReasonNamespaceMissing {
		// The namespace is on its way out and takes nothing new. What is left in it still has to go.
		return &inventory{record: anew}, nil
	}
	return current, err
}

// heldBy is an inventory that the owner may quit; nil when it is somebody else's and nothing there carries our mark: a
// GeoConsole that was refused a place for good has nothing to wait for.
func (c *Cluster) heldBy(ctx context.Context, owner geography.Owner, current *inventory) (*inventory, error) {
	refused := current.refuses(owner)
	if refusal := refusalOf(refused); refusal != nil && refusal.Reason == v1alpha1.ReasonOwnedElsewhere {
		if left, err := c.marked(ctx, owner); err != nil || len(left) == 0 {
			return nil, err
		}
	}
	if refused != nil || !current.isForeign(owner) {
		return current, refused
	}
	return c.claim(ctx, owner, nil) // from now on it is ours to delete, and nobody else's
}

// deleteInventory deletes an inventory and reports whether it is gone.
func (c *Cluster) deleteInventory(ctx context.Context, owner geography.Owner, held *inventory) (gone bool, err error) {
	switch {
	case held.stored == nil:
		return true, nil
	case held.stored.GetDeletionTimestamp() != nil:
		return false, nil
	}
	if err := c.deleteExactly(ctx, held.stored); err != nil {
		return false, err
	}
	// A finalizer may keep it; only the next look tells.
	current, err := c.readInventory(ctx, c.live, owner)
	return current == nil && err == nil, err
}

// isUnknown tells whether an entry was written by a release that knows more kinds.
func isUnknown(entry reference) bool {
	_, known := kindOf(entry.groupKind())
	return !known
}

// removalStages are the kinds that go together; a stage begins when the one before has gone.
var removalStages = []func(kind) bool{
	func(k kind) bool { return k.exposure },
	func(k kind) bool { return !k.exposure && !k.supporting },
	func(k kind) bool { return k.supporting },
}

// removeStage deletes the objects of one stage and reports whether they are gone, and with a Deployment its pods.
func (c *Cluster) removeStage(ctx context.Context, owner geography.Owner, current *inventory, in func(kind) bool) (done bool, err error) {
	done = true
	deployment := ""
	for _, entry := range current.Objects {
		k, known := kindOf(entry.groupKind())
		if !known || !in(k) {
			continue
		}
		gone, err := c.delete(ctx, owner, current, entry)
		if err != nil {
			return false, err
		}
		done = done && gone
		if k == deployments {
			deployment = entry.Name
		}
	}
	if !done || deployment == "" {
		return done, nil
	}
	left, err := c.isRunning(ctx, owner, deployment)
	return !left, err
}
