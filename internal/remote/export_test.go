package remote

import "context"

// Watched counts the pods and replica sets that the watches of a cluster show.
func Watched(c *Cluster) int {
	pods, _ := c.pods(context.Background())
	sets, _ := c.replicaSets(context.Background())
	return len(pods) + len(sets)
}
