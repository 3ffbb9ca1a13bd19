package xss

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// shapes are clusters and lists that are other than agreed.
var shapes = []attempt{
	{name: "numbers for texts", region: clusterOf(`7`), do: bare},
	{name: "objects for texts", region: clusterOf(`{"toString":"x","$$typeof":"Symbol(react.element)","type":"script","props":{"dangerouslySetInnerHTML":{"__html":"<img src=x onerror=__ran(1)>"}}}`), do: bare},
	{name: "lists for texts", region: clusterOf(`["<img src=x onerror=__ran(1)>"]`), do: bare},
	{name: "nothing for texts", region: clusterOf(`null`), do: bare},
	{name: "texts for numbers and objects", region: having(`{"id":"` + clusterID + `","name":"hostile","status":"<b>","nodes":"javascript:__ran(1)","api":["https://x"],"version":{"available_upgrades":"<b>"},"multi_az":"no","console":[{"url":"javascript:__ran(1)"}]}`), do: bare},
	{name: "a prototype", region: having(`{"id":"` + clusterID + `","__proto__":{"polluted":"yes","name":"x"},"constructor":{"prototype":{"polluted":"yes"}},"console":{"__proto__":{"url":"javascript:__ran(1)"}}}`), do: unpolluted},
	{name: "numbers beyond all bounds", region: having(`{"id":"` + clusterID + `","status":{"limited_support_reason_count":1e999},"nodes":{"compute":-1e308,"master":0.1,"infra":9007199254740993}}`), do: bare},
	{name: "times that are none", region: having(`{"id":"` + clusterID + `","creation_timestamp":"+275760-09-13T00:00:00.001Z","expiration_timestamp":"-1","version":{"end_of_life_timestamp":"0000-00-00"}}`), do: bare},
	{name: "names that stand twice", region: having(`{"id":"` + clusterID + `","name":"a","name":"<img src=x onerror=__ran(1)>","console":{"url":"https://x"},"console":{"url":"javascript:__ran(1)"}}`), do: bare},
	{name: "depth", region: having(`{"id":"` + clusterID + `","status":` + strings.Repeat(`{"status":`, 5000) + `1` + strings.Repeat(`}`, 5000) + `}`), do: bare},
	{name: "depth beyond all bounds", region: saying("application/json", strings.Repeat("[", 2<<20)), do: failing},
	{name: "an id that leads elsewhere", region: having(`{"id":"../../../../config.json","name":"x"}`), do: failing},
	{name: "an id with a path in it", region: having(`{"id":"a%2f..%2f..","name":"x"}`), do: failing},
	{name: "an id that is a question", region: having(`{"id":"?search=<script>","name":"x"}`), do: failing},
	{name: "an id that is markup", region: having(`{"id":"\"><img src=x onerror=__ran(1)>","name":"x"}`), do: failing},
	{name: "an id that is no text", region: having(`{"id":{"toString":"x"},"name":"x"}`), do: failing},
	{name: "items that are none", region: saying("application/json", `{"items":[null,7,"<img src=x onerror=__ran(1)>"],"total":-1}`), do: failing},
	{name: "a list that is none", region: saying("application/json", `{"items":{"length":1e9,"0":{}},"total":"<b>"}`), do: failing},
	{name: "a text for a list", region: saying("application/json", `"<img src=x onerror=__ran(1)>"`), do: failing},
}

// bare looks at the list and at a cluster of which little or nothing can be shown but its id.
func bare(t *testing.T, s *stage) {
	s.open(t, origin+"/")
	s.seeTheGoodRegion(t)
	s.see(t, "4 clusters from 2 regions.")
	checkLinks(t, s)
	s.open(t, ofTheRegion)
	s.see(t, clusterID)
	checkLinks(t, s)
}

func unpolluted(t *testing.T, s *stage) {
	bare(t, s)
	if got := s.script(t, `String(({}).polluted)`); got != "undefined" {
		t.Errorf("every object of the page is %s", got)
	}
}

