package v1alpha1

// ExposureType says which API publishes the console.
// +kubebuilder:validation:Enum=Route;Ingress
type ExposureType string

// The types of exposure.
const (
	ExposureRoute   ExposureType = "Route"
	ExposureIngress ExposureType = "Ingress"
)

// Exposure is a union: the member of the type's name is set, and no other.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'Route' ? has(self.route) : !has(self.route)",message="route must be set when type is Route, and only then",fieldPath=".route"
// +kubebuilder:validation:XValidation:rule="self.type == 'Ingress' ? has(self.ingress) : !has(self.ingress)",message="ingress must be set when type is Ingress, and only then",fieldPath=".ingress"
type Exposure struct {
	// type chooses the member.
	// +required
	// +unionDiscriminator
	Type ExposureType `json:"type,omitempty"`

	// route publishes by an OpenShift Route.
	// +optional
	// +unionMember
	Route *RouteExposure `json:"route,omitempty"`

	// ingress publishes by a Kubernetes Ingress.
	// +optional
	// +unionMember
	Ingress *IngressExposure `json:"ingress,omitempty"`

	// regionHosts says whether every region is served by itself too, on https://<id, its dots as dashes>.<hostname>/api;
	// Disabled when it is not set. The names need DNS records, and a certificate of the router or ingress controller.
	// +optional
	RegionHosts RegionHosts `json:"regionHosts,omitempty"`
}

// RegionHosts says whether every region has a host of its own.
// +kubebuilder:validation:Enum=Enabled;Disabled
type RegionHosts string

// The choices of region hosts.
const (
	RegionHostsEnabled  RegionHosts = "Enabled"
	RegionHostsDisabled RegionHosts = "Disabled"
)

// RouteExposure publishes by an OpenShift Route.
type RouteExposure struct {
	// tls of the public host name.
	// +required
	TLS ExposureTLS `json:"tls,omitzero"`
}

// IngressExposure publishes by a Kubernetes Ingress.
type IngressExposure struct {
	// className is the IngressClass in the cluster.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="must be the name of an IngressClass: lower-case letters, digits, dashes and dots"
	ClassName string `json:"className,omitempty"`

	// tls of the public host name.
	// +required
	TLS ExposureTLS `json:"tls,omitzero"`
}

// ExposureTLSType says whose certificate the public host name shows.
// +kubebuilder:validation:Enum=ClusterDefault
type ExposureTLSType string

// The types of exposure TLS.
const (
	// TLSClusterDefault shows the certificate that the cluster's router or ingress controller has by default.
	TLSClusterDefault ExposureTLSType = "ClusterDefault"
)

// ExposureTLS is a union: the member of the type's name is set, and no other. ClusterDefault has none.
type ExposureTLS struct {
	// type chooses the member.
	// +required
	// +unionDiscriminator
	Type ExposureTLSType `json:"type,omitempty"`
}
