package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// lists are the rows of several regions, each in the order in which its region gives them.
type lists struct {
	rows [][]row
	read atomic.Int64 // rows that were fetched
	asks atomic.Int64
	each []atomic.Int64 // asks by region
}

// newLists makes regions with the given numbers of rows, sorted by the keys and then by id, as regions sort.
func newLists(random *rand.Rand, keys []sortKey, lengths ...int) *lists {
	all := &lists{each: make([]atomic.Int64, len(lengths))}
	for region, length := range lengths {
		rows := make([]row, length)
		for i := range rows {
			rows[i] = row{region: region, id: fmt.Sprintf("%d-%04d", region, i), body: json.RawMessage(`{}`)}
			for range keys {
				// Few values, so that many rows are equal, and some have none.
				rows[i].keys = append(rows[i].keys, []any{"a", "b", "c", 1.5, true, nil}[random.IntN(6)])
			}
		}
		slices.SortStableFunc(rows, func(a, b row) int { return rank(before(keys, b, a)) - rank(before(keys, a, b)) })
		all.rows = append(all.rows, rows)
	}
	return all
}

func (l *lists) fetch(region, page, size int) (chunk, *trouble) {
	l.asks.Add(1)
	l.each[region].Add(1)
	rows := l.rows[region]
	start := min((page-1)*size, len(rows))
	part := rows[start:min(start+size, len(rows))]
	l.read.Add(int64(len(part)))
	return chunk{kind: "ClusterList", total: len(rows), rows: part}, nil
}

// whole is what the merged list must be, by sorting everything at once.
func (l *lists) whole(keys []sortKey) []string {
	var rows []row
	for _, list := range l.rows {
		rows = append(rows, list...)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return rank(before(keys, b, a)) - rank(before(keys, a, b)) })
	return idsOf(rows)
}

func idsOf(rows []row) []string {
	ids := []string{}
	for _, r := range rows {
		ids = append(ids, r.id)
	}
	return ids
}

// checkPages reads the merged list page by page and as a whole, and compares with the whole list.
func checkPages(t *testing.T, l *lists, keys []sortKey, size int) {
	t.Helper()
	want := l.whole(keys)
	got := []string{}
	for page := 0; page == 0 || len(got) == page*size; page++ {
		out, troubles := mergeLists(len(l.rows), window{start: page * size, end: (page + 1) * size, keys: keys}, l.fetch)
		if len(troubles) > 0 || out.total != len(want) {
			t.Fatalf("page %d: total %d of %d, troubles %v", page, out.total, len(want), troubles)
		}
		got = append(got, idsOf(out.rows)...)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("by pages of %d (-want +got):\n%s", size, diff)
	}
	out, troubles := mergeLists(len(l.rows), window{end: math.MaxInt32, keys: keys}, l.fetch)
	if len(troubles) > 0 {
		t.Fatalf("as a whole: %v", troubles)
	}
	if diff := cmp.Diff(want, idsOf(out.rows)); diff != "" {
		t.Fatalf("as a whole (-want +got):\n%s", diff)
	}
}

var byName = []sortKey{{path: "name"}}

func TestMergePages(t *testing.T) {
	for _, keys := range [][]sortKey{nil, byName, {{path: "state", descending: true}, {path: "name"}}} {
		for _, lengths := range [][]int{{0}, {1}, {0, 0, 0}, {40, 40, 40}, {500, 0, 3}, {0, 0, 700}, {201, 199, 200, 1}} {
			for _, size := range []int{1, 7, 50, 100, 333, 1000} {
				if size == 1 && slices.Max(lengths) > 100 {
					continue
				}
				t.Run(fmt.Sprintf("%v/%v/%d", keys, lengths, size), func(t *testing.T) {
					checkPages(t, newLists(rand.New(rand.NewPCG(1, 2)), keys, lengths...), keys, size)
				})
			}
		}
	}
}

