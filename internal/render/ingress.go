package render

import (
	networking "k8s.io/api/networking/v1"
	networkingv1 "k8s.io/client-go/applyconfigurations/networking/v1"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// ingress publishes the console by an ingress controller. It asks for TLS without naming a Secret: the controller shows
// its default certificate. Each region host is a rule of its own.
//
// The class is part of the name, after a dot, which no GeoConsole's name has. A controller whose class an Ingress leaves
// clears nothing in its status, so an Ingress that changed its class would look admitted for ever, and would be served by
// nobody from the change on. With another name the new one is judged by itself, and the former serves until then.
func (r rendering) ingress(className string) *networkingv1.IngressApplyConfiguration {
	backend := networkingv1.IngressServiceBackend().
		WithName(r.Owner.Name).
		WithPort(networkingv1.ServiceBackendPort().WithName(publicPortName))
	path := networkingv1.HTTPIngressPath().
		WithPath("/").
		WithPathType(networking.PathTypePrefix).
		WithBackend(networkingv1.IngressBackend().WithService(backend))
	hosts := []string{r.Hostname}
	if r.HasRegionHosts() {
		for _, region := range r.Regions {
			hosts = append(hosts, geography.RegionHost(r.Hostname, region.ID))
		}
	}
	spec := networkingv1.IngressSpec().WithIngressClassName(className).WithTLS(networkingv1.IngressTLS().WithHosts(hosts...))
	for _, host := range hosts {
		spec.WithRules(networkingv1.IngressRule().WithHost(host).WithHTTP(networkingv1.HTTPIngressRuleValue().WithPaths(path)))
	}
	return networkingv1.Ingress(ingressName(r.Owner, className), r.namespace).WithSpec(spec)
}
