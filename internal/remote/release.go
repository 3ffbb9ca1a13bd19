package remote

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// Release lets go of what the inventory lists and the owner's mark confirms: the objects stay and work as they do, and
// lose what the operator holds them by. At last the inventory goes. It reports whether all of that is done. From then on
// the objects are anybody's, and NotOurs to every GeoConsole. It refuses what Remove refuses, and takes 60 s at most.
func Release(ctx context.Context, c *Cluster, owner geography.Owner) (released bool, err error) {
	return c.quit(ctx, owner, func(ctx context.Context, held *inventory) (bool, error) {
		for _, entry := range held.Objects {
			if isUnknown(entry) {
				continue
			}
			if err := c.release(ctx, owner, held, entry); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// release lets go of one object. One that is not there, or is not the owner's, is let go of already.
func (c *Cluster) release(ctx context.Context, owner geography.Owner, held *inventory, entry reference) error {
	if served, err := c.isServed(ctx, entry); err != nil || !served {
		return err
	}
	live, err := c.find(ctx, entry)
	if err != nil || live == nil || !held.owns(owner, live) {
		return err
	}
	patch, err := unclaiming(live)
	if err != nil {
		return err
	}
	err = c.live.Patch(ctx, live, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(v1alpha1.FieldManager))
	return refuse(client.IgnoreNotFound(err), entry.String())
}

// unclaiming is the patch that takes from the very object that was read, in the state in which it was read, what the
// operator holds it by, and touches nothing else: the owner's mark, the labels of our watches and of the ApplySet, and the
// revision that nobody follows any more.
func unclaiming(live *unstructured.Unstructured) ([]byte, error) {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid":             live.GetUID(),
		"resourceVersion": live.GetResourceVersion(),
		"annotations":     map[string]any{v1alpha1.AnnotationOwner: nil, v1alpha1.AnnotationRevision: nil},
		"labels":          map[string]any{v1alpha1.LabelManagedBy: nil, render.LabelApplySetPartOf: nil},
	}})
	if err != nil {
		return nil, fmt.Errorf("encode the patch of %s: %w", nameOf(live), err)
	}
	return patch, nil
}
