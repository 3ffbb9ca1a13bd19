package console

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// The console serves the geography's API out of the regions of its config, and hands on where each creates clusters.
func TestGeographysAPI(t *testing.T) {
	made := map[string]*atomic.Int32{}
	handlers := map[string]http.Handler{}
	for _, id := range []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3"} {
		made[id] = &atomic.Int32{}
		handlers[id] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case r.Method == http.MethodPost:
				made[id].Add(1)
				w.WriteHeader(http.StatusCreated)
				_, _ = io.WriteString(w, `{"kind":"Cluster","id":"new"}`)
			case strings.HasSuffix(r.URL.Path, "/regions"):
				_, _ = io.WriteString(w, `{"kind":"CloudRegionList","total":1,"items":[{"id":"eu-north-1"}]}`)
			default:
				_, _ = io.WriteString(w, `{"kind":"ClusterList","total":1,"items":[{"id":"of-`+id+`"}]}`)
			}
		})
	}
	p := threeRegions(handlers)
	p.edit = func(config *geography.Config) {
		// All three say that they serve eu-north-1; two are told to serve something else.
		config.Regions[0].CloudRegions, config.Regions[1].CloudRegions = []string{"eu-west-1"}, []string{"eu-central-1"}
	}
	c := p.build(t)
	const path = "/api/clusters_mgmt/v1/clusters"
	response, text := get(t, c.Public(), path)
	if response.StatusCode != http.StatusOK || !strings.Contains(text, `"total":3,"items":[{"id":"of-aws.eu-west-1"},{"id":"of-aws.eu-central-1"},{"id":"of-aws.eu-west-3"}]`) {
		t.Errorf("%d %s", response.StatusCode, text)
	}
	checkIsData(t, response)
	response, text = ask(t, c.Public(), http.MethodPost, path, func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader(`{"name":"a-name-of-a-customer","region":{"id":"eu-north-1"}}`))
	})
	if response.StatusCode != http.StatusCreated || made["aws.eu-west-3"].Load() != 1 || made["aws.eu-west-1"].Load()+made["aws.eu-central-1"].Load() != 0 {
		t.Errorf("%d %s", response.StatusCode, text)
	}
	checkIsData(t, response)
	if log := p.log.String(); !strings.Contains(log, `"route":"/api/clusters_mgmt/v1/clusters"`) || strings.Contains(log, "customer") || strings.Contains(log, "of-aws") {
		t.Errorf("log: %s", log)
	}
}
