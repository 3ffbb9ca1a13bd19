package v1alpha1

// Names that are written into clusters. None of them ever changes: objects of every earlier release carry them.
const (
	// FieldManager is the one manager of all fields that the operator applies. Renaming it would leave every object
	// with two owners of the same fields (kubernetes/kubernetes#99003).
	FieldManager = "geoconsole-operator"

	// Finalizer keeps a GeoConsole until its clusters are emptied.
	Finalizer = "xcm.openshift.io/clusters"

	// LabelManagedBy and ManagedBy scope the operator's caches in the clusters.
	LabelManagedBy = "app.kubernetes.io/managed-by"
	// ManagedBy is the value of LabelManagedBy.
	ManagedBy = "geoconsole-operator"
	// LabelName and LabelInstance select the console's pods; they never change on a Deployment.
	LabelName = "app.kubernetes.io/name"
	// ConsoleName is the value of LabelName.
	ConsoleName = "geoconsole"
	// LabelInstance is the GeoConsole's name.
	LabelInstance = "app.kubernetes.io/instance"

	// AnnotationOwner is the owner mark: Owner.Mark of the GeoConsole that the object belongs to. An object
	// without it is never written or deleted.
	AnnotationOwner = "xcm.openshift.io/owner"
	// AnnotationRevision is the hash of all that was rendered for the cluster.
	AnnotationRevision = "xcm.openshift.io/revision"

	// AnnotationAdopt on a GeoConsole lets it take over what another claim holds in a cluster. Its value names exactly what
	// is taken over: <cluster>@<claim>, the claim as the condition Applied tells it; several are divided by commas.
	AnnotationAdopt = "xcm.openshift.io/adopt"
	// AnnotationAbandon on a GeoConsole lets a cluster go that is to be emptied and is gone for good. Its value names exactly
	// which: <cluster>@<clusterUID>; several are divided by commas.
	AnnotationAbandon = "xcm.openshift.io/abandon"

	// LabelKubeconfig marks a Secret on the hub whose owner lets the operator use it as a kubeconfig.
	LabelKubeconfig = "xcm.openshift.io/kubeconfig"

	// LabelRegion is the well-known label of a node's cloud region.
	LabelRegion = "topology.kubernetes.io/region"
)
