package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// GeoConsoleStatus is what the operator found. It holds no times but the conditions' own, and no order that changes.
type GeoConsoleStatus struct {
	// observedGeneration is the generation that this status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// url of the console, by the last spec that was accepted.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	URL string `json:"url,omitempty"`

	// geography as it was resolved.
	// +optional
	Geography GeographyStatus `json:"geography,omitempty,omitzero"`

	// summary counts what the columns show.
	// +optional
	Summary Summary `json:"summary,omitempty,omitzero"`

	// conditions are Accepted, Sovereign, Reachable, Applied, Served, Exposed, RegionsHealthy, Ready; and, only while they are
	// True, Reconciling, Stalled and Paused.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// clusters has a row for every cluster that the operator wrote into or is about to, also while one is being emptied.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	Clusters []ClusterStatus `json:"clusters,omitempty"`

	// regions has a row for every region of the spec.
	// +optional
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MaxItems=64
	Regions []RegionStatus `json:"regions,omitempty"`
}

// GeographyStatus is the geography as it was resolved.
type GeographyStatus struct {
	// name of the geography.
	// +optional
	// +kubebuilder:validation:MaxLength=40
	Name string `json:"name,omitempty"`

	// countries inside the boundary, ISO 3166-1 alpha-2.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	Countries []Country `json:"countries,omitempty"`

	// atlas is the date of the table cloud region to country that was used.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Atlas string `json:"atlas,omitempty"`
}

// Summary counts what columns cannot.
type Summary struct {
	// clusters is ready/wanted.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Clusters string `json:"clusters,omitempty"`

	// regions is healthy/Active.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Regions string `json:"regions,omitempty"`
}

// InventoryState says whether the operator's inventory stands in a cluster.
// +kubebuilder:validation:Enum=Present;Absent
type InventoryState string

// The states of an inventory.
const (
	InventoryPresent InventoryState = "Present"
	InventoryAbsent  InventoryState = "Absent"
)

// ClusterStatus is one cluster's row. Its name, namespace, connection and clusterUID are written before the first write
// into the cluster, so that nothing is ever left in a place that nobody remembers.
type ClusterStatus struct {
	// name of the cluster in the spec.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	Name string `json:"name,omitempty"`

	// namespace in the cluster.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// connection by which the cluster was reached.
	// +required
	Connection Connection `json:"connection,omitzero"`

	// clusterUID is the UID of the cluster's namespace kube-system; empty until it was first reached.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ClusterUID string `json:"clusterUID,omitempty"`

	// revision is the hash of all that is rendered for the cluster.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Revision string `json:"revision,omitempty"`

	// inventory tells whether the operator's inventory stands in the cluster.
	// +optional
	Inventory InventoryState `json:"inventory,omitempty"`

	// replicas is how many pods the Deployment has.
	// +optional
	Replicas int32 `json:"replicas,omitempty"`

	// readyReplicas is how many of them are ready.
	// +optional
	ReadyReplicas int32 `json:"readyReplicas,omitempty"`

	// address is where the router or ingress controller of the cluster is reached, as it reports it itself.
	// +optional
	// +kubebuilder:validation:MaxLength=255
	Address string `json:"address,omitempty"`

	// conditions of this cluster: Reachable, Sovereign, Applied, Served, Exposed.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// RegionVerdict is what the consoles' probers say of a region, over all clusters.
// +kubebuilder:validation:Enum=Healthy;Unhealthy;Unknown
type RegionVerdict string

// The verdicts.
const (
	RegionHealthy   RegionVerdict = "Healthy"
	RegionUnhealthy RegionVerdict = "Unhealthy"
	RegionUnknown   RegionVerdict = "Unknown"
)

// RegionStatus is one region's row.
type RegionStatus struct {
	// id of the region.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=48
	ID string `json:"id,omitempty"`

	// state of the region by the spec, or by default.
	// +optional
	State RegionState `json:"state,omitempty"`

	// verdict over all clusters: Unhealthy where any ready console says so.
	// +required
	Verdict RegionVerdict `json:"verdict,omitempty"`

	// reason of a verdict that is not Healthy, from a closed list.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Reason string `json:"reason,omitempty"`

	// endpoint is the index of the endpoint that serves.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3
	Endpoint *int32 `json:"endpoint,omitempty"`

	// unhealthyIn names the clusters whose console finds the region Unhealthy.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MaxLength=40
	UnhealthyIn []string `json:"unhealthyIn,omitempty"`
}
