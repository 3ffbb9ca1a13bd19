package remote

import "slices"

// Retain closes the connections to all places but those that are still needed. It returns at once.
func (c *Clusters) Retain(needed []Place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for place, existing := range c.connections {
		if !slices.Contains(needed, place) {
			existing.end()
			delete(c.connections, place)
		}
	}
}
