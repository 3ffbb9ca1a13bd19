package xss

import (
	"net/http"
	"testing"
)

// others are pages of the attacker's own host that make use of the console, in a browser of today and in an old one, of
// which the console learns nothing about where a request is for: there the answer itself has to be good for nothing else.
var others = []attempt{
	{name: "the console in a frame", attacker: page(`tried("iframe", { src: C })`), do: fromElsewhere(framed), told: []int{}},
	{name: "an answer in a frame", region: hostileText, attacker: page(`tried("iframe", { src: T })`), do: fromElsewhere(framed), told: []int{403}, unasked: true},
	{name: "an answer in a frame of an old browser", region: hostileText, attacker: page(`tried("iframe", { src: T })`), do: fromElsewhere(framed), told: []int{200}, old: true},
	{name: "an answer as a script", region: saying("text/plain", program), attacker: page(`tried("script", { src: T })`), do: fromElsewhere("refused"), told: []int{403}, unasked: true},
	{name: "an answer as a script of an old browser", region: saying("text/plain", program), attacker: page(`tried("script", { src: T })`), do: fromElsewhere("refused"), told: []int{200}, old: true},
	{name: "an answer as a style sheet of an old browser", region: saying("text/plain", "body{color:red}"), attacker: page(`tried("link", { rel: "stylesheet", href: T })`), do: fromElsewhere("refused"), told: []int{200}, old: true},
	{name: "an answer as an image of an old browser", region: saying("text/plain", vector), attacker: page(`tried("img", { src: T })`), do: fromElsewhere("refused"), told: []int{200}, old: true},
	{name: "an answer read", region: hostileText, attacker: page(`attempted(() => fetch(T).then((r) => r.text()))`), do: fromElsewhere("TypeError"), told: []int{200}},
	{name: "an answer fetched unread", region: hostileText, attacker: page(`attempted(() => fetch(T, { mode: "no-cors" }).then((r) => r.type))`), do: fromElsewhere("TypeError"), told: []int{200}},
	{name: "an answer asked for with a header", region: hostileText, attacker: page(`attempted(() => fetch(T, { headers: { Authorization: "Bearer x" } }))`), do: fromElsewhere("TypeError"), told: []int{405}, unasked: true},
	{name: "the console in a window", attacker: page(`const w = open(C); new Promise((done) => { const t = setInterval(() => { if (w === null || w.closed) { clearInterval(t); done("out of reach"); } }, 20); setTimeout(() => done("within reach"), 5000); })`), do: fromElsewhere("out of reach"), told: []int{200, 200}},
	{name: "typed into the address bar of an old browser", region: hostileText, do: openingOld, told: []int{200}, old: true},
	{name: "typed into the address bar of an old browser, called JSON", region: saying("application/json", markup), do: openingOld, told: []int{200}, old: true},
}

// framed is what a frame says of which its parent may see nothing: that it has loaded, whatever came of it.
const framed = "loaded"

// page is one of the attacker's host, on which a script waits to be run.
func page(script string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			body(w, "text/html", `<!doctype html><title>elsewhere</title><body><script type="text/x-attempt">`+script+`</script>`)
			return
		}
		noScript(w, r)
	}
}

func noScript(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }

// fromElsewhere opens the attacker's page and runs its script as a user's gesture.
func fromElsewhere(want string) func(*testing.T, *stage) {
	return func(t *testing.T, s *stage) {
		s.open(t, "https://"+elsewhere+"/")
		script := s.script(t, `document.querySelector("script").textContent`)
		if got := s.script(t, `{`+tried+`const C = "`+origin+`/";`+script+`}`); got != want {
			t.Errorf("the page says %q, want %q", got, want)
		}
	}
}

// openingOld goes to an answer of the region, which shows as the text that it is.
func openingOld(t *testing.T, s *stage) {
	s.open(t, target)
	s.see(t, "<!doctype html>")
}
