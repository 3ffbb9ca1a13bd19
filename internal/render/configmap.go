package render

import (
	corev1 "k8s.io/client-go/applyconfigurations/core/v1"
)

// configKey is the key of the config file in its ConfigMap, and the file's name in the pod.
const configKey = "config.json"

// configMap holds the console's config. Its name follows from its content and it is immutable, so that a pod that starts
// later than the others, or again, loads what its Deployment's revision was made with.
func (r rendering) configMap() *corev1.ConfigMapApplyConfiguration {
	return corev1.ConfigMap(configName(r.Owner, r.digest), r.namespace).
		WithImmutable(true).
		WithData(map[string]string{configKey: string(r.config)})
}
