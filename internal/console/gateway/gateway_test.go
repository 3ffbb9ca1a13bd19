package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/xcm"
)

const mark = "mark-of-a-secret"

// rows are a region's answer to a list.
func rows(ids ...string) string {
	var items []string
	for _, id := range ids {
		items = append(items, `{"id":"`+id+`"}`)
	}
	return fmt.Sprintf(`{"kind":"ClusterList","page":1,"size":%d,"total":%d,"items":[%s]}`, len(ids), len(ids), strings.Join(items, ","))
}

// scripted is a geography of three regions that answer by script; each also serves its own cloud region.
func scripted(t *testing.T, edit func(*Settings)) (*geo, []*script) {
	t.Helper()
	var scripts []*script
	var regions []backend
	for i, id := range threeIDs {
		cloud := strings.TrimPrefix(id, "aws.")
		own := fmt.Sprintf("own-%d", i)
		s := &script{answers: map[string]string{
			"GET " + clustersAPI + "/clusters":                                 rows(own),
			"GET " + clustersAPI + "/clusters/" + own:                          `{"kind":"Cluster","id":"` + own + `"}`,
			"GET " + clustersAPI + "/cloud_providers/aws/regions":              strings.Replace(rows(cloud), "ClusterList", "CloudRegionList", 1),
			"POST " + clustersAPI + "/clusters":                                `201 {"kind":"Cluster","id":"new"}`,
			"PATCH " + clustersAPI + "/clusters/" + own:                        `{"kind":"Cluster","id":"` + own + `"}`,
			"POST " + clustersAPI + "/clusters/" + own + "/identity_providers": `201 {"id":"idp"}`,
			"POST " + clustersAPI + "/events":                                  `201 {"kind":"Event"}`,
			"POST " + clustersAPI + "/aws_inquiries/machine_types":             `{"kind":"MachineTypeList"}`,
			"POST " + clustersAPI + "/aws_inquiries/oidc_thumbprint":           `{"thumbprint":"x"}`,
			"GET " + clustersAPI + "/oidc_configs":                             rows("kept-" + own),
			"GET " + clustersAPI + "/oidc_configs/kept-" + own:                 `{"id":"kept-` + own + `"}`,
			"PATCH " + clustersAPI + "/oidc_configs/kept-" + own:               `{"id":"kept-` + own + `"}`,
		}}
		scripts, regions = append(scripts, s), append(regions, backend{id: id, handler: s})
	}
	return newGeo(t, regions, edit), scripts
}

