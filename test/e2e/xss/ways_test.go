package xss

import "testing"

// waysOut are ways by which a script, if one came to run in the page, could carry off what the page shows, or stay.
var waysOut = []attempt{
	{name: "a request", do: inPage(`attempted(() => fetch(A))`, "TypeError"), stopped: []string{"connect-src"}},
	{name: "a request to loopback", do: toLoopback(`attempted(() => fetch(L))`, "TypeError"), stopped: []string{"connect-src"}},
	{name: "a beacon", do: inPage(`String(navigator.sendBeacon(A, "data"))`, "true"), stopped: []string{"connect-src"}},
	{name: "a socket", do: inPage(`new Promise((done) => { const s = new WebSocket(A.replace("https", "wss")); s.onopen = () => done("open"); s.onerror = () => done("refused") })`, "refused"), stopped: []string{"connect-src"}},
	{name: "a stream of events", do: inPage(`new Promise((done) => { const e = new EventSource(A); e.onmessage = () => done("message"); e.onerror = () => { e.close(); done("refused"); } })`, "refused"), stopped: []string{"connect-src"}},
	{name: "an image", do: inPage(`tried("img", { src: A })`, "stopped"), stopped: []string{"img-src"}},
	{name: "an image on loopback", do: toLoopback(`tried("img", { src: L })`, "stopped"), stopped: []string{"img-src"}},
	{name: "an image of a style", do: inPage(`document.body.style.backgroundImage = "url(" + A + ")"; "set"`, "set"), stopped: []string{"img-src"}},
	{name: "a style in an attribute", do: inPage(`document.body.setAttribute("style", "background: url(" + A + ")"); "set"`, "set"), stopped: []string{"style-src-attr"}},
	{name: "a style element", do: inPage(`tried("style", {}, (e) => { e.textContent = "@import url(" + A + ")"; })`, "stopped"), stopped: []string{"style-src-elem"}},
	{name: "a font", do: inPage(`new FontFace("x", "url(" + A + ")").load().then(() => "loaded", (e) => e.name)`, "NetworkError"), stopped: []string{"font-src"}},
	{name: "a frame", do: inPage(`tried("iframe", { src: A })`, "stopped"), stopped: []string{"frame-src"}, knocks: true},
	{name: "a form", do: inPage(form("A", "post"), "stopped"), stopped: []string{"form-action"}},
	{name: "another base of all addresses", do: inPage(`tried("base", { href: A }).then(() => document.baseURI.startsWith(A) ? "moved" : "stopped")`, "stopped"), stopped: []string{"base-uri"}},
	{name: "a script from elsewhere", do: inPage(`attempted(() => import(A))`, "TypeError"), stopped: []string{"script-src-elem"}},
	{name: "a script in an attribute", do: inPage(`tried("img", { onerror: "__ran('attribute')", src: "x" })`, "TypeError"), stopped: trusted},
	{name: "a script as text", do: inPage(`tried("script", {}, (e) => { e.textContent = "__ran('text')"; })`, "TypeError"), stopped: trusted},
	{name: "a script as a link", do: inPage(`const a = document.createElement("a"); a.href = "javascript:__ran('link')"; document.body.append(a); a.click(); "clicked"`, "clicked"), stopped: []string{"script-src-elem"}},
	{name: "a script of a string", do: inPage(`attempted(() => setTimeout("__ran('string')"))`, "TypeError"), stopped: trusted},
	{name: "a page written anew", do: inPage(`attempted(() => document.write("<script>__ran('write')</script>"))`, "TypeError"), stopped: trusted},
	{name: "a page within the page", do: inPage(`tried("iframe", {}, (e) => { e.srcdoc = "<script>parent.__ran('srcdoc')</script>"; })`, "TypeError"), stopped: trusted},
	{name: "a page in its own address", do: inPage(`tried("iframe", { src: "data:text/html,<script>__ran('data')</script>" })`, "stopped"), stopped: []string{"frame-src"}},
	{name: "a worker of its own making", do: inPage(`attempted(() => new Worker(URL.createObjectURL(new Blob(["fetch(1)"]))))`, "TypeError"), stopped: trusted},
	{name: "leave to make code of strings", do: inPage(`attempted(() => trustedTypes.createPolicy("default", { createHTML: (text) => text }))`, "TypeError"), stopped: []string{"trusted-types"}},
}

// toLoopback runs a script in the list that knows the address on loopback as L.
func toLoopback(script, want string) func(*testing.T, *stage) {
	return func(t *testing.T, s *stage) {
		inPage(`const L = "http://`+s.street.loopback+`/";`+script, want)(t, s)
	}
}
