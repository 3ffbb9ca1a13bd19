package v1alpha1

// AuthType says how users are known.
// +kubebuilder:validation:Enum=OIDC;None
type AuthType string

// The types of auth.
const (
	// AuthOIDC takes the tokens of one OpenID Connect issuer.
	AuthOIDC AuthType = "OIDC"
	// AuthNone asks nobody: for demonstrations and air-gapped labs only. The Accepted condition says so.
	AuthNone AuthType = "None"
)

// Auth is a union: the member of the type's name is set, and no other. None has none.
//
// +kubebuilder:validation:XValidation:rule="self.type == 'OIDC' ? has(self.oidc) : !has(self.oidc)",message="oidc must be set when type is OIDC, and only then",fieldPath=".oidc"
type Auth struct {
	// type chooses the member.
	// +required
	// +unionDiscriminator
	Type AuthType `json:"type,omitempty"`

	// oidc is the issuer whose access tokens the console takes.
	// +optional
	// +unionMember
	OIDC *OIDC `json:"oidc,omitempty"`
}

// OIDC is an OpenID Connect issuer. The console checks every token with its keys before anything goes to a region.
type OIDC struct {
	// issuerURL is the issuer exactly as its tokens name it: https, a DNS name, and its path when it has one. The console
	// reads <issuerURL>/.well-known/openid-configuration, and keys from the same host and port only.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.startsWith('https://')",message="must start with https://; keys that cross the network in clear can be exchanged"
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z]+://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]([a-z0-9-]{0,61}[a-z0-9])?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?$')",message="must be https://<lower-case DNS name>[:port][/path] without query or user, port 1 to 65535; give an IP address a DNS name"
	IssuerURL string `json:"issuerURL,omitempty"`

	// country where the issuer stands, for a host name that names no cloud region that the operator knows.
	// +optional
	Country Country `json:"country,omitempty"`

	// clientID is the public client by which users log in at the issuer. The console tells it in /config.json and in the
	// login command of an answer to somebody who is not logged in.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9][A-Za-z0-9._~:/@-]*$')",message="must be letters, digits and ._~:/@- beginning with a letter or digit, because it is part of a command that users copy"
	ClientID string `json:"clientID,omitempty"`

	// audiences of which a token must name one; without them a token for any audience of the issuer is taken.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Audiences []Audience `json:"audiences,omitempty"`

	// scopes that the user interface asks for when a user signs in, openid among them; openid and profile when it is not
	// set. With offline_access an issuer such as Dex gives a token by which the page renews its login; without one a user
	// signs in again when the token has run out. Its command line page asks for offline_access in any case.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="'openid' in self",message="must name openid, without which an issuer does not say who signed in"
	Scopes []Scope `json:"scopes,omitempty"`

	// caBundle holds the certificate authorities of the issuer; the system's when it is not set.
	// +optional
	CABundle *CABundle `json:"caBundle,omitempty"`
}

// Audience is what a token is meant for, as the issuer writes it into the token's claim "aud".
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=255
// +kubebuilder:validation:XValidation:rule="self.matches('^[!-~]+$')",message="must be printable ASCII without spaces, as the issuer writes it into tokens"
type Audience string

// Scope is what a sign-in asks an issuer for (RFC 6749, 3.3).
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=128
// +kubebuilder:validation:XValidation:rule="self.matches('^[!#-\\\\[\\\\]-~]+$')",message="must be printable ASCII without spaces, quotes and backslashes, as the issuer writes it"
type Scope string
