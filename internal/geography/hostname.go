package geography

import (
	"strings"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// HostnameHolder finds the GeoConsole that holds the host name of gc, or a name above or below it, before gc does. It
// returns namespace/name, or nothing.
func HostnameHolder(gc *v1alpha1.GeoConsole, all []v1alpha1.GeoConsole) string {
	var holder *v1alpha1.GeoConsole
	for i := range all {
		other := &all[i]
		if other.UID != gc.UID && HostnamesOverlap(other.Spec.Hostname, gc.Spec.Hostname) && before(other, gc) &&
			(holder == nil || before(other, holder)) {
			holder = other
		}
	}
	if holder == nil {
		return ""
	}
	return holder.Namespace + "/" + holder.Name
}

// HostnamesOverlap tells whether two host names are equal or one lies below the other.
func HostnamesOverlap(a, b string) bool {
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}

// before orders claims to a host name. One that was put into a cluster is never ousted by one that was not; else the
// older one is first, and the UID decides within the second that Kubernetes' clock resolves.
func before(a, b *v1alpha1.GeoConsole) bool {
	if aHolds, bHolds := len(a.Status.Clusters) > 0, len(b.Status.Clusters) > 0; aHolds != bHolds {
		return aHolds
	}
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.UID < b.UID
}
