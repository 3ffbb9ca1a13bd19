package xcm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestPaging(t *testing.T) {
	p := newProbe(t, Options{Clusters: 250, Seed: 3})
	for _, test := range []struct {
		query       string
		size, total int
	}{
		{"", 100, 250},
		{"page=3", 50, 250},
		{"page=4", 0, 250},
		{"page=1&size=249", 249, 250},
		{"page=2&size=249", 1, 250},
		{"size=-1", 250, 250},
		{"page=2&size=-1", 0, 250},
		{"size=0", 0, 250},
		{"size=1000", 250, 250},
		{"page=9223372036854775807&size=9223372036854775807", 0, 250},
		{"search=&size=10", 10, 250},
		{"search=" + url.QueryEscape("product.id = 'aro'"), 1, 1},
		{"search=" + url.QueryEscape("name = 'nobody'"), 0, 0},
	} {
		got := p.get(clustersAPI + "/clusters?" + test.query)
		if got["kind"] != "ClusterList" || got["size"] != float64(test.size) || got["total"] != float64(test.total) || len(got.items()) != test.size {
			t.Errorf("%q: kind %v, size %v, total %v, %d items; want %d of %d", test.query, got["kind"], got["size"], got["total"], len(got.items()), test.size, test.total)
		}
	}
}

// All pages together are the whole list, once, in every order.
func TestPagesAreWhole(t *testing.T) {
	p := newProbe(t, Options{Clusters: 250, Seed: 3})
	whole := p.get(clustersAPI + "/clusters?size=-1").pluck("id")
	slices.Sort(whole)
	for _, order := range []string{"", "state", "multi_az desc", "openshift_version asc, state desc", "external_id"} {
		var ids []string
		for page := 1; page <= 8; page++ {
			ids = append(ids, p.get(fmt.Sprintf("%s/clusters?page=%d&size=33&order=%s", clustersAPI, page, url.QueryEscape(order))).pluck("id")...)
		}
		slices.Sort(ids)
		if !slices.Equal(ids, whole) {
			t.Errorf("order %q: the pages are not the whole list", order)
		}
	}
}

func TestOrder(t *testing.T) {
	clusters := searched()
	for order, want := range map[string]string{
		"":                                "a1 b2 c3 d4",
		"name":                            "d4 a1 b2 c3",
		"name asc":                        "d4 a1 b2 c3",
		"name DESC":                       "c3 b2 a1 d4",
		"product.id asc, name desc":       "c3 d4 b2 a1",
		"product.id desc,name":            "a1 b2 d4 c3",
		"nodes.compute":                   "a1 c3 b2 d4", // as numbers; missing last
		"nodes.compute desc":              "d4 b2 c3 a1",
		"creation_timestamp desc":         "d4 b2 a1 c3",
		"managed":                         "c3 a1 b2 d4",
		"multi_az desc, managed":          "d4 c3 a1 b2",
		"properties.rosa_creator_arn asc": "a1 b2 c3 d4",
	} {
		answer, err := clusters.list(url.Values{"order": {order}})
		if err != nil {
			t.Errorf("%q: %v", order, err)
			continue
		}
		var list tree
		if err := json.Unmarshal(answer.body, &list); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(list.pluck("id"), " "); got != want {
			t.Errorf("%q: got %s, want %s", order, got, want)
		}
	}
	if first := newProbe(t, Options{}).get(clustersAPI + "/versions?size=1&order=" + url.QueryEscape("default desc, id desc")).pluck("id")[0]; first != defaultVersion {
		t.Errorf("the default version comes first when asked to: got %s", first)
	}
}

func TestQueriesRefused(t *testing.T) {
	p := newProbe(t, Options{})
	for query, wants := range map[string]string{
		"page=0":                  "Parameter 'page' is 0: pages are counted from 1",
		"page=x":                  "Parameter 'page' is \"x\": use a whole number",
		"size=-2":                 "Parameter 'size' is -2: use a number of items, or -1 for all",
		"size=1.5":                "Parameter 'size' is \"1.5\": use a whole number",
		"order=nope":              "\"nope\" is not an attribute that can be sorted by",
		"order=name+up":           "Parameter 'order' has \"name up\"",
		"order=name+asc+desc":     "Parameter 'order' has \"name asc desc\"",
		"orderBy=nope":            "\"nope\" is not an attribute that can be sorted by",
		"search=nope+%3D+%27x%27": "\"nope\" is not an attribute that can be searched",
		"search=name":             "can't parse the search",
	} {
		got := p.ask(http.MethodGet, clustersAPI+"/clusters?"+query, "", http.StatusBadRequest)
		if reason, _ := got["reason"].(string); !strings.Contains(reason, wants) {
			t.Errorf("%s: %q does not say %q", query, reason, wants)
		}
	}
}
