package evidence

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

var noon = time.Date(2026, 9, 1, 14, 0, 0, 0, time.FixedZone("", 2*60*60))

func TestTheEvidenceOfAGoodCluster(t *testing.T) {
	report := Assess(question(resource(t)), good(t), noon)
	if len(report.DataMap) == 0 || len(report.Transfers) == 0 {
		t.Error("the tables are missing")
	}
	report.DataMap, report.Transfers = nil, nil // documents_test.go has them
	encoded, err := report.Encode()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "testdata/europe.json", string(encoded))
	again, err := json.Marshal(Assess(question(resource(t)), good(t), noon))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if once, err := json.Marshal(Assess(question(resource(t)), good(t), noon)); err != nil || string(once) != string(again) {
			t.Fatal("the same facts give another report")
		}
	}
}

// Each change contradicts in the items that are named, or leaves them unproven, and in no other.
func TestWhatContradictsAndWhatIsUnproven(t *testing.T) {
	guest := func(kind, name string, rules ...rbacv1.PolicyRule) func(*Facts, *Question) {
		return func(f *Facts, _ *Question) { grant(f, kind, name, rules...) }
	}
	secrets := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get", "list"}}
	for name, test := range map[string]struct {
		change       func(*Facts, *Question)
		contradicts  []string
		unproven     []string
		says, reason string
	}{
		"nothing is changed": {reason: v1alpha1.ReasonInside},
		"the node stands outside": {
			change:      func(f *Facts, _ *Question) { f.Nodes[0].Region = "us-east-1" },
			contradicts: []string{"cluster", "node/node-1"}, says: "us-east-1 (Commercial, US), outside of EU", reason: v1alpha1.ReasonClusterOutside,
		},
		"another node than those of the pods stands outside": {
			change:      func(f *Facts, _ *Question) { f.Nodes = append(f.Nodes, NodeFact{"node-2", "us-east-1"}) },
			contradicts: []string{"cluster"}, reason: v1alpha1.ReasonClusterOutside,
		},
		"the node has no label, and the resource declares a country": {
			change: func(f *Facts, _ *Question) { f.Nodes[0].Region = "" }, reason: v1alpha1.ReasonInside,
		},
		"the node has no label, and nothing is declared": {
			change:   func(f *Facts, q *Question) { f.Nodes[0].Region = ""; q.Resource.Spec.Clusters[0].Country = "" },
			unproven: []string{"cluster", "node/node-1"}, says: "nothing tells where the node stands", reason: v1alpha1.ReasonEvidenceMissing,
		},
		"the nodes may not be read": {
			change: func(f *Facts, _ *Question) {
				f.Nodes, f.Unread = nil, map[Part]string{PartNodes: "this kubeconfig may not"}
			},
			unproven: []string{"cluster", "node/node-1"}, says: "nodes could not be read: this kubeconfig may not", reason: v1alpha1.ReasonEvidenceMissing,
		},
		"an endpoint stands outside": {
			change: func(f *Facts, q *Question) {
				f.Config.Content.Regions[0].Endpoints[0].URL = "https://api.us-east-1.example.com"
				q.Resource = nil
			},
			contradicts: []string{"region/aws.eu-west-1/endpoint/0"}, unproven: []string{"issuer"},
			says: "stands in us-east-1 (Commercial, US), outside of EU", reason: v1alpha1.ReasonEndpointOutside,
		},
		"the endpoint stands in the other partition": {
			change: func(f *Facts, q *Question) {
				f.Config.Content.Regions[0].Endpoints[0].URL = "https://api.cn-north-1.example.com"
				q.Resource = nil
			},
			contradicts: []string{"region/aws.eu-west-1/endpoint/0"}, unproven: []string{"issuer"}, reason: v1alpha1.ReasonEndpointOutside,
		},
		"the resource is not given": {
			change: func(_ *Facts, q *Question) { q.Resource = nil }, unproven: []string{"issuer"},
			says: "nothing tells where the issuer https://login.example.eu:8443/realms/eu stands", reason: v1alpha1.ReasonEvidenceMissing,
		},
		"the issuer is declared outside": {
			change:      func(_ *Facts, q *Question) { q.Resource.Spec.Auth.OIDC.Country = "US" },
			contradicts: []string{"issuer"}, says: "stands in US, outside of EU", reason: v1alpha1.ReasonIssuerOutside,
		},
		"a country contradicts a host name": {
			change:      func(_ *Facts, q *Question) { q.Resource.Spec.Regions[0].Endpoints[0].Country = "DE" },
			contradicts: []string{"region/aws.eu-west-1/endpoint/0"}, says: "declares another country", reason: v1alpha1.ReasonEvidenceMissing,
		},
		"the resource is another one": {
			change:      func(_ *Facts, q *Question) { q.Resource.Spec.Hostname = "other.example.com" },
			contradicts: []string{"resource"}, says: "the fields that are named differ", reason: v1alpha1.ReasonInside,
		},
		"the hub has other clusters": {
			change: func(_ *Facts, q *Question) {
				q.Resource.Status.Clusters = []v1alpha1.ClusterStatus{{Name: "eu-central", Namespace: namespace, ClusterUID: "another"}}
			},
			contradicts: []string{"cluster-uid"}, reason: v1alpha1.ReasonInside,
		},
		"of two clusters the hub says which this is": {
			change: func(f *Facts, q *Question) {
				twoClusters(q)
				q.Resource.Status.Clusters = []v1alpha1.ClusterStatus{{Name: "us", Namespace: namespace, ClusterUID: f.Cluster}}
			},
			contradicts: []string{"cluster"}, says: "which the hub has as us", reason: v1alpha1.ReasonClusterOutside,
		},
		"a cluster in another namespace comes before": {
			change: func(f *Facts, q *Question) {
				twoClusters(q)
				q.Resource.Spec.Clusters[1].Namespace = "other"
				slices.Reverse(q.Resource.Spec.Clusters)
				f.Nodes[0].Region = ""
			},
			says: "Declared", reason: v1alpha1.ReasonInside,
		},
		"of two clusters nobody says which this is": {
			change:   func(f *Facts, q *Question) { twoClusters(q); f.Nodes[0].Region = "" },
			unproven: []string{"cluster", "node/node-1"}, reason: v1alpha1.ReasonEvidenceMissing,
		},
		"which cluster it is may not be read": {
			change: func(f *Facts, _ *Question) {
				f.Cluster, f.Unread = "", map[Part]string{PartCluster: "this kubeconfig may not"}
			},
			unproven: []string{"cluster-uid"}, reason: v1alpha1.ReasonInside,
		},
		"there is no issuer": {
			change: func(f *Facts, q *Question) {
				f.Config.Content.Auth = geography.ConfigAuth{Type: "None"}
				q.Resource.Spec.Auth = v1alpha1.Auth{Type: v1alpha1.AuthNone}
			},
			contradicts: []string{"egress"}, // the port of the issuer that was
			unproven:    []string{"issuer"}, says: "asks nobody who they are", reason: v1alpha1.ReasonInside,
		},
		"a custom geography, and no resource": {
			change:   func(f *Facts, q *Question) { f.Config.Content.Geography, q.Resource = "NORDICS", nil },
			unproven: []string{"geography", "region/aws.eu-west-1/endpoint/0", "issuer", "cluster"}, says: "the partition of a custom geography", reason: v1alpha1.ReasonEvidenceMissing,
		},
		"a custom geography": {
			change: func(f *Facts, q *Question) {
				q.Resource.Spec.Geography = v1alpha1.Geography{Type: v1alpha1.GeographyCustom, Custom: &v1alpha1.CustomGeography{
					Name: "THREE", Partition: v1alpha1.PartitionCommercial, Countries: []v1alpha1.Country{"DE", "IE"},
				}}
				f.Config.Content.Geography, f.Config.Content.Countries = "THREE", []string{"DE", "IE"}
			},
			reason: v1alpha1.ReasonInside,
		},
		"the Deployment is nobody's": {
			change: func(f *Facts, _ *Question) { f.Deployment.Annotations = nil }, unproven: []string{"owner"}, reason: v1alpha1.ReasonInside,
		},
		"the config is not what its name says": {
			change:      func(f *Facts, _ *Question) { f.Config.Digest = "0123456789abcdef" },
			contradicts: []string{"config", "pod/europe-1a2b-a", "pod/europe-1a2b-b"}, says: "is not named after it", reason: v1alpha1.ReasonInside,
		},
		"the config can be changed": {
			change: func(f *Facts, _ *Question) { f.Config.Immutable = false }, contradicts: []string{"config"}, reason: v1alpha1.ReasonInside,
		},
		"another live config": {
			change: func(f *Facts, _ *Question) { f.Live = "0123456789abcdef" }, unproven: []string{"live-config"}, reason: v1alpha1.ReasonInside,
		},
		"a pod runs another image": {
			change: func(f *Facts, _ *Question) {
				f.Pods[1].Spec = *f.Pods[1].Spec.DeepCopy()
				f.Pods[1].Spec.Containers[0].Image = "registry.example.com/other:v1"
			},
			contradicts: []string{"pod/europe-1a2b-b"}, says: "something else than the Deployment says", reason: v1alpha1.ReasonInside,
		},
		"a pod has a container for debugging": {
			change: func(f *Facts, _ *Question) {
				f.Pods[0].Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug", Image: "busybox"}}}
			},
			contradicts: []string{"pod/europe-1a2b-a", "guard/one-container"}, reason: v1alpha1.ReasonInside,
		},
		"a pod has loaded another config": {
			change:      func(f *Facts, _ *Question) { f.Pods[0].Report.Config = "0123456789abcdef" },
			contradicts: []string{"pod/europe-1a2b-a"}, says: "config that it has loaded 0123456789abcdef", reason: v1alpha1.ReasonInside,
		},
		"a pod does not say what it has loaded": {
			change: func(f *Facts, _ *Question) { f.Pods[0].Report = nil }, unproven: []string{"pod/europe-1a2b-a"}, reason: v1alpha1.ReasonInside,
		},
		"a pod is not ready": {
			change:   func(f *Facts, _ *Question) { f.Pods[0].Status.Conditions, f.Pods[0].Report = nil, nil },
			unproven: []string{"pod/europe-1a2b-a"}, says: "is not ready", reason: v1alpha1.ReasonInside,
		},
		"no pod": {
			change: func(f *Facts, _ *Question) { f.Pods = nil }, unproven: []string{"live-config", "image", "pods"}, reason: v1alpha1.ReasonInside,
		},
		"a tag that was moved": {
			change: func(f *Facts, _ *Question) {
				f.Deployment.Spec.Template.Spec.Containers[0].Image = "console:v1"
				for i, fetched := range []string{"console@sha256:1", "console@sha256:2"} {
					f.Pods[i].Spec.Containers[0].Image = "console:v1"
					f.Pods[i].Status.ContainerStatuses[0].ImageID = fetched
				}
			},
			unproven: []string{"image"}, says: "a tag is no digest", reason: v1alpha1.ReasonInside,
		},
		"a template that writes": {
			change:      func(f *Facts, _ *Question) { f.Deployment.Spec.Template.Spec.Containers[0].SecurityContext = nil },
			contradicts: []string{"guard/read-only-root", "guard/unprivileged"}, says: "Deployment geoconsole/europe", reason: v1alpha1.ReasonInside,
		},
		"no policy": {
			change: func(f *Facts, _ *Question) { f.Policies = nil }, contradicts: []string{"egress"}, says: "no NetworkPolicy", reason: v1alpha1.ReasonInside,
		},
		"a policy for other pods": {
			change: func(f *Facts, _ *Question) {
				f.Policies[0].Spec.PodSelector.MatchLabels = map[string]string{"app": "other"}
			},
			contradicts: []string{"egress"}, says: "no NetworkPolicy", reason: v1alpha1.ReasonInside,
		},
		"a policy that opens all by a label of a pod's own": {
			change: func(f *Facts, _ *Question) {
				f.Pods[0].Labels["debug"] = "yes"
				f.Policies = append(f.Policies, networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{
					PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"debug": "yes"}}, Egress: []networkingv1.NetworkPolicyEgressRule{{}},
				}})
			},
			contradicts: []string{"egress"}, says: "every port", reason: v1alpha1.ReasonInside,
		},
		"a pod that no policy selects": {
			change: func(f *Facts, _ *Question) {
				f.Pods[1].Labels["debug"] = "yes"
				f.Policies[0].Spec.PodSelector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "debug", Operator: metav1.LabelSelectorOpDoesNotExist}}
			},
			contradicts: []string{"egress"}, says: "Pod geoconsole/europe-1a2b-b", reason: v1alpha1.ReasonInside,
		},
		"one more policy that allows everything": {
			change: func(f *Facts, _ *Question) {
				f.Policies = append(f.Policies, networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{Egress: []networkingv1.NetworkPolicyEgressRule{{}}}})
			},
			contradicts: []string{"egress"}, says: "every port", reason: v1alpha1.ReasonInside,
		},
		"one more port": {
			change: func(f *Facts, _ *Question) {
				smtp := intstr.FromInt32(25)
				f.Policies[0].Spec.Egress[1].Ports = append(f.Policies[0].Spec.Egress[1].Ports, networkingv1.NetworkPolicyPort{Port: &smtp})
			},
			contradicts: []string{"egress"}, says: "TCP 25", reason: v1alpha1.ReasonInside,
		},
		"a firewall that is open": {
			change: func(f *Facts, _ *Question) {
				f.Firewalls = []FirewallFact{{Name: "default", Rules: []FirewallRule{{Allow: true, Host: "api.example.com"}}}}
			},
			unproven: []string{"egress-firewall/default"}, says: "bounds nothing", reason: v1alpha1.ReasonInside,
		},
		"a Route of somebody else": {
			change: func(f *Facts, _ *Question) {
				f.Exposures = append(f.Exposures, ExposureFact{Kind: "Route", Name: "side", Hosts: []string{"side.example.com"}, Services: []string{"europe"}, Termination: "edge"})
			},
			contradicts: []string{"exposure"}, says: "Route side: side.example.com", reason: v1alpha1.ReasonInside,
		},
		"an HTTPRoute": {
			change: func(f *Facts, _ *Question) {
				f.Exposures = append(f.Exposures, ExposureFact{Kind: "HTTPRoute", Name: "geoconsole/side", Services: []string{"europe"}})
			},
			contradicts: []string{"exposure"}, says: "HTTPRoute geoconsole/side", reason: v1alpha1.ReasonInside,
		},
		"a Route for another host under a name of ours": {
			change: func(f *Facts, _ *Question) {
				f.Exposures = append(f.Exposures, ExposureFact{Kind: "Route", Name: "europe.side", Hosts: []string{"side.example.com"}, Services: []string{"europe"}, Termination: "edge"})
			},
			contradicts: []string{"exposure"}, says: "or another host name", reason: v1alpha1.ReasonInside,
		},
		"a Route to another Service over the pods": {
			change: func(f *Facts, _ *Question) {
				f.Services = append(f.Services, service("side", corev1.ServiceTypeClusterIP, f.Services[0].Spec.Selector))
				f.Exposures = append(f.Exposures, ExposureFact{Kind: "Route", Name: "side", Services: []string{"side"}, Termination: "edge"})
			},
			contradicts: []string{"exposure"}, says: "Route side", reason: v1alpha1.ReasonInside,
		},
		"a Route of another console": {
			change: func(f *Facts, _ *Question) {
				f.Services = append(f.Services, service("asia", corev1.ServiceTypeNodePort, map[string]string{"app": "asia"}))
				f.Exposures = append(f.Exposures, ExposureFact{Kind: "Route", Name: "asia", Services: []string{"asia"}, Termination: "passthrough"})
			},
			reason: v1alpha1.ReasonInside,
		},
		"a load balancer over one pod": {
			change: func(f *Facts, _ *Question) {
				f.Pods[0].Labels["debug"] = "yes"
				f.Services = append(f.Services, service("side", corev1.ServiceTypeLoadBalancer, map[string]string{"debug": "yes"}))
			},
			contradicts: []string{"exposure"}, says: "Service side of type LoadBalancer", reason: v1alpha1.ReasonInside,
		},
		"an external address": {
			change:      func(f *Facts, _ *Question) { f.Services[0].Spec.ExternalIPs = []string{"203.0.113.7"} },
			contradicts: []string{"exposure"}, says: "external addresses 203.0.113.7", reason: v1alpha1.ReasonInside,
		},
		"the Services may not be read": {
			change:   func(f *Facts, _ *Question) { f.Unread = map[Part]string{PartServices: "this kubeconfig may not"} },
			unproven: []string{"exposure"}, says: "Services could not be read", reason: v1alpha1.ReasonInside,
		},
		"nothing leads users there": {
			change: func(f *Facts, _ *Question) { f.Exposures = nil }, unproven: []string{"exposure"}, reason: v1alpha1.ReasonInside,
		},
		"the hub may read Secrets": {
			change: guest("Role", namespace, secrets), contradicts: []string{"hub-rights"}, says: "list secrets in namespace geoconsole", reason: v1alpha1.ReasonInside,
		},
		"the hub may read Secrets of another namespace": {
			change: guest("Role", "payments", secrets), contradicts: []string{"hub-rights"}, says: "get secrets in namespace payments", reason: v1alpha1.ReasonInside,
		},
		"the hub may do everywhere what it may do in its namespace": {
			change:      guest("ClusterRole", "", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get"}}),
			contradicts: []string{"hub-rights"}, says: "get configmaps in every namespace", reason: v1alpha1.ReasonInside,
		},
		"everybody may read Secrets": {
			change: func(f *Facts, _ *Question) {
				grant(f, "ClusterRole", "", secrets)
				f.Rights.ClusterRoleBindings[len(f.Rights.ClusterRoleBindings)-1].Subjects = []rbacv1.Subject{{Kind: rbacv1.GroupKind, Name: "system:serviceaccounts"}}
			},
			contradicts: []string{"hub-rights"}, says: "get secrets in every namespace", reason: v1alpha1.ReasonInside,
		},
		"the hub may do less": {
			change: func(f *Facts, _ *Question) { f.Rights.ClusterRoleBindings = f.Rights.ClusterRoleBindings[:1] },
			says:   "list nodes outside of the namespace", reason: v1alpha1.ReasonInside,
		},
		"another account": {
			change: func(_ *Facts, q *Question) { q.HubAccount = "other" }, unproven: []string{"hub-rights"}, says: "--hub-account", reason: v1alpha1.ReasonInside,
		},
		"the rights may not be read": {
			change:   func(f *Facts, _ *Question) { f.Unread = map[Part]string{PartRights: "this kubeconfig may not"} },
			unproven: []string{"hub-rights"}, says: "in all namespaces could not be read", reason: v1alpha1.ReasonInside,
		},
	} {
		t.Run(name, func(t *testing.T) {
			facts, q := good(t), question(resource(t))
			if test.change != nil {
				test.change(&facts, &q)
			}
			report := Assess(q, facts, noon)
			if !slices.Equal(report.Summary.Contradictions, test.contradicts) && len(report.Summary.Contradictions)+len(test.contradicts) > 0 {
				t.Errorf("%v contradict, want %v", report.Summary.Contradictions, test.contradicts)
			}
			if !slices.Equal(report.Summary.Unproven, test.unproven) && len(report.Summary.Unproven)+len(test.unproven) > 0 {
				t.Errorf("%v are unproven, want %v", report.Summary.Unproven, test.unproven)
			}
			if report.Summary.Sovereign.Reason != test.reason {
				t.Errorf("Sovereign says %v, want %s", report.Summary.Sovereign, test.reason)
			}
			encoded, err := report.Encode()
			if err != nil || !strings.Contains(string(encoded), test.says) {
				t.Errorf("%q is not said (%v)", test.says, err)
			}
			for _, item := range report.Items {
				if (item.Verdict == Holds) != (item.Cure == "") {
					t.Errorf("%s: a cure belongs to what does not hold, and to nothing else: %q", item.ID, item.Cure)
				}
			}
		})
	}
}