// No body goes to two regions, whatever the path, and what holds cloud keys or credentials goes to none unnamed.
func TestProperty10_NoBodyGoesToTwoRegions(t *testing.T) {
	const secret = `{"region":{"id":"eu-central-1"},"aws":{"secret_access_key":"` + mark + `"}}`
	for _, test := range []struct {
		method, path string
		status       int
		to           []int // the places of the regions that may see the body
	}{
		{"POST", clustersAPI + "/clusters", 201, []int{1}},
		{"POST", clustersAPI + "/clusters?dryRun=true", 201, []int{1}},
		{"PATCH", clustersAPI + "/clusters/own-2", 200, []int{2}},
		{"POST", clustersAPI + "/clusters/own-0/identity_providers", 201, []int{0}},
		{"PUT", clustersAPI + "/clusters/own-0/anything", 404, []int{0}},
		{"PATCH", clustersAPI + "/clusters/nowhere", 404, nil},
		{"PATCH", accountsAPI + "/subscriptions/nowhere", 404, nil},
		{"POST", clustersAPI + "/cloud_providers/aws/available_regions?page=1&size=-1", 200, nil},
		{"POST", clustersAPI + "/clusters?method=get", 200, nil},
		{"POST", clustersAPI + "/clusters/own-0/credentials", 400, nil},
		{"GET", clustersAPI + "/clusters/own-0/credentials", 400, nil},
		{"POST", accountsAPI + "/access_token", 400, nil},
		{"GET", accountsAPI + "/pull_secrets/x", 400, nil},
		{"POST", accountsAPI + "/registry_credentials", 400, nil},
		{"POST", accountsAPI + "/token_authorization", 400, nil},
		{"POST", clustersAPI + "/aws_inquiries/vpcs", 400, nil},
		{"POST", clustersAPI + "/gcp_inquiries/key_rings", 400, nil},
		{"POST", clustersAPI + "/aws_inquiries/machine_types", 400, nil},
		{"POST", clustersAPI + "/aws_inquiries/regions?page=1", 200, nil},
		{"POST", clustersAPI + "/versions", 405, nil},
		{"POST", accountsAPI + "/current_account", 405, nil},
		{"DELETE", clustersAPI + "/clusters", 405, nil},
		{"POST", clustersAPI + "/events", 201, []int{0}},
		{"PUT", clustersAPI + "/events", 405, nil},
		{"POST", clustersAPI + "/oidc_configs", 405, nil},
		{"PATCH", clustersAPI + "/oidc_configs/kept-own-1", 200, []int{1}},
		{"PATCH", clustersAPI + "/oidc_configs/nowhere", 404, nil},
		{"POST", clustersAPI + "/dns_domains", 405, nil},
		{"POST", clustersAPI + "/version_gates", 405, nil},
		{"POST", clustersAPI + "/network_verifications", 404, nil},
		{"POST", accessAPI + "/access_requests/nowhere/decisions", 404, nil},
		{"POST", "/api/authorizations/v1/self_access_review", 404, nil},
		{"POST", clustersAPI + "/clusters/", 404, nil},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			g, scripts := scripted(t, nil)
			if got := g.ask(test.method, test.path, secret); got.status != test.status {
				t.Errorf("%d %s, want %d", got.status, got.body, test.status)
			}
			for i, s := range scripts {
				bodies, want := s.received(), 0
				if slices.Contains(test.to, i) {
					want = 1
				}
				if len(bodies) != want || want == 1 && bodies[0] != secret {
					t.Errorf("region %d got %q", i, bodies)
				}
			}
		})
	}
}

// A credential that no region may have reaches none, however many would be asked.
func TestProperty10_OtherCredentialsAreRefused(t *testing.T) {
	g, scripts := scripted(t, nil)
	for _, path := range []string{clustersAPI + "/clusters", clustersAPI + "/clusters/own-0", accountsAPI + "/current_account", clustersAPI + "/versions"} {
		for _, values := range [][]string{{"Basic " + mark}, {"AccessToken " + mark}, {"Bearer a", "Bearer b"}} {
			got := g.askWith(http.MethodGet, path, "", func(r *http.Request) { r.Header["Authorization"] = values })
			if got.status != http.StatusBadRequest || !strings.Contains(got.body, "AuthorizationRefused") || strings.Contains(got.body, west) || strings.Contains(got.body, mark) {
				t.Errorf("%s with %q: %d %s", path, values, got.status, got.body)
			}
		}
	}
	for i, s := range scripts {
		if asked := s.requests(); len(asked) > 0 {
			t.Errorf("region %d was asked %v", i, asked)
		}
	}
}

