package xcm

import (
	"net/http"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var ingressKind = kind[cmv1.Ingress]{
	name: "Ingress", write: cmv1.MarshalIngress, read: cmv1.UnmarshalIngress, openAPI: clustersSchemas,
	writable: []string{
		"cluster_routes_hostname", "cluster_routes_tls_secret_ref", "component_routes", "excluded_namespace_selectors", "excluded_namespaces",
		"listening", "load_balancer_type", "route_namespace_ownership_policy", "route_selectors", "route_wildcard_policy",
	},
}

var ingresses = partAPI[cmv1.Ingress]{
	of: func(p *parts) *collection[cmv1.Ingress] { return p.ingresses },
	make: func(c partCall) (string, *cmv1.Ingress, error) {
		request, err := cmv1.UnmarshalIngress(c.body)
		if err != nil {
			return "", nil, refuse(http.StatusBadRequest, "The body is not an ingress: %v", err)
		}
		if c.cluster.Hypershift().Enabled() {
			return "", nil, refuse(http.StatusBadRequest, "Cluster '%s' has a hosted control plane: it has its default ingress only", c.cluster.Name())
		}
		return shortID(c.id), built(cmv1.NewIngress().Copy(request).ID(shortID(c.id)).Default(false).
			HREF(ingressPath(c.cluster.ID(), shortID(c.id))).DNSName(ingressDomain(c.cluster, "apps2")).Build()), nil
	},
	fixed: func(ingress *cmv1.Ingress) error {
		if ingress.Default() {
			return refuse(http.StatusBadRequest, "Ingress '%s' is the default one: it can't be removed", ingress.ID())
		}
		return nil
	},
}

// addDefaultIngress adds the one that every cluster has.
func (p *parts) addDefaultIngress(cluster *cmv1.Cluster) {
	id := shortID(cluster.ID())
	listening := cluster.API().Listening()
	p.ingresses.put(id, built(cmv1.NewIngress().ID(id).HREF(ingressPath(cluster.ID(), id)).Default(true).Listening(listening).
		LoadBalancerType(cmv1.LoadBalancerFlavorNlb).DNSName(ingressDomain(cluster, "apps")).
		RouteWildcardPolicy(cmv1.WildcardPolicyWildcardsDisallowed).RouteNamespaceOwnershipPolicy(cmv1.NamespaceOwnershipPolicyStrict).Build()))
}

// shortID is what an ingress has for an id: four characters, not the last ones, which stand in the name of the infrastructure.
func shortID(id string) string { return id[4:8] }

func ingressPath(cluster, id string) string {
	return clustersAPI + "/clusters/" + cluster + "/ingresses/" + id
}

func ingressDomain(cluster *cmv1.Cluster, prefix string) string {
	return prefix + "." + cluster.DomainPrefix() + "." + cluster.DNS().BaseDomain()
}
