// Package proxy is the console's only door to the XCM regions: it forwards a browser's requests to one region under
// strict HTTP rules, and probes every endpoint from inside the geography.
//
// Each file answers one question. What is a region? upstreams.go. How is a request forwarded, or refused? forward.go,
// refusals.go. To which endpoint does it go, and when to a second one? failover.go. How many at once, and how fast must a
// body come? slots.go, upload.go. Where may a connection go, and how does a request travel on it? dial.go, transport.go.
// Which paths, credentials and headers pass? paths.go, credentials.go, headers.go. What becomes of a redirect?
// redirects.go. Why did it fail, and what is the user told? causes.go, problems.go. Whose tokens are taken, and whose
// request is it? issuer.go, keyring.go, caller.go. Is the region healthy, and which
// endpoint serves? prober.go, verdict.go, standings.go.
package proxy
