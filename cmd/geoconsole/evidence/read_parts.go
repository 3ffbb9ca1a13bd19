package evidence

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// readPods reads the pods that the console's Service leads to, whoever made them, and asks the ready ones what they have
// loaded. One that is about to end is left out.
func (r *reader) readPods(ctx context.Context) error {
	var pods corev1.PodList
	if err := r.objects.List(ctx, &pods, client.InNamespace(r.Namespace), client.MatchingLabels(render.Selector(geography.Owner{Name: r.Name}))); err != nil {
		return err
	}
	slices.SortFunc(pods.Items, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	for _, pod := range pods.Items {
		if pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		fact := PodFact{Pod: pod}
		if isReady(pod) {
			if report, err := remote.ReadReport(ctx, r.core, r.Namespace, pod.Name); err == nil {
				fact.Report = &report
			}
		}
		r.facts.Pods = append(r.facts.Pods, fact)
	}
	return nil
}

func (r *reader) listRights(ctx context.Context) error {
	var (
		roles        rbacv1.RoleList
		clusterRoles rbacv1.ClusterRoleList
		bindings     rbacv1.RoleBindingList
		clusterWide  rbacv1.ClusterRoleBindingList
	)
	for _, list := range []client.ObjectList{&roles, &clusterRoles, &bindings, &clusterWide} {
		if err := r.objects.List(ctx, list); err != nil {
			return err
		}
	}
	rights := &r.facts.Rights
	rights.Roles, rights.ClusterRoles = roles.Items, clusterRoles.Items
	rights.RoleBindings, rights.ClusterRoleBindings = bindings.Items, clusterWide.Items
	return nil
}

var firewalls = schema.GroupVersionKind{Group: "k8s.ovn.org", Version: "v1", Kind: "EgressFirewallList"}

// readFirewalls reads those of OVN-Kubernetes, which bounds a whole namespace by one.
func (r *reader) readFirewalls(ctx context.Context) error {
	all, err := r.served(ctx, firewalls, client.InNamespace(r.Namespace))
	for _, firewall := range all {
		fact := FirewallFact{Name: firewall.GetName()}
		rules, _, _ := unstructured.NestedSlice(firewall.Object, "spec", "egress")
		for _, one := range rules {
			rule, _ := one.(map[string]any)
			kind, _, _ := unstructured.NestedString(rule, "type")
			host, _, _ := unstructured.NestedString(rule, "to", "dnsName")
			cidr, _, _ := unstructured.NestedString(rule, "to", "cidrSelector")
			fact.Rules = append(fact.Rules, FirewallRule{Allow: kind == "Allow", Host: host, CIDR: cidr, Ports: portsOf(rule)})
		}
		r.facts.Firewalls = append(r.facts.Firewalls, fact)
	}
	return err
}

// portsOf are the ports of a rule of a firewall.
func portsOf(rule map[string]any) []string {
	var out []string
	ports, _, _ := unstructured.NestedSlice(rule, "ports")
	for _, one := range ports {
		port, _ := one.(map[string]any)
		protocol, _, _ := unstructured.NestedString(port, "protocol")
		number, _, _ := unstructured.NestedInt64(port, "port")
		out = append(out, fmt.Sprintf("%s %d", protocol, number))
	}
	return out
}

// served lists objects of a kind that not every cluster has. A cluster that does not serve it has none of it.
func (r *reader) served(ctx context.Context, list schema.GroupVersionKind, options ...client.ListOption) ([]unstructured.Unstructured, error) {
	var all unstructured.UnstructuredList
	all.SetGroupVersionKind(list)
	err := r.objects.List(ctx, &all, options...)
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
		return nil, nil
	}
	return all.Items, err
}