func FuzzMerge(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint16(120), uint16(10), true)
	f.Add(uint64(2), uint8(1), uint16(0), uint16(1), false)
	f.Add(uint64(3), uint8(9), uint16(450), uint16(201), true)
	f.Fuzz(func(t *testing.T, seed uint64, regions uint8, most, size uint16, ordered bool) {
		random := rand.New(rand.NewPCG(seed, seed))
		lengths := make([]int, int(regions)%12+1)
		for i := range lengths {
			lengths[i] = random.IntN(int(most)%600 + 1)
		}
		var keys []sortKey
		if ordered {
			keys = byName
		}
		checkPages(t, newLists(random, keys, lengths...), keys, int(size)%700+20)
	})
}

// The cost grows with the page that is asked for and not with the number of clusters.
func TestMergeReadsWhatThePageNeeds(t *testing.T) {
	for _, test := range []struct {
		name      string
		keys      []sortKey
		page      int // from 0, of 100 rows
		most, ask int64
	}{
		{"first page", nil, 0, 300, 10},
		{"first page, ordered", byName, 0, 500, 40},
		{"last page without an order: nothing before it is read", nil, 99, 109, 11},
		{"middle page without an order", nil, 50, 109, 11},
		{"tenth page, ordered: what comes before it is read", byName, 9, 3500, 80},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLists(rand.New(rand.NewPCG(1, 2)), test.keys, slices.Repeat([]int{1000}, 10)...)
			out, troubles := mergeLists(10, window{start: test.page * 100, end: (test.page + 1) * 100, keys: test.keys}, l.fetch)
			if len(troubles) > 0 || len(out.rows) != 100 || out.total != 10_000 {
				t.Fatalf("%d rows of %d, %v", len(out.rows), out.total, troubles)
			}
			if l.read.Load() > test.most || l.asks.Load() > test.ask {
				t.Errorf("%d rows in %d questions, want at most %d in %d", l.read.Load(), l.asks.Load(), test.most, test.ask)
			}
		})
	}
}

// A page without an order, of up to 100 rows, takes the time of two questions: one to learn how long the lists are, one for
// what lacks. The first region is asked for its part at once.
func TestMergeWaitsTwiceForAPage(t *testing.T) {
	for _, lengths := range [][]int{slices.Repeat([]int{1000}, 10), {57, 333, 91, 1, 0, 204, 18}} {
		l := newLists(rand.New(rand.NewPCG(1, 2)), nil, lengths...)
		for _, size := range []int{7, 64, 100} {
			for page := range 1000 {
				out, troubles := mergeLists(len(lengths), window{start: page * size, end: (page + 1) * size}, l.fetch)
				if len(troubles) > 0 {
					t.Fatal(troubles)
				}
				for region := range lengths {
					most := int64(2)
					if region == 0 {
						most = 1
					}
					if asked := l.each[region].Swap(0); asked > most {
						t.Fatalf("lengths %v, rows from %d, %d of them: region %d was asked %d times", lengths, page*size, size, region, asked)
					}
				}
				if len(out.rows) < size {
					break
				}
			}
		}
	}
}

// Whatever rows are wanted, the page holds the first of them, and all of them when they are up to 100.
func TestPageWith(t *testing.T) {
	for start := range 20_000 {
		for _, rows := range []int{1, 20, 99, 100, 101, 200, 201, math.MaxInt32 - start} {
			page, size := pageWith(start, start+rows)
			first, end := (page-1)*size, page*size
			if first > start || end <= start || size > largestChunk || rows <= 100 && end < start+rows {
				t.Fatalf("rows %d to %d: page %d of %d", start, start+rows, page, size)
			}
		}
	}
}

func TestMergeRefusesAWholeListThatIsTooLong(t *testing.T) {
	l := newLists(rand.New(rand.NewPCG(1, 2)), nil, maxDepth/2, maxDepth/2+1)
	_, troubles := mergeLists(2, window{end: math.MaxInt32}, l.fetch)
	if len(troubles) != 1 || troubles[0].tooMany != maxDepth+1 {
		t.Fatalf("%+v", troubles)
	}
	if l.read.Load() > 2*largestChunk {
		t.Errorf("%d rows were read to find that out", l.read.Load())
	}
}

