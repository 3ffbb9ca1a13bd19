package v1alpha1

// AccountsType says who answers accounts_mgmt.
// +kubebuilder:validation:Enum=Regional;Endpoint
type AccountsType string

// The types of accounts.
const (
	// AccountsRegional lets every region answer for itself.
	AccountsRegional AccountsType = "Regional"
	// AccountsEndpoint has one service for the whole geography.
	AccountsEndpoint AccountsType = "Endpoint"
)

// Accounts is a union: the member of the type's name is set, and no other. Regional has none.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'Endpoint' ? has(self.endpoint) : !has(self.endpoint)",message="endpoint must be set when type is Endpoint, and only then",fieldPath=".endpoint"
type Accounts struct {
	// type chooses the member.
	// +required
	// +unionDiscriminator
	Type AccountsType `json:"type,omitempty"`

	// endpoint is the accounts service of the geography. It answers all of accounts_mgmt in the geography's API.
	// +optional
	// +unionMember
	Endpoint *AccountsService `json:"endpoint,omitempty"`
}

// AccountsService is one accounts service for all regions of a geography, inside of it like every endpoint.
type AccountsService struct {
	Endpoint `json:",inline"`

	// caBundle holds the certificate authorities of the service; the system's when it is not set.
	// +optional
	CABundle *CABundle `json:"caBundle,omitempty"`
}
