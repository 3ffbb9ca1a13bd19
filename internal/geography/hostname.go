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

// before orders claims to a host name. One that was put into a cluster under its name is never ousted by one that was
// not; else the older one is first, and the UID decides within the second that Kubernetes' clock resolves.
func before(a, b *v1alpha1.GeoConsole) bool {
	if aHolds, bHolds := isPublished(a), isPublished(b); aHolds != bHolds {
		return aHolds
	}
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.UID < b.UID
}

// isPublished tells whether a GeoConsole was accepted with the host name that it claims, and was put into a cluster. One
// that has just changed its mind claims the new name like anybody else.
func isPublished(gc *v1alpha1.GeoConsole) bool {
	return len(gc.Status.Clusters) > 0 && gc.Status.URL == PublicURL(gc.Spec.Hostname)
}

// PublicURL is where users find a console.
func PublicURL(hostname string) string { return "https://" + hostname }
