package xss

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
)

// strung are strings that stand in every field of a cluster that the user interface reads.
func strung(s *stage) (attempts []attempt) {
	for _, each := range []struct{ name, text, host string }{
		{"an image that fails", `<img src=x onerror="__ran('img')">`, ""},
		{"an image out of an attribute", `"><svg onload=__ran('svg')>`, ""},
		{"a script", `</title></textarea><script>__ran('script')</script><script src=https://` + elsewhere + `/x.js></script>`, ""},
		{"a frame", `<iframe srcdoc="<script>parent.__ran('frame')</script>"></iframe>`, ""},
		{"things to load", `<link rel=stylesheet href=https://` + elsewhere + `><img src=https://` + elsewhere + `><img src=http://` + s.street.loopback + `>`, ""},
		{"a refresh", `<meta http-equiv=refresh content="0;url=https://` + elsewhere + `/"><base href=https://` + elsewhere + `>`, ""},
		{"an entity", `&lt;img src=x onerror=__ran(1)&gt;&#x3c;script&#x3e;__ran(1)&#x3c;/script&#x3e;`, ""},
		{"an address that is a script", `javascript:__ran('javascript')`, ""},
		{"an address that is a script, in disguise", "  JaVa\tScRi\npt:__ran('disguise')//https://x", ""},
		{"an address that is a document", `data:text/html,<script>__ran('data')</script>`, ""},
		{"an address that is an object of the page", `blob:` + origin + `/1`, ""},
		{"an address without TLS", `http://` + s.street.loopback + `/`, ""},
		{"an address without a scheme", `//` + elsewhere + `/x`, ""},
		{"an address with another one in front", `https://` + hostname + `@` + elsewhere + `/login`, elsewhere},
		{"an address with a backslash", `https://` + elsewhere + `\@` + hostname + `/`, elsewhere},
		{"an address in letters that look alike", `https://сonsole.eu.example.com/`, "xn--onsole-hrf.eu.example.com"},
		{"templates", `{{constructor.constructor('__ran(1)')()}}${__ran(2)}<%= __ran(3) %>#{__ran(4)}`, ""},
		{"words of the language", `__proto__`, ""},
		{"words of every object", `constructor`, ""},
		{"a style", `red;background:url(https://` + elsewhere + `/x)}</style><style>@import 'https://` + elsewhere + `/x'`, ""},
		{"text that turns around", "\u202Emoc.elpmaxe\u202C\u2066\u200B\u200D\uFEFFadmin", ""},
		{"ends of lines and of strings", "a\u2028__ran(1)\u2029b\x00c\x1b[31m\r\n'`\"\\", ""},
		{"a megabyte", strings.Repeat("<b>", 1<<20/3), ""},
	} {
		attempts = append(attempts, attempt{name: each.name, region: clusterOf(quoted(each.text)), do: looking(each.text, each.host)})
	}
	return append(attempts, attempt{name: "half a character", region: clusterOf(`"\ud800<img src=x onerror=__ran(1)>\udc00"`), do: looking("<img src=x onerror=__ran(1)>", "")})
}

// quoted is a text as JSON that leaves markup as it is.
func quoted(text string) string {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text always encodes
	return written.String()
}

// template is a cluster in which every field that is a text holds TEXT. It has all fields of web/src/api/cluster.ts.
const template = `{"kind":"Cluster","id":"` + clusterID + `","name":TEXT,"display_name":TEXT,"domain_prefix":TEXT,"external_id":TEXT,"infra_id":TEXT,
"creation_timestamp":TEXT,"expiration_timestamp":TEXT,"state":TEXT,
"status":{"description":TEXT,"provision_error_code":TEXT,"provision_error_message":TEXT,"limited_support_reason_count":2,"configuration_mode":TEXT},
"openshift_version":TEXT,"version":{"raw_id":TEXT,"channel_group":TEXT,"available_upgrades":[TEXT,TEXT],"end_of_life_timestamp":TEXT},
"cloud_provider":{"id":TEXT},"region":{"id":TEXT},"product":{"id":TEXT},"hypershift":{"enabled":false},"ccs":{"enabled":true},"billing_model":TEXT,"multi_az":true,
"nodes":{"master":3,"infra":2,"compute":4,"autoscale_compute":{"min_replicas":1,"max_replicas":2},"compute_machine_type":{"id":TEXT}},
"api":{"url":TEXT,"listening":TEXT},"console":{"url":TEXT},"aws":{"account_id":TEXT,"ec2_metadata_http_tokens":TEXT,"private_link":true},
"fips":true,"etcd_encryption":true,"delete_protection":{"enabled":true},"disable_user_workload_monitoring":false}`

