package remote

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Watched counts the pods and replica sets that the watches of a cluster show.
func Watched(c *Cluster) int {
	pods, _ := c.pods(context.Background())
	sets, _ := c.replicaSets(context.Background())
	return len(pods) + len(sets)
}

// Shows tells whether the watches of a cluster show an object.
func Shows(c *Cluster, object *unstructured.Unstructured) bool {
	return c.shows(context.Background(), referenceTo(object))
}
