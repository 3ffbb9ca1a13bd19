package remote

import (
	"context"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Remove empties a cluster of what the inventory lists and the owner's mark confirms: first what leads users to the
// console, then the Deployment, then what its pods needed, at last the inventory. It reports whether the cluster is
// empty; if not, it has done what can be done now, and an event tells when to go on. An inventory that belongs to
// somebody else is a *Refusal, and nothing is deleted. It takes 60 s at most.
func Remove(ctx context.Context, c *Cluster, owner geography.Owner) (emptied bool, err error) {
	ctx, leave, err := c.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if err := c.caches.current(configMaps); err != nil {
		return false, err
	}
	current, err := c.readInventory(ctx, c.live, owner)
	if err != nil {
		return false, err
	}
	if current == nil {
		left, err := c.marked(ctx, owner)
		if err != nil || len(left) == 0 {
			return err == nil, err
		}
		// Somebody deleted the inventory under us. It is written anew, so that it is the last to go.
		if current, err = c.writeInventory(ctx, nil, recordOf(owner, left, nil)); err != nil {
			return false, err
		}
	}
	if err := current.refuses(owner); err != nil {
		return false, err
	}
	if current.isForeign(owner) { // from now on it is ours to delete, and nobody else's
		if current, err = c.claim(ctx, owner, nil); err != nil {
			return false, err
		}
	}
	for _, stage := range removalStages {
		done, err := c.removeStage(ctx, owner, current, stage)
		if err != nil || !done {
			return false, err
		}
	}
	if current.stored.GetDeletionTimestamp() != nil {
		return false, nil
	}
	if err := c.deleteExactly(ctx, current.stored); err != nil {
		return false, err
	}
	// A finalizer may keep it; only the next look tells.
	current, err = c.readInventory(ctx, c.live, owner)
	return current == nil && err == nil, err
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
