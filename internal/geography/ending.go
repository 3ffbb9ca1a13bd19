package geography

// How a console's pod ends without a failed request. It serves on for ServeOnSeconds, until routers that reload have left
// it out. Then its process is told to end: for LingerSeconds, or until no connection is left, each answer tells its client
// that the connection ends with it. Then no connection is taken any more, and what is in flight may finish.
const (
	ServeOnSeconds = 15
	LingerSeconds  = 5
	// spareSeconds are for what takes time beside.
	spareSeconds = 5
)

// DrainSeconds is how long requests in flight may take once no connection is taken any more: as long as any request may.
func (p ConfigProxy) DrainSeconds() int64 { return int64(p.RequestTimeoutSeconds) + spareSeconds }

// GraceSeconds is how long the end of a pod may take in all before the kubelet kills it. It takes that long only while
// requests do.
func (p ConfigProxy) GraceSeconds() int64 {
	return ServeOnSeconds + LingerSeconds + p.DrainSeconds() + spareSeconds
}
