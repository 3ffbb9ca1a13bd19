package remote

import (
	"context"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

// Survey reads from the watched metadata of the nodes where a cluster stands; it sends no request. Read is false where
// the credential may not list nodes.
func Survey(c *Cluster) health.Survey {
	var list metav1.PartialObjectMetadataList
	list.SetGroupVersionKind(nodes.list())
	if c.caches.current(nodes) != nil || c.caches.List(context.Background(), &list) != nil {
		return health.Survey{}
	}
	survey := health.Survey{Read: true}
	regions := map[string]bool{}
	for _, node := range list.Items {
		if region := node.Labels[v1alpha1.LabelRegion]; region != "" {
			regions[region] = true
		} else {
			survey.Unlabelled++
		}
	}
	survey.CloudRegions = slices.Sorted(maps.Keys(regions))
	return survey
}

// regionLabel is the region that a watched node's label names.
func regionLabel(object any) string {
	if node, ok := object.(*metav1.PartialObjectMetadata); ok {
		return node.Labels[v1alpha1.LabelRegion]
	}
	return ""
}
