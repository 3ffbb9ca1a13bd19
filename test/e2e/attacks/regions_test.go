package attacks

import (
	"strings"
	"testing"
)

// redirect is an answer of a region that leads elsewhere.
func redirect(to string) string { return "HTTP/1.1 307 Temporary Redirect\nLocation: " + to + "\n\n" }

const (
	account = "GET /regions/aws.eu-west-3/api/accounts_mgmt/v1/current_account"
	json200 = "HTTP/1.1 200 OK\nContent-Type: application/json\n"
)

var redirects = []attack{
	{name: "to another host", sent: account, region: redirect("https://api.example.net/api/accounts_mgmt/v1/current_account"), want: "502 LeavesGeography", seen: evil},
	{name: "to another host, of a body", sent: "POST /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\n\n{}", region: redirect("https://api.example.net/api/clusters_mgmt/v1/clusters"), want: "502 LeavesGeography", seen: evil + " with the body"},
	{name: "to another region of the geography", sent: account, region: redirect("https://api.aws.eu-west-1.xcm.example.com/api/accounts_mgmt/v1/current_account"), want: "502 LeavesGeography", seen: evil},
	{name: "to another scheme", sent: account, region: redirect("http://api.aws.eu-west-3.xcm.example.com/api/accounts_mgmt/v1/current_account"), want: "502 LeavesGeography", seen: evil},
	{name: "to another port", sent: account, region: redirect("https://api.aws.eu-west-3.xcm.example.com:8443/api/accounts_mgmt/v1/current_account"), want: "502 LeavesGeography", seen: evil},
	{name: "to a host without a scheme", sent: account, region: redirect("//api.example.net/api/accounts_mgmt/v1/current_account"), want: "502 LeavesGeography", seen: evil},
	{name: "to a host behind backslashes", sent: account, region: redirect(`/\api.example.net/x`), want: "502 UnexpectedStatus", seen: evil},
	{name: "to a user at the host", sent: account, region: redirect("https://x@api.aws.eu-west-3.xcm.example.com/api/accounts_mgmt/v1/current_account"), want: "502 LeavesGeography", seen: evil},
	{name: "to the host as a user", sent: account, region: redirect("https://api.aws.eu-west-3.xcm.example.com@example.net/api/accounts_mgmt/v1/current_account"), want: "502 LeavesGeography", seen: evil},
	{name: "to a script", sent: account, region: redirect("javascript:alert(1)"), want: "502 LeavesGeography", seen: evil},
	{name: "to the same host, below its API: by the console's own path", sent: account, region: redirect("/api/accounts_mgmt/v1/accounts/x?y=1"), want: "307", seen: evil, check: func(t *testing.T, _ *scene, got []answer) {
		if to := got[0].header.Get("Location"); to != "/regions/aws.eu-west-3/api/accounts_mgmt/v1/accounts/x?y=1" {
			t.Errorf("it leads to %s", to)
		}
	}},
	{name: "to the same host, beside its API", sent: account, region: redirect("/oauth/start"), want: "502 UnexpectedStatus", seen: evil},
	{name: "to the same host, out of its API", sent: account, region: redirect("/api/accounts_mgmt/v1/../../../oauth/start"), want: "502 UnexpectedStatus", seen: evil},
	{name: "to nowhere", sent: account, region: "HTTP/1.1 302 Found\n\n", want: "502 UnexpectedStatus", seen: evil},
	{name: "by a status that is rare", sent: account, region: "HTTP/1.1 300 Multiple Choices\nLocation: https://api.example.net/\nContent-Type: application/json\n\n{}", want: "502 UnexpectedStatus", seen: evil},
	{name: "in a list of the geography", sent: "GET /api/clusters_mgmt/v1/clusters", region: redirect("https://api.example.net/api/clusters_mgmt/v1/clusters"), want: "503 LeavesGeography", seen: "every region"},
	{name: "in a list of the geography, to the same host", sent: "GET /api/clusters_mgmt/v1/clusters", region: redirect("/api/clusters_mgmt/v1/clusters?page=1"), want: "503 UnexpectedStatus", seen: "every region"},
}

