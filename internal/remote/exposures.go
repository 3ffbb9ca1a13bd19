package remote

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/geoconsole/geoconsole-operator/internal/health"
)

// exposed is a wanted Route or Ingress and what the router or ingress controller says of it.
type exposed struct {
	health.Exposure
	wanted *unstructured.Unstructured
}

// foldExposures is what all of them say together, the console's own host being the first: the address is its own. Of those
// that are not admitted one is told, a refused one before one that merely waits.
func foldExposures(all []exposed) health.Exposure {
	if len(all) == 0 {
		return health.Exposure{}
	}
	out := all[0].Exposure
	for _, one := range all[1:] {
		switch isOpen := out.Found && out.Admitted; {
		case one.Found && one.Admitted:
		case isOpen, one.Rejected && !out.Rejected && out.RegionHost != "":
			host, _, _ := unstructured.NestedString(one.wanted.Object, "spec", "host")
			address := out.Address
			out = one.Exposure
			out.RegionHost, out.Address = host, address
		}
	}
	return out
}
