package evidence

import (
	"cmp"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Question is what evidence is asked for.
type Question struct {
	// Namespace and Name are those of the console in the cluster.
	Namespace, Name string
	// HubNamespace and HubAccount are the ServiceAccount that the hub acts as in the cluster.
	HubNamespace, HubAccount string
	// Resource is the GeoConsole, and File where it was read from; nil where nobody gave it.
	Resource *v1alpha1.GeoConsole
	File     string
}

// Facts are what was read in the cluster, sorted by name.
type Facts struct {
	Cluster    string
	Deployment appsv1.Deployment
	Config     ConfigFact
	// Live is the digest of the live config.
	Live      string
	Pods      []PodFact
	Nodes     []NodeFact
	Policies  []networkingv1.NetworkPolicy
	Firewalls []FirewallFact
	Exposures []ExposureFact
	Services  []corev1.Service
	Rights    RightsFact
	// Unread says, by the part, why it could not be read.
	Unread map[Part]string
}

// Part is a part of the facts that may be unreadable by itself.
type Part string

// The parts.
const (
	PartCluster    Part = "the UID of kube-system"
	PartLive       Part = "the live config"
	PartPods       Part = "pods"
	PartNodes      Part = "nodes"
	PartPolicies   Part = "NetworkPolicies"
	PartFirewalls  Part = "EgressFirewalls"
	PartIngresses  Part = "Ingresses"
	PartRoutes     Part = "Routes"
	PartHTTPRoutes Part = "HTTPRoutes"
	PartServices   Part = "Services"
	PartRights     Part = "roles and their bindings in all namespaces"
)

// ConfigFact is the config that the Deployment's pods are to load.
type ConfigFact struct {
	// Name of the ConfigMap, and Digest of the file in it.
	Name, Digest string
	Immutable    bool
	Content      geography.Config
}

// PodFact is one pod that the console's Service leads to. Report is what it says of itself; nil when it was not asked or
// said nothing that counts.
type PodFact struct {
	corev1.Pod

	Report *geography.Report
}

// NodeFact is a node and the cloud region of its label, which may be empty.
type NodeFact struct{ Name, Region string }

// FirewallFact is an EgressFirewall of OVN-Kubernetes.
type FirewallFact struct {
	Name  string
	Rules []FirewallRule
}

// FirewallRule allows or denies a name or a range of addresses; where neither is said, nodes by their labels. Without
// ports it is about all of them.
type FirewallRule struct {
	Allow      bool
	Host, CIDR string
	Ports      []string
}

// ExposureFact is what leads somebody to Services of the console's namespace. Termination is that of a Route's TLS.
type ExposureFact struct {
	Kind, Name  string
	Hosts       []string
	Services    []string
	Termination string
}

// RightsFact are all roles and bindings. Account tells whether the hub's account is there.
type RightsFact struct {
	Account             bool
	RoleBindings        []rbacv1.RoleBinding
	ClusterRoleBindings []rbacv1.ClusterRoleBinding
	Roles               []rbacv1.Role
	ClusterRoles        []rbacv1.ClusterRole
}

// unread is the item for a part that could not be read; false when it was.
func (f Facts) unread(id string, part Part) (Item, bool) {
	reason, is := f.Unread[part]
	return Item{
		ID: id, Verdict: Unproven, Says: fmt.Sprintf("%s could not be read: %s", part, reason), Cure: "run with a kubeconfig that may read them",
	}, is
}

// declared are the countries that the resource declares, by url.
func (q Question) declared() map[string]v1alpha1.Country {
	countries := map[string]v1alpha1.Country{}
	if q.Resource == nil {
		return countries
	}
	spec := q.Resource.Spec
	for _, region := range spec.Regions {
		for _, e := range region.Endpoints {
			countries[e.URL] = e.Country
		}
	}
	if spec.Accounts != nil && spec.Accounts.Endpoint != nil {
		countries[spec.Accounts.Endpoint.URL] = spec.Accounts.Endpoint.Country
	}
	if spec.Auth.OIDC != nil {
		countries[spec.Auth.OIDC.IssuerURL] = spec.Auth.OIDC.Country
	}
	return countries
}

// clusterOf is the cluster of that UID, with the country that the resource declares for it. A resource without a status does
// not say which of its clusters that is: where those in the namespace disagree, nothing is declared.
func (q Question) clusterOf(uid string) geography.Cluster {
	c := geography.Cluster{Name: "this cluster", Namespace: q.Namespace}
	if q.Resource == nil {
		return c
	}
	row, isRow := q.row(uid)
	declared := map[v1alpha1.Country]bool{}
	for _, candidate := range q.Resource.Spec.Clusters {
		if isRow && candidate.Name != row || cmp.Or(candidate.Namespace, q.Resource.Namespace) != q.Namespace {
			continue
		}
		declared[candidate.Country] = true
		c.Declared = candidate.Country
	}
	if len(declared) != 1 {
		c.Declared = ""
	}
	return c
}

// row is the name that the hub has the cluster of that UID under.
func (q Question) row(uid string) (name string, is bool) {
	for _, row := range q.Resource.Status.Clusters {
		if uid != "" && row.ClusterUID == uid && row.Namespace == q.Namespace {
			return row.Name, true
		}
	}
	return "", false
}