// What a region would like to do in our origin stays behind, also in answers that are passed on whole.
func TestProperty14_AnswersAreData(t *testing.T) {
	hostile := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range map[string]string{"Set-Cookie": "a=b", "Content-Security-Policy": "default-src *", "Refresh": "0", "X-Operation-Id": "7"} {
			w.Header().Set(name, value)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"kind":"Cluster","id":"x","total":1,"items":[{"id":"x"}]}`))
	})
	g := newGeo(t, []backend{{id: west, handler: hostile}}, nil)
	for _, path := range []string{clustersAPI + "/clusters", clustersAPI + "/clusters/x", clustersAPI + "/clusters?search=id%3D'x'", clustersAPI + "/versions", accountsAPI + "/current_account", accountsAPI + "/regions", "/api/x"} {
		got := g.get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Cross-Origin-Resource-Policy": "same-origin", "Content-Type": "application/json", "Set-Cookie": "", "Refresh": "",
		} {
			if values := strings.Join(got.header.Values(name), "|"); values != want {
				t.Errorf("%s: %s is %q, want %q", path, name, values, want)
			}
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"UnexpectedContent": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<script>"))
		},
		"LeavesGeography": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://sso.example.net/x", http.StatusTemporaryRedirect)
		},
		"UnexpectedStatus": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		},
	} {
		g := newGeo(t, []backend{{id: west, handler: handler}}, nil)
		for _, path := range []string{clustersAPI + "/clusters", clustersAPI + "/clusters/x", accountsAPI + "/current_account"} {
			if got := g.get(path); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "region "+west+" ("+name+")") {
				t.Errorf("%s of %s: %d %s", path, name, got.status, got.body)
			}
		}
	}
}

func TestListsFailClosed(t *testing.T) {
	for _, test := range []struct {
		regions        []voice
		status, inPart int
		missing        string // with partial=true
		names          string // without
	}{
		{[]voice{has, hasNot, hasName}, 200, 200, "", ""},
		{[]voice{has, silent, hasNot}, 503, 200, central + ";cause=ConnectionRefused", "region " + central + " (ConnectionRefused)"},
		{[]voice{silent, has, fails}, 503, 200, west + ";cause=ConnectionRefused, " + paris + ";cause=UnexpectedStatus", "region " + west + " (ConnectionRefused), region " + paris + " (UnexpectedStatus)"},
		{[]voice{has, kept, hasNot}, 503, 200, central + ";cause=RegionMaintenance", "region " + central + " (RegionMaintenance)"},
		{[]voice{has, hasNot, drained}, 200, 200, paris + ";cause=RegionDrained", ""},
		{[]voice{has, drained, silent}, 503, 200, central + ";cause=RegionDrained, " + paris + ";cause=ConnectionRefused", "region " + paris},
		{[]voice{has, babbles, hasNot}, 503, 200, central + ";cause=UnexpectedContent", "region " + central + " (UnexpectedContent)"},
		{[]voice{lies, has, hasNot}, 502, 502, "", "region " + west + " (ClaimsAnotherRegion)"},
		{[]voice{silent, lies, hasNot}, 502, 502, "", "region " + central + " (ClaimsAnotherRegion)"},
		{[]voice{has, denies, hasNot}, 502, 200, central + ";cause=RegionRefuses", "region " + central + " (answered 403)"},
		{[]voice{has, has, hasNot}, 502, 502, "", "(ClaimedTwice)"},
		{[]voice{drained, has, has}, 502, 502, "", "region " + central + " (ClaimedTwice), region " + paris + " (ClaimedTwice)"},
		{[]voice{denies, denies, denies}, 403, 403, "", `"id":"403"`},
		{[]voice{silent, silent, silent}, 503, 503, "", "region " + west},
		{[]voice{kept, kept, kept}, 503, 503, "", "region " + west + " (RegionMaintenance)"},
		{[]voice{drained, drained, drained}, 503, 503, "", "region " + west + " (RegionDrained)"},
	} {
		for _, order := range []string{"", "&order=name"} {
			t.Run(nameOf(test.regions)+order, func(t *testing.T) {
				g := voices(t, test.regions...)
				whole := g.get(clustersAPI + "/clusters?size=10" + order)
				if whole.status != test.status || !strings.Contains(whole.body, test.names) {
					t.Errorf("%d %s, want %d with %q", whole.status, whole.body, test.status, test.names)
				}
				part := g.get(clustersAPI + "/clusters?size=10&partial=true" + order)
				if part.status != test.inPart || part.header.Get(missingHeader) != test.missing {
					t.Errorf("in part: %d %s, missing %q, want %d and %q", part.status, part.body, part.header.Get(missingHeader), test.inPart, test.missing)
				}
			})
		}
	}
}

// Two claims are put down to those that made them, also when others were left out or a state changes meanwhile.
func TestClaimsInPart(t *testing.T) {
	var changed atomic.Bool
	regions := []backend{silent.region(t, west), has.region(t, central), has.region(t, paris)}
	answer := regions[2].handler
	regions[2].handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		changed.Store(true)
		answer.ServeHTTP(w, r)
	})
	g := newGeo(t, regions, func(s *Settings) {
		s.States = func(id string) (State, string) {
			if changed.Load() && id == central {
				return Drained, ""
			}
			return Active, ""
		}
	})
	got := g.get(clustersAPI + "/clusters?partial=true")
	if want := "region " + central + " (ClaimedTwice), region " + paris + " (ClaimedTwice)"; got.status != http.StatusBadGateway || !strings.Contains(got.body, want) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// What a region's operator has to say reaches whoever asks for something that is there.
func TestStateOfAnOwner(t *testing.T) {
	state := Active
	g, _ := scripted(t, func(s *Settings) {
		s.States = func(id string) (State, string) {
			if id == west {
				return state, "Back on Monday."
			}
			return Active, ""
		}
	})
	g.get(clustersAPI + "/clusters/own-0") // is remembered
	again := map[State]string{Maintenance: "60", Drained: ""}
	for _, state = range []State{Maintenance, Drained} {
		for _, method := range []string{"GET", "PATCH"} {
			got := g.ask(method, clustersAPI+"/clusters/own-0", "{}")
			if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "Back on Monday.") || !strings.Contains(got.body, string(state)) ||
				got.header.Get("Retry-After") != again[state] {
				t.Errorf("%s in %s: %d, Retry-After %q: %s", method, state, got.status, got.header.Get("Retry-After"), got.body)
			}
		}
	}
}

func TestParametersOfLists(t *testing.T) {
	g, _ := scripted(t, nil)
	for query, want := range map[string]struct {
		status int
		names  string
	}{
		"page=0":                       {400, "'page'"},
		"page=x":                       {400, "'page'"},
		"page=1000001":                 {400, "'page'"},
		"size=-2":                      {400, "'size'"},
		"size=20001":                   {400, "'size'"},
		"size=1.5":                     {400, "'size'"},
		"order=name+sideways":          {400, "'order'"},
		"order=a,b,c,d,e,f,g,h":        {200, `"total":3`},
		"order=a,b,c,d,e,f,g,h,i":      {400, "'order' has more than 8"},
		"orderBy=a,b,c,d,e,f,g,h,i":    {400, "'orderBy' has more than 8"},
		"page=201&size=100&order=name": {400, "leave out order"},
		"page=200&size=100&order=name": {200, `"page":200,"size":0,"total":3`},
		"page=1000000&size=20000":      {200, `"page":1000000,"size":0,"total":3`},
		"page=2&size=2":                {200, `"page":2,"size":1,"total":3,"items":[{"id":"own-2"}]`},
		"size=0":                       {200, `"size":0,"total":3,"items":[]`},
		"size=-1":                      {200, `"size":3,"total":3`},
		"size=-1&page=2":               {200, `"size":0,"total":3`},
		"":                             {200, `"page":1,"size":3,"total":3`},
		"partial=yes":                  {400, "'partial'"},
		"partial=false":                {200, `"total":3`},
		"search=a;b":                   {400, "QueryRefused"},
		"search=%zz":                   {400, "QueryRefused"},
	} {
		if got := g.get(clustersAPI + "/clusters?" + query); got.status != want.status || !strings.Contains(got.body, want.names) {
			t.Errorf("%s: %d %s, want %d with %s", query, got.status, got.body, want.status, want.names)
		}
	}
}

// Search and all else is passed on as it came; the order gets the id at its end, so that pages are stable.
func TestWhatRegionsAreAsked(t *testing.T) {
	g, scripts := scripted(t, nil)
	for query, want := range map[string]url.Values{
		"search=name+like+'a%25'&fields=id&partial=true": {"search": {"name like 'a%'"}, "fields": {"id"}},
		"order=name+desc":    {"order": {"name desc, id asc"}},
		"order=id":           {"order": {"id"}},
		"orderBy=name":       {"orderBy": {"name, id asc"}},
		"search=&order=&x=1": {"search": {""}, "order": {""}, "x": {"1"}},
	} {
		before := len(scripts[0].requests())
		g.get(clustersAPI + "/clusters?" + query)
		asked := scripts[0].requests()[before:]
		sent, err := url.Parse(strings.TrimPrefix(asked[0], "GET "))
		if err != nil {
			t.Fatal(err)
		}
		got := sent.Query()
		got.Del("page")
		got.Del("size")
		if got.Encode() != want.Encode() {
			t.Errorf("%s: asked %s, want %s", query, got.Encode(), want.Encode())
		}
	}
}

func TestListByPOST(t *testing.T) {
	g, instances := threeSimulated(t)
	got := g.ask(http.MethodPost, clustersAPI+"/clusters?method=get", `{"page":2,"size":7,"search":"cloud_provider.id = 'aws'","order":"name desc"}`)
	want := g.get(clustersAPI + "/clusters?page=2&size=7&order=name+desc&search=" + url.QueryEscape("cloud_provider.id = 'aws'"))
	if got.status != http.StatusOK || got.body != want.body || got.list(t).Size != 7 {
		t.Errorf("%d %s\nwant %s", got.status, got.body, want.body)
	}
	if empty := g.ask(http.MethodPost, clustersAPI+"/clusters?method=get", ""); empty.list(t).Total != 120 {
		t.Errorf("without a body: %s", empty.body)
	}
	for body, status := range map[string]int{"[]": 400, `{"page":"x"}`: 400, strings.Repeat(" ", maxQueryBody+1): 413} {
		if got := g.ask(http.MethodPost, clustersAPI+"/clusters?method=get", body); got.status != status {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	for id, instance := range instances {
		if _, counters := instance.Requests(); counters.ByMethod[http.MethodPost] > 0 {
			t.Errorf("%s got a POST", id)
		}
	}
}

func TestCreateGoesWhereTheCloudRegionIsServed(t *testing.T) {
	for _, test := range []struct {
		name, body string
		clouds     [3][]string // what the instances serve; nil: their own
		narrowed   [3][]string
		states     map[string]State
		down       int // the place of a region that is silent, from 1
		status     int
		to         int // the place, from 1
		names      string
	}{
		{name: "its own cloud region", body: `{"region":{"id":"eu-west-3"}}`, status: 201, to: 3},
		{name: "a cloud region without an instance of its own", clouds: [3][]string{{"eu-west-1", "eu-north-1"}}, body: `{"region":{"id":"eu-north-1"}}`, status: 201, to: 1},
		{name: "another provider", body: `{"cloud_provider":{"id":"gcp"},"region":{"id":"europe-west3"}}`, status: 201, to: 2},
		{name: "served twice", clouds: [3][]string{{"eu-west-1", "eu-north-1"}, {"eu-central-1", "eu-north-1"}}, body: `{"region":{"id":"eu-north-1"}}`, status: 400, names: "region " + west + " (CloudRegionOfferedTwice), region " + central},
		{name: "served twice and narrowed", clouds: [3][]string{{"eu-west-1", "eu-north-1"}, {"eu-central-1", "eu-north-1"}}, narrowed: [3][]string{{"eu-west-1"}}, body: `{"region":{"id":"eu-north-1"}}`, status: 201, to: 2},
		{name: "narrowed to what the instance does not serve", narrowed: [3][]string{{"eu-north-1"}}, body: `{"region":{"id":"eu-north-1"}}`, status: 400, names: "Use one of: eu-central-1, eu-west-3."},
		{name: "served by none", body: `{"region":{"id":"us-east-1"}}`, status: 400, names: "Use one of: eu-central-1, eu-west-1, eu-west-3."},
		{name: "no such provider", body: `{"cloud_provider":{"id":"ibm"},"region":{"id":"eu-west-1"}}`, status: 400, names: "'region.id'"},
		{name: "no region", body: `{"name":"x"}`, status: 400, names: "'region.id' is missing"},
		{name: "no body", status: 400, names: "JSON object"},
		{name: "not JSON", body: "name: x", status: 400, names: "JSON object"},
		{name: "an id that is a path", body: `{"cloud_provider":{"id":"../x"},"region":{"id":"eu-west-1"}}`, status: 400, names: "'cloud_provider.id'"},
		{name: "too long", body: `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413, names: "longer than 1048576 bytes"},
		{name: "another region is silent", down: 3, body: `{"region":{"id":"eu-central-1"}}`, status: 201, to: 2},
		{name: "the only one is silent", down: 3, body: `{"region":{"id":"eu-west-3"}}`, status: 503, names: "region " + paris + " (UnexpectedStatus)"},
		{name: "the only one is drained", states: map[string]State{paris: Drained}, body: `{"region":{"id":"eu-west-3"}}`, status: 503, names: "region " + paris + " (RegionDrained)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var regions []backend
			var instances []*xcm.Instance
			for i, id := range threeIDs {
				instance, region := simulated(t, xcm.Options{Region: id, CloudRegions: test.clouds[i]})
				region.clouds = test.narrowed[i]
				if test.down == i+1 {
					silence(t, instance)
				}
				instances, regions = append(instances, instance), append(regions, region)
			}
			g := newGeo(t, regions, func(s *Settings) {
				s.States = func(id string) (State, string) {
					if state, there := test.states[id]; there {
						return state, ""
					}
					return Active, ""
				}
			})
			body := strings.Replace(test.body, `{"`, `{"name":"new","`, 1)
			got := g.ask(http.MethodPost, clustersAPI+"/clusters", body)
			if got.status != test.status || !strings.Contains(got.body, test.names) {
				t.Errorf("%d %s, want %d with %q", got.status, got.body, test.status, test.names)
			}
			for i, instance := range instances {
				_, counters := instance.Requests()
				if posts := counters.ByMethod[http.MethodPost]; posts != rank(test.to == i+1) {
					t.Errorf("region %d got %d clusters", i+1, posts)
				}
			}
		})
	}
}

