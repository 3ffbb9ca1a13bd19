package xss

import (
	"net/http"
	"testing"
)

const (
	// program calls the canaries, from a page or from a worker.
	program = `try { __ran("program") } catch {} fetch("https://` + elsewhere + `/ran", { mode: "no-cors" })`
	// markup is a document that would.
	markup = `<!doctype html><script>` + program + `</script><script src="https://` + elsewhere + `/x.js"></script>` +
		`<img src="https://` + elsewhere + `/x.png" onerror="__ran('img')"><svg onload="__ran('svg')"></svg><iframe srcdoc="<script>parent.__ran('frame')</script>"></iframe>` +
		`<meta http-equiv="refresh" content="0;url=https://` + elsewhere + `/refresh">`
	vector = `<svg xmlns="http://www.w3.org/2000/svg" onload="__ran('svg')"><script>` + program + `</script></svg>`
	pure   = `<?xml version="1.0"?><a xmlns:h="http://www.w3.org/1999/xhtml"><h:script>` + program + `</h:script></a>`
)

const (
	// unreadable is what the page says when a region's answer is no list.
	unreadable = "1 of 2 regions does not answer"
	// ofTheRegion is the page of a cluster of the hostile region.
	ofTheRegion = origin + "/clusters/" + evil + "/" + clusterID
	clusterID   = "2d3k2fgh0cpp0nq8a4nt2i7s9v3bnnnn"
)

// answers are what a region says in place of clusters, and beside them.
var answers = []attempt{
	{name: "a document", region: saying("text/html; charset=utf-8", markup), do: failing},
	{name: "a document called JSON", region: saying("application/json", markup), do: failing},
	{name: "a document called text", region: saying("text/plain", markup), do: failing},
	{name: "a document in UTF-7", region: saying("application/json; charset=utf-7", `+ADw-script+AD4-`+program+`+ADw-/script+AD4-`), do: failing},
	{name: "XHTML", region: saying("application/xhtml+xml", markup), do: failing},
	{name: "a script", region: saying("text/javascript", program), do: failing},
	{name: "a script called JSON", region: saying("application/json", program), do: failing},
	{name: "a script behind a list", region: saying("application/json", emptyList+";"+program), do: failing},
	{name: "an image that is a document", region: saying("image/svg+xml", vector), do: failing},
	{name: "XML that is a document", region: saying("text/xml", pure), do: failing},
	{name: "parts, one a document", region: saying("multipart/x-mixed-replace; boundary=x", "--x\r\nContent-Type: text/html\r\n\r\n"+markup+"\r\n--x--"), do: failing},
	{name: "two types in one header", region: saying("application/json, text/html", markup), do: failing},
	{name: "two types in two headers", region: func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{"application/json", "text/html"}
		_, _ = w.Write([]byte(markup))
	}, do: failing},
	{name: "no type", region: func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		_, _ = w.Write([]byte(markup))
	}, do: failing},
	{name: "a script of a service worker", region: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Service-Worker-Allowed", "/")
		body(w, "text/javascript", `addEventListener("fetch", (e) => e.respondWith(new Response("taken over")));`+program)
	}, do: failing},
	{name: "a redirect to a script", region: redirecting(http.StatusFound, "javascript:__ran('redirect')"), do: failing},
	{name: "a redirect to a document in its address", region: redirecting(http.StatusFound, "data:text/html,"+markup), do: failing},
	{name: "a redirect to another host", region: redirecting(http.StatusTemporaryRedirect, "https://"+elsewhere+"/clusters"), do: failing},
	{name: "a redirect to a page of the console", region: redirecting(http.StatusSeeOther, "https://"+hostOf(evil)+"/assets/x.js"), do: failing},
	{name: "a refusal that is a document", region: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(markup))
	}, do: failing},
	{name: "a cookie", region: with("Set-Cookie", "session=taken; Path=/; SameSite=None; Secure"), do: listing},
	{name: "a refresh", region: with("Refresh", "0;url=https://"+elsewhere+"/"), do: listing},
	{name: "links to load", region: with("Link", "<https://"+elsewhere+"/x.js>; rel=preload; as=script", "Link", "<https://"+elsewhere+">; rel=preconnect"), do: listing},
	{name: "a source map", region: with("SourceMap", "https://"+elsewhere+"/x.map", "X-SourceMap", "https://"+elsewhere+"/x.map"), do: listing},
	{name: "an order to clear what is kept", region: with("Clear-Site-Data", `"*"`), do: listing},
	{name: "a policy of its own", region: with("Content-Security-Policy", "default-src * 'unsafe-inline'", "Content-Security-Policy-Report-Only", "default-src 'none'; report-uri https://"+elsewhere+"/csp"), do: listing},
	{name: "leave for other origins", region: with("Access-Control-Allow-Origin", "*", "Access-Control-Allow-Credentials", "true", "Cross-Origin-Resource-Policy", "cross-origin", "Timing-Allow-Origin", "*"), do: listing},
	{name: "reports to another host", region: with("Report-To", `{"group":"x","max_age":86400,"endpoints":[{"url":"https://`+elsewhere+`/report"}]}`,
		"NEL", `{"report_to":"x","max_age":86400,"success_fraction":1}`, "Reporting-Endpoints", `x="https://`+elsewhere+`/report"`), do: listing},
	{name: "another service of the host", region: with("Alt-Svc", `h3="`+elsewhere+`:443"; ma=86400`, "Strict-Transport-Security", "max-age=0"), do: listing},
	{name: "hints before the answer", region: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "<https://"+elsewhere+"/x.js>; rel=preload; as=script")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		noClusters(w, r)
	}, do: listing},
}

// failing looks at the list, which names the region as one that gives nothing to read, and at a cluster of it.
func failing(t *testing.T, s *stage) {
	s.open(t, origin+"/")
	s.seeTheGoodRegion(t)
	s.see(t, unreadable)
	s.open(t, ofTheRegion)
	s.see(t, "The cluster could not be loaded")
}

// listing looks at the list, which the region is a part of.
func listing(t *testing.T, s *stage) {
	s.open(t, origin+"/")
	s.seeTheGoodRegion(t)
	s.see(t, "from 2 regions.")
}