var regionAnswers = []attack{
	{name: "a page", sent: list, region: "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<script>alert(1)</script>", want: "502 UnexpectedContent", seen: evil},
	{name: "a script", sent: list, region: "HTTP/1.1 200 OK\nContent-Type: text/javascript\n\nalert(1)", want: "502 UnexpectedContent", seen: evil},
	{name: "a picture with a script", sent: list, region: "HTTP/1.1 200 OK\nContent-Type: image/svg+xml\n\n<svg onload=alert(1)>", want: "502 UnexpectedContent", seen: evil},
	{name: "no content type", sent: list, region: "HTTP/1.1 200 OK\n\n<script>", want: "502 UnexpectedContent", seen: evil},
	{name: "parts", sent: list, region: "HTTP/1.1 200 OK\nContent-Type: multipart/mixed; boundary=x\n\n--x--", want: "502 UnexpectedContent", seen: evil},
	{name: "two content types", sent: list, region: "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Type: text/html\n\n{}", want: "502 UnexpectedContent", seen: evil},
	{name: "two content types in one", sent: list, region: "HTTP/1.1 200 OK\nContent-Type: application/json, text/html\n\n{}", want: "502 UnexpectedContent", seen: evil},
	{name: "a page as an error", sent: list, region: "HTTP/1.1 404 Not Found\nContent-Type: text/html\n\n<script>", want: "502 UnexpectedContent", seen: evil},
	{name: "a page that calls itself text: it stays text", sent: list, region: "HTTP/1.1 200 OK\nContent-Type: text/plain\n\n<script>alert(1)</script>", want: "200", seen: evil, check: func(t *testing.T, _ *scene, got []answer) {
		if h := got[0].header; h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
			t.Errorf("%v", h)
		}
	}},
	{name: "headers that act on the origin", sent: list, region: json200 + "Set-Cookie: a=b\nContent-Security-Policy: default-src *\nAccess-Control-Allow-Origin: *\nAccess-Control-Allow-Credentials: true\nClear-Site-Data: \"*\"\nRefresh: 0; url=https://api.example.net\nStrict-Transport-Security: max-age=0\nService-Worker-Allowed: /\nLink: </x>; rel=preload\nNEL: {}\nServer: x\n\n{}", want: "200", seen: evil, check: func(t *testing.T, _ *scene, got []answer) {
		if csp := got[0].header.Get("Content-Security-Policy"); csp != "default-src 'none'; sandbox" {
			t.Errorf("policy %s", csp)
		}
	}},
	{name: "that it may be kept", sent: list, region: json200 + "Cache-Control: public, max-age=31536000\nExpires: Thu, 01 Jan 2099 00:00:00 GMT\nETag: x\n\n{}", want: "200", seen: evil, check: func(t *testing.T, _ *scene, got []answer) {
		if got := got[0].header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control %s", got)
		}
	}},
	{name: "headers made hop-by-hop", sent: list, region: json200 + "Connection: close, Content-Type, Content-Length\n\n{}", want: "200", seen: evil},
	{name: "early hints", sent: list, region: "HTTP/1.1 103 Early Hints\nLink: </x>; rel=preload\nContent-Security-Policy: default-src *{CR}{LF}{CR}{LF}" + json200 + "\n{}", want: "200", seen: evil},
	{name: "another protocol", sent: list, region: "HTTP/1.1 101 Switching Protocols\nConnection: Upgrade\nUpgrade: x\n\n", want: "502 UnexpectedStatus", seen: evil},
	{name: "a status that is none", sent: list, region: "HTTP/1.1 999 X\nContent-Type: application/json\n\n{}", want: "502 UnexpectedStatus", seen: evil},
	{name: "trailers", sent: list, region: json200 + "Transfer-Encoding: chunked\nTrailer: Set-Cookie, X-A\n\n2\n{}\n0\nSet-Cookie: a=b\nX-A: b\n\n", want: "200", seen: evil},
	{name: "more than its length: the rest is nobody's answer", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters\nConnection: keep-alive\nContent-Length: 0\n\n" + end, region: json200 + "Content-Length: 2\n\n{}HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 8\n\n<script>", want: "200, then 200", seen: evil, check: func(t *testing.T, _ *scene, got []answer) {
		if got[0].body != "{}" || strings.Contains(got[1].body, "script") {
			t.Errorf("%q, then %q", got[0].body, got[1].body)
		}
	}},
	{name: "less than its length", sent: list, region: json200 + "Content-Length: 100\n\n{}", want: "the connection is closed", seen: evil},
	{name: "two lengths", sent: list, region: json200 + "Content-Length: 2\nContent-Length: 3\n\n{}x", want: "502 ConnectionFailed", seen: evil},
	{name: "chunks that end early", sent: list, region: json200 + "Transfer-Encoding: chunked\n\n5\n{}", want: "200, cut off", seen: evil},
	{name: "a chunk size that is none", sent: list, region: json200 + "Transfer-Encoding: chunked\n\n2\n{}\nzz\n{}\n0\n\n", want: "200, cut off", seen: evil},
	{name: "headers of 100 kB", sent: list, region: json200 + "X: «y*100000»\n\n{}", want: "502 ConnectionFailed", seen: evil},
	{name: "a line end in a header", sent: list, region: json200 + "X-Operation-Id: a{CR}Set-Cookie: b=c\n\n{}", want: "502 ConnectionFailed", seen: evil},
	{name: "no HTTP", sent: list, region: "SSH-2.0-OpenSSH_9.9\n\n", want: "502 ConnectionFailed", seen: evil},
	{name: "a coding that nobody asked for", sent: "GET /api/clusters_mgmt/v1/clusters", region: json200 + "Content-Encoding: gzip\n\n«x*1000»", want: "503 UnexpectedContent", seen: "every region"},
}

