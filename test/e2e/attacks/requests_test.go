package attacks

import (
	"strings"
	"testing"
)

var paths = []attack{
	{name: "dot segments", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/../../../metrics", want: "400 PathRefused"},
	{name: "encoded dots", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/%2e%2e/%2e%2e/metrics", want: "400 PathRefused"},
	{name: "dots encoded in part", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/.%2E/metrics", want: "400 PathRefused"},
	{name: "dots encoded twice", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/%252e%252e/metrics", want: "400 PathRefused"},
	{name: "a single dot", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/./clusters", want: "400 PathRefused"},
	{name: "overlong UTF-8 dots", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/%c0%ae%c0%ae/metrics", want: "400 PathRefused"},
	{name: "fullwidth dots, which are a name like any other", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/%EF%BC%8E%EF%BC%8E", want: "200", seen: evil, check: sawTarget("/api/clusters_mgmt/v1/%EF%BC%8E%EF%BC%8E")},
	{name: "raw bytes beyond ASCII", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/\u202e", want: "200", seen: evil, check: sawTarget("/api/clusters_mgmt/v1/clusters/%E2%80%AE")},
	{name: "encoded slash", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/a%2F..%2F..", want: "400 PathRefused"},
	{name: "backslash", sent: `GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/a\..\..`, want: "400 PathRefused"},
	{name: "encoded backslash", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/a%5c..%5c..", want: "400 PathRefused"},
	{name: "NUL", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/a%00.json", want: "400 PathRefused"},
	{name: "line end", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/a%0d%0aX-Injected:%201", want: "400 PathRefused"},
	{name: "parameters of a segment", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/..;/..;/metrics", want: "400 PathRefused"},
	{name: "encoded semicolon", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters%3Bx=1", want: "400 PathRefused"},
	{name: "encoded question mark", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters%3Fsize=-1", want: "400 PathRefused"},
	{name: "fragment", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters#/../../metrics", want: "400 PathRefused"},
	{name: "empty segment", sent: "GET /regions/aws.eu-west-3//api/clusters_mgmt/v1/clusters", want: "400 PathRefused"},
	{name: "two slashes first", sent: "GET //regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters", want: "404"},
	{name: "a host after two slashes", sent: "GET //evil.example.net/%2e%2e", want: "404"},
	{name: "slash at the end", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/", want: "400 PathRefused"},
	{name: "broken encoding", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/%zz", want: "400"},
	{name: "from one region to another", sent: "GET /regions/aws.eu-west-3/../aws.eu-west-1/api/clusters_mgmt/v1/clusters", want: "400 PathRefused"},
	{name: "a region that is none", sent: "GET /regions/aws.us-east-1/api/clusters_mgmt/v1/clusters", want: "404 RegionNotFound"},
	{name: "encoded id of a region", sent: "GET /regions/%61ws.eu-west-3/api/clusters_mgmt/v1/clusters", want: "404 RegionNotFound"},
	{name: "a host as the id", sent: "GET /regions/evil.example.net:443/api/clusters_mgmt/v1/clusters", want: "404 RegionNotFound"},
	{name: "a service that users have no use for", sent: "GET /regions/aws.eu-west-3/api/internal/v1/secrets", want: "400 PathRefused"},
	{name: "beside the API of a region", sent: "GET /regions/aws.eu-west-3/metrics", want: "400 PathRefused"},
	{name: "other letters' case", sent: "GET /Regions/aws.eu-west-3/API/clusters_mgmt/v1/clusters", want: "404"},
	{name: "dot segments in the geography's API", sent: "GET /api/clusters_mgmt/v1/clusters/../../../regions/aws.eu-west-3/api/x", want: "404 PathRefused"},
	{name: "an id that is a path", sent: "GET /api/clusters_mgmt/v1/clusters/a%2F..%2F..%2Fmetrics", want: "404 PathRefused"},
	{name: "an id that is dots", sent: "GET /api/clusters_mgmt/v1/clusters/%2e%2e/identity_providers", want: "404 PathRefused"},
	{name: "out of the assets", sent: "GET /assets/../../etc/passwd", want: "404"},
	{name: "out of the assets, encoded", sent: "GET /assets/..%2f..%2f..%2fetc%2fpasswd", want: "404"},
	{name: "a folder of the assets", sent: "GET /assets/", want: "404"},
	{name: "a path of 40 kB", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/«a*40000»", want: "431"},
	{name: "2,000 segments", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1«/..*2000»", want: "400 PathRefused"},
	{name: "a whole URL of another host: the host is not looked at, the path is", sent: "GET http://evil.example.net/regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters", want: "200", seen: evil},
	{name: "a whole URL of another place", sent: "GET http://169.254.169.254/latest/meta-data/", want: "404"},
	{name: "a URL with a user", sent: "GET http://user:password@evil.example.net/latest/meta-data/", want: "404"},
	{name: "another scheme", sent: "GET file:///etc/passwd", want: "404"},
	{name: "an authority", sent: "GET api.aws.eu-west-3.xcm.example.com:443", want: "404"},
	{name: "an asterisk", sent: "GET *", want: "404"},
	{name: "options of the server", sent: "OPTIONS *", want: "405 MethodRefused"},
}

// end is a second request on a connection, after which it ends.
const end = "GET /api/geo/v1/health HTTP/1.1\nHost: console.eu.example.com\nConnection: close\n\n"

const create = "POST /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters HTTP/1.1\nConnection: keep-alive\n"

const createAnywhere = "POST /api/clusters_mgmt/v1/clusters HTTP/1.1\nConnection: keep-alive\n"

var smuggling = []attack{
	{name: "Content-Length and Transfer-Encoding: the chunks count, sent on with a framing of the console's own", sent: create + "Content-Length: 4\nTransfer-Encoding: chunked\n\n2\n{}\n0\n\n" + end, want: "200", seen: evil + " with the body", check: sawBody("{}")},
	{name: "Transfer-Encoding twice", sent: create + "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n" + end, want: "501"},
	{name: "two codings", sent: create + "Transfer-Encoding: chunked, chunked\n\n0\n\n" + end, want: "501"},
	{name: "another coding", sent: create + "Transfer-Encoding: xchunked\n\n0\n\n" + end, want: "501"},
	{name: "a coding behind a tab", sent: create + "Transfer-Encoding:{TAB}{VT}chunked\n\n0\n\n" + end, want: "400"},
	{name: "a coding in a folded line", sent: create + "Transfer-Encoding:\n chunked\n\n0\n\n" + end, want: "200", seen: evil},
	{name: "Transfer-Encoding by HTTP/1.0, which knows none", sent: "POST /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters HTTP/1.0\nTransfer-Encoding: chunked\n\n2\n{}\n0\n\n", want: "200", seen: evil, check: sawBody("")},
	{name: "Transfer-Encoding by HTTP/1.0 on a connection that is to be kept", sent: "POST /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters HTTP/1.0\nConnection: keep-alive\nContent-Length: 3\nTransfer-Encoding: chunked\n\n1\n" + end, want: "200", seen: evil + " with the body", check: sawBody("1\r\n")},
	{name: "two lengths", sent: create + "Content-Length: 2\nContent-Length: 40\n\n{}" + end, want: "400"},
	{name: "two lengths in one line", sent: create + "Content-Length: 2, 40\n\n{}" + end, want: "400"},
	{name: "a length with a sign", sent: create + "Content-Length: +2\n\n{}" + end, want: "400"},
	{name: "a negative length", sent: create + "Content-Length: -1\n\n{}" + end, want: "400"},
	{name: "a hexadecimal length", sent: create + "Content-Length: 0x2\n\n{}" + end, want: "400"},
	{name: "a length beyond 64 bits", sent: create + "Content-Length: 18446744073709551618\n\n{}" + end, want: "400"},
	{name: "a space before the colon", sent: create + "Content-Length : 2\n\n{}" + end, want: "400"},
	{name: "a space before the name", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\n X-Injected: 1", want: "400"},
	{name: "a chunk size that is none", sent: createAnywhere + "Transfer-Encoding: chunked\n\nzz\n{}\n0\n\n" + end, want: "400 BodyRefused"},
	{name: "a chunk size beyond 64 bits", sent: createAnywhere + "Transfer-Encoding: chunked\n\n10000000000000002\n{}\n0\n\n" + end, want: "400 BodyRefused"},
	{name: "a chunk size with a bare LF", sent: createAnywhere + "Transfer-Encoding: chunked\n\n2{LF}{}\n0\n\n" + end, want: "400 BodyRefused"},
	{name: "a request in the body of a GET: it stays a body", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\n\nGET /regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters HTTP/1.1\nHost: x\n\n", want: "200", seen: evil + " with the body"},
	{name: "a second request behind the first: it is one of its own, and needs its own token", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nConnection: keep-alive\nContent-Length: 0\n\nGET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters HTTP/1.1\nHost: console.eu.example.com\nConnection: close\n\n", want: "200, then 401 TokenMissing", seen: evil},
	{name: "a bare LF in a header", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nX-A: b{LF}Cookie: c", want: "200", seen: evil},
	{name: "a bare CR in a header", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nAccept: b{CR}X-Injected: 1", want: "400"},
	{name: "a NUL in a header", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nAccept: b{NUL}", want: "400"},
	{name: "a name with a space", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nX Y: 1", want: "400"},
	{name: "a line without a colon", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nX-A", want: "400"},
	{name: "a folded header", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nUser-Agent: a\n X-Injected: 1", want: "200", seen: evil},
	{name: "trailers of a request", sent: create + "Transfer-Encoding: chunked\nTrailer: Authorization, X-A\n\n2\n{}\n0\nAuthorization: Basic eA==\nX-A: b\n\n" + end, want: "200", seen: evil + " with the body"},
	{name: "HTTP/0.9", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters HTTP/0.9", want: "505"},
	{name: "no such version", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters HTTP/1.1x", want: "400"},
	{name: "two spaces in the first line", sent: "GET  /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters HTTP/1.1", want: "400"},
}

var hosts = []attack{
	{name: "none", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\n-Host", want: "400"},
	{name: "two", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nHost: console.eu.example.com\nHost: evil.example.net", want: "400"},
	{name: "another: nothing is decided by it, and no region sees it", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nHost: evil.example.net", want: "200", seen: evil},
	{name: "another, for the page: its policy does not name it", sent: "GET /\nHost: mark-of-a-customer.example.net", want: "200", check: func(t *testing.T, _ *scene, got []answer) {
		if policy := got[0].header.Get("Content-Security-Policy"); strings.Contains(policy, mark) {
			t.Errorf("policy %s", policy)
		}
	}},
	{name: "a port", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nHost: console.eu.example.com:22", want: "200", seen: evil},
	{name: "a user", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nHost: user@evil.example.net", want: "400"},
	{name: "a path", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nHost: evil.example.net/x", want: "400"},
	{name: "a space", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nHost: evil example.net", want: "400"},
	{name: "that of a region", sent: "GET /metrics\nHost: api.aws.eu-west-3.xcm.example.com", want: "404"},
	{name: "a region's own: that region, and nothing else", sent: "GET /api/clusters_mgmt/v1/clusters\nHost: aws-eu-west-3.console.eu.example.com", want: "200", seen: evil},
	{name: "a region's own, for another region", sent: "GET /regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters\nHost: aws-eu-west-3.console.eu.example.com", want: "404 PathRefused"},
	{name: "a region's own, out of its API", sent: "GET /api/clusters_mgmt/v1/../../../regions/aws.eu-west-1/api/x\nHost: aws-eu-west-3.console.eu.example.com", want: "400 PathRefused"},
	{name: "a region's own, for the page", sent: "GET /\nHost: aws-eu-west-3.console.eu.example.com\nAccept: text/html", want: "404 PathRefused"},
	{name: "a region's own, without a token", sent: "GET /api/clusters_mgmt/v1/clusters\nHost: aws-eu-west-3.console.eu.example.com\n-Authorization", want: "401 TokenMissing"},
	{name: "a region's own in capitals, with a port and a dot at the end: the same", sent: "GET /api/clusters_mgmt/v1/clusters\nHost: AWS-EU-WEST-3.console.eu.example.com.:443", want: "200", seen: evil},
	{name: "of a region that is none", sent: "GET /api/clusters_mgmt/v1/clusters\nHost: aws-us-east-1.console.eu.example.com", want: "421 HostRefused"},
	{name: "a name below a region's own", sent: "GET /api/clusters_mgmt/v1/clusters\nHost: x.aws-eu-west-3.console.eu.example.com", want: "421 HostRefused"},
	{name: "that only begins like a region's own", sent: "GET /regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters\nHost: aws-eu-west-3.console.eu.example.com.evil.example.net", want: "200", seen: west},
	{name: "a region's own, in a header that proxies set", sent: "GET /regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters\nX-Forwarded-Host: aws-eu-west-3.console.eu.example.com\nForwarded: host=aws-eu-west-3.console.eu.example.com", want: "200", seen: west},
}

var methods = []attack{
	{name: "TRACE", sent: "TRACE /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nX-Mark: mark-of-a-customer", want: "405 MethodRefused"},
	{name: "CONNECT to a host", sent: "CONNECT api.aws.eu-west-3.xcm.example.com:443", want: "405 MethodRefused"},
	{name: "CONNECT to metadata", sent: "CONNECT 169.254.169.254:80", want: "405 MethodRefused"},
	{name: "CONNECT with a path", sent: "CONNECT /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters", want: "405 MethodRefused"},
	{name: "the preface of HTTP/2", sent: "PRI * HTTP/2.0\n-Host\n-Authorization\n-Connection\n\nSM\n\n", want: "400"},
	{name: "lower case", sent: "delete /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/x", want: "405 MethodRefused"},
	{name: "no such method", sent: "FOO /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters", want: "405 MethodRefused"},
	{name: "no such method, in the geography's API", sent: "FOO /api/clusters_mgmt/v1/clusters", want: "405 MethodRefused"},
	{name: "no such method, for one cluster of the geography", sent: "FOO /api/clusters_mgmt/v1/clusters/{owned}", want: "405 MethodRefused"},
	{name: "OPTIONS, as a browser asks for another origin", sent: "OPTIONS /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nOrigin: https://evil.example.net\nAccess-Control-Request-Method: POST", want: "405 MethodRefused"},
	{name: "another method in a header", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/x\nX-HTTP-Method-Override: DELETE\nX-Method-Override: DELETE", want: "200", seen: evil, check: func(t *testing.T, s *scene, _ []answer) {
		if got := s.last(); got.method != "GET" {
			t.Errorf("the region saw %s", got.method)
		}
	}},
	{name: "another method in the query", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters/x?_method=DELETE", want: "200", seen: evil, check: sawTarget("/api/clusters_mgmt/v1/clusters/x?_method=DELETE")},
	{name: "all clusters deleted", sent: "DELETE /api/clusters_mgmt/v1/clusters", want: "405 MethodRefused"},
	{name: "a page posted to", sent: "POST /\n\nx=1", want: "405 MethodRefused"},
}

// last is what reached the hostile region last.
func (s *scene) last() received {
	all := s.hostile.requests()
	return all[len(all)-1]
}

// sawTarget wants that the region was asked exactly this.
func sawTarget(want string) func(*testing.T, *scene, []answer) {
	return func(t *testing.T, s *scene, _ []answer) {
		t.Helper()
		if got := s.last().target; got != want {
			t.Errorf("the region saw %q, want %q", got, want)
		}
	}
}

// sawBody wants that the region got exactly this body.
func sawBody(want string) func(*testing.T, *scene, []answer) {
	return func(t *testing.T, s *scene, _ []answer) {
		t.Helper()
		if got := s.last().body; got != want {
			t.Errorf("the region got %q, want %q", got, want)
		}
	}
}