// That one region has nothing is an answer only when all say so.
func TestNotThereNeedsEveryRegion(t *testing.T) {
	catalogue, entry := clustersAPI+"/cloud_providers/ibm/regions", clustersAPI+"/versions/1"
	paths := []string{
		catalogue, entry, accountsAPI + "/accounts/a", accountsAPI + "/organizations/o", accountsAPI + "/organizations/o/labels",
		accountsAPI + "/organizations/o/quota_cost", accountsAPI + "/billing_models/b", clustersAPI + "/products/p/technology_previews",
	}
	for _, path := range paths {
		there := &script{answers: map[string]string{"GET " + path: rows("x")}}
		denies := &script{answers: map[string]string{"GET " + path: `403 {"kind":"Error","id":"403"}`}}
		for _, test := range []struct {
			second backend
			state  State
			status int
		}{
			{backend{handler: &script{}}, Active, 404},
			{backend{handler: &script{}, down: true}, Active, 503},
			{backend{handler: &script{}}, Drained, 503},
			{backend{handler: &script{}}, Maintenance, 503},
			{backend{handler: denies}, Active, 403},
			{backend{handler: there}, Active, 200},
		} {
			test.second.id = central
			g := newGeo(t, []backend{{id: west, handler: &script{}}, test.second}, func(s *Settings) {
				s.States = func(id string) (State, string) {
					if id == central {
						return test.state, ""
					}
					return Active, ""
				}
			})
			status := test.status
			if strings.HasSuffix(path, "quota_cost") && status == 200 {
				status = 502 // the quota of all regions is asked for, and one has none
			}
			if got := g.get(path); got.status != status {
				t.Errorf("%s, the second is %s and down %v: %d %s, want %d", path, test.state, test.second.down, got.status, got.body, status)
			}
		}
	}
}