// lists is the geography's list, of which the hostile region gives its part.
const lists = "GET /api/clusters_mgmt/v1/clusters"

var merged = []attack{
	{name: "a number that is none", sent: lists, region: json200 + "\n{\"total\":NaN,\"items\":[]}", want: "503 UnexpectedContent", seen: "every region"},
	{name: "a number beyond all", sent: lists, region: json200 + "\n{\"total\":1e999999,\"items\":[]}", want: "503 UnexpectedContent", seen: "every region"},
	{name: "more than there are", sent: lists + "?size=-1", region: json200 + "\n{\"total\":9000000000000000000,\"items\":[]}", want: "503 UnexpectedContent", seen: "every region"},
	{name: "a total that overflows with others", sent: lists + "?size=1", region: json200 + "\n{\"total\":9223372036854775807,\"items\":[{\"id\":\"x\"}]}", want: "503 UnexpectedContent", seen: "every region"},
	{name: "fewer than none", sent: lists, region: json200 + "\n{\"total\":-1,\"items\":[]}", want: "503 UnexpectedContent", seen: "every region"},
	{name: "a list in a list, 100,000 deep", sent: lists, region: json200 + "\n{\"total\":1,\"items\":[{\"id\":\"x\",\"y\":«[*100000»«]*100000»}]}", want: "503 UnexpectedContent", seen: "every region"},
	{name: "a million items", sent: lists, region: json200 + "\n{\"total\":1,\"items\":[«0,*1000000»0]}", want: "503 UnexpectedContent", seen: "every region"},
	{name: "one item of 1 MiB", sent: lists + "?order=name", region: json200 + "\n{\"total\":1,\"items\":[{\"id\":\"x\",\"name\":\"«y*1048576»\"}]}", want: "503 ItemTooLarge", seen: "every region"},
	{name: "items that are none", sent: lists, region: json200 + "\n{\"total\":1,\"items\":[null]}", want: "503 UnexpectedContent", seen: "every region"},
	{name: "items without an id", sent: lists, region: json200 + "\n{\"total\":1,\"items\":[{\"name\":\"x\"}]}", want: "503 UnexpectedContent", seen: "every region"},
	{name: "a list that stops", sent: lists, region: json200 + "\n{\"total\":1,\"items\":[{\"id\":\"x\"", want: "503 UnexpectedContent", seen: "every region"},
	{name: "an answer of 9 MiB", sent: lists, region: json200 + "\n{\"total\":0,\"x\":\"«y*9437184»\"}", want: "400 AnswerTooLarge", seen: "every region"},
	{name: "a part only, with what is whole", sent: lists + "?partial=true", region: json200 + "\n[]", want: "200", seen: "aws.eu-west-1 2 times, aws.eu-central-1 2 times, aws.eu-west-3", check: func(t *testing.T, _ *scene, got []answer) {
		if missing := got[0].header.Get("X-Geoconsole-Missing-Regions"); missing != evil+";cause=UnexpectedContent" {
			t.Errorf("missing: %s", missing)
		}
	}},
	{name: "something else than it was asked for", sent: "GET /api/clusters_mgmt/v1/clusters/nobody's", region: json200 + "\n{\"kind\":\"Cluster\",\"id\":\"another\"}", want: "503 UnexpectedContent", seen: "every region"},
}

