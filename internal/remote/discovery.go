package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// discover asks whether the cluster serves an optional kind. Only a discovery that succeeds can say no: the list of
// the groups names an aggregated API also while its server is down.
func (c *Cluster) discover(ctx context.Context, k kind) (bool, error) {
	var groups metav1.APIGroupList
	if err := c.readDiscovery(ctx, "/apis", &groups); err != nil {
		return false, err
	}
	served := slices.ContainsFunc(groups.Groups, func(g metav1.APIGroup) bool {
		return g.Name == k.Group && slices.ContainsFunc(g.Versions, func(v metav1.GroupVersionForDiscovery) bool { return v.Version == k.Version })
	})
	if served {
		var resources metav1.APIResourceList
		if err := c.readDiscovery(ctx, "/apis/"+k.GroupVersion().String(), &resources); err != nil {
			return false, err
		}
		served = slices.ContainsFunc(resources.APIResources, func(r metav1.APIResource) bool { return r.Name == k.resource })
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unserved[k.GroupVersionKind] = !served
	return served, nil
}

func (c *Cluster) readDiscovery(ctx context.Context, path string, into any) error {
	body, err := c.core.Get().AbsPath(path).MaxRetries(0).SetHeader("Accept", "application/json").Do(ctx).Raw()
	if err != nil {
		return fmt.Errorf("discover %s: %w", path, closed(err))
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("discover %s: the answer is not a list of APIs", path)
	}
	return nil
}

// hasNot tells whether the last successful discovery did not find an optional kind.
func (c *Cluster) hasNot(k kind) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unserved[k.GroupVersionKind]
}
