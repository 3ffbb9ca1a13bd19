package attacks

import (
	"testing"
)

// list is a request of a list at the hostile region, to which a row adds its header.
const list = "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\n"

// checked wants that the region got the user's own token and nothing else.
func checked(t *testing.T, s *scene, _ []answer) {
	t.Helper()
	if got := s.last().header.Values("Authorization"); len(got) != 1 || got[0] != "Bearer "+s.tokens["token"] {
		t.Errorf("the region got %d credentials", len(got))
	}
}

var headers = []attack{
	{name: "where it came from", sent: list + "X-Forwarded-For: 127.0.0.1\nX-Forwarded-Host: evil.example.net\nX-Forwarded-Proto: http\nForwarded: for=127.0.0.1\nX-Real-IP: 127.0.0.1\nVia: 1.1 x", want: "200", seen: evil},
	{name: "where it should go", sent: list + "X-Original-URL: /metrics\nX-Rewrite-URL: /metrics\nX-Forwarded-Prefix: /x", want: "200", seen: evil, check: sawTarget("/api/clusters_mgmt/v1/clusters")},
	{name: "who it is", sent: list + "X-Remote-User: admin\nX-Forwarded-User: admin\nImpersonate-User: admin", want: "200", seen: evil, check: checked},
	{name: "a cookie", sent: list + "Cookie: session=mark-of-a-customer", want: "200", seen: evil},
	{name: "credentials for a proxy", sent: list + "Proxy-Authorization: Basic eA==", want: "200", seen: evil, check: checked},
	{name: "two credentials", sent: list + "Authorization: Bearer {token}\nAuthorization: Bearer {token of another user}", want: "400 AuthorizationRefused"},
	{name: "two credentials in one header", sent: list + "Authorization: Bearer {token}, Basic eA==", want: "400 AuthorizationRefused"},
	{name: "a password", sent: list + "Authorization: Basic dXNlcjpwYXNzd29yZA==", want: "400 AuthorizationRefused"},
	{name: "a pull secret", sent: list + "Authorization: AccessToken x:y", want: "400 AuthorizationRefused"},
	{name: "a refresh token", sent: list + "Authorization: Bearer {refresh token}", want: "400 AuthorizationRefused"},
	{name: "the token made hop-by-hop", sent: list + "Connection: close, Authorization", want: "200", seen: evil, check: checked},
	{name: "a websocket", sent: list + "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nContent-Length: 0\n\n" + end, want: "200, then 200", seen: evil},
	{name: "HTTP/2 on the same connection", sent: list + "Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__\nContent-Length: 0\n\n" + end, want: "200, then 200", seen: evil},
	{name: "an expectation that is none", sent: list + "Expect: 200-maybe", want: "417"},
	{name: "TE: trailers", sent: list + "TE: trailers, deflate", want: "200", seen: evil},
	{name: "a part of the answer", sent: list + "Range: bytes=0-1\nIf-Range: x", want: "200", seen: evil},
	{name: "a header of 40 kB", sent: list + "User-Agent: «a*40000»", want: "431"},
	{name: "10,000 headers", sent: list + "X: y«{CR}{LF}X: y*10000»", want: "431"},
}

