package render

import (
	"fmt"
	"strings"

	core "k8s.io/api/core/v1"
	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
	rbacv1 "k8s.io/client-go/applyconfigurations/rbac/v1"
	"sigs.k8s.io/yaml"
)

// Rights are what the hub may do in one namespace of a cluster, the little that it may do outside of it, and who may.
// They are the one source of config/, of what geoconsole rbac prints, and of the judgement that a credential may do too
// much.
type Rights struct {
	// Namespace of the console.
	Namespace string
	// Account is the ServiceAccount that the hub acts as.
	Account string
	// Role and ClusterRole are also the names of their bindings.
	Role, ClusterRole string
}

// GeographyRights are those in a cluster of a geography. The names outside of the namespace hold its name, so that two
// namespaces of one cluster share nothing, and taking one away leaves the other what it has.
func GeographyRights(namespace, account string) Rights {
	return Rights{Namespace: namespace, Account: account, Role: account, ClusterRole: account + "-survey:" + namespace}
}

// HubRights are those of the operator's own ServiceAccount, for clusters of connection type Hub.
func HubRights(namespace string) Rights {
	return Rights{
		Namespace: namespace, Account: "geoconsole-operator",
		Role: "geoconsole-operator-console", ClusterRole: "geoconsole-operator-survey",
	}
}

var (
	readVerbs  = []string{"get", "list", "watch"}
	applyVerbs = []string{"get", "list", "watch", "create", "patch", "delete"}
)

// ConsoleRules are what the hub may do in the namespace of the console: all of the console, nothing else.
func ConsoleRules() []rbac.PolicyRule {
	return []rbac.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get", "list", "watch", "create", "update", "patch", "delete"}},
		{APIGroups: []string{""}, Resources: []string{"services", "serviceaccounts"}, Verbs: applyVerbs},
		{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, Verbs: applyVerbs},
		{APIGroups: []string{"networking.k8s.io"}, Resources: []string{"networkpolicies", "ingresses"}, Verbs: applyVerbs},
		{APIGroups: []string{"policy"}, Resources: []string{"poddisruptionbudgets"}, Verbs: applyVerbs},
		{APIGroups: []string{"route.openshift.io"}, Resources: []string{"routes"}, Verbs: applyVerbs},
		{APIGroups: []string{"route.openshift.io"}, Resources: []string{"routes/custom-host"}, Verbs: []string{"create", "update"}},
		{APIGroups: []string{"apps"}, Resources: []string{"replicasets"}, Verbs: []string{"list", "watch"}},
		{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"list", "watch"}},
		{APIGroups: []string{""}, Resources: []string{"pods/proxy"}, Verbs: []string{"get"}},
	}
}

// SurveyRules are what the hub may do outside of the namespace.
func SurveyRules() []rbac.PolicyRule {
	return []rbac.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"nodes"}, Verbs: []string{"list", "watch"}},
		{APIGroups: []string{""}, Resources: []string{"namespaces"}, ResourceNames: []string{"kube-system"}, Verbs: []string{"get"}},
	}
}

// Part says what a manifest is for; who has the namespace or the account already leaves that part out.
type Part string

// The parts.
const (
	PartNamespace Part = "namespace"
	PartAccount   Part = "account"
	PartRights    Part = "rights"
)

// Manifest is an object that the owner of a cluster applies, and why it is there.
type Manifest struct {
	Part   Part
	Why    string
	Object *unstructured.Unstructured
}

// Manifests are all that the owner of a cluster applies, in this order.
func (r Rights) Manifests() ([]Manifest, error) {
	var manifests []Manifest
	for _, m := range []struct {
		part          Part
		why           string
		configuration any
	}{
		{PartNamespace, "", r.namespace()},
		{PartAccount, "", corev1.ServiceAccount(r.Account, r.Namespace)},
		{PartAccount, "The token without an end; a token that ends is bound to this Secret. Deleting it revokes both.", r.token()},
		{PartRights, whyRole, rbacv1.Role(r.Role, r.Namespace).WithRules(configured(ConsoleRules())...)},
		{PartRights, "", rbacv1.RoleBinding(r.Role, r.Namespace).WithRoleRef(roleRef("Role", r.Role)).WithSubjects(r.subject())},
		{PartRights, "Nodes tell the cloud region; the UID of kube-system tells one cluster from another.", rbacv1.ClusterRole(r.ClusterRole).WithRules(configured(SurveyRules())...)},
		{PartRights, "", rbacv1.ClusterRoleBinding(r.ClusterRole).WithRoleRef(roleRef("ClusterRole", r.ClusterRole)).WithSubjects(r.subject())},
	} {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(m.configuration)
		if err != nil {
			return nil, fmt.Errorf("render %T: %w", m.configuration, err)
		}
		manifests = append(manifests, Manifest{m.part, m.why, &unstructured.Unstructured{Object: content}})
	}
	return manifests, nil
}

const whyRole = `What the hub may do with the console: all of it in this one namespace, nothing else.
Of a ConfigMap, update: the inventory is replaced whole, everything else is applied.
Of a Route, custom-host: without it OpenShift refuses a Route that names its host.
Of pods, proxy: the console's verdicts on its regions are read from its pods.`

// YAML is a manifest as a document, with its reason as a comment.
func (m Manifest) YAML() ([]byte, error) {
	content, err := yaml.Marshal(m.Object.Object)
	if err != nil {
		return nil, fmt.Errorf("write %s %s as YAML: %w", m.Object.GetKind(), m.Object.GetName(), err)
	}
	if m.Why == "" {
		return content, nil
	}
	return append([]byte("# "+strings.ReplaceAll(m.Why, "\n", "\n# ")+"\n"), content...), nil
}

func (r Rights) namespace() any {
	return corev1.Namespace(r.Namespace).WithLabels(map[string]string{"pod-security.kubernetes.io/enforce": "restricted"})
}

func (r Rights) token() any {
	return corev1.Secret(r.Account+"-token", r.Namespace).
		WithAnnotations(map[string]string{core.ServiceAccountNameKey: r.Account}).
		WithType(core.SecretTypeServiceAccountToken)
}

func (r Rights) subject() *rbacv1.SubjectApplyConfiguration {
	return rbacv1.Subject().WithKind(rbac.ServiceAccountKind).WithNamespace(r.Namespace).WithName(r.Account)
}

func roleRef(kind, name string) *rbacv1.RoleRefApplyConfiguration {
	return rbacv1.RoleRef().WithAPIGroup(rbac.GroupName).WithKind(kind).WithName(name)
}

func configured(rules []rbac.PolicyRule) []*rbacv1.PolicyRuleApplyConfiguration {
	var out []*rbacv1.PolicyRuleApplyConfiguration
	for _, rule := range rules {
		out = append(out, rbacv1.PolicyRule().
			WithAPIGroups(rule.APIGroups...).WithResources(rule.Resources...).
			WithResourceNames(rule.ResourceNames...).WithVerbs(rule.Verbs...))
	}
	return out
}
