package evidence

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// exposure is what leads users to the console, and how. Whatever leads to a Service over its pods counts, whoever made it
// and under whichever labels.
func (a assessment) exposure() []Item {
	item := Item{ID: "exposure", Verdict: Holds, Known: Observed, Source: fmt.Sprintf("Routes, Ingresses, HTTPRoutes and Services that lead to pods of %s", a.deployment())}
	for _, part := range []Part{PartIngresses, PartRoutes, PartHTTPRoutes, PartServices} {
		if missing, unread := a.unread(item.ID, part); unread {
			return []Item{missing}
		}
	}
	services := a.services()
	plain := true
	var others []string
	for _, e := range a.Exposures {
		if !slices.ContainsFunc(e.Services, func(name string) bool { return slices.ContainsFunc(services, named(name)) }) {
			continue
		}
		item.Names = append(item.Names, e.says())
		if !a.isOwn(e) {
			others = append(others, e.says())
		}
		plain = plain && (e.Kind != "Route" || e.Termination == "edge")
	}
	for _, service := range services {
		if said, leads := leadsIn(service); leads {
			others = append(others, said)
		}
	}
	switch {
	case len(others) > 0:
		item.Verdict, item.Names = Contradicts, others
		item.Says = "something else than what the GeoConsole renders, or another host name, leads to the console's pods: it is named"
		item.Cure = "find out who made it, and take it away"
	case len(item.Names) == 0:
		item.Verdict, item.Says, item.Cure = Unproven, "nothing of the console's own leads users to it", "run again when Exposed is True"
	case plain:
		item.Says = "users come by what is named; TLS ends at the router, and between router and pods it is plain HTTP inside the cluster"
	default:
		item.Says = "users come by what is named; the pods have no certificate, so that a termination other than edge does not work"
		item.Verdict, item.Cure = Contradicts, "find out who changed it: the operator renders edge"
	}
	return []Item{item}
}

// services are the console's own by its name, and all that select one of its pods.
func (a assessment) services() []corev1.Service {
	var out []corev1.Service
	for _, service := range a.Services {
		selects := false
		for _, has := range a.labelled() {
			selects = selects || len(service.Spec.Selector) > 0 && labels.SelectorFromSet(service.Spec.Selector).Matches(has)
		}
		if selects || service.Name == a.Name {
			out = append(out, service)
		}
	}
	return out
}

func named(name string) func(corev1.Service) bool {
	return func(s corev1.Service) bool { return s.Name == name }
}

// isOwn tells whether the GeoConsole renders something of that kind and name, for these hosts.
func (a assessment) isOwn(e ExposureFact) bool {
	if e.Kind != "Route" && e.Kind != "Ingress" || e.Name != a.Name && !strings.HasPrefix(e.Name, a.Name+".") {
		return false
	}
	hosts := []string{a.model.Hostname}
	for _, region := range a.Config.Content.Regions {
		hosts = append(hosts, geography.RegionHost(a.model.Hostname, region.ID))
	}
	return !slices.ContainsFunc(e.Hosts, func(host string) bool { return !slices.Contains(hosts, host) })
}

// leadsIn tells whether a Service itself leads to its pods from outside of the cluster.
func leadsIn(service corev1.Service) (said string, leads bool) {
	said = fmt.Sprintf("Service %s of type %s", service.Name, service.Spec.Type)
	if len(service.Spec.ExternalIPs) > 0 {
		return said + ", external addresses " + strings.Join(service.Spec.ExternalIPs, ", "), true
	}
	return said, service.Spec.Type == corev1.ServiceTypeNodePort || service.Spec.Type == corev1.ServiceTypeLoadBalancer
}

func (e ExposureFact) says() string {
	said := fmt.Sprintf("%s %s: %s", e.Kind, e.Name, strings.Join(e.Hosts, ", "))
	if e.Termination != "" {
		said += ", TLS " + e.Termination
	}
	return said
}
