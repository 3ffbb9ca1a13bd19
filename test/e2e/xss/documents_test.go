package xss

import "testing"

// target is an address of the hostile region's, geographyAPI one that asks all regions.
const (
	target       = origin + "/regions/" + evil + "/api/clusters_mgmt/v1/clusters"
	geographyAPI = origin + "/api/clusters_mgmt/v1/clusters"
)

// tried puts an element into the page and tells what becomes of it.
const tried = `const tried = (name, attributes, before = () => {}) => new Promise((done) => {
	const element = document.createElement(name);
	element.onload = () => done("loaded");
	element.onerror = () => done("refused");
	addEventListener("securitypolicyviolation", () => done("stopped"), { once: true });
	setTimeout(() => done("nothing"), 2000);
	try {
		for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
		before(element);
		document.body.append(element);
	} catch (error) { done(error.name); }
});
const attempted = async (what) => { try { return String(await what()); } catch (error) { return error.name; } };
const T = "` + target + `", A = "https://` + elsewhere + `/";
`

// documents are ways to make a document, a script or a style of what a region answers, in the console's own page.
var documents = []attempt{
	{name: "typed into the address bar", region: hostileText, do: opening(target), told: []int{403}, unasked: true},
	{name: "typed into the address bar, of all regions", region: hostileText, do: opening(geographyAPI), told: []int{403}, unasked: true},
	{name: "a path of the console's own API", region: hostileText, do: opening(origin + "/api/geo/v1/regions"), told: []int{}, unasked: true},
	{name: "a link", region: hostileText, do: leaving(`const a = document.createElement("a"); a.href = T; document.body.append(a); a.click()`), told: []int{403}, unasked: true},
	{name: "a link to a new page", region: hostileText, do: inPage(`const a = document.createElement("a"); a.href = T; a.target = "_blank"; document.body.append(a); a.click(); "clicked"`, "clicked"), told: []int{403}, unasked: true},
	{name: "a link that saves", region: hostileText, do: inPage(`const a = document.createElement("a"); a.href = T; a.download = "x.html"; document.body.append(a); a.click(); "clicked"`, "clicked"), saves: []string{target}, told: []int{403}, unasked: true},
	{name: "a new window", region: hostileText, do: inPage(`open(T); "opened"`, "opened"), told: []int{403}, unasked: true},
	{name: "a form", region: hostileText, do: inPage(form("T", "get"), "stopped"), stopped: []string{"form-action"}, told: []int{}, unasked: true},
	{name: "a form that sends", region: hostileText, do: inPage(form("T", "post"), "stopped"), stopped: []string{"form-action"}, told: []int{}, unasked: true},
	{name: "a frame", region: hostileText, do: inPage(`tried("iframe", { src: T })`, "stopped"), stopped: []string{"frame-src"}, told: []int{}, unasked: true},
	{name: "an embedded document", region: hostileText, do: inPage(`tried("embed", { src: T })`, "TypeError"), stopped: trusted, told: []int{}, unasked: true},
	{name: "an object", region: hostileText, do: inPage(`tried("object", { data: T, type: "text/html" })`, "TypeError"), stopped: trusted, told: []int{}, unasked: true},
	{name: "a script", region: hostileText, do: inPage(`tried("script", {}, (e) => { e.src = T })`, "TypeError"), stopped: trusted, told: []int{}, unasked: true},
	{name: "a module", region: hostileText, do: inPage(`attempted(() => import(T))`, "TypeError"), stopped: []string{"script-src-elem"}, told: []int{}, unasked: true},
	{name: "a module ahead of time", region: hostileText, do: inPage(`tried("link", { rel: "modulepreload", href: T })`, "stopped"), stopped: []string{"script-src-elem"}, told: []int{}, unasked: true},
	{name: "a page ahead of time, then opened", region: hostileText, do: leaving(`tried("link", { rel: "prefetch", href: T }).then(() => { location = T; })`), told: []int{200, 403}},
	{name: "a style sheet", region: saying("text/plain", "body{background:url(https://"+elsewhere+"/x)}"), do: inPage(`tried("link", { rel: "stylesheet", href: T })`, "stopped"), stopped: []string{"style-src-elem"}, told: []int{}, unasked: true},
	{name: "an image", region: saying("text/plain", vector), do: inPage(`tried("img", { src: T })`, "stopped"), stopped: []string{"img-src"}, told: []int{}, unasked: true},
	{name: "a sound", region: hostileText, do: inPage(`tried("audio", { src: T })`, "stopped"), stopped: []string{"media-src"}, told: []int{}, unasked: true},
	{name: "a worker", region: hostileText, do: inPage(`attempted(() => new Worker(T))`, "TypeError"), stopped: trusted, told: []int{}, unasked: true},
	{name: "a shared worker", region: hostileText, do: inPage(`attempted(() => new SharedWorker(T))`, "TypeError"), stopped: trusted, told: []int{}, unasked: true},
	{name: "a service worker", region: with("Service-Worker-Allowed", "/"), do: inPage(`attempted(() => navigator.serviceWorker.register(T, { scope: "/" }))`, "TypeError"), stopped: trusted, told: []int{}, unasked: true},
	{name: "a stream of events", region: saying("text/event-stream", "data: x\n\n"), do: inPage(`new Promise((done) => { const e = new EventSource(T); e.onmessage = () => done("message"); e.onerror = () => { e.close(); done("refused"); } })`, "refused"), told: []int{502}},
	{name: "a socket", region: hostileText, do: inPage(`new Promise((done) => { const s = new WebSocket(T.replace("https", "wss")); s.onopen = () => done("open"); s.onerror = () => done("refused") })`, "refused"), told: []int{200}},
	{name: "an answer that a script reads and runs", region: saying("text/plain", program), do: inPage(`fetch(T).then((r) => r.text()).then((text) => attempted(() => (0, eval)(text)))`, "EvalError"), stopped: trusted, told: []int{200}},
	{name: "an answer that a script reads and writes into the page", region: saying("text/plain", markup), do: inPage(`fetch(T).then((r) => r.text()).then((text) => attempted(() => { document.body.innerHTML = text; }))`, "TypeError"), stopped: trusted, told: []int{200}},
	{name: "an answer that a script makes a page of", region: saying("text/plain", markup), do: inPage(`fetch(T).then((r) => r.blob()).then((blob) => tried("iframe", { src: URL.createObjectURL(new Blob([blob], { type: "text/html" })) }))`, "stopped"), stopped: []string{"frame-src"}, told: []int{200}},
}

