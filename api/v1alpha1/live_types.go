package v1alpha1

// The live fields: running consoles take a change of them over without a restart.

// RegionState says what a region is for now. An Active one is used. Of one in Maintenance, every request is answered by
// 503 and the message. A Drained one is taken out: it is left out where regions are put together, and whoever asks for it
// by name gets 503 and the message.
// +kubebuilder:validation:Enum=Active;Maintenance;Drained
type RegionState string

// The states of a region.
const (
	RegionActive      RegionState = "Active"
	RegionMaintenance RegionState = "Maintenance"
	RegionDrained     RegionState = "Drained"
)

// IsActive tells whether a region is used. A state that is not set means Active.
func (s RegionState) IsActive() bool { return s != RegionMaintenance && s != RegionDrained }

// Maintenance keeps users out of the whole geography, and tells them why.
type Maintenance struct {
	// message that users read instead of what they asked for: one line of plain text.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="!self.matches('[[:cntrl:]]')",message="must be one line without tabs or other control characters; in YAML, write several lines after >-"
	Message string `json:"message,omitempty"`
}
