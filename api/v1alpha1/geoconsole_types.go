package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// GeoConsole declares one geography: its boundary, the XCM regions inside it, and the clusters where its console runs.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=gcon,categories=xcm
// +kubebuilder:printcolumn:name="Geography",type=string,JSONPath=`.status.geography.name`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Clusters",type=string,JSONPath=`.status.summary.clusters`
// +kubebuilder:printcolumn:name="Regions",type=string,JSONPath=`.status.summary.regions`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.url`,priority=1
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`,priority=1
// +kubebuilder:printcolumn:name="Revision",type=string,JSONPath=`.status.clusters[0].revision`,priority=1
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$') && size(self.metadata.name) <= 40",message="metadata.name must be a DNS-1035 label of at most 40 characters: start with a letter, then lower-case letters, digits and dashes"
// +kubebuilder:validation:XValidation:rule="!has(self.status) || !has(self.status.clusters) || self.spec.clusters.all(c, self.status.clusters.all(s, s.name != c.name || (s.connection.type == c.connection.type && (!has(c.connection.kubeconfig) || (has(s.connection.kubeconfig) && s.connection.kubeconfig.secretName == c.connection.kubeconfig.secretName && s.connection.kubeconfig.key == c.connection.kubeconfig.key)) && (!has(c.__namespace__) || c.__namespace__ == s.__namespace__))))",message="the connection and namespace of a cluster cannot change while its row stands in status.clusters; to move it, give the new place a new name",fieldPath=".spec.clusters"
type GeoConsole struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is the standard object's metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	// +required
	Spec GeoConsoleSpec `json:"spec,omitzero"`

	// status is what the operator found. It is computed whole at every change.
	// +optional
	Status GeoConsoleStatus `json:"status,omitempty,omitzero"`
}

// GeoConsoleList is a list of GeoConsoles.
//
// +kubebuilder:object:root=true
type GeoConsoleList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GeoConsole `json:"items"`
}

// GeoConsoleSpec is what is wanted of a geography.
type GeoConsoleSpec struct {
	// geography is the legal boundary. It cannot change.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="geography is immutable; create another GeoConsole for another geography"
	Geography Geography `json:"geography,omitzero"`

	// hostname is the public DNS name of the console.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=200
	// +kubebuilder:validation:XValidation:rule="self.matches('^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$')",message="must be a lower-case DNS name of at least two labels, without scheme, port or path, such as console.eu.example.com"
	Hostname string `json:"hostname,omitempty"`

	// clusters are where the console runs.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Clusters []Cluster `json:"clusters,omitempty"`

	// One rule of uniqueness for each place that an endpoint can have: the API server stops a rule that costs more than a
	// million at run time (k8s.io/apiserver/pkg/apis/cel, PerCallLimit), and one over all endpoints costs two.

	// regions are the regional XCM instances of the geography.
	// +required
	// +listType=map
	// +listMapKey=id
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(r, self.all(o, o.id == r.id || o.id.replace('.', '-') != r.id.replace('.', '-')))",message="region ids must stay different when dots are read as dashes, because they become host names; rename one of them"
	// +kubebuilder:validation:XValidation:rule="self.all(r, size(r.endpoints) < 1 || self.all(o, o.id == r.id || !o.endpoints.exists(p, p.url == r.endpoints[0].url)))",message="an endpoint url belongs to one region only; remove it from the other"
	// +kubebuilder:validation:XValidation:rule="self.all(r, size(r.endpoints) < 2 || self.all(o, o.id == r.id || !o.endpoints.exists(p, p.url == r.endpoints[1].url)))",message="an endpoint url belongs to one region only; remove it from the other"
	// +kubebuilder:validation:XValidation:rule="self.all(r, size(r.endpoints) < 3 || self.all(o, o.id == r.id || !o.endpoints.exists(p, p.url == r.endpoints[2].url)))",message="an endpoint url belongs to one region only; remove it from the other"
	// +kubebuilder:validation:XValidation:rule="self.all(r, size(r.endpoints) < 4 || self.all(o, o.id == r.id || !o.endpoints.exists(p, p.url == r.endpoints[3].url)))",message="an endpoint url belongs to one region only; remove it from the other"
	Regions []Region `json:"regions,omitempty"`

	// accounts says who answers accounts_mgmt in the geography's API; every region for itself when it is not set.
	// +optional
	Accounts *Accounts `json:"accounts,omitempty"`

	// auth is how users are known to the console.
	// +required
	Auth Auth `json:"auth,omitzero"`

	// exposure is how the console is reached from outside its cluster.
	// +required
	Exposure Exposure `json:"exposure,omitzero"`

	// console shapes the console's Deployment.
	// +optional
	Console Console `json:"console,omitempty,omitzero"`

	// healthChecks is how the console probes every region from inside the geography.
	// +optional
	// +kubebuilder:validation:XValidation:rule="!has(self.timeoutSeconds) || self.timeoutSeconds <= (has(self.intervalSeconds) ? self.intervalSeconds : 10)",message="timeoutSeconds must not be longer than intervalSeconds (10 when it is not set), else probes overlap",fieldPath=".timeoutSeconds"
	HealthChecks HealthChecks `json:"healthChecks,omitempty,omitzero"`

	// proxy bounds what every region may take of the console.
	// +optional
	Proxy Proxy `json:"proxy,omitempty,omitzero"`
	// maintenance keeps users out of the whole geography while it is set. A change of it restarts no console.
	// +optional
	Maintenance *Maintenance `json:"maintenance,omitempty"`

	// paused stops the operator's writes into the clusters; observation and deletion go on.
	// +optional
	Paused *bool `json:"paused,omitempty"`

	// deletionPolicy is what becomes of what stands in the clusters when this GeoConsole is deleted; Delete when it is not
	// set. A cluster that is taken out of spec.clusters is always emptied, whatever this says.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`
}

