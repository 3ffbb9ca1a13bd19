package v1alpha1

// Proxy bounds what every region, by itself, may take of one console pod and of its users' time.
type Proxy struct {
	// requestTimeoutSeconds is how long a request may take, from its first byte to the last byte of its answer; 60 when it is
	// not set. A region that has not begun to answer after 25 seconds has failed, whatever is set here: most routers in front
	// of a console give up after 30.
	// +optional
	// +kubebuilder:validation:Minimum=5
	// +kubebuilder:validation:Maximum=300
	RequestTimeoutSeconds int32 `json:"requestTimeoutSeconds,omitempty"`

	// maxRequestBodyBytes is the longest body of a request; 1048576 when it is not set. Bodies are passed on while they come
	// and are never kept.
	// +optional
	// +kubebuilder:validation:Minimum=1024
	// +kubebuilder:validation:Maximum=16777216
	MaxRequestBodyBytes int32 `json:"maxRequestBodyBytes,omitempty"`

	// maxConcurrentRequests is how many requests may be with one region at once, in every pod; 256 when it is not set. One
	// user whom auth knows may have a quarter of them. More are answered with 503 at once.
	// +optional
	// +kubebuilder:validation:Minimum=4
	// +kubebuilder:validation:Maximum=1024
	MaxConcurrentRequests int32 `json:"maxConcurrentRequests,omitempty"`
}
