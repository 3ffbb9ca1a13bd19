package v1alpha1

// Region is one regional XCM instance.
//
// +kubebuilder:validation:XValidation:rule="self.endpoints.all(e, self.endpoints.exists_one(o, o.url == e.url))",message="an endpoint url may be given once; remove the second",fieldPath=".endpoints"
type Region struct {
	// id is the rh_region_id of the instance, such as aws.eu-west-1.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=48
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",message="must be lower-case letters, digits and dashes in parts divided by dots, such as aws.eu-west-1"
	ID string `json:"id,omitempty"`

	// displayName is what people call the region, such as Ireland; the id when it is not set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	DisplayName string `json:"displayName,omitempty"`

	// endpoints of the instance, in order: the first healthy one serves.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=4
	Endpoints []Endpoint `json:"endpoints,omitempty"`

	// caBundle holds the certificate authorities of the endpoints; the system's when it is not set.
	// +optional
	CABundle *CABundle `json:"caBundle,omitempty"`

	// state of the region; Active when it is not set. A change of it restarts no console.
	// +optional
	State RegionState `json:"state,omitempty"`

	// message about the region that users read: one line of plain text. A change of it restarts no console.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="!self.matches('[[:cntrl:]]')",message="must be one line without tabs or other control characters; in YAML, write several lines after >-"
	Message string `json:"message,omitempty"`
	// cloudRegions narrow where the instance creates clusters that are sent to the geography's API, such as eu-west-1; all that
	// the instance itself says it serves when it is not set. Give it where two instances serve the same cloud region.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	CloudRegions []CloudRegion `json:"cloudRegions,omitempty"`
}

// CloudRegion is the code of a cloud provider's region.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="must be the code of a cloud region in lower case, such as eu-west-1"
type CloudRegion string

// Endpoint is one URL of a region.
type Endpoint struct {
	// url of the endpoint: https, a DNS name, no path. An IP address cannot be checked against a geography.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.startsWith('https://')",message="must start with https://; a token would cross the network in clear otherwise"
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z]+://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]([a-z0-9-]{0,61}[a-z0-9])?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$')",message="must be https://<lower-case DNS name>[:port] without path, query or user, port 1 to 65535; give an IP address a DNS name"
	URL string `json:"url,omitempty"`

	// country where the endpoint stands, for host names that name no cloud region that the operator knows.
	// +optional
	Country Country `json:"country,omitempty"`
}

// CABundle says where certificate authorities are kept.
type CABundle struct {
	// hubConfigMap is a key of a ConfigMap in the GeoConsole's namespace on the hub, holding PEM certificates.
	// +required
	HubConfigMap ConfigMapKey `json:"hubConfigMap,omitzero"`
}

// ConfigMapKey names a key of a ConfigMap.
type ConfigMapKey struct {
	// name of the ConfigMap.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// key within the ConfigMap's data.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key,omitempty"`
}
