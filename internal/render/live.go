package render

import (
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
)

// liveKey is the key of the live config in its ConfigMap, and the file's name in the pod.
const liveKey = "live.json"

// liveConfigMap holds what running consoles take over without a restart. Its name stays the same and it is no part of
// the revision: the kubelet brings every change of it into the pods that mount it.
func (r rendering) liveConfigMap() *corev1.ConfigMapApplyConfiguration {
	return corev1.ConfigMap(liveName(r.Owner), r.namespace).
		WithData(map[string]string{liveKey: string(r.live)})
}
