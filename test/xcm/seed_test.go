package xcm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// everything is all that a region answers about its seeded objects.
func everything(t *testing.T, options Options) string {
	t.Helper()
	instance, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, path := range []string{clustersAPI + "/clusters", accountsAPI + "/subscriptions", logsAPI + "/clusters/cluster_logs"} {
		answer := httptest.NewRecorder()
		instance.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path+"?size=-1", nil))
		all.Write(answer.Body.Bytes())
	}
	return all.String()
}

func TestSeedsAreTheSame(t *testing.T) {
	options := Options{Region: "aws.eu-west-1", Clusters: 60, Seed: 7}
	first := everything(t, options)
	if again := everything(t, options); again != first {
		t.Error("the same seed made other clusters")
	}
	for _, other := range []Options{
		{Region: "aws.eu-west-1", Clusters: 60, Seed: 8},
		{Region: "aws.eu-west-3", Clusters: 60, Seed: 7},
	} {
		if everything(t, other) == first {
			t.Errorf("%+v made the same clusters", other)
		}
	}
}

// The golden shows a small region to a reader, and keeps it the same over versions of Go and of this package.
func TestSeedGolden(t *testing.T) {
	p := newProbe(t, Options{Clusters: 12, Seed: 1})
	var table strings.Builder
	list := p.get(clustersAPI + "/clusters?size=-1")
	for _, c := range list.items() {
		fmt.Fprintf(&table, "%-26v %-13v %-5v hosted=%-5v %-6v %-13v %-8v %v nodes=%v %v\n", c["name"], c["state"], c.at("product.id"), c.at("hypershift.enabled"),
			c.at("cloud_provider.id"), c.at("region.id"), c["openshift_version"], c["creation_timestamp"], c.at("nodes.total"), c["id"])
	}
	for _, item := range []any{list.items()[1], p.get(accountsAPI + "/subscriptions?size=2").items()[1]} {
		var indented bytes.Buffer
		encoder := json.NewEncoder(&indented)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(item); err != nil {
			t.Fatal(err)
		}
		table.WriteString("\n" + indented.String())
	}
	golden(t, "seed-1-aws.eu-west-1.golden", table.String())
}

func TestSeedMix(t *testing.T) {
	p := newProbe(t, Options{Clusters: 400, Seed: 5})
	clusters := p.get(clustersAPI + "/clusters?size=-1").items()
	count := func(path string) map[string]int {
		counts := map[string]int{}
		for _, c := range clusters {
			counts[fmt.Sprint(c.at(path))]++
		}
		return counts
	}
	states := count("state")
	for state, share := range map[string]int{"installing": 40, "error": 40, "hibernating": 20, "uninstalling": 20} {
		if got := states[state]; got < share-1 || got > share {
			t.Errorf("%d of 400 are %s, want about %d", got, state, share)
		}
	}
	if got := states["waiting"] + states["validating"]; got < 19 || got > 20 {
		t.Errorf("%d of 400 wait or validate, want about 20", got)
	}
	products := count("product.id")
	if products["aro"] != 1 || products["rosa"] < 270 || products["osd"] < 100 || count("cloud_provider.id")["gcp"] < 30 {
		t.Errorf("mix: %v on %v", products, count("cloud_provider.id"))
	}
	if versions := count("openshift_version"); len(versions) < 10 {
		t.Errorf("versions: %v", versions)
	}
	epoch := epochOf(5)
	for _, c := range clusters {
		created, err := time.Parse(time.RFC3339, c["creation_timestamp"].(string))
		if err != nil || created.After(epoch) || created.Before(epoch.Add(-spread-24*time.Hour)) {
			t.Errorf("%s was made at %v", c["name"], c["creation_timestamp"])
		}
		if !clusterNames.MatchString(c["name"].(string)) || !regexp.MustCompile(`^[0-9a-v]{32}$`).MatchString(c["id"].(string)) {
			t.Errorf("name %v, id %v", c["name"], c["id"])
		}
		if c["state"] == "error" && (c.at("status.provision_error_code") == nil || c.at("status.provision_error_message") == nil) {
			t.Errorf("%s failed for no reason", c["name"])
		}
	}
	if names := slices.Compact(slices.Sorted(maps.Keys(count("name")))); len(names) != 400 {
		t.Errorf("%d names for 400 clusters", len(names))
	}
	planned := 0
	for _, c := range clusters {
		planned += int(p.get(clustersAPI + "/clusters/" + c["id"].(string) + "/upgrade_policies")["total"].(float64))
	}
	if planned < 5 {
		t.Errorf("%d upgrades are planned", planned)
	}
}

func TestOptionsRefused(t *testing.T) {
	for wants, options := range map[string]Options{
		`region ""`:             {},
		`region "eu-west-1"`:    {Region: "eu-west-1"},
		`region "azure.westeu"`: {Region: "azure.westeu"},
		`region "aws."`:         {Region: "aws."},
		"clusters -1":           {Region: "aws.eu-west-1", Clusters: -1},
		"pace -1":               {Region: "aws.eu-west-1", Pace: -1},
	} {
		if _, err := New(options); err == nil || !strings.Contains(err.Error(), wants) {
			t.Errorf("%+v: got %v, want an error with %q", options, err, wants)
		}
	}
}

// Regions of every kind hold clusters, also where a provider is missing.
func TestRegions(t *testing.T) {
	for id, want := range map[string][]string{
		"aws.eu-west-1":            {"aws", "azure", "gcp"},
		"aws.ap-southeast-1.stage": {"aws", "azure", "gcp"},
		"gcp.europe-west9":         {"aws", "azure", "gcp"},
		"aws.us-gov-west-1":        {"aws"},
		"aws.moon-1":               {"aws"},
		"gcp.moon-west1":           {"gcp"},
	} {
		providers := map[string]bool{}
		for _, c := range newProbe(t, Options{Region: id, Clusters: 40}).get(clustersAPI + "/clusters?size=-1").items() {
			providers[c.at("cloud_provider.id").(string)] = true
		}
		if got := slices.Sorted(maps.Keys(providers)); !slices.Equal(got, want) {
			t.Errorf("%s has clusters on %v, want %v", id, got, want)
		}
	}
}
