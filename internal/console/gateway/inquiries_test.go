package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// A thumbprint is asked of the owner of the cluster or the config.
func TestThumbprintsComeFromTheOwner(t *testing.T) {
	const path = clustersAPI + "/aws_inquiries/oidc_thumbprint"
	for _, test := range []struct {
		body   string
		status int
		to     int // the place of the region that gets it, -1: none
	}{
		{`{"cluster_id":"own-1"}`, 200, 1},
		{`{"oidc_config_id":"kept-own-2"}`, 200, 2},
		{`{"cluster_id":"own-1","oidc_config_id":"kept-own-2"}`, 400, -1},
		{`{"cluster_id":"nowhere"}`, 404, -1},
		{`{"cluster_id":"../x"}`, 400, -1},
		{`{}`, 400, -1},
		{`[]`, 400, -1},
	} {
		g, scripts := scripted(t, nil)
		if got := g.ask(http.MethodPost, path, test.body); got.status != test.status {
			t.Errorf("%s: %d %s, want %d", test.body, got.status, got.body, test.status)
		}
		for i, s := range scripts {
			var want []string
			if i == test.to {
				want = []string{test.body}
			}
			if !slices.Equal(s.received(), want) {
				t.Errorf("%s: region %d got %q", test.body, i, s.received())
			}
		}
	}
}

// What is asked of a cloud account goes to one region, and only with a role: keys need a region that the user names.
func TestProperty10_InquiriesWithKeysNeedANamedRegion(t *testing.T) {
	const path = clustersAPI + "/aws_inquiries/machine_types"
	for _, test := range []struct {
		body   string
		status int
		to     int // the place of the region that gets it, -1: none
	}{
		{`{"kind":"CloudProviderData","region":{"id":"eu-central-1"},"availability_zones":["eu-central-1a"],"aws":{"kind":"AWS","sts":{"role_arn":"arn"}}}`, 200, 1},
		{`{"region":{"id":"eu-west-3"}}`, 200, 2},
		{`{"aws":{"access_key_id":"x","secret_access_key":"` + mark + `"},"region":{"id":"eu-central-1"},"aws":{"sts":{"role_arn":"arn"}}}`, 200, 1},
		{`{"region":{"id":"eu-central-1"},"aws":{"access_key_id":"x","secret_access_key":"` + mark + `"}}`, 400, -1},
		{`{"region":{"id":"eu-central-1"},"aws":{"sts":{"role_arn":"arn"},"access_key_id":"` + mark + `"}}`, 400, -1},
		{`{"region":{"id":"eu-central-1"},"AWS":{"secret_access_key":"` + mark + `"}}`, 400, -1},
		{`{"region":{"id":"eu-central-1"},"gcp":{"private_key":"` + mark + `"}}`, 400, -1},
		{`{"region":{"id":"eu-central-1"},"aws":"` + mark + `"}`, 400, -1},
		{`{"region":{"id":"us-east-1"}}`, 400, -1},
		{`{"region":{"id":"../x"}}`, 400, -1},
		{`{"region":{}}`, 400, -1},
		{`{}`, 400, -1},
		{`[]`, 400, -1},
		{`null`, 400, -1},
		{``, 400, -1},
	} {
		g, scripts := scripted(t, nil)
		if got := g.ask(http.MethodPost, path+"?page=1&size=100", test.body); got.status != test.status || strings.Contains(got.body, mark) {
			t.Errorf("%s: %d %s, want %d", test.body, got.status, got.body, test.status)
		}
		for i, s := range scripts {
			got := s.received()
			if len(got) != rank(i == test.to) || len(got) > 0 && (!isSame(t, got[0], test.body) || strings.Contains(got[0], mark)) {
				t.Errorf("%s: region %d got %q", test.body, i, got)
			}
		}
	}
	g, _ := scripted(t, nil)
	if got := g.get(path); got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != "POST" {
		t.Errorf("GET: %d %s", got.status, got.body)
	}
	if got := g.ask(http.MethodPost, clustersAPI+"/aws_inquiries/regions?page=1&size=100", `{"aws":{"sts":{"role_arn":"`+mark+`"}}}`); got.list(t).ids() != "eu-west-1 eu-central-1 eu-west-3" {
		t.Errorf("regions: %s", got.body)
	}
}

// isSame tells whether two JSON objects hold the same. Of a member that comes twice, the last counts.
func isSame(t *testing.T, a, b string) bool {
	t.Helper()
	var first, second map[string]any
	if err := errors.Join(json.Unmarshal([]byte(a), &first), json.Unmarshal([]byte(b), &second)); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(first, second)
}