var claims = []attack{
	{name: "another's cluster, by id", sent: "GET /api/clusters_mgmt/v1/clusters/{owned}", region: json200 + "\n{\"kind\":\"Cluster\",\"id\":\"{owned}\"}", want: "502 ClaimedTwice", seen: "every region"},
	{name: "another's cluster, by external id", sent: "GET /api/clusters_mgmt/v1/clusters/{owned}", region: json200 + "\n{\"kind\":\"Cluster\",\"id\":\"x\",\"external_id\":\"{owned}\"}", want: "502 ClaimedTwice", seen: "every region"},
	{name: "another's cluster, in a list", sent: lists + "?size=-1", region: json200 + "\n{\"total\":1,\"items\":[{\"id\":\"{owned}\"}]}", want: "502 ClaimedTwice", seen: "every region"},
	{name: "another's cluster, in a lookup", sent: lists + "?search=id%3D%27{owned}%27", region: json200 + "\n{\"total\":1,\"items\":[{\"id\":\"{owned}\"}]}", want: "502 ClaimedTwice", seen: "every region"},
	{name: "another's cluster, to be sent its change", sent: "PATCH /api/clusters_mgmt/v1/clusters/{owned}\n\n{\"name\":\"mark-of-a-customer\"}", region: json200 + "\n{\"kind\":\"Cluster\",\"id\":\"{owned}\"}", want: "502 ClaimedTwice", seen: "every region"},
	{name: "another's cluster, to be sent its keys", sent: "POST /api/clusters_mgmt/v1/clusters/{owned}/identity_providers\n\n{\"secret\":\"mark-of-a-customer\"}", region: json200 + "\n{\"kind\":\"Cluster\",\"id\":\"{owned}\"}", want: "502 ClaimedTwice", seen: "every region"},
	{name: "a cluster that is another region's, in a list", sent: lists + "?size=-1", region: json200 + "\n{\"total\":1,\"items\":[{\"id\":\"x\",\"rh_region_id\":\"aws.eu-west-1\"}]}", want: "502 ClaimsAnotherRegion", seen: "every region"},
	{name: "a cluster that is another region's, by id", sent: "GET /api/clusters_mgmt/v1/clusters/x", region: json200 + "\n{\"kind\":\"Cluster\",\"id\":\"x\",\"rh_region_id\":\"aws.eu-west-1\"}", want: "502 ClaimsAnotherRegion", seen: "every region"},
	{name: "another's cluster, not even in part", sent: lists + "?size=-1&partial=true", region: json200 + "\n{\"total\":1,\"items\":[{\"id\":\"{owned}\"}]}", want: "502 ClaimedTwice", seen: "every region"},
	{name: "another's cloud region, to be sent its clusters", sent: "POST /api/clusters_mgmt/v1/clusters\n\n{\"region\":{\"id\":\"eu-west-1\"},\"aws\":{\"secret_access_key\":\"mark-of-a-customer\"}}", region: json200 + "\n{\"total\":1,\"items\":[{\"id\":\"eu-west-1\"}]}", want: "400 CloudRegionOfferedTwice", seen: "every region"},
}

