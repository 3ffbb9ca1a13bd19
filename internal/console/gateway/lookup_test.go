package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a region of a table has to say.
type voice string

const (
	has     voice = "has it"
	hasName voice = "has one of that name"
	hasNot  voice = "has none"
	silent  voice = "is silent"
	fails   voice = "answers 500"
	denies  voice = "answers 403"
	hangs   voice = "hangs"
	other   voice = "answers with another object"
	babbles voice = "babbles"
	lies    voice = "has it, as another region's"
	drained voice = "is drained"
	kept    voice = "is in maintenance"
)

const theID = "2abc"

// region makes the region that says so: to a GET of the cluster, and to a search for it.
func (v voice) region(t *testing.T, id string) backend {
	const object = clustersAPI + "/clusters/" + theID
	one := func(of string) string {
		return `{"kind":"ClusterList","page":1,"size":1,"total":1,"items":[` + of + `]}`
	}
	s := &script{answers: map[string]string{"GET " + clustersAPI + "/clusters": `{"kind":"ClusterList","page":1,"size":0,"total":0,"items":[]}`}}
	set := func(object200, list string) {
		if object200 != "" {
			s.answers["GET "+object] = object200
		}
		if list != "" {
			s.answers["GET "+clustersAPI+"/clusters"] = list
		}
	}
	switch v {
	case has, drained, kept:
		cluster := `{"kind":"Cluster","id":"` + theID + `","name":"in-` + id + `"}`
		set(cluster, one(cluster))
	case hasName:
		set("", one(`{"kind":"Cluster","id":"other-`+id+`","name":"`+theID+`"}`))
	case lies:
		cluster := `{"kind":"Cluster","id":"` + theID + `","rh_region_id":"aws.eu-north-1"}`
		set(cluster, one(cluster))
	case fails:
		set(`500 {"kind":"Error","id":"500"}`, `500 {"kind":"Error","id":"500"}`)
	case denies:
		set(`403 {"kind":"Error","id":"403"}`, `403 {"kind":"Error","id":"403"}`)
	case other:
		set(`{"kind":"Cluster","id":"another"}`, `{"kind":"ClusterList"}`)
	case babbles:
		set(`"text"`, `"text"`)
	case hangs:
		s.hang = make(chan struct{})
		t.Cleanup(func() { close(s.hang) })
	}
	return backend{id: id, handler: s, down: v == silent}
}

// voices makes the geography of a table's row.
func voices(t *testing.T, all ...voice) *geo {
	t.Helper()
	var regions []backend
	states := map[string]State{}
	for i, v := range all {
		regions = append(regions, v.region(t, threeIDs[i]))
		switch v {
		case drained:
			states[threeIDs[i]] = Drained
		case kept:
			states[threeIDs[i]] = Maintenance
		}
	}
	return newGeo(t, regions, func(s *Settings) {
		s.States = func(id string) (State, string) {
			if state, there := states[id]; there {
				return state, "Back on Monday."
			}
			return Active, ""
		}
	})
}

