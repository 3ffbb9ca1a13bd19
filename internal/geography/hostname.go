package geography

import (
	"strings"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// HostnameHolder finds the oldest GeoConsole other than gc that is older than gc and holds its host name or a name
// above or below it. It returns namespace/name, or nothing.
func HostnameHolder(gc *v1alpha1.GeoConsole, all []v1alpha1.GeoConsole) string {
	var holder *v1alpha1.GeoConsole
	for i := range all {
		other := &all[i]
		if other.UID != gc.UID && HostnamesOverlap(other.Spec.Hostname, gc.Spec.Hostname) && older(other, gc) &&
			(holder == nil || older(other, holder)) {
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

// older orders by creation; the UID decides within the second that Kubernetes' clock resolves.
func older(a, b *v1alpha1.GeoConsole) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.UID < b.UID
}
