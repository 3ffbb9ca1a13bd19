package render

import (
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	metav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	policyv1 "k8s.io/client-go/applyconfigurations/policy/v1"
)

// podDisruptionBudget lets a drain take one pod at a time. One is always allowed, so that a single pod or a broken
// console never blocks the drain of a node.
func (r rendering) podDisruptionBudget() *policyv1.PodDisruptionBudgetApplyConfiguration {
	return policyv1.PodDisruptionBudget(r.Owner.Name, r.namespace).
		WithSpec(policyv1.PodDisruptionBudgetSpec().
			WithSelector(metav1.LabelSelector().WithMatchLabels(Selector(r.Owner))).
			WithMaxUnavailable(intstr.FromInt32(1)).
			WithUnhealthyPodEvictionPolicy(policy.AlwaysAllow))
}
