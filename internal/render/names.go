package render

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// The labels of the ApplySet specification (Kubernetes enhancement 3659), by which kubectl and others see what belongs
// together: the inventory carries the id, every object is part of it.
const (
	LabelApplySetID     = "applyset.kubernetes.io/id"
	LabelApplySetPartOf = "applyset.kubernetes.io/part-of"
)

// The labels that describe an object beside those of v1alpha1, and their values.
const (
	labelComponent = "app.kubernetes.io/component"
	labelPartOf    = "app.kubernetes.io/part-of"

	component = "console"
	partOf    = "geoconsole"
)

// InventoryName is the name of the ConfigMap that lists what a GeoConsole has in a cluster.
func InventoryName(o geography.Owner) string { return o.Name + "-inventory" }

// configName is the name of the immutable ConfigMap whose config file has the digest.
func configName(o geography.Owner, digest string) string { return o.Name + "-config-" + digest }

// liveName is the name of the ConfigMap that changes without a restart.
func liveName(o geography.Owner) string { return o.Name + "-live" }

// ingressName is the name of the Ingress of a class: another class is another object.
func ingressName(o geography.Owner, className string) string { return o.Name + "." + className }

// regionRouteName is the name of the Route of a region host: after a dot, which no GeoConsole's name has.
func regionRouteName(o geography.Owner, region string) string {
	return o.Name + "." + geography.RegionLabel(region)
}

// Names are all that a GeoConsole may have in a cluster beside the inventory, as Kind/name, whatever its spec was. What
// only the inventory tells is a *.
func Names(o geography.Owner) []string {
	return []string{
		"ConfigMap/" + configName(o, "*"), "ConfigMap/" + liveName(o), "Deployment/" + o.Name, "Ingress/" + ingressName(o, "*"), "NetworkPolicy/" + o.Name,
		"PodDisruptionBudget/" + o.Name, "Route/" + o.Name, "Route/" + regionRouteName(o, "*"), "Service/" + o.Name, "ServiceAccount/" + o.Name,
	}
}

// ApplySetID is the id of the ApplySet whose parent is the inventory in a namespace:
// applyset-<base64url(sha256(name.namespace.kind.group))>-v1, the group of a ConfigMap being empty.
func ApplySetID(o geography.Owner, namespace string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{InventoryName(o), namespace, "ConfigMap", ""}, ".")))
	return "applyset-" + base64.RawURLEncoding.EncodeToString(sum[:]) + "-v1"
}

// Selector are the labels by which the Deployment, Service, NetworkPolicy and PodDisruptionBudget find the console's
// pods. A Deployment's selector cannot change, so they hold the GeoConsole's name and nothing of its spec.
func Selector(o geography.Owner) map[string]string {
	return map[string]string{
		v1alpha1.LabelName:     v1alpha1.ConsoleName,
		v1alpha1.LabelInstance: o.Name,
	}
}

// Labels are the labels of every object and pod of a GeoConsole, the inventory included.
func Labels(o geography.Owner) map[string]string {
	labels := Selector(o)
	labels[v1alpha1.LabelManagedBy] = v1alpha1.ManagedBy
	labels[labelComponent] = component
	labels[labelPartOf] = partOf
	return labels
}