// DeletionPolicy says what becomes of what stands in the clusters of a GeoConsole that is deleted. Delete removes all of it.
// Orphan leaves the consoles running and only lets go of them: nobody repairs, updates or removes them any more, and a new
// GeoConsole does not take them over.
// +kubebuilder:validation:Enum=Delete;Orphan
type DeletionPolicy string

// The deletion policies.
const (
	DeletionPolicyDelete DeletionPolicy = "Delete"
	DeletionPolicyOrphan DeletionPolicy = "Orphan"
)

// GeographyType says whether a geography is one that the operator knows or one that is spelled out.
// +kubebuilder:validation:Enum=BuiltIn;Custom
type GeographyType string

// The types of geography.
const (
	GeographyBuiltIn GeographyType = "BuiltIn"
	GeographyCustom  GeographyType = "Custom"
)

// Geography is a union: the member of the type's name is set, and no other.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'BuiltIn' ? has(self.builtIn) : !has(self.builtIn)",message="builtIn must be set when type is BuiltIn, and only then",fieldPath=".builtIn"
// +kubebuilder:validation:XValidation:rule="self.type == 'Custom' ? has(self.custom) : !has(self.custom)",message="custom must be set when type is Custom, and only then",fieldPath=".custom"
type Geography struct {
	// type chooses the member.
	// +required
	// +unionDiscriminator
	Type GeographyType `json:"type,omitempty"`

	// builtIn names a geography that the operator knows. US-GOV is a geography of its own, apart from US.
	// +optional
	// +unionMember
	BuiltIn BuiltInGeography `json:"builtIn,omitempty"`

	// custom spells a geography out.
	// +optional
	// +unionMember
	Custom *CustomGeography `json:"custom,omitempty"`
}

// BuiltInGeography is a geography that the operator knows.
// +kubebuilder:validation:Enum=AU;BR;CA;CH;CN;EU;IN;JP;KR;SG;UK;US;US-GOV
type BuiltInGeography string

// Partition is a set of cloud regions that share nothing with those of another partition.
// +kubebuilder:validation:Enum=Commercial;USGov;China
type Partition string

// The partitions.
const (
	PartitionCommercial Partition = "Commercial"
	PartitionUSGov      Partition = "USGov"
	PartitionChina      Partition = "China"
)

// CustomGeography is a boundary spelled out.
type CustomGeography struct {
	// name of the geography, for people.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=40
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Z0-9]([-A-Z0-9]*[A-Z0-9])?$')",message="must be upper-case letters, digits and dashes, such as NORDICS"
	Name string `json:"name,omitempty"`

	// partition of the clouds.
	// +required
	Partition Partition `json:"partition,omitempty"`

	// countries inside the boundary, ISO 3166-1 alpha-2.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Countries []Country `json:"countries,omitempty"`
}

// Country is an ISO 3166-1 alpha-2 code.
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=2
// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Z]{2}$')",message="must be an ISO 3166-1 alpha-2 code in upper case, such as DE"
type Country string

// HealthChecks is how the console probes every endpoint of every region. A region is Unhealthy when no endpoint serves.
type HealthChecks struct {
	// path that is asked of every endpoint; /api/clusters_mgmt/v1 when it is not set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^(/[A-Za-z0-9_.-]+)+$') && !self.contains('..')",message="must be an absolute path without query, such as /api/clusters_mgmt/v1"
	Path string `json:"path,omitempty"`

	// intervalSeconds between two probes of one endpoint; 10 when it is not set.
	// +optional
	// +kubebuilder:validation:Minimum=2
	// +kubebuilder:validation:Maximum=300
	IntervalSeconds int32 `json:"intervalSeconds,omitempty"`

	// timeoutSeconds of one probe; 3 when it is not set.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=30
	TimeoutSeconds int32 `json:"timeoutSeconds,omitempty"`

	// failureThreshold is how many failed probes in a row make an endpoint Unhealthy; 3 when it is not set.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	FailureThreshold int32 `json:"failureThreshold,omitempty"`

	// successThreshold is how many good probes in a row make an endpoint Healthy again; 2 when it is not set.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	SuccessThreshold int32 `json:"successThreshold,omitempty"`
}
