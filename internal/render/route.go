package render

import (
	route "github.com/openshift/api/route/v1"
	routev1 "github.com/openshift/client-go/route/applyconfigurations/route/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// route publishes the console by an OpenShift router, which ends TLS with the certificate that it has for the host
// name and turns plain HTTP away to https.
func (r rendering) route() *routev1.RouteApplyConfiguration {
	return routev1.Route(r.Owner.Name, r.namespace).
		WithSpec(routev1.RouteSpec().
			WithHost(r.Hostname).
			WithTo(routev1.RouteTargetReference().WithKind("Service").WithName(r.Owner.Name)).
			WithPort(routev1.RoutePort().WithTargetPort(intstr.FromString(publicPortName))).
			WithTLS(routev1.TLSConfig().
				WithTermination(route.TLSTerminationEdge).
				WithInsecureEdgeTerminationPolicy(route.InsecureEdgeTerminationPolicyRedirect)))
}