// A region that gives fewer rows than it was asked for, and has more, counts its pages otherwise.
func TestMergeFindsRegionsThatCapTheirPages(t *testing.T) {
	l := newLists(rand.New(rand.NewPCG(1, 2)), nil, 100, 100)
	_, troubles := mergeLists(2, window{end: 100}, func(region, page, size int) (chunk, *trouble) {
		c, _ := l.fetch(region, page, size)
		if region == 1 {
			c.rows = c.rows[:10]
		}
		return c, nil
	})
	if len(troubles) != 1 || troubles[0].region != 1 || troubles[0].cause != proxy.UnexpectedContent {
		t.Fatalf("%+v", troubles)
	}
}

func TestOrder(t *testing.T) {
	for order, want := range map[string]string{
		"":                                     "[]",
		"name":                                 "[{name false}]",
		" name asc , created DESC,":            "[{name false} {created true}]",
		"properties.a.b desc":                  "[{properties.a.b true}]",
		"name sideways":                        "refused",
		"name asc desc":                        "refused",
		"name, created, name desc":             "refused",
		"name asc; drop table users":           "refused",
		strings.Repeat("a.", maxNames-1) + "a": "[{" + strings.Repeat("a.", maxNames-1) + "a false}]",
		strings.Repeat("a.", maxNames) + "a":   "refused",
	} {
		keys, ok := parseOrder(order)
		got := fmt.Sprint(keys)
		if !ok {
			got = "refused"
		}
		if got != want {
			t.Errorf("%q: %s, want %s", order, got, want)
		}
	}
}

