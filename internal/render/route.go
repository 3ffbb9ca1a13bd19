package render

import (
	route "github.com/openshift/api/route/v1"
	routev1 "github.com/openshift/client-go/route/applyconfigurations/route/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// routes are the Route of the console's own host and one for each region host. A Route has one host, or a whole domain
// where the router's administrator allows wildcards, which is not the default.
func (r rendering) routes() []any {
	all := []any{r.route(r.Owner.Name, r.Hostname)}
	if !r.HasRegionHosts() {
		return all
	}
	for _, region := range r.Regions {
		all = append(all, r.route(regionRouteName(r.Owner, region.ID), geography.RegionHost(r.Hostname, region.ID)))
	}
	return all
}

// route publishes the console by an OpenShift router, which ends TLS with the certificate that it has for the host
// name and turns plain HTTP away to https.
func (r rendering) route(name, host string) *routev1.RouteApplyConfiguration {
	return routev1.Route(name, r.namespace).
		WithSpec(routev1.RouteSpec().
			WithHost(host).
			WithTo(routev1.RouteTargetReference().WithKind("Service").WithName(r.Owner.Name)).
			WithPort(routev1.RoutePort().WithTargetPort(intstr.FromString(publicPortName))).
			WithTLS(routev1.TLSConfig().
				WithTermination(route.TLSTerminationEdge).
				WithInsecureEdgeTerminationPolicy(route.InsecureEdgeTerminationPolicyRedirect)))
}