func service(name string, kind corev1.ServiceType, selector map[string]string) corev1.Service {
	return corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.ServiceSpec{Type: kind, Selector: selector}}
}

// twoClusters are in one namespace, and in two countries.
func twoClusters(q *Question) {
	other := q.Resource.Spec.Clusters[0]
	other.Name, other.Country = "us", "US"
	q.Resource.Spec.Clusters = append(q.Resource.Spec.Clusters, other)
}

// grant binds rules to the hub's account: everywhere, or in a namespace.
func grant(f *Facts, kind, in string, rules ...rbacv1.PolicyRule) {
	meta := metav1.ObjectMeta{Namespace: in, Name: "guest"}
	subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: "geoconsole-hub"}}
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: "guest"}
	if kind == "ClusterRole" {
		f.Rights.ClusterRoles = append(f.Rights.ClusterRoles, rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules})
		f.Rights.ClusterRoleBindings = append(f.Rights.ClusterRoleBindings, rbacv1.ClusterRoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: ref})
		return
	}
	f.Rights.Roles = append(f.Rights.Roles, rbacv1.Role{ObjectMeta: meta, Rules: rules})
	f.Rights.RoleBindings = append(f.Rights.RoleBindings, rbacv1.RoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: ref})
}

// What a rule bounds is told by the weakest of all that lead out.
func TestEgressIsClassified(t *testing.T) {
	https := intstr.FromInt32(443)
	range24 := networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "203.0.113.0/24"}}
	anywhere := networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8"}}}
	for name, test := range map[string]struct {
		to    []networkingv1.NetworkPolicyPeer
		wants Enforcement
		says  string
	}{
		"to any address":          {nil, PortsOnly, "TCP 443 to any address"},
		"to a range":              {[]networkingv1.NetworkPolicyPeer{range24}, ByAddress, "TCP 443 to 203.0.113.0/24"},
		"to nearly all addresses": {[]networkingv1.NetworkPolicyPeer{range24, anywhere}, PortsOnly, "0.0.0.0/0 without 10.0.0.0/8"},
		"to halves of all":        {[]networkingv1.NetworkPolicyPeer{ipBlock("0.0.0.0/1"), ipBlock("128.0.0.0/1")}, PortsOnly, "0.0.0.0/1"},
		"to much of IPv6":         {[]networkingv1.NetworkPolicyPeer{ipBlock("2000::/3")}, PortsOnly, "2000::/3"},
		"to what is no range":     {[]networkingv1.NetworkPolicyPeer{ipBlock("0/0")}, PortsOnly, "0/0"},
		"to one network":          {[]networkingv1.NetworkPolicyPeer{ipBlock("10.0.0.0/8"), ipBlock("2001::/16")}, ByAddress, "2001::/16"},
		"to pods":                 {[]networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}, ByAddress, "pods of this cluster"},
	} {
		t.Run(name, func(t *testing.T) {
			facts := good(t)
			facts.Policies[0].Spec.Egress[1] = networkingv1.NetworkPolicyEgressRule{Ports: []networkingv1.NetworkPolicyPort{{Port: &https}}, To: test.to}
			item := itemOf(t, Assess(question(resource(t)), facts, noon), "egress")
			if item.Verdict != Holds || item.Known != Enforced || item.Enforcement != test.wants || !strings.Contains(strings.Join(item.Names, "; "), test.says) {
				t.Errorf("got %+v", item)
			}
		})
	}
	deny, web := FirewallRule{CIDR: "0.0.0.0/0"}, []string{"TCP 80"}
	pods := []corev1.PodIP{{IP: "10.0.0.7"}, {IP: "fd00::7"}}
	for name, test := range map[string]struct {
		rules []FirewallRule
		pods  []corev1.PodIP
		wants Enforcement
		names string
	}{
		"by name":    {[]FirewallRule{{Allow: true, Host: "api.example.com", Ports: []string{"TCP 443"}}, deny}, nil, ByName, "api.example.com, TCP 443"},
		"by address": {[]FirewallRule{{Allow: true, CIDR: "203.0.113.0/24"}, deny}, nil, ByAddress, "203.0.113.0/24"},
		"to nodes":   {[]FirewallRule{{Allow: true}, deny}, nil, ByAddress, "nodes of this cluster by their labels"},
		"what comes after the end does not count": {[]FirewallRule{{Allow: true, CIDR: "203.0.113.0/24"}, deny, {Allow: true, Host: "api.example.com"}}, nil, ByAddress, "203.0.113.0/24"},
		"everything is allowed before":            {[]FirewallRule{{Allow: true, CIDR: "0.0.0.0/0"}, deny}, nil, "", "0.0.0.0/0"},
		"half of everything is allowed before":    {[]FirewallRule{{Allow: true, CIDR: "128.0.0.0/1"}, deny}, nil, "", "128.0.0.0/1"},
		"one port is denied":                      {[]FirewallRule{{Allow: true, CIDR: "203.0.113.0/24"}, {CIDR: "0.0.0.0/0", Ports: web}}, nil, "", "203.0.113.0/24"},
		"one family of two is denied":             {[]FirewallRule{{Allow: true, CIDR: "203.0.113.0/24"}, deny}, pods, "", "203.0.113.0/24"},
		"both families are denied":                {[]FirewallRule{{Allow: true, CIDR: "203.0.113.0/24"}, {CIDR: "::/0"}, deny}, pods, ByAddress, "203.0.113.0/24"},
	} {
		t.Run("a firewall "+name, func(t *testing.T) {
			facts := good(t)
			facts.Firewalls = []FirewallFact{{Name: "default", Rules: test.rules}}
			if test.pods != nil {
				facts.Pods[0].Status.PodIPs = test.pods
			}
			item := itemOf(t, Assess(question(resource(t)), facts, noon), "egress-firewall/default")
			if item.Enforcement != test.wants || (item.Verdict == Holds) != (test.wants != "") || strings.Join(item.Names, "; ") != test.names {
				t.Errorf("got %+v", item)
			}
		})
	}
	facts := good(t)
	facts.Pods, facts.Firewalls = nil, []FirewallFact{{Name: "default", Rules: []FirewallRule{deny}}}
	if item := itemOf(t, Assess(question(resource(t)), facts, noon), "egress-firewall/default"); item.Verdict != Unproven {
		t.Errorf("without a pod nothing tells which families there are: got %+v", item)
	}
}

func ipBlock(cidr string) networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: cidr}}
}

func itemOf(t testing.TB, report Record, id string) Item {
	t.Helper()
	i := slices.IndexFunc(report.Items, func(item Item) bool { return item.ID == id })
	if i < 0 {
		t.Fatalf("there is no item %s", id)
	}
	return report.Items[i]
}