// refusals are errors whose words come from the region.
var refusals = func() (attempts []attempt) {
	for _, status := range []int{400, 401, 403, 404, 500, 503} {
		attempts = append(attempts, attempt{name: fmt.Sprint(status), region: refusing(status, `{"kind":"Error","id":"1","reason":"<img src=x onerror=__ran(1)><script>__ran(2)</script>","operation_id":"<svg onload=__ran(3)>"}`), do: refused})
	}
	return append(attempts,
		attempt{name: "no words", region: refusing(500, `{"reason":["<img src=x onerror=__ran(1)>"]}`), do: failing},
		attempt{name: "an address", region: refusing(500, `{"reason":"javascript:__ran(1)","href":"javascript:__ran(2)"}`), do: failing},
		attempt{name: "a megabyte", region: refusing(500, `{"reason":"`+strings.Repeat("<b>", 1<<20/3)+`"}`), do: failing},
	)
}()

func refusing(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
}

// refused looks at the list, which gives the region's words as text.
func refused(t *testing.T, s *stage) {
	s.open(t, origin+"/")
	s.seeTheGoodRegion(t)
	s.see(t, unreadable)
	s.shows(t, "<img src=x onerror=__ran(1)><script>__ran(2)</script>", 1)
	s.open(t, ofTheRegion)
	s.see(t, "Clusters")
	checkLinks(t, s)
}

// messages are what whoever runs the geography has the console say, of a region whose name is hostile too.
var messages = []attempt{
	{name: "of a region", do: saysOf(geography.LiveRegion{ID: evil, State: "Active", Message: notice}, notice)},
	{name: "of a region under maintenance", do: saysOf(geography.LiveRegion{ID: evil, State: "Maintenance", Message: notice}, notice)},
	{name: "of a region taken out of service, as an address", do: saysOf(geography.LiveRegion{ID: evil, State: "Drained", Message: "javascript:__ran(1)"}, "javascript:__ran(1)")},
}

const notice = `<img src=x onerror="__ran('message')"><script>__ran('script')</script>{{__ran(1)}}`

// saysOf has the console say something of the hostile region, looks at it, and takes it back.
func saysOf(region geography.LiveRegion, text string) func(*testing.T, *stage) {
	return func(t *testing.T, s *stage) {
		s.say(region)
		s.open(t, origin+"/")
		s.see(t, text)
		s.see(t, evilName)
		s.seeTheGoodRegion(t)
		checkLinks(t, s)
		s.say(geography.LiveRegion{ID: evil, State: "Active"})
		if err := s.page.Miss(text, 60); err != nil {
			t.Fatal(err)
		}
	}
}

// addresses are such as somebody may send to a user: they lead to a page of the console, and no region is asked.
var addresses = func() (attempts []attempt) {
	for _, each := range []struct{ name, path, shows string }{
		{"an id that leads elsewhere", "/clusters/" + evil + "/..%2f..%2f..%2fconfig.json", "Cluster not found"},
		{"an id that is a point", "/clusters/" + evil + "/%2e%2e%2f%2e%2e", "Cluster not found"},
		{"an id that is markup", "/clusters/" + evil + "/%3Cimg%20src=x%20onerror=__ran(1)%3E", "Cluster not found"},
		{"an id that every object has", "/clusters/" + evil + "/%5f_proto__%00", "Cluster not found"},
		{"a region that leads elsewhere", "/clusters/..%2f..%2fapi/" + clusterID, "Cluster not found"},
		{"a region that every object has", "/clusters/constructor/" + clusterID, "Cluster not found"},
		{"a region that is an address", "/clusters/javascript:__ran(1)/" + clusterID, "Cluster not found"},
		{"a page that is none", "/javascript:__ran(1)", "Page not found"},
		{"a question and a fragment", "/nowhere?next=https://" + elsewhere + "/&x=%3Cscript%3E#<img src=x onerror=__ran(1)>", "Page not found"},
		{"two slashes", "//" + elsewhere + "/", "Page not found"},
	} {
		attempts = append(attempts, attempt{name: each.name, region: hostileText, unasked: true, told: []int{}, do: func(t *testing.T, s *stage) {
			s.open(t, origin+each.path)
			s.see(t, each.shows)
			checkLinks(t, s)
		}})
	}
	return attempts
}()
