package evidence

import (
	"cmp"
	"context"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var (
	routes     = schema.GroupVersionKind{Group: "route.openshift.io", Version: "v1", Kind: "RouteList"}
	httpRoutes = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRouteList"}
)

// everyHost stands for an Ingress that names none.
const everyHost = "*"

func (r *reader) readServices(ctx context.Context) error {
	var services corev1.ServiceList
	err := r.objects.List(ctx, &services, client.InNamespace(r.Namespace))
	r.facts.Services = services.Items
	return err
}

func (r *reader) readIngresses(ctx context.Context) error {
	var ingresses networkingv1.IngressList
	if err := r.objects.List(ctx, &ingresses, client.InNamespace(r.Namespace)); err != nil {
		return err
	}
	for _, ingress := range ingresses.Items {
		exposed := ExposureFact{Kind: "Ingress", Name: ingress.Name}
		add := func(backend *networkingv1.IngressBackend) {
			if backend != nil && backend.Service != nil {
				exposed.Services = append(exposed.Services, backend.Service.Name)
			}
		}
		if add(ingress.Spec.DefaultBackend); len(exposed.Services) > 0 {
			exposed.Hosts = append(exposed.Hosts, everyHost)
		}
		for _, rule := range ingress.Spec.Rules {
			exposed.Hosts = append(exposed.Hosts, cmp.Or(rule.Host, everyHost))
			if rule.HTTP == nil {
				continue
			}
			for _, path := range rule.HTTP.Paths {
				add(&path.Backend)
			}
		}
		r.facts.Exposures = append(r.facts.Exposures, exposed)
	}
	return nil
}

func (r *reader) readRoutes(ctx context.Context) error {
	all, err := r.served(ctx, routes, client.InNamespace(r.Namespace))
	for _, route := range all {
		host, _, _ := unstructured.NestedString(route.Object, "spec", "host")
		termination, hasTLS, _ := unstructured.NestedString(route.Object, "spec", "tls", "termination")
		if !hasTLS {
			termination = "none"
		}
		to, _, _ := unstructured.NestedMap(route.Object, "spec", "to")
		alternates, _, _ := unstructured.NestedSlice(route.Object, "spec", "alternateBackends")
		exposed := ExposureFact{Kind: "Route", Name: route.GetName(), Hosts: []string{host}, Termination: termination}
		for _, one := range append(alternates, to) {
			backend, _ := one.(map[string]any)
			name, _, _ := unstructured.NestedString(backend, "name")
			exposed.Services = append(exposed.Services, name)
		}
		r.facts.Exposures = append(r.facts.Exposures, exposed)
	}
	return err
}

// readHTTPRoutes reads those of all namespaces: one may lead to a Service of another where a ReferenceGrant lets it.
func (r *reader) readHTTPRoutes(ctx context.Context) error {
	all, err := r.served(ctx, httpRoutes)
	for _, route := range all {
		exposed := ExposureFact{Kind: "HTTPRoute", Name: route.GetNamespace() + "/" + route.GetName()}
		exposed.Hosts, _, _ = unstructured.NestedStringSlice(route.Object, "spec", "hostnames")
		rules, _, _ := unstructured.NestedSlice(route.Object, "spec", "rules")
		for _, one := range rules {
			rule, _ := one.(map[string]any)
			backends, _, _ := unstructured.NestedSlice(rule, "backendRefs")
			for _, two := range backends {
				backend, _ := two.(map[string]any)
				name, _, _ := unstructured.NestedString(backend, "name")
				namespace, isElsewhere, _ := unstructured.NestedString(backend, "namespace")
				if !isElsewhere {
					namespace = route.GetNamespace()
				}
				if namespace == r.Namespace {
					exposed.Services = append(exposed.Services, name)
				}
			}
		}
		r.facts.Exposures = append(r.facts.Exposures, exposed)
	}
	return err
}
