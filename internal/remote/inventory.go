package remote

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

const (
	// inventoryFormat is the format of the inventory that this version writes and reads.
	inventoryFormat = 1
	// inventoryKey is the key of the record in the inventory's ConfigMap.
	inventoryKey = "inventory.json"
	// maxEntries and maxInventory, in bytes, bound what is read of an inventory. It lists a dozen objects and the configs
	// that old replica sets name; an API server stores no more than that many bytes (k8s.io/api/core/v1, MaxSecretSize).
	maxEntries   = 1024
	maxInventory = 1 << 20

	// The annotations of an ApplySet's parent (Kubernetes enhancement 3659).
	annotationTooling    = "applyset.kubernetes.io/tooling"
	annotationGroupKinds = "applyset.kubernetes.io/contains-group-kinds"
	tooling              = "geoconsole-operator/v1"
)

// reference names an object in the place's namespace.
type reference struct {
	Group string `json:"group"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
}

func (r reference) String() string { return r.Kind + "/" + r.Name }

func (r reference) groupKind() schema.GroupKind {
	return schema.GroupKind{Group: r.Group, Kind: r.Kind}
}

func referenceTo(object *unstructured.Unstructured) reference {
	kind := object.GroupVersionKind()
	return reference{Group: kind.Group, Kind: kind.Kind, Name: object.GetName()}
}

// record is what the inventory says: who owns what in this namespace. It is claimed before anything else is written.
type record struct {
	claimant
	Objects []reference `json:"objects"`
	// Adopted is what was taken over and is not wanted, as long as the annotation stands by which a person agreed.
	Adopted *adopted `json:"adopted,omitempty"`
}

// recordOf is the owner's record of objects. What was adopted stays so, as far as it is still listed.
func recordOf(owner geography.Owner, objects []reference, taken *adopted) record {
	objects = sorted(objects)
	return record{claimant: claimantOf(owner), Objects: objects, Adopted: taken.among(objects)}
}

// sorted are the references in a fixed order, each once.
func sorted(objects []reference) []reference {
	objects = slices.Clone(objects)
	slices.SortFunc(objects, func(a, b reference) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
	})
	return slices.Compact(objects)
}

func (r record) equal(other record) bool {
	return r.claimant == other.claimant && slices.Equal(r.Objects, other.Objects) && r.Adopted.equal(other.Adopted)
}

// refuses says why the owner may write nothing here; nil when it may. What a person agreed to take over is the owner's,
// unless a later release has written it: what that means is not known.
func (r record) refuses(owner geography.Owner) error {
	inventory := "ConfigMap/" + render.InventoryName(owner)
	switch {
	case r.Format > inventoryFormat:
		return &Refusal{Reason: v1alpha1.ReasonOperatorOutdated, Object: inventory}
	case owner.Adopt == r.claim():
		return nil
	case !r.isOf(owner):
		return &Refusal{Reason: v1alpha1.ReasonOwnedElsewhere, Object: inventory, Claim: r.claim()}
	case r.Generation > owner.Generation:
		return &Refusal{Reason: v1alpha1.ReasonHubRewound, Object: inventory, Claim: r.claim()}
	default:
		return nil
	}
}

// inventory is a record and the ConfigMap that it was read from.
type inventory struct {
	record
	stored *unstructured.Unstructured
}

// readInventory reads an owner's inventory by the given reader; nil when there is none. One that is not the
// operator's, or cannot be read, is a *Refusal: nothing is guessed.
func (c *Cluster) readInventory(ctx context.Context, from client.Reader, owner geography.Owner) (*inventory, error) {
	stored := configMaps.example().(*unstructured.Unstructured)
	key := client.ObjectKey{Namespace: c.namespace, Name: render.InventoryName(owner)}
	if err := from.Get(ctx, key, stored); apierrors.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, refuseRead(err, "ConfigMap/"+key.Name)
	}
	notOurs := &Refusal{Reason: v1alpha1.ReasonNotOurs, Object: "ConfigMap/" + key.Name}
	if _, marked := stored.GetAnnotations()[v1alpha1.AnnotationOwner]; !marked {
		return nil, notOurs
	}
	written, _, _ := unstructured.NestedString(stored.Object, "data", inventoryKey)
	found := &inventory{stored: stored}
	if len(written) > maxInventory || json.Unmarshal([]byte(written), &found.record) != nil || !found.isReadable() {
		return nil, notOurs
	}
	return found, nil
}

// isReadable tells whether a record is one that an operator may have written. Its names end in conditions and paths.
func (r record) isReadable() bool {
	if r.Format < 1 || len(r.Objects) > maxEntries || !r.Adopted.isReadable(r.Objects) {
		return false
	}
	return !slices.ContainsFunc(r.Objects, func(entry reference) bool {
		return len(validation.IsDNS1123Subdomain(entry.Name)) > 0 || len(validation.IsDNS1035Label(strings.ToLower(entry.Kind))) > 0 ||
			entry.Group != "" && len(validation.IsDNS1123Subdomain(entry.Group)) > 0
	})
}

// claim makes sure that the inventory is the owner's and lists everything that is about to be written beside what it
// lists already, before anything is written. A claim that stands as it is costs no request.
func (c *Cluster) claim(ctx context.Context, owner geography.Owner, objects []reference) (*inventory, error) {
	if err := c.caches.current(configMaps); err != nil {
		return nil, err
	}
	cached, err := c.readInventory(ctx, c.caches, owner)
	if err != nil {
		return nil, err
	}
	if cached != nil && cached.equal(recordOf(owner, append(slices.Clone(objects), cached.Objects...), cached.Adopted)) {
		return cached, nil
	}
	// What is written next is decided on what stands there now: the cache may lag behind our own last write.
	current, err := c.readInventory(ctx, c.live, owner)
	if err != nil {
		return nil, err
	}
	if current == nil {
		// Somebody may have deleted the inventory; what carries our mark belongs into the new one.
		left, err := c.marked(ctx, owner)
		if err != nil {
			return nil, err
		}
		return c.writeInventory(ctx, nil, recordOf(owner, append(left, objects...), nil))
	}
	if err := current.refuses(owner); err != nil {
		return nil, err
	}
	return c.writeInventory(ctx, current, recordOf(owner, append(slices.Clone(current.Objects), objects...), current.adoptedBy(owner)))
}

// writeInventory creates the inventory, or replaces the one that was read; if somebody wrote it in between, it fails.
// It writes nothing when nothing changes.
func (c *Cluster) writeInventory(ctx context.Context, current *inventory, of record) (*inventory, error) {
	next, err := c.newInventory(of)
	if err != nil {
		return nil, err
	}
	if current == nil {
		err = c.live.Create(ctx, next.stored, client.FieldOwner(v1alpha1.FieldManager))
		return next, refuse(err, nameOf(next.stored))
	}
	if current.equal(next.record) &&
		maps.Equal(current.stored.GetLabels(), next.stored.GetLabels()) &&
		maps.Equal(current.stored.GetAnnotations(), next.stored.GetAnnotations()) {
		return current, nil
	}
	next.stored.SetUID(current.stored.GetUID())
	next.stored.SetResourceVersion(current.stored.GetResourceVersion())
	err = c.live.Update(ctx, next.stored, client.FieldOwner(v1alpha1.FieldManager))
	return next, refuse(err, nameOf(next.stored))
}

// newInventory is the ConfigMap that says who owns what: the parent of an ApplySet.
func (c *Cluster) newInventory(of record) (*inventory, error) {
	next, owner := &inventory{record: of}, of.owner()
	encoded, err := json.MarshalIndent(next.record, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the inventory: %w", err)
	}
	next.stored = configMaps.example().(*unstructured.Unstructured)
	next.stored.SetNamespace(c.namespace)
	next.stored.SetName(render.InventoryName(owner))
	labels := render.Labels(owner)
	labels[render.LabelApplySetID] = render.ApplySetID(owner, c.namespace)
	next.stored.SetLabels(labels)
	next.stored.SetAnnotations(map[string]string{
		v1alpha1.AnnotationOwner: owner.Mark(),
		annotationTooling:        tooling,
		annotationGroupKinds:     groupKinds(next.Objects),
	})
	next.stored.Object["data"] = map[string]any{inventoryKey: string(encoded)}
	return next, nil
}

// marked lists what carries the owner's mark in the watches.
func (c *Cluster) marked(ctx context.Context, owner geography.Owner) ([]reference, error) {
	var found []reference
	for _, k := range appliedKinds {
		if served, err := c.isServed(ctx, reference{Group: k.Group, Kind: k.Kind}); err != nil {
			return nil, err
		} else if !served {
			continue
		}
		list, err := c.listed(ctx, k)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if isMarked(&list[i], owner) && list[i].GetName() != render.InventoryName(owner) {
				found = append(found, referenceTo(&list[i]))
			}
		}
	}
	return found, nil
}

// groupKinds is the sorted list Kind.group of what an ApplySet contains.
func groupKinds(objects []reference) string {
	var names []string
	for _, o := range objects {
		names = append(names, o.groupKind().String())
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ",")
}
