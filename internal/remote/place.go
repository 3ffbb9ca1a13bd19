package remote

import (
	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Place is one namespace of one cluster, by the credential that leads there. Clusters of several GeoConsoles may be the
// same place; they share one connection.
type Place struct {
	// HubNamespace is the GeoConsole's namespace, where the Secret is.
	HubNamespace string
	// Hub says that the cluster is the hub itself, reached with the operator's own credential. It is never inferred from
	// what is missing: without it, and without a Secret, the place is refused.
	Hub bool
	// SecretName and Key are where the kubeconfig is; they do not count for the hub.
	SecretName string
	Key        string
	// Namespace in that cluster.
	Namespace string
}

// PlaceOf is the place of a cluster of a GeoConsole in hubNamespace.
func PlaceOf(hubNamespace string, c geography.Cluster) Place {
	place := Place{HubNamespace: hubNamespace, Namespace: c.Namespace, Hub: c.Connection.Type == v1alpha1.ConnectionHub}
	if c.Connection.Type == v1alpha1.ConnectionKubeconfig && c.Connection.Kubeconfig != nil {
		place.SecretName = c.Connection.Kubeconfig.SecretName
		place.Key = c.Connection.Kubeconfig.Key
	}
	return place
}