// trusted is the directive that lets no string become code.
var trusted = []string{"require-trusted-types-for"}

// hostileText is a document that calls itself text, which the console lets through to whoever asks for data.
var hostileText = saying("text/plain; charset=utf-8", markup)

// form sends a form to an address, and waits until that is stopped.
func form(to, method string) string {
	return `const f = document.createElement("form"); f.action = ` + to + `; f.method = "` + method + `"; document.body.append(f);
		new Promise((done) => { addEventListener("securitypolicyviolation", () => done("stopped")); setTimeout(() => done("nothing"), 2000); f.submit(); })`
}

// opening goes to an address as a user does who types it.
func opening(address string) func(*testing.T, *stage) {
	return func(t *testing.T, s *stage) {
		s.open(t, address)
		s.see(t, notAPage)
	}
}

// notAPage is what the console says to whoever goes to an API as if it were a page.
const notAPage = "This is an API, not a page"

// openList opens the list and forgets what that took, so that what is seen next is of the attempt.
func (s *stage) openList(t *testing.T) {
	t.Helper()
	s.hostile.calms(true)
	s.open(t, origin+"/")
	s.seeTheGoodRegion(t)
	attempt{}.check(t, s)
	s.hostile.calms(false)
}

// inPage runs a script in the list of clusters, as if one had come to run there, and wants this to come of it.
func inPage(script, want string) func(*testing.T, *stage) {
	return func(t *testing.T, s *stage) {
		s.openList(t)
		if got := s.script(t, "{"+tried+script+"}"); got != want {
			t.Errorf("the page says %q, want %q", got, want)
		}
	}
}

// leaving runs a script that leads away, to where the console says that it is no page.
func leaving(script string) func(*testing.T, *stage) {
	return func(t *testing.T, s *stage) {
		s.openList(t)
		s.script(t, "{"+tried+script+`; "left"}`) // the answer is there before the page has gone
		s.see(t, notAPage)
	}
}
