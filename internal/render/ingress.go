package render

import (
	networking "k8s.io/api/networking/v1"
	networkingv1 "k8s.io/client-go/applyconfigurations/networking/v1"
)

// ingress publishes the console by an ingress controller. It asks for TLS without naming a Secret: the controller shows
// its default certificate.
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
	return networkingv1.Ingress(ingressName(r.Owner, className), r.namespace).
		WithSpec(networkingv1.IngressSpec().
			WithIngressClassName(className).
			WithRules(networkingv1.IngressRule().
				WithHost(r.Hostname).
				WithHTTP(networkingv1.HTTPIngressRuleValue().WithPaths(path))).
			WithTLS(networkingv1.IngressTLS().WithHosts(r.Hostname)))
}
