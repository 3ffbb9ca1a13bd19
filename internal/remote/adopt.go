package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// adopted is what was taken over from somebody else's inventory, or from our own of a later generation, and is not
// wanted. It carries our mark, and is not deleted before the annotation goes by which a person agreed.
type adopted struct {
	// claimant is from whom. It is believed only while the annotation names its claim: whoever may write a ConfigMap there
	// could else have us take anybody's objects for ours.
	claimant
	Objects []reference `json:"objects"`
}

// adoptedBy is what of the record's objects is adopted once the owner has written it.
func (r record) adoptedBy(owner geography.Owner) *adopted {
	if !r.isForeign(owner) {
		return r.Adopted
	}
	return &adopted{claimant: r.claimant, Objects: r.Objects}
}

// isForeign tells whether the owner needs a person's word to write over the record.
func (r record) isForeign(owner geography.Owner) bool {
	return !r.isOf(owner) || r.Generation > owner.Generation
}

// owns tells whether an object carries the owner's mark, or that of one from whom the owner is just taking over.
func (r record) owns(owner geography.Owner, object *unstructured.Unstructured) bool {
	return isMarked(object, owner) || r.isAdopting(owner) && object.GetAnnotations()[v1alpha1.AnnotationOwner] == r.Adopted.mark()
}

// isAdopting tells whether the annotation stands by which what is adopted was taken over.
func (r record) isAdopting(owner geography.Owner) bool {
	return r.Adopted != nil && owner.Adopt == r.Adopted.claim()
}

// spared tells whether an object that is not wanted stays for the time being.
func (r record) spared(owner geography.Owner, entry reference) bool {
	return r.isAdopting(owner) && slices.Contains(r.Adopted.Objects, entry)
}

// sparedBeside are, as Kind/name, the objects beside the bundle that are deleted once the annotation goes.
func (r record) sparedBeside(bundle render.Bundle, owner geography.Owner) []string {
	var names []string
	for _, entry := range r.Objects {
		isWanted := slices.ContainsFunc(bundle.Objects, func(o *unstructured.Unstructured) bool { return referenceTo(o) == entry })
		if !isWanted && r.spared(owner, entry) {
			names = append(names, entry.String())
		}
	}
	return names
}

// remark gives an adopted object that is not wanted our mark, and leaves all else of it as it is.
func (c *Cluster) remark(ctx context.Context, owner geography.Owner, claimed *inventory, entry reference) error {
	live, err := c.find(ctx, entry)
	if err != nil || live == nil || isMarked(live, owner) || !claimed.owns(owner, live) {
		return err
	}
	change, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid": live.GetUID(), "annotations": map[string]any{v1alpha1.AnnotationOwner: owner.Mark()},
	}})
	if err != nil {
		return fmt.Errorf("encode the mark: %w", err)
	}
	err = c.live.Patch(ctx, live, client.RawPatch(types.MergePatchType, change), client.FieldOwner(v1alpha1.FieldManager))
	return refuse(err, entry.String())
}

// among is what of it is among the objects; nil when nothing is.
func (a *adopted) among(objects []reference) *adopted {
	if a == nil {
		return nil
	}
	left := slices.DeleteFunc(sorted(a.Objects), func(entry reference) bool { return !slices.Contains(objects, entry) })
	if len(left) == 0 {
		return nil
	}
	return &adopted{claimant: a.claimant, Objects: left}
}

// without is it less what is wanted.
func (a *adopted) without(wanted []reference) *adopted {
	if a == nil {
		return nil
	}
	left := slices.DeleteFunc(slices.Clone(a.Objects), func(entry reference) bool { return slices.Contains(wanted, entry) })
	return (&adopted{claimant: a.claimant, Objects: left}).among(left)
}

func (a *adopted) equal(other *adopted) bool {
	if a == nil || other == nil {
		return a == other
	}
	return a.claimant == other.claimant && slices.Equal(a.Objects, other.Objects)
}

// isReadable tells whether an operator may have written it into a record of the objects.
func (a *adopted) isReadable(objects []reference) bool {
	return a == nil || !slices.ContainsFunc(a.Objects, func(entry reference) bool { return !slices.Contains(objects, entry) })
}