// clusterOf is a region with one cluster whose every text is this one, which is JSON.
func clusterOf(text string) http.HandlerFunc {
	return having(strings.ReplaceAll(template, "TEXT", text))
}

// having is a region with one cluster.
func having(cluster string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/clusters") {
			body(w, "application/json", fmt.Sprintf(`{"kind":"ClusterList","page":1,"size":1,"total":1,"items":[%s]}`, cluster))
			return
		}
		body(w, "application/json", cluster)
	}
}

// looking looks at the list and at the cluster, which show the text as it is, and at the links that came of it: to that
// host, of console and API, where there is one.
func looking(text, host string) func(*testing.T, *stage) {
	return func(t *testing.T, s *stage) {
		s.open(t, origin+"/")
		s.seeTheGoodRegion(t)
		s.see(t, "4 clusters from 2 regions.")
		s.shows(t, text, 1)
		checkLinks(t, s)
		s.open(t, ofTheRegion)
		s.see(t, "Domain prefix")
		s.shows(t, text, 8)
		var hosts []string
		for _, each := range checkLinks(t, s) {
			hosts = append(hosts, each.Host)
		}
		if want := strings.Fields(host + " " + host); !slices.Equal(hosts, want) {
			t.Errorf("links to %q, want %q", hosts, want)
		}
	}
}

// shows checks that the page shows a text at least that often, in whatever spaces.
func (s *stage) shows(t *testing.T, text string, atLeast int) {
	t.Helper()
	shown, err := s.page.Text()
	if err != nil {
		t.Fatal(err)
	}
	plain := func(text string) string {
		return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == '\u2028' || r == '\u2029' || r == '\uFFFD' }), "")
	}
	if n := strings.Count(strings.ToLower(plain(shown)), strings.ToLower(plain(text))); n < atLeast {
		t.Errorf("the page shows the text %d times, want at least %d:\n%.3000s", n, atLeast, shown)
	}
}

// A link is one that the page has.
type link struct{ Href, Protocol, Host, Rel, Target, Text string }

// checkLinks checks that whatever leads away from the console does it by https, in a page that knows nothing of this one,
// and says where.
func checkLinks(t *testing.T, s *stage) (away []link) {
	t.Helper()
	var links []link
	if err := s.page.Run(`[...document.querySelectorAll("a, area, [href], [src], form")].filter((e) => e.href !== undefined || e.src !== undefined || e.action !== undefined)
		.map((e) => { const u = new URL(e.href || e.src || e.action || "", document.baseURI); return { href: u.href, protocol: u.protocol, host: u.host, rel: e.rel ?? "", target: e.target ?? "", text: e.textContent }; })`, &links); err != nil {
		t.Fatal(err)
	}
	for _, each := range links {
		if each.Protocol != "https:" {
			t.Errorf("a link to %.300q", each.Href)
		}
		if each.Host == hostname && strings.HasPrefix(each.Href, origin) {
			continue
		}
		away = append(away, each)
		if each.Rel != "noopener noreferrer" || each.Target != "_blank" || !strings.HasPrefix(each.Text, each.Host+" ") {
			t.Errorf("a link to elsewhere: %+v", each)
		}
	}
	return away
}

// Every field that the user interface reads is among those that hold the strings.
func TestTheTemplateHasEveryField(t *testing.T) {
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(root, "web", "src", "api", "cluster.ts"))
	if err != nil {
		t.Fatal(err)
	}
	_, shape, found := strings.Cut(string(source), "export const clusterShape = v.object({")
	shape, _, ended := strings.Cut(shape, "\n});")
	if !found || !ended {
		t.Fatal("cluster.ts has no clusterShape any more")
	}
	fields := regexp.MustCompile(`(\w+): `).FindAllStringSubmatch(shape, -1)
	if len(fields) < 40 {
		t.Errorf("%d fields", len(fields))
	}
	for _, field := range fields {
		if !strings.Contains(template, `"`+field[1]+`":`) {
			t.Errorf("the template has no %s", field[1])
		}
	}
}
