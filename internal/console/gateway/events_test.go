package gateway

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// An event holds a user's name: one region takes it, and where that one fails, nobody else is told.
func TestProperty10_AnEventGoesToOneRegion(t *testing.T) {
	const event = `{"key":"ROSALoginSuccess","body":{"ocm.Username":"` + mark + `"}}`
	for _, test := range []struct {
		name   string
		states map[string]State
		down   string
		status int
		to     string
	}{
		{name: "the first", status: 201, to: west},
		{name: "the first Active one", states: map[string]State{west: Maintenance, central: Drained}, status: 201, to: paris},
		{name: "none when the first is silent", down: west, status: 502},
		{name: "none when none is Active", states: map[string]State{west: Maintenance, central: Drained, paris: Drained}, status: 503},
	} {
		t.Run(test.name, func(t *testing.T) {
			scripts := map[string]*script{}
			var regions []backend
			for _, id := range threeIDs {
				scripts[id] = &script{answers: map[string]string{"POST " + clustersAPI + "/events": `201 {"kind":"Event"}`}}
				regions = append(regions, backend{id: id, handler: scripts[id], down: id == test.down})
			}
			g := newGeo(t, regions, func(s *Settings) {
				s.States = func(id string) (State, string) {
					if state, set := test.states[id]; set {
						return state, ""
					}
					return Active, ""
				}
			})
			if got := g.ask(http.MethodPost, clustersAPI+"/events", event); got.status != test.status || strings.Contains(got.body, mark) {
				t.Errorf("%d %s, want %d", got.status, got.body, test.status)
			}
			for id, s := range scripts {
				var want []string
				if id == test.to {
					want = []string{event}
				}
				if !slices.Equal(s.received(), want) || len(s.requests()) != len(want) {
					t.Errorf("%s got %q by %q", id, s.received(), s.requests())
				}
			}
		})
	}
}

// What regions keep for themselves is one list, as clusters are, and one of them is asked of its owner.
func TestSDKListsWhatRegionsKeep(t *testing.T) {
	g, instances := threeSimulated(t)
	mgmt := g.connect().ClustersMgmt().V1()
	configs, domains := map[string]bool{}, 0
	for _, cluster := range must(mgmt.Clusters().List().Size(-1).Search("product.id = 'rosa'").SendContext(t.Context()))(t).Items().Slice() {
		configs[cluster.AWS().STS().OidcConfig().ID()] = true
		domains++
	}
	list := must(mgmt.OidcConfigs().List().Page(1).Size(-1).SendContext(t.Context()))(t)
	for _, config := range list.Items().Slice() {
		if !configs[config.ID()] {
			t.Errorf("config %s is no cluster's", config.ID())
		}
	}
	if list.Total() != len(configs) || list.Items().Len() != len(configs) || list.Total() < 60 {
		t.Errorf("%d configs in a list of %d, and %d of clusters", list.Items().Len(), list.Total(), len(configs))
	}
	if got := must(mgmt.DNSDomains().List().Size(-1).SendContext(t.Context()))(t); got.Total() != domains {
		t.Errorf("%d DNS domains of %d clusters", got.Total(), domains)
	}
	last := list.Items().Slice()[list.Items().Len()-1].ID()
	for range 2 {
		if got := must(mgmt.OidcConfigs().OidcConfig(last).Get().SendContext(t.Context()))(t); got.Body().ID() != last {
			t.Errorf("got config %s", got.Body().ID())
		}
	}
	for id, instance := range instances {
		requests, _ := instance.Requests()
		asked := 0
		for _, request := range requests {
			if strings.HasSuffix(request.Path, last) {
				asked++
			}
		}
		if want := 1 + rank(id == paris); asked != want {
			t.Errorf("%s was asked %d times for a config of %s, want %d", id, asked, paris, want)
		}
	}
	if got := must(mgmt.VersionGates().List().Search("version_raw_id_prefix = '4.20'").SendContext(t.Context()))(t); got.Total() != 2 {
		t.Errorf("%d gates, which all regions have alike", got.Total())
	}
	silence(t, instances[paris])
	if got, err := mgmt.OidcConfigs().List().SendContext(t.Context()); err == nil || got.Status() != http.StatusServiceUnavailable || !strings.Contains(err.Error(), paris) {
		t.Errorf("with one region silent: %v", err)
	}
}
