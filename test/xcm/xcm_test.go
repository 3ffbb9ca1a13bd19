package xcm

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the goldens in testdata")

// golden compares with a file in testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got), -update writes it:\n%s", file, diff)
	}
}

// A hand is a clock that only a test moves.
type hand struct {
	lock sync.Mutex
	now  time.Time
}

func newHand() *hand { return &hand{now: time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)} }

func (h *hand) time() time.Time {
	h.lock.Lock()
	defer h.lock.Unlock()
	return h.now
}

func (h *hand) advance(by time.Duration) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.now = h.now.Add(by)
}

// A probe asks an instance in this process.
type probe struct {
	*testing.T
	instance *Instance
	server   *httptest.Server
}

func newProbe(t *testing.T, options Options) *probe {
	t.Helper()
	if options.Region == "" {
		options.Region = "aws.eu-west-1"
	}
	instance, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(instance.Handler())
	t.Cleanup(server.Close)
	return &probe{T: t, instance: instance, server: server}
}

// A tree is a decoded JSON object.
type tree map[string]any

// at follows a dotted path; nil where there is nothing.
func (t tree) at(path string) any {
	var current any = map[string]any(t)
	for part := range strings.SplitSeq(path, ".") {
		object, ok := current.(map[string]any)
		if !ok {
			return nil
		}
		current = object[part]
	}
	return current
}

// items are the objects of a list.
func (t tree) items() []tree {
	list, _ := t["items"].([]any)
	items := make([]tree, len(list))
	for i, item := range list {
		items[i] = tree(item.(map[string]any))
	}
	return items
}

// pluck is one attribute of each item of a list, as text.
func (t tree) pluck(path string) []string {
	values := []string{}
	for _, item := range t.items() {
		text, _ := item.at(path).(string)
		values = append(values, text)
	}
	return values
}

// ask sends a request and checks what holds for every answer: the status, and JSON on all but 204.
func (p *probe) ask(method, path, body string, status int) tree {
	p.Helper()
	request, err := http.NewRequestWithContext(p.Context(), method, p.server.URL+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	response, err := p.server.Client().Do(request)
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		p.Fatal(err)
	}
	if response.StatusCode != status {
		p.Fatalf("%s %s: got %d, want %d: %s", method, path, response.StatusCode, status, content)
	}
	if status == http.StatusNoContent {
		if len(content) > 0 {
			p.Errorf("%s %s: a 204 with a body: %s", method, path, content)
		}
		return nil
	}
	if got := response.Header.Get("Content-Type"); got != "application/json" {
		p.Errorf("%s %s: content type %q", method, path, got)
	}
	var decoded tree
	if err := json.Unmarshal(content, &decoded); err != nil {
		p.Fatalf("%s %s: %v: %s", method, path, err, content)
	}
	return decoded
}

func (p *probe) get(path string) tree {
	p.Helper()
	return p.ask(http.MethodGet, path, "", http.StatusOK)
}

// rosa is a good request for a cluster.
const rosa = `{"kind":"Cluster","name":"payments","product":{"id":"rosa"},"ccs":{"enabled":true},"region":{"id":"eu-west-1"},
	"properties":{"rosa_creator_arn":"arn:aws:iam::111122223333:user/user-07"},
	"aws":{"access_key_id":"AKIAEXAMPLE","secret_access_key":"hidden-key","account_id":"111122223333",
	       "sts":{"role_arn":"arn:aws:iam::111122223333:role/ManagedOpenShift-Installer-Role"}}}`

// hosted is a good request for a cluster with a hosted control plane.
const hosted = `{"name":"orders","product":{"id":"rosa"},"ccs":{"enabled":true},"hypershift":{"enabled":true},"multi_az":true,
	"region":{"id":"eu-west-1"},"nodes":{"autoscale_compute":{"min_replicas":3,"max_replicas":6}},
	"aws":{"subnet_ids":["subnet-1"],"sts":{"role_arn":"arn:aws:iam::111122223333:role/Installer"}}}`

// classic is a good request for a cluster that needs no roles.
const classic = `{"name":"search","region":{"id":"eu-west-1"},"nodes":{"compute":4}}`

func (p *probe) create(body string) string {
	p.Helper()
	id, _ := p.ask(http.MethodPost, clustersAPI+"/clusters", body, http.StatusCreated)["id"].(string)
	return id
}

// Many clients at once, for the race detector: readers of all kinds beside creations, deletions, scaling and new faults.
func TestConcurrency(t *testing.T) {
	clock := newHand()
	p := newProbe(t, Options{Clusters: 40, Seed: 1, Clock: clock.time})
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for round := range 10 {
				p.get(clustersAPI + "/clusters?order=name&search=" + url.QueryEscape("name like '%a%' or state = 'ready'"))
				p.get(accountsAPI + "/subscriptions?size=5&search=" + url.QueryEscape("status = 'Active'"))
				name := fmt.Sprintf("made-%d-%d", n, round)
				path := clustersAPI + "/clusters/" + p.create(strings.ReplaceAll(hosted, "orders", name))
				clock.advance(time.Minute)
				p.ask(http.MethodPatch, path+"/node_pools/workers", `{"replicas":4}`, http.StatusOK)
				p.ask(http.MethodDelete, path, "", http.StatusNoContent)
				if err := p.instance.SetFaults(Faults{Rules: []Fault{{PathPrefix: "/none", Status: 500}}}); err != nil {
					t.Error(err)
				}
				p.instance.Requests()
			}
		})
	}
	all.Wait()
	clock.advance(time.Hour)
	if got := p.get(clustersAPI + "/clusters"); got["total"] != 40.0 {
		t.Errorf("%v clusters are left of 40", got["total"])
	}
}

// BenchmarkList answers pages of 100 of 10,000 clusters: each query anew, as after a change, and again.
func BenchmarkList(b *testing.B) {
	instance, err := New(Options{Region: "aws.eu-west-1", Clusters: 10_000, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	b.Logf("heap of 10,000 clusters: %d MiB", memory.HeapAlloc>>20)
	for name, query := range map[string]string{
		"plain":    "page=50",
		"ordered":  "page=50&order=" + url.QueryEscape("name asc, creation_timestamp desc"),
		"filtered": "search=" + url.QueryEscape("name like '%pay%' or id like '%pay%'"),
		"rosa":     "search=" + url.QueryEscape("product.id = 'rosa' AND (properties.rosa_creator_arn LIKE 'arn:%:111122223333:%' OR aws.sts.role_arn LIKE 'arn:%:111122223333:%') AND (id = 'K' OR name = 'K' OR external_id = 'K')"),
		"whole":    "size=-1",
	} {
		for _, anew := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s/anew=%v", name, anew), func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					if anew {
						instance.state.clusters.chosen = nil
					}
					answer, start := httptest.NewRecorder(), time.Now()
					instance.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(b.Context(), http.MethodGet, clustersAPI+"/clusters?"+query, nil))
					took = append(took, time.Since(start))
					if answer.Code != http.StatusOK {
						b.Fatal(answer.Body)
					}
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			})
		}
	}
}

// BenchmarkNew makes a region of 10,000 clusters.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(Options{Region: "aws.eu-west-1", Clusters: 10_000, Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
