package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// Console shapes the console's Deployment in every cluster.
type Console struct {
	// image of the console, by digest or under a prefix that the operator allows; the operator's own when it is not set.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9][-a-zA-Z0-9._:/@]*$') && !self.contains('//')",message="must be an image reference without scheme, such as quay.io/org/console@sha256:<digest>"
	Image string `json:"image,omitempty"`

	// imagePullSecrets in the console's namespace of every cluster.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=4
	ImagePullSecrets []LocalSecret `json:"imagePullSecrets,omitempty"`

	// scaling is how many pods run; two when it is not set.
	// +optional
	Scaling *Scaling `json:"scaling,omitempty"`

	// resources of one pod.
	// +optional
	Resources Resources `json:"resources,omitempty,omitzero"`

	// logLevel of the console; Info when it is not set. Info has a line for every request, Debug one more for every question
	// to a region, Error none of both.
	// +optional
	LogLevel LogLevel `json:"logLevel,omitempty"`
}

// LocalSecret names a Secret in the console's namespace.
type LocalSecret struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// ScalingType says who decides how many pods run.
// +kubebuilder:validation:Enum=Fixed
type ScalingType string

// The types of scaling.
const (
	ScalingFixed ScalingType = "Fixed"
)

// Scaling is a union: the member of the type's name is set, and no other.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'Fixed' ? has(self.fixed) : !has(self.fixed)",message="fixed must be set when type is Fixed, and only then",fieldPath=".fixed"
type Scaling struct {
	// type chooses the member.
	// +required
	// +unionDiscriminator
	Type ScalingType `json:"type,omitempty"`

	// fixed is a number of pods.
	// +optional
	// +unionMember
	Fixed *FixedScaling `json:"fixed,omitempty"`
}

// FixedScaling is a number of pods.
type FixedScaling struct {
	// replicas in every cluster.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=50
	Replicas int32 `json:"replicas,omitempty"`
}

// Resources of one console pod.
type Resources struct {
	// cpu is requested; there is no limit, so that a burst is not throttled. 50m when it is not set.
	// +optional
	// +kubebuilder:validation:XValidation:rule="type(self) == string ? isQuantity(self) && quantity(self).isGreaterThan(quantity('0')) : int(self) > 0",message="must be more than 0, such as 100m"
	CPU *resource.Quantity `json:"cpu,omitempty"`

	// memory is requested and limited alike, so that nothing of a user's is ever swapped to disk. 128Mi when it is not set.
	// +optional
	// +kubebuilder:validation:XValidation:rule="type(self) == string ? isQuantity(self) && !quantity(self).isLessThan(quantity('32Mi')) : int(self) >= 33554432",message="must be at least 32Mi; write the unit, such as 128Mi"
	Memory *resource.Quantity `json:"memory,omitempty"`
}

// LogLevel of the console.
// +kubebuilder:validation:Enum=Error;Info;Debug
type LogLevel string

// The log levels.
const (
	LogError LogLevel = "Error"
	LogInfo  LogLevel = "Info"
	LogDebug LogLevel = "Debug"
)
