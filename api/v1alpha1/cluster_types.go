package v1alpha1

// Cluster is one place where the console runs.
//
// +kubebuilder:validation:XValidation:rule="self.connection.type == 'Hub' ? !has(self.__namespace__) : has(self.__namespace__)",message="namespace must be set for a cluster that is reached by a kubeconfig, and must not be set with Hub, where the GeoConsole's own namespace is used",fieldPath=".namespace"
type Cluster struct {
	// name of the cluster within this resource.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",message="must be a DNS-1035 label: start with a letter, then lower-case letters, digits and dashes"
	Name string `json:"name,omitempty"`

	// connection is how the operator reaches the cluster.
	// +required
	Connection Connection `json:"connection,omitzero"`

	// namespace in that cluster. The operator never creates it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="must be a namespace's name: lower-case letters, digits and dashes"
	Namespace string `json:"namespace,omitempty"`

	// country where the cluster stands, for clusters whose node labels cannot tell.
	// +optional
	Country Country `json:"country,omitempty"`
}

// ConnectionType says how a cluster is reached.
// +kubebuilder:validation:Enum=Hub;Kubeconfig
type ConnectionType string

// The types of connection.
const (
	ConnectionHub        ConnectionType = "Hub"
	ConnectionKubeconfig ConnectionType = "Kubeconfig"
)

// Connection is a union: the member of the type's name is set, and no other. Hub has none.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'Kubeconfig' ? has(self.kubeconfig) : !has(self.kubeconfig)",message="kubeconfig must be set when type is Kubeconfig, and only then",fieldPath=".kubeconfig"
type Connection struct {
	// type chooses the member.
	// +required
	// +unionDiscriminator
	Type ConnectionType `json:"type,omitempty"`

	// kubeconfig is a Secret in the GeoConsole's namespace on the hub, labelled xcm.openshift.io/kubeconfig=true.
	// +optional
	// +unionMember
	Kubeconfig *KubeconfigReference `json:"kubeconfig,omitempty"`
}

// KubeconfigReference names a key of a Secret on the hub.
type KubeconfigReference struct {
	// secretName is the name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	SecretName string `json:"secretName,omitempty"`

	// key within the Secret's data.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key,omitempty"`
}