var tokens = []attack{
	{name: "none", sent: list + "-Authorization", want: "401 TokenMissing"},
	{name: "none, in the geography's API", sent: "POST /api/clusters_mgmt/v1/clusters\n-Authorization\n\n{}", want: "401 TokenMissing"},
	{name: "none, for what is not there", sent: "GET /regions/aws.us-east-1/api/x\n-Authorization", want: "401 TokenMissing"},
	{name: "in the query", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters?access_token={token}\n-Authorization", want: "401 TokenMissing"},
	{name: "no token at all", sent: list + "Authorization: Bearer x", want: "401 TokenInvalid"},
	{name: "alg none", sent: list + "Authorization: Bearer {token, alg none}", want: "401 TokenInvalid"},
	{name: "without its signature", sent: list + "Authorization: Bearer {token, no signature}", want: "401 TokenInvalid"},
	{name: "HS256 by the public key", sent: list + "Authorization: Bearer {token, HS256 by the public key}", want: "401 TokenInvalid"},
	{name: "another's payload under a good signature", sent: list + "Authorization: Bearer {token, other payload}", want: "401 TokenInvalid"},
	{name: "signed by a foreign key", sent: list + "Authorization: Bearer {token, foreign key}", want: "401 TokenInvalid"},
	{name: "a key that is a path", sent: list + "Authorization: Bearer {token, unknown kid}", want: "401 TokenInvalid"},
	{name: "jku: where its keys are", sent: list + "Authorization: Bearer {token, jku}", want: "401 TokenInvalid"},
	{name: "x5u: where its certificate is", sent: list + "Authorization: Bearer {token, x5u}", want: "401 TokenInvalid"},
	{name: "jwk: its key", sent: list + "Authorization: Bearer {token, its own jwk}", want: "401 TokenInvalid"},
	{name: "something critical that is not known", sent: list + "Authorization: Bearer {token, unknown crit}", want: "401 TokenInvalid"},
	{name: "of another issuer", sent: list + "Authorization: Bearer {token, other issuer}", want: "401 TokenInvalid"},
	{name: "for another service", sent: list + "Authorization: Bearer {token, other audience}", want: "401 AudienceRefused"},
	{name: "that has run out", sent: list + "Authorization: Bearer {token, expired}", want: "401 TokenExpired"},
	{name: "that never runs out", sent: list + "Authorization: Bearer {token, never expires}", want: "401 TokenInvalid"},
	{name: "that is not valid yet", sent: list + "Authorization: Bearer {token, not yet valid}", want: "401 TokenInvalid"},
	{name: "of nobody", sent: list + "Authorization: Bearer {token, no subject}", want: "401 TokenInvalid"},
	{name: "of 20 kB", sent: list + "Authorization: Bearer «a*10000».«b*10000».c", want: "401 TokenInvalid"},
	{name: "with more behind it", sent: list + "Authorization: Bearer {token} x", want: "400 AuthorizationRefused"},
}

var browsers = []attack{
	{name: "a region's answer as a page", sent: list + "Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: document", want: "403 NavigationRefused"},
	{name: "the geography's answer as a page", sent: "GET /api/clusters_mgmt/v1/clusters\nSec-Fetch-Mode: navigate\n-Authorization", want: "403 NavigationRefused"},
	{name: "in a frame", sent: list + "Sec-Fetch-Dest: iframe", want: "403 NavigationRefused"},
	{name: "as a script", sent: list + "Sec-Fetch-Dest: script", want: "403 NavigationRefused"},
	{name: "as a worker", sent: list + "Sec-Fetch-Dest: serviceworker", want: "403 NavigationRefused"},
	{name: "as a picture", sent: "GET /api/geo/v1/health\nSec-Fetch-Dest: image", want: "403 NavigationRefused"},
	{name: "a change by a page of another site", sent: "POST /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nSec-Fetch-Site: cross-site\nOrigin: https://evil.example.net\n\n{}", want: "403 CrossOriginRefused"},
	{name: "a change by a page of another origin, by an old browser", sent: "DELETE /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/x\nOrigin: https://evil.example.net", want: "403 CrossOriginRefused"},
	{name: "a change by a page without an origin", sent: "DELETE /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/x\nOrigin: null", want: "403 CrossOriginRefused"},
	{name: "a new cluster by a page of another site", sent: "POST /api/clusters_mgmt/v1/clusters\nSec-Fetch-Site: cross-site\nOrigin: https://evil.example.net\n\n{\"region\":{\"id\":\"eu-west-1\"}}", want: "403 CrossOriginRefused"},
	{name: "a cluster deleted by a page of another site", sent: "DELETE /api/clusters_mgmt/v1/clusters/{owned}\nSec-Fetch-Site: cross-site\nOrigin: https://evil.example.net", want: "403 CrossOriginRefused"},
}