// The exact answers to a GET by id and to a search for the same id.
func TestLookupRules(t *testing.T) {
	for _, test := range []struct {
		regions     []voice
		get, search int
		names       string // a part of what the answer says
	}{
		{regions: []voice{has, hasNot, hasNot}, get: 200, search: 200, names: "in-" + west},
		{regions: []voice{hasNot, hasNot, has}, get: 200, search: 200, names: "in-" + paris},
		{regions: []voice{silent, has, hasNot}, get: 200, search: 200, names: "in-" + central},
		{regions: []voice{hasNot, has, fails}, get: 200, search: 200, names: "in-" + central},
		{regions: []voice{hangs, has, hasNot}, get: 200, search: 200, names: "in-" + central},
		{regions: []voice{has, drained, hasNot}, get: 200, search: 200, names: "in-" + west},
		{regions: []voice{kept, has, hasNot}, get: 200, search: 200, names: "in-" + central},
		{regions: []voice{has, has, hasNot}, get: 502, search: 502, names: "region " + west + " (ClaimedTwice), region " + central + " (ClaimedTwice)"},
		{regions: []voice{has, silent, has}, get: 502, search: 502, names: "region " + west + " (ClaimedTwice), region " + paris + " (ClaimedTwice)"},
		{regions: []voice{lies, hasNot, hasNot}, get: 502, search: 502, names: "region " + west + " (ClaimsAnotherRegion)"},
		{regions: []voice{hasNot, silent, hasNot}, get: 503, search: 503, names: "region " + central + " (ConnectionRefused)"},
		{regions: []voice{silent, silent, silent}, get: 503, search: 503, names: "region " + paris + " (ConnectionRefused)"},
		{regions: []voice{hasNot, hasNot, fails}, get: 503, search: 503, names: "region " + paris + " (UnexpectedStatus)"},
		{regions: []voice{hasNot, hasNot, drained}, get: 503, search: 503, names: "region " + paris + " (RegionDrained)"},
		{regions: []voice{hasNot, kept, hasNot}, get: 503, search: 503, names: "region " + central + " (RegionMaintenance)"},
		{regions: []voice{drained, drained, drained}, get: 503, search: 503, names: "region " + west + " (RegionDrained)"},
		{regions: []voice{hasNot, other, hasNot}, get: 503, search: 503, names: "region " + central + " (UnexpectedContent)"},
		{regions: []voice{babbles, hasNot, hasNot}, get: 503, search: 503, names: "region " + west + " (UnexpectedContent)"},
		{regions: []voice{hasNot, denies, silent}, get: 503, search: 503, names: "region " + paris + " (ConnectionRefused)"},
		{regions: []voice{denies, denies, denies}, get: 403, search: 403, names: `"id":"403"`},
		{regions: []voice{denies, hasNot, hasNot}, get: 403, search: 502, names: "403"},
		{regions: []voice{hasName, hasNot, hasNot}, get: 404, search: 200, names: ""},
		{regions: []voice{hasName, drained, hasNot}, get: 503, search: 200, names: ""},
		{regions: []voice{hasName, silent, hasNot}, get: 503, search: 503, names: "region " + central + " (ConnectionRefused)"},
		{regions: []voice{hasName, kept, hasNot}, get: 503, search: 503, names: "region " + central + " (RegionMaintenance)"},
		{regions: []voice{hasName, hasName, hasNot}, get: 404, search: 502, names: ""},
		{regions: []voice{has, hasName, hasNot}, get: 200, search: 502, names: ""},
	} {
		t.Run(nameOf(test.regions), func(t *testing.T) {
			g := voices(t, test.regions...)
			byID := g.get(clustersAPI + "/clusters/" + theID)
			search := "id = '" + theID + "' or name = '" + theID + "' or external_id = '" + theID + "'"
			bySearch := g.get(clustersAPI + "/clusters?size=1&search=" + url.QueryEscape(search))
			if byID.status != test.get || !strings.Contains(byID.body, test.names) {
				t.Errorf("by id: %d %s, want %d with %q", byID.status, byID.body, test.get, test.names)
			}
			if bySearch.status != test.search || !strings.Contains(bySearch.body, test.names) {
				t.Errorf("by search: %d %s, want %d with %q", bySearch.status, bySearch.body, test.search, test.names)
			}
			if slices.Contains(test.regions, hangs) && g.failures.Load() > 0 {
				t.Error("the region that hangs was waited for until it failed by itself")
			}
		})
	}
}

func nameOf(regions []voice) string {
	var names []string
	for _, v := range regions {
		names = append(names, string(v))
	}
	return strings.Join(names, ", ")
}

func TestLookupOfNothing(t *testing.T) {
	g := voices(t, hasNot, hasNot, hasNot)
	if got := g.get(clustersAPI + "/clusters/" + theID); got.status != http.StatusNotFound || !strings.Contains(got.body, "CLUSTERS-MGMT-404") {
		t.Errorf("by id: %d %s", got.status, got.body)
	}
	got := g.get(clustersAPI + "/clusters?search=" + url.QueryEscape("id = '"+theID+"'")).list(t)
	if got.Total != 0 || len(got.Items) != 0 || got.Kind != "ClusterList" {
		t.Errorf("by search: %+v", got)
	}
}

// With partial=true a lookup answers with what is known, and says what is not.
func TestLookupInPart(t *testing.T) {
	for _, first := range []voice{hasName, hasNot} {
		g := voices(t, first, silent, drained)
		got := g.get(clustersAPI + "/clusters?partial=true&search=" + url.QueryEscape("id = '"+theID+"' or name = '"+theID+"'"))
		if got.status != http.StatusOK || got.header.Get(missingHeader) != central+";cause=ConnectionRefused, "+paris+";cause=RegionDrained" {
			t.Errorf("%s: %d %s %s", first, got.status, got.header, got.body)
		}
	}
}