// A region that cuts its list off does not say what it serves.
func TestCreateTakesNoCutList(t *testing.T) {
	g, scripts := scripted(t, nil)
	path := "GET " + clustersAPI + "/cloud_providers/aws/regions"
	scripts[1].answers[path] = `{"total":2,"items":[{"id":"eu-central-1"}]}`
	got := g.ask(http.MethodPost, clustersAPI+"/clusters", `{"region":{"id":"eu-north-1"}}`)
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "region "+central+" (UnexpectedContent)") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A region that hangs delays no answer that the others have.
func TestProperty2_AHangingRegionDelaysNoAnswer(t *testing.T) {
	catalogue, singleton, entry := clustersAPI+"/versions", accountsAPI+"/current_account", clustersAPI+"/versions/v"
	quota, clouds := accountsAPI+"/organizations/o/quota_cost", clustersAPI+"/cloud_providers/aws/regions"
	for _, hanging := range [][]int{{0}, {0, 1}} {
		var regions []backend
		for i, id := range threeIDs {
			s := &script{answers: map[string]string{
				"GET " + catalogue: rows("v"), "GET " + singleton: `{"id":"me"}`, "GET " + entry: `{"id":"v"}`,
				"GET " + quota: `{"items":[{"quota_id":"q"}]}`, "GET " + clouds: rows("eu-north-1"), "POST " + clustersAPI + "/clusters": `201 {"id":"new"}`,
			}}
			if i < 2 {
				s.answers["GET "+clouds] = rows("another")
			}
			if slices.Contains(hanging, i) {
				s.hang = make(chan struct{}) // for longer than this test waits
				t.Cleanup(func() { close(s.hang) })
			}
			regions = append(regions, backend{id: id, handler: s})
		}
		g := newGeo(t, regions, nil)
		g.gateway.patience, g.gateway.longest = 100*time.Millisecond, time.Minute
		g.client.Timeout = 20 * time.Second // a region has a minute
		for _, path := range []string{singleton, entry} {
			if got := g.get(path); got.status != http.StatusOK {
				t.Errorf("%v hang: %s: %d %s", hanging, path, got.status, got.body)
			}
		}
		if got := g.ask(http.MethodPost, clustersAPI+"/clusters", `{"region":{"id":"eu-north-1"}}`); got.status != http.StatusCreated {
			t.Errorf("%v hang: a new cluster: %d %s", hanging, got.status, got.body)
		}
		got := g.get(catalogue)
		if got.list(t).ids() != "v" || !strings.Contains(got.header.Get(missingHeader), west+";cause=Timeout") {
			t.Errorf("%v hang: missing %q, %s", hanging, got.header.Get(missingHeader), got.body)
		}
		// What cannot be told without the one that hangs is said soon.
		g.gateway.longest = 300 * time.Millisecond
		for _, path := range []string{quota, clustersAPI + "/clusters", clustersAPI + "/clusters/nowhere", clustersAPI + "/versions/nowhere"} {
			if got := g.get(path); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "region "+west+" (Timeout)") {
				t.Errorf("%v hang: %s: %d %s", hanging, path, got.status, got.body)
			}
		}
		if got := g.ask(http.MethodPost, clustersAPI+"/clusters", `{"region":{"id":"eu-south-1"}}`); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "region "+west+" (Timeout)") {
			t.Errorf("%v hang: a new cluster that none serves: %d %s", hanging, got.status, got.body)
		}
		if free := g.gateway.budget.free.Load(); free != maxHeldBytes {
			t.Errorf("%d bytes are held by nobody", maxHeldBytes-free)
		}
	}
}