var nowhere = []attack{
	{name: "cloud keys, to ask for cloud regions", sent: "POST /api/clusters_mgmt/v1/cloud_providers/aws/available_regions\n\n{\"aws\":{\"access_key_id\":\"x\",\"secret_access_key\":\"mark-of-a-customer\"}}", want: "200", seen: "every region"},
	{name: "cloud keys, to ask for networks", sent: "POST /api/clusters_mgmt/v1/aws_inquiries/vpcs\n\n{\"aws\":{\"secret_access_key\":\"mark-of-a-customer\"}}", want: "400 PathRefused"},
	{name: "a service account's key", sent: "POST /api/clusters_mgmt/v1/gcp_inquiries/key_rings\n\n{\"gcp\":{\"private_key\":\"mark-of-a-customer\"}}", want: "400 PathRefused"},
	{name: "a pull secret of no region", sent: "POST /api/accounts_mgmt/v1/pull_secrets\n\n{}", want: "400 PathRefused"},
	{name: "a pull secret of the access token", sent: "POST /api/accounts_mgmt/v1/access_token", want: "400 PathRefused"},
	{name: "credentials of registries", sent: "GET /api/accounts_mgmt/v1/registry_credentials", want: "400 PathRefused"},
	{name: "a check of another's token", sent: "POST /api/accounts_mgmt/v1/token_authorization\n\n{\"authorization_token\":\"mark-of-a-customer\"}", want: "400 PathRefused"},
	{name: "credentials of a cluster", sent: "GET /api/clusters_mgmt/v1/clusters/{owned}/credentials", want: "400 PathRefused"},
	{name: "a list by POST with a secret in it", sent: "POST /api/clusters_mgmt/v1/clusters?method=get\n\n{\"size\":1,\"secret\":\"mark-of-a-customer\"}", want: "200", seen: "every region"},
	{name: "a cluster in a cloud region that is a path", sent: "POST /api/clusters_mgmt/v1/clusters\n\n{\"region\":{\"id\":\"../../x\"}}", want: "400 BodyRefused"},
	{name: "a cluster of a provider that is a path", sent: "POST /api/clusters_mgmt/v1/clusters\n\n{\"cloud_provider\":{\"id\":\"aws/regions?x=\"},\"region\":{\"id\":\"eu-west-1\"}}", want: "400 BodyRefused"},
	{name: "a cluster outside the geography", sent: "POST /api/clusters_mgmt/v1/clusters\n\n{\"region\":{\"id\":\"us-east-1\"}}", want: "400 CloudRegionNotOffered", seen: "every region"},
	{name: "a list of clusters as a cluster", sent: "POST /api/clusters_mgmt/v1/clusters\n\n[{\"region\":{\"id\":\"eu-west-1\"}}]", want: "400 BodyRefused"},
}

var parameters = []attack{
	{name: "a quote in a search", sent: lists + "?search=name%3D%27x%27%27%3B%20drop%20table%20clusters%3B--%27", want: "200", seen: "every region"},
	{name: "a quote that does not end", sent: lists + "?search=name%3D%27x", want: "502 RegionRefuses", seen: "every region"},
	{name: "a comment in a search", sent: lists + "?search=name%3D%27x%27%20--%20or%201%3D1", want: "502 RegionRefuses", seen: "every region"},
	{name: "a lookup that is true of everything", sent: lists + "?search=id%3D%27{owned}%27%20or%201%3D1", want: "502 RegionRefuses", seen: "every region"},
	{name: "a search of 20 kB", sent: lists + "?search=name%3D%27«x*20000»%27", want: "200", seen: "every region"},
	{name: "a semicolon in the query", sent: lists + "?search=a;size=1", want: "400 QueryRefused"},
	{name: "a broken query", sent: lists + "?search=%zz", want: "400 QueryRefused"},
	{name: "a broken query, at one region", sent: "GET /regions/aws.eu-west-3/api/clusters_mgmt/v1/clusters?search=%zz", want: "400 QueryRefused"},
	{name: "partial of another value", sent: lists + "?partial=1", want: "400 QueryRefused"},
	{name: "page 0", sent: lists + "?page=0", want: "400 QueryRefused"},
	{name: "a page beyond 64 bits", sent: lists + "?page=99999999999999999999", want: "400 QueryRefused"},
	{name: "a size beyond all", sent: lists + "?size=9223372036854775807", want: "400 QueryRefused"},
	{name: "a size below all", sent: lists + "?size=-2", want: "400 QueryRefused"},
	{name: "page and size, multiplied", sent: lists + "?page=1000000&size=20000", want: "200", seen: "every region"},
	{name: "page and size, multiplied, in order", sent: lists + "?page=1000000&size=20000&order=name", want: "400 ListTooLong"},
	{name: "all of many", sent: lists + "?size=-1", region: json200 + "\n{\"total\":30000,\"items\":[«{\"id\":\"x\"},*199»{\"id\":\"x\"}]}", want: "400 ListTooLong", seen: "every region"},
	{name: "a statement as an order", sent: lists + "?order=name%3B%20drop%20table%20clusters", want: "400 QueryRefused"},
	{name: "an order of a hundred attributes", sent: lists + "?order=«a,*100»a", want: "400 QueryRefused"},
	{name: "an order a thousand names deep", sent: lists + "?order=«a.*1000»a", want: "400 QueryRefused"},
	{name: "the log of all clusters", sent: "GET /api/service_logs/v1/clusters/cluster_logs", want: "400 QueryRefused"},
	{name: "the log of a search", sent: "GET /api/service_logs/v1/clusters/cluster_logs?cluster_uuid=x%27%20or%20%27%27%3D%27", want: "404", seen: "every region"},
}