// The memory of an owner saves questions: the second one goes to the owner alone.
func TestOwnersAreRemembered(t *testing.T) {
	clock := newHand()
	caller := "anna"
	owner, none := &script{}, &script{}
	owner.answers = map[string]string{"GET " + clustersAPI + "/clusters/" + theID: `{"id":"` + theID + `"}`}
	g := newGeo(t, []backend{{id: west, handler: none}, {id: central, handler: owner}}, func(s *Settings) {
		s.Now = clock.time
		s.Caller = func(*http.Request) string { return caller }
	})
	asked := func() int { return len(none.requests()) }
	get := func() said { return g.get(clustersAPI + "/clusters/" + theID) }

	get()
	get()
	if got := get(); got.status != http.StatusOK || asked() != 1 {
		t.Errorf("%d, the other region was asked %d times", got.status, asked())
	}
	caller = "bert"
	if get(); asked() != 2 {
		t.Error("what one caller was told was used for another")
	}
	clock.advance(rememberedFor)
	if get(); asked() != 3 {
		t.Error("the memory is too long")
	}
	owner.lock.Lock()
	owner.answers = nil
	owner.lock.Unlock()
	if got := get(); got.status != http.StatusNotFound || asked() != 3 {
		t.Errorf("gone: %d, asked %d times", got.status, asked())
	}
	if get(); asked() != 4 {
		t.Error("an owner that has it no more was not forgotten")
	}
}

// A region that is not asked may have the id too: while there is one, no owner is remembered.
func TestOwnersAreNotRememberedWhileOneIsNotAsked(t *testing.T) {
	for _, rest := range []voice{kept, drained} {
		g := voices(t, has, hasNot, rest)
		for range 2 {
			if got := g.get(clustersAPI + "/clusters/" + theID); got.status != http.StatusOK {
				t.Errorf("%s: %d %s", rest, got.status, got.body)
			}
		}
		if n := len(g.gateway.owners.entries); n > 0 {
			t.Errorf("one %s, and %d owners are remembered", rest, n)
		}
	}
}

// What a hit of a search says makes no region an owner: the others were not asked about the ids that it brings along.
func TestProperty10_ASearchMakesNoOwner(t *testing.T) {
	liar, owner := &script{}, &script{}
	list := func(items string, n string) string {
		return `{"kind":"SubscriptionList","page":1,"size":` + n + `,"total":` + n + `,"items":[` + items + `]}`
	}
	liar.answers = map[string]string{
		"GET " + accountsAPI + "/subscriptions": list(`{"id":"sub","cluster_id":"`+theID+`","display_name":"K"}`, "1"),
		"GET " + clustersAPI + "/clusters":      rows(theID),
	}
	owner.answers = map[string]string{
		"GET " + accountsAPI + "/subscriptions":       list("", "0"),
		"GET " + clustersAPI + "/clusters":            rows(),
		"GET " + clustersAPI + "/clusters/" + theID:   `{"id":"` + theID + `"}`,
		"PATCH " + clustersAPI + "/clusters/" + theID: `{"id":"` + theID + `"}`,
		"GET " + accountsAPI + "/subscriptions/sub":   `{"id":"sub"}`,
		"PATCH " + accountsAPI + "/subscriptions/sub": `{"id":"sub"}`,
	}
	g := newGeo(t, []backend{{id: west, handler: liar}, {id: central, handler: owner}}, nil)
	for _, search := range []string{
		accountsAPI + "/subscriptions?search=" + url.QueryEscape("display_name = 'K' or cluster_id = 'K'"),
		accountsAPI + "/subscriptions?search=" + url.QueryEscape("cluster_id = '"+theID+"' and status = 'Stale'"),
		clustersAPI + "/clusters?search=" + url.QueryEscape("name = '"+theID+"' or display_name = '"+theID+"'"),
	} {
		if got := g.get(search); got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", search, got.status, got.body)
		}
	}
	for _, path := range []string{clustersAPI + "/clusters/" + theID, accountsAPI + "/subscriptions/sub"} {
		if got := g.ask(http.MethodPatch, path, mark); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if bodies := liar.received(); len(bodies) > 0 || len(owner.received()) != 2 {
		t.Errorf("the liar got %q, the owner %q", bodies, owner.received())
	}
}

// A region that answers first is not the owner before the others had their say, when a body is to be sent there.
func TestProperty10_AWriteWaitsForEveryRegion(t *testing.T) {
	liar := &script{answers: map[string]string{
		"GET " + clustersAPI + "/clusters/" + theID:   `{"id":"` + theID + `"}`,
		"PATCH " + clustersAPI + "/clusters/" + theID: `{"id":"` + theID + `"}`,
	}}
	var g *geo
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// It answers after the patience for a read has ended.
		select {
		case <-time.After(3 * g.gateway.patience):
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":"` + theID + `"}`))
	})
	g = newGeo(t, []backend{{id: west, handler: liar}, {id: central, handler: slow}}, nil)
	g.gateway.patience = 200 * time.Millisecond
	for _, path := range []string{"/clusters/" + theID, "/clusters/" + theID + "/identity_providers"} {
		g.gateway.late.note([]int{1}) // which only a read makes use of
		got := g.ask(http.MethodPatch, clustersAPI+path, mark)
		if got.status != http.StatusBadGateway || !strings.Contains(got.body, "ClaimedTwice") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if bodies := liar.received(); len(bodies) > 0 {
		t.Errorf("the one that was quick got %q", bodies)
	}
}