func TestLogsOfOneCluster(t *testing.T) {
	g, _ := threeSimulated(t)
	subscription := g.get(accountsAPI + "/subscriptions?size=1&search=" + url.QueryEscape("rh_region_id = '"+paris+"' and status = 'Active'")).list(t).Items[0]
	id, external := fmt.Sprint(subscription["cluster_id"]), fmt.Sprint(subscription["external_cluster_id"])
	logs := logsAPI + "/clusters/cluster_logs"
	byID, byExternal := g.get(logs+"?cluster_id="+id).list(t), g.get(logs+"?cluster_uuid="+external).list(t)
	if byID.Total == 0 || byID.ids() != byExternal.ids() {
		t.Errorf("by id %d, by external id %d", byID.Total, byExternal.Total)
	}
	if got := g.get(logs); got.status != http.StatusBadRequest || !strings.Contains(got.body, "'cluster_id'") {
		t.Errorf("of all: %d %s", got.status, got.body)
	}
	if got := g.get(logs + "?cluster_uuid=nobody's"); got.status != http.StatusNotFound {
		t.Errorf("of none: %d %s", got.status, got.body)
	}
}

func TestRegionDiscovery(t *testing.T) {
	g, scripts := scripted(t, nil)
	list := g.get(accountsAPI + "/regions?size=2").list(t)
	if list.Kind != "RegionList" || list.Total != 3 || list.Size != 2 || list.ids() != west+" "+central {
		t.Errorf("%+v", list)
	}
	got := g.get(accountsAPI + "/regions/" + west)
	want := `{"kind":"Region","id":"aws.eu-west-1","href":"/api/accounts_mgmt/v1/regions/aws.eu-west-1","cloud_provider_id":"aws","url":"https://console.eu.example.com/regions/aws.eu-west-1"}`
	if got.status != http.StatusOK || got.body != want {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := g.get(accountsAPI + "/regions/elsewhere"); got.status != http.StatusNotFound || strings.Contains(got.body, "elsewhere") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if asked := scripts[0].requests(); len(asked) > 0 {
		t.Errorf("a region was asked %v", asked)
	}
}

func TestUnknownPathsAreToldWhatIsServed(t *testing.T) {
	g, scripts := scripted(t, nil)
	for _, path := range []string{"/api", "/api/", "/api/mark", "/api/clusters_mgmt", "/api/clusters_mgmt/v2/clusters", clustersAPI + "/mark", clustersAPI + "/clusters/../mark", clustersAPI + "/clusters/a%2Fb", "/api/mark/v1/clusters"} {
		got := g.get(path)
		if got.status != http.StatusNotFound || strings.Contains(got.body, "mark") || !strings.Contains(got.body, "current_account") || !strings.Contains(got.body, west+", "+central+", "+paris) ||
			!strings.Contains(got.body, `"kind":"Error","id":"404"`) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for i, s := range scripts {
		if asked := s.requests(); len(asked) > 0 {
			t.Errorf("region %d was asked %v", i, asked)
		}
	}
}

// A redirect of the console's own would be a document in its origin, and carry a body to where nobody sent it.
func TestProperty14_NothingIsRedirected(t *testing.T) {
	g, _ := scripted(t, nil)
	for pattern := range patterns() {
		short, _ := strings.CutSuffix(pattern, "/{rest...}")
		for _, path := range []string{short, short + "/", strings.Replace(pattern, "{rest...}", "x/y", 1)} {
			path = strings.NewReplacer("{id}", "own-0", "{sub}", "x").Replace(path)
			for _, method := range []string{"GET", "POST"} {
				if got := g.ask(method, path, "{}"); got.status >= 300 && got.status < 400 || got.header.Get("Content-Type") != "application/json" {
					t.Errorf("%s %s: %d %s %s", method, path, got.status, got.header.Get("Content-Type"), got.body)
				}
			}
		}
	}
}

// Answers that are too long for the console are refused with the cure, and what they held is free again.
func TestAnswersAreBounded(t *testing.T) {
	g, scripts := scripted(t, nil)
	scripts[1].answers["GET "+clustersAPI+"/clusters"] = `{"total":1,"items":[{"id":"long","x":"` + strings.Repeat("x", maxAnswerBytes) + `"}]}`
	got := g.get(clustersAPI + "/clusters?partial=true")
	if got.status != http.StatusBadRequest || !strings.Contains(got.body, "page and size") || !strings.Contains(got.body, central) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if free := g.gateway.budget.free.Load(); free != maxHeldBytes {
		t.Errorf("%d bytes are held by nobody", maxHeldBytes-free)
	}
	g.gateway.budget = newBudget(10, len(g.gateway.settings.Regions))
	if got := g.get(clustersAPI + "/clusters"); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, `"cause":"Busy"`) || got.header.Get("Retry-After") == "" {
		t.Errorf("with nothing free: %d %s", got.status, got.body)
	}
}

// One request ends after its own time, whatever it asked.
func TestARequestEnds(t *testing.T) {
	g, scripts := scripted(t, nil)
	scripts[1].hang = make(chan struct{})
	g.gateway.settings.Timeout = 50 * time.Millisecond
	got := g.get(clustersAPI + "/clusters")
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, `{"region":"`+central+`","cause":"Timeout"}`) {
		t.Errorf("%d %s", got.status, got.body)
	}
}
