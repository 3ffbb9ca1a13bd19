package render

import (
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
)

// serviceAccount is an identity without rights. Neither it nor the pod mounts its token: the console talks to no
// Kubernetes API.
func (r rendering) serviceAccount() *corev1.ServiceAccountApplyConfiguration {
	return corev1.ServiceAccount(r.Owner.Name, r.namespace).
		WithAutomountServiceAccountToken(false)
}
