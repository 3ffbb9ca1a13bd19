package gateway

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzAsked asks, of whatever query a list comes with: it is refused, or a region is asked for a page by the console's own
// count and for everything else in the user's own words. The one thing that is added is the id at the end of an order.
func FuzzAsked(f *testing.F) {
	for _, seed := range []string{
		"", "search=name+like+'a%25'&fields=id", "page=2&size=7&order=name+desc", "orderBy=name,", "search=id='x''y'&search=other", "size=-1&partial=true",
		"order=a&orderBy=b", "page=1&page=2", "search=%00%ff%26page%3D9", "Page=9&SIZE=3", "order=id", "order=,,", "a.b[c]=d&=e",
	} {
		f.Add(seed, 3, 20)
	}
	f.Fuzz(func(t *testing.T, raw string, page, size int) {
		query, err := url.ParseQuery(raw)
		if err != nil {
			return // refused before it is read
		}
		query.Del("partial")
		answer := httptest.NewRecorder()
		c := &call{Gateway: &Gateway{}, w: answer, query: maps.Clone(query)}
		l, ok := c.readListing()
		if !ok {
			if answer.Code != 400 {
				t.Fatalf("refused by %d", answer.Code)
			}
			return
		}
		asked, err := url.ParseQuery(l.asking(page, size))
		if err != nil {
			t.Fatal(err)
		}
		if got := (url.Values{"page": asked["page"], "size": asked["size"]}).Encode(); got != (listing{passed: url.Values{}}).asking(page, size) {
			t.Errorf("a region is asked for %s", got)
		}
		if w := l.window(); w.start < 0 || w.end < w.start {
			t.Errorf("rows %d to %d are wanted", w.start, w.end)
		}
		for _, own := range []string{"page", "size"} {
			delete(asked, own)
			delete(query, own)
		}
		for name, values := range query {
			got := asked[name]
			if name != "order" && name != "orderBy" || len(got) == len(values) && (len(got) == 0 || got[0] == values[0]) {
				if strings.Join(got, "\x00") != strings.Join(values, "\x00") {
					t.Errorf("%q: a region is asked for %q instead of %q", name, got, values)
				}
				continue
			}
			if len(got) != 1 || got[0] != strings.TrimRight(values[0], ", ")+", id asc" {
				t.Errorf("%q: a region is asked for %q instead of %q", name, got, values)
			}
		}
		if len(asked) != len(query) {
			t.Errorf("a region is asked for %v instead of %v", asked, query)
		}
	})
}

// FuzzMergeAnswers merges whatever bytes two regions answer to every question: the list comes to an end, and is refused or is
// one that clients can read, with no more in it than the regions gave.
func FuzzMergeAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"total":0}`, `{"total":1,"items":[{"id":"a","name":"n"}]}`, `{"total":3,"items":[{"id":"a"},{"id":"b"},{"id":"c"}]}`, `{"total":1e9,"items":[{"id":"a"}]}`,
		`{"total":1,"items":[{"id":"a","id":"b","ID":"c"}]}`, `{"kind":"\ud800","total":1,"items":[{"id":"\u0000"}]}`, `{"total":9223372036854775807}`,
		`{"total":2,"items":[{"id":"a","name":{"x":[]}},{"id":"b","name":1e308}]}`, `{"total":1,"items":[{"id":"a","creation_timestamp":"2026-01-01T00:00:00Z"}]} `,
	} {
		f.Add([]byte(seed), []byte(seed), uint8(1), int8(3), true)
		f.Add([]byte(seed), []byte(`{"total":0}`), uint8(2), int8(-1), false)
	}
	f.Fuzz(func(t *testing.T, first, second []byte, page uint8, size int8, ordered bool) {
		l := listing{page: int(page) + 1, size: max(int(size), wholeList)}
		if ordered {
			l.keys = []sortKey{{path: "name"}, {path: "creation_timestamp", descending: true}}
		}
		answers, questions := [][]byte{first, second}, make([]int, 2)
		out, troubles := mergeLists(2, l.window(), func(region, _, size int) (chunk, *trouble) {
			if questions[region]++; questions[region] > maxDepth {
				t.Fatal("the same page is asked for without an end")
			}
			got, cause := readChunk(answers[region], region, size, l.keys)
			if cause != "" {
				return chunk{}, &trouble{region: region, cause: cause}
			}
			return got, nil
		})
		if len(troubles) > 0 {
			return
		}
		answer := httptest.NewRecorder()
		c := &call{Gateway: newMergeGateway(), w: answer}
		c.writeList(clusters, l, out, nil)
		var list listOf
		if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil {
			t.Fatalf("no list: %v: %s", err, answer.Body)
		}
		if answer.Code != 200 {
			return // two claims of one id
		}
		if list.Size != len(list.Items) || list.Size > list.Total || l.size >= 0 && list.Size > l.size || list.Total < 0 {
			t.Errorf("%d items of %d, said to be %d; asked for %d", len(list.Items), list.Total, list.Size, l.size)
		}
	})
}

func newMergeGateway() *Gateway {
	return New(Settings{Regions: []Region{{ID: west}, {ID: central}}, Timeout: time.Minute})
}