func TestValuesInOrder(t *testing.T) {
	// Each comes before the next.
	inOrder := []any{false, true, 1.0, 2.5, 10.0, "", "10", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:01Z", "a", "b", nil}
	for i, a := range inOrder {
		for j, b := range inOrder {
			if got := compareValues(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%v and %v: %d", a, b, got)
			}
		}
	}
	if compareTexts("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z") != 0 {
		t.Error("the same moment in two zones is not equal")
	}
}

func TestValueAt(t *testing.T) {
	object := json.RawMessage(`{"name":"x","nodes":{"compute":3},"properties":{"a.b":"dotted"},"multi_az":true,"list":[1],"none":null}`)
	for path, want := range map[string]any{
		"name": "x", "nodes.compute": 3.0, "properties.a.b": "dotted", "multi_az": true,
		"list": nil, "nodes": nil, "none": nil, "name.x": nil, "absent": nil, "absent.deep": nil,
	} {
		if got := valueAt(object, path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestReadChunkTakesListsOnly(t *testing.T) {
	for body, want := range map[string]bool{
		`{"kind":"ClusterList","page":1,"size":1,"total":5,"items":[{"id":"a"}]}`: true,
		`{"total":0}`: true,
		`{"total":2,"items":[{"id":"a"},{"id":"b"},{"id":"c"}]}`: false, // more than asked for
		`{"items":[]}`:                   false,
		`{"total":1,"items":{"id":"a"}}`: false,
		`{"total":0,"items":null}`:       true,
		`{"total":-1}`:                   false,
		`{"total":9223372036854775807}`:  false, // with another region's it would be less than nothing
		`{"total":1,"items":[{}]}`:       false,
		`{"total":1,"items":[7]}`:        false,
		`[]`:                             false,
		``:                               false,
		`{"total":1,"items":[{"id":"a"}`: false,
	} {
		if _, cause := readChunk([]byte(body), 0, 2, nil); (cause == "") != want {
			t.Errorf("%s: %q", body, cause)
		}
	}
}

// An answer that is not too long may hold millions of items. They are given up at the bound, and are never all held.
func TestProperty2_ItemsAreBounded(t *testing.T) {
	bomb := strings.Repeat("0,", maxAnswerBytes/2-100) + "0"
	body := []byte(`{"kind":"QuotaCostList","total":1,"items":[` + bomb + `]}`)
	g := &call{Gateway: &Gateway{settings: Settings{Regions: []Region{{ID: west}}}}}
	provider := json.RawMessage(`{"id":"aws","regions":[{"id":"a"}]}`)
	for name, read := range map[string]func() bool{
		"a page":       func() bool { _, cause := readChunk(body, 0, 100, nil); return cause == "" },
		"a whole list": func() bool { _, cause := readChunk(body, 0, wholeList, nil); return cause == "" },
		"the quota": func() bool {
			_, cause := g.quotaOf(reply{answer: proxy.Answer{Body: body}})
			return cause == ""
		},
		"a provider's regions": func() bool {
			bombed := json.RawMessage(`{"id":"aws","regions":[` + bomb + `]}`)
			return string(unitedRegions(provider, bombed)) != string(provider)
		},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		taken := read()
		runtime.ReadMemStats(&after)
		if taken {
			t.Errorf("%s was taken", name)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 4*maxAnswerBytes {
			t.Errorf("%s of %d MiB took %d MiB", name, maxAnswerBytes>>20, grown>>20)
		}
	}
	longest := `{"total":1,"items":[` + strings.Repeat(`{"id":"a"},`, maxDepth-1) + `{"id":"a"}]}`
	if _, cause := readChunk([]byte(longest), 0, wholeList, nil); cause != "" {
		t.Error("a list at the bound was refused")
	}
}

func TestUnitedRegions(t *testing.T) {
	got := string(unitedRegions(json.RawMessage(`{"id":"aws","regions":[{"id":"a"}]}`), json.RawMessage(`{"id":"aws","regions":[{"id":"a"},{"id":"b"}]}`)))
	if got != `{"id":"aws","regions":[{"id":"a"},{"id":"b"}]}` {
		t.Error(got)
	}
	if got := string(unitedRegions(json.RawMessage(`{"id":"x"}`), json.RawMessage(`{"id":"x","regions":[]}`))); got != `{"id":"x"}` {
		t.Error(got)
	}
}

func TestMemoryIsBoundedAndShort(t *testing.T) {
	clock := newHand()
	m := newMemory(clock.time)
	key := func(caller string, n int) ownerKey { return ownerKey{caller, "cluster", fmt.Sprint(n)} }
	for n := range rememberedOwners + 10 {
		m.remember(key("a", n), n%3)
	}
	if len(m.entries) != rememberedOwners || m.oldest.Len() != rememberedOwners {
		t.Errorf("%d entries", len(m.entries))
	}
	if _, known := m.of(key("a", 9)); known {
		t.Error("the oldest one stayed")
	}
	if region, known := m.of(key("a", 10)); !known || region != 1 {
		t.Errorf("%d %v", region, known)
	}
	if _, known := m.of(key("b", 10)); known {
		t.Error("another caller's was told")
	}
	m.remember(key("a", 10), 2)
	if region, _ := m.of(key("a", 10)); region != 2 {
		t.Error("the former region stayed")
	}
	m.forget(key("a", 11))
	if _, known := m.of(key("a", 11)); known {
		t.Error("was not forgotten")
	}
	m.remember(ownerKey{"a", "cluster", strings.Repeat("x", longestID+1)}, 0)
	if _, known := m.of(ownerKey{"a", "cluster", strings.Repeat("x", longestID+1)}); known {
		t.Error("an id of any length is remembered")
	}
	clock.advance(rememberedFor)
	if _, known := m.of(key("a", 10)); known {
		t.Error("remembered for too long")
	}
	if m.remember(key("a", 1), 0); len(m.entries) != 1 || m.oldest.Len() != 1 {
		t.Errorf("%d entries that are due stay", len(m.entries)-1)
	}
}

func TestBudget(t *testing.T) {
	b := newBudget(20, 3)
	first, second := b.share(), b.share()
	if !first.room(0)(8) || !first.room(1)(6) || second.room(2)(7) || !second.busy.Load() || first.busy.Load() {
		t.Error("more than the budget was given, or less")
	}
	first.release()
	if !second.room(0)(10) || second.room(0)(1) || !second.room(1)(10) {
		t.Error("what was released is not free, or one region holds more than half")
	}
	second.release()
	if b.free.Load() != 20 || b.of[0].Load() != 0 || b.of[1].Load() != 0 {
		t.Errorf("%d are free of 20; the regions hold %d and %d", b.free.Load(), b.of[0].Load(), b.of[1].Load())
	}
	large := newBudget(math.MaxInt64, 1)
	if large.share().room(0)(maxAnswerBytes + 1) {
		t.Error("an answer may be too long")
	}
	one := large.share()
	for range maxCallBytes / maxAnswerBytes {
		if !one.room(0)(maxAnswerBytes) {
			t.Error("an answer that fits was refused")
		}
	}
	if one.room(0)(1) || one.busy.Load() {
		t.Error("a request may hold too much")
	}
	one.release()
	if free := large.free.Load(); free != math.MaxInt64 {
		t.Errorf("after what was refused, %d are free", free)
	}
}

// A request's own body is held too, and counts.
func TestBudgetOfABody(t *testing.T) {
	b := newBudget(20, 1)
	one := b.share()
	if body, err := io.ReadAll(held{strings.NewReader("0123456789"), one}); err != nil || len(body) != 10 || b.free.Load() != 10 {
		t.Errorf("%q, %v, %d are free", body, err, b.free.Load())
	}
	if _, err := io.ReadAll(held{strings.NewReader("0123456789x"), one}); !errors.Is(err, errNoRoom) || !one.busy.Load() {
		t.Errorf("a body for which there is no room: %v", err)
	}
	one.release()
	if b.free.Load() != 20 {
		t.Errorf("%d are free of 20", b.free.Load())
	}
}

// The bodies of one caller leave room for those of others, unless it is one body; who is not known is bounded by all alone.
func TestBudgetOfBodies(t *testing.T) {
	b := newBudget(40, 1)
	read := func(caller string, bytes int) (*share, error) {
		s := b.share()
		s.caller = caller
		_, err := io.ReadAll(held{strings.NewReader(strings.Repeat("x", bytes)), s})
		return s, err
	}
	big, err := read("a", 15)
	if err != nil {
		t.Errorf("one body: %v", err)
	}
	again, err := read("a", 1)
	if !errors.Is(err, errNoRoom) || !again.busy.Load() {
		t.Errorf("one more: %v", err)
	}
	other, err := read("b", 10)
	if err != nil {
		t.Errorf("another's: %v", err)
	}
	big.release()
	again.release()
	small, err := read("a", 6)
	if err != nil {
		t.Errorf("after the first has ended: %v", err)
	}
	unknown, err := read("", 20)
	if err != nil {
		t.Errorf("of somebody who is not known: %v", err)
	}
	for _, s := range []*share{other, small, unknown} {
		s.release()
	}
	if len(b.bodies) > 0 || b.free.Load() != 40 {
		t.Errorf("left: %v, %d are free", b.bodies, b.free.Load())
	}
}

// A region that repeats an id in its list is not united with itself, which would take ever longer.
func TestARegionIsNotUnitedWithItself(t *testing.T) {
	const path = clustersAPI + "/cloud_providers"
	g, scripts := scripted(t, nil)
	scripts[0].answers["GET "+path] = `{"total":2,"items":[{"id":"aws","regions":[{"id":"a"}]},{"id":"aws","regions":[{"id":"b"}]}]}`
	scripts[1].answers["GET "+path] = `{"total":2,"items":[{"id":"aws","regions":[{"id":"c"}]},{"id":"gcp"}]}`
	scripts[2].answers["GET "+path] = `{"total":0,"items":[]}`
	got := g.get(path)
	if got.list(t).ids() != "aws gcp" || !strings.Contains(got.body, `"regions":[{"id":"a"},{"id":"c"}]`) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestLookedUp(t *testing.T) {
	const rosa = "product.id = 'rosa' AND (properties.rosa_creator_arn LIKE 'arn:%:1:%' OR aws.sts.role_arn LIKE 'arn:%:1:%') AND "
	for search, want := range map[string]string{
		"(display_name = 'K' or cluster_id = 'K' or external_cluster_id = 'K')": "K",
		"id = 'K' or name = 'K' or external_id = 'K'":                           "K",
		rosa + "(id = 'K' OR name = 'K' OR external_id = 'K')":                  "K",
		"((id='it''s' or name='it''s'))":                                        "it's",
		"id = 'K'":                                                              "K",
		"cluster_id='K' and status = 'Active'":                                  "K",
		"external_cluster_id = 'K'":                                             "K",
		"name = 'K'":                                                            "", // may be for all of that name
		"name = 'K' or display_name = 'K'":                                      "K",
		"id = 'K' or name = 'L'":                                                "",
		"id = 'K' or state = 'K'":                                               "",
		"id = 'K' or name like 'K'":                                             "",
		"id = 'K' or name = 'K' and state = 'ready'":                            "",
		"not (id = 'K' or name = 'K')":                                          "",
		"not id = 'K'":                                                          "",
		"id != 'K'":                                                             "",
		"id = ''":                                                               "",
		"id = K":                                                                "",
		"'id' = 'K'":                                                            "",
		"id in ('K')":                                                           "",
		"id = 'K":                                                               "",
		"(id = 'K'":                                                             "",
		"id = 'K')":                                                             "",
		"name = 'x'' or id = ''K'":                                              "",
		"name like '%K%' or id like '%K%'":                                      "",
		"(name like '%K%' or id like '%K%') and (managed = 't')": "",
		"": "",
	} {
		got, isLookup := lookedUp(search)
		if got != want || isLookup != (want != "") {
			t.Errorf("%s: %q %v, want %q", search, got, isLookup, want)
		}
	}
}

// A search is read in a bounded time, whatever stands in it: what is longer is no lookup.
func TestLongSearchesAreNoLookups(t *testing.T) {
	enclosed := func(parentheses int) string {
		return strings.Repeat("(", parentheses) + "id = 'K'" + strings.Repeat(")", parentheses)
	}
	if value, isLookup := lookedUp(enclosed((maxTokens - 3) / 2)); !isLookup || value != "K" {
		t.Errorf("at the bound: %q %v", value, isLookup)
	}
	for _, parentheses := range []int{maxTokens/2 - 1, 500_000} {
		if _, isLookup := lookedUp(enclosed(parentheses)); isLookup {
			t.Errorf("in %d parentheses it is a lookup", parentheses)
		}
	}
}

// What is a lookup stays one when something else must hold too, and is none when something else may hold instead.
func FuzzLookedUp(f *testing.F) {
	for _, seed := range []string{"id = 'K' or name = 'K'", "(a = 'b' and id='x''y')", "id = 'K", "((", "not id = 'K'", "id='a' and (id='b' or name='b')"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, search string) {
		value, isLookup := lookedUp(search)
		if !isLookup {
			return
		}
		if value == "" || !strings.Contains(search, "'"+strings.ReplaceAll(value, "'", "''")+"'") {
			t.Errorf("%q is not a value of %q", value, search)
		}
		if tokens, _ := tokensOf(search); len(tokens) > maxTokens-6 {
			return // with anything beside it, it is too long
		}
		if again, still := lookedUp("(" + search + ") and state = 'ready'"); !still || again != value {
			t.Errorf("%q with a condition: %q %v", search, again, still)
		}
		if _, still := lookedUp("(" + search + ") or state = 'ready'"); still {
			t.Errorf("%q is a lookup though something else may hold instead", search)
		}
		if _, still := lookedUp("not (" + search + ")"); still {
			t.Errorf("%q is a lookup though it must not hold", search)
		}
	})
}
