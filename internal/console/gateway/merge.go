package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

const (
	// maxDepth is how far down an ordered list goes, and how long a whole one may be: its rows pass through the console
	// one by one, while an unordered list is cut out of the regions' own.
	maxDepth = 20_000
	// largestChunk and smallestChunk are how many rows are asked of a region at once.
	largestChunk, smallestChunk = 200, 20
	// largestItem is how many bytes one row may have. A cluster has some ten thousand, an add-on with its picture ten times
	// as many. Whoever reads the members of an object holds several times its length.
	largestItem = 512 << 10
	// maxTotal is more rows than any region has, and so few that the totals of all regions add up.
	maxTotal = 1_000_000_000
)

// A chunk is one page of a region's list.
type chunk struct {
	kind  string
	total int
	rows  []row
}

// fetch asks region for one page. It is called from several goroutines, at one time at most once for each region.
type fetch func(region, page, size int) (chunk, *trouble)

// A window is which rows of the merged list are wanted.
type window struct {
	start, end int
	keys       []sortKey
}

// A merged is the window's content.
type merged struct {
	kind  string
	total int
	rows  []row
}

// A merge runs one list over several regions.
type merge struct {
	window  window
	fetch   fetch
	streams []*stream
}

// A stream is the list of one region as far as it was read.
type stream struct {
	region int
	kind   string
	total  int
	first  int // how many rows are asked for at first
	most   int // first doubled until the largest chunk
	next   int // the position of the next row that read reads
	from   int // the position of the first of rows, see concatenate.go
	rows   []row
}

// mergeLists returns the rows of the window, over all regions, or every trouble that the regions had. The cost follows
// the window: an unordered list is the regions' lists one after the other, so all that lies before the window is
// counted and not read; an ordered one is read from its start, and ends with the window.
func mergeLists(regions int, w window, f fetch) (merged, []*trouble) {
	m := &merge{window: w, fetch: f}
	first := firstChunk(regions, w)
	most := first
	for most*2 <= largestChunk {
		most *= 2
	}
	for region := range regions {
		m.streams = append(m.streams, &stream{region: region, first: first, most: most})
	}
	if troubles := m.each(m.streams, m.begin); len(troubles) > 0 {
		return merged{}, troubles
	}
	out := merged{}
	for _, s := range m.streams {
		out.total += s.total
		if out.kind == "" {
			out.kind = s.kind
		}
	}
	if w.end > w.start && w.end-w.start > maxDepth && out.total > maxDepth {
		return merged{}, []*trouble{{tooMany: out.total}}
	}
	if len(w.keys) == 0 {
		return m.concatenate(out)
	}
	return m.interleave(out)
}

// firstChunk is twice a region's even share of what has to be read; of an unordered list that is not read from its start, only
// its length has to be known first.
func firstChunk(regions int, w window) int {
	if len(w.keys) == 0 && w.start > 0 {
		return 1
	}
	wanted := w.end
	if len(w.keys) == 0 {
		wanted = w.end - w.start
	}
	wanted = max(wanted, 1)
	share := (2*min(wanted, maxDepth) + regions - 1) / regions
	return min(max(share, smallestChunk), largestChunk, wanted)
}

// read takes the next chunk. Its size divides its position, because regions count in pages: the sizes grow as first,
// first, 2 first, 4 first ... up to most.
func (m *merge) read(s *stream) *trouble {
	size := s.first
	if s.next > 0 {
		size = min(s.next, s.most)
	}
	rows, failed := m.take(s, s.next/size+1, size)
	if failed != nil {
		return failed
	}
	s.rows = append(s.rows, rows...)
	s.next += size
	return nil
}

// take asks for one page, which tells how long the list is, too.
func (m *merge) take(s *stream, page, size int) ([]row, *trouble) {
	c, failed := m.fetch(s.region, page, size)
	if failed != nil {
		return nil, failed
	}
	if s.kind == "" {
		s.kind = c.kind
	}
	if len(c.rows) < size && (page-1)*size+len(c.rows) < c.total {
		// A region that caps its pages counts them otherwise than it was asked to: rows would be lost or come twice.
		return nil, &trouble{region: s.region, cause: proxy.UnexpectedContent}
	}
	s.total = c.total
	return c.rows, nil
}

func (s *stream) ended() bool { return s.next >= s.total }

// each runs one step of several streams at the same time.
func (m *merge) each(streams []*stream, step func(*stream) *trouble) []*trouble {
	found := make([]*trouble, len(streams))
	var all sync.WaitGroup
	for i, s := range streams {
		all.Go(func() { found[i] = step(s) })
	}
	all.Wait()
	var troubles []*trouble
	for _, t := range found {
		if t != nil {
			troubles = append(troubles, t)
		}
	}
	return troubles
}

// interleave merges the regions' lists by the sort keys, reading on where a list runs out.
func (m *merge) interleave(out merged) (merged, []*trouble) {
	if m.window.end-m.window.start > maxDepth { // all of it, which was found to be few enough
		whole := func(s *stream) *trouble { return m.cut(s, window{end: s.total}) }
		if troubles := m.each(m.streams, whole); len(troubles) > 0 {
			return merged{}, troubles
		}
	}
	for position := 0; position < m.window.end; position++ {
		if troubles := m.refill(); len(troubles) > 0 {
			return merged{}, troubles
		}
		head := m.head()
		if head == nil {
			break
		}
		if position >= m.window.start {
			out.rows = append(out.rows, head.rows[0])
		}
		head.rows = head.rows[1:]
	}
	return out, nil
}

// refill reads on in every list that has run out, and along with it in those that soon will: so that the regions are
// waited for together and not one after the other.
func (m *merge) refill() []*trouble {
	var low []*stream
	empty := false
	for _, s := range m.streams {
		if s.ended() {
			continue
		}
		empty = empty || len(s.rows) == 0
		if len(s.rows) <= s.first/2 {
			low = append(low, s)
		}
	}
	if !empty {
		return nil
	}
	return m.each(low, m.read)
}

// head is the stream whose first row comes next, or nil when all are at their end.
func (m *merge) head() *stream {
	var head *stream
	for _, s := range m.streams {
		if len(s.rows) > 0 && (head == nil || before(m.window.keys, s.rows[0], head.rows[0])) {
			head = s
		}
	}
	return head
}

// items are those of a list, at most as many as were asked for, and none too large. They are read one by one, as a few million
// of them fit into an answer that is not too long, and each takes several times its length.
type items struct {
	most int
	all  []json.RawMessage
}

var (
	errNoList       = errors.New("not a list")
	errTooManyItems = errors.New("more items than were asked for")
	errItemTooLarge = errors.New("an item that is too large")
)

func (i *items) UnmarshalJSON(list []byte) error {
	i.all = nil
	each := json.NewDecoder(bytes.NewReader(list))
	switch opening, err := each.Token(); {
	case err != nil:
		return err
	case opening == nil: // null
		return nil
	case opening != json.Delim('['):
		return errNoList
	}
	for each.More() {
		if len(i.all) == i.most {
			return errTooManyItems
		}
		var item json.RawMessage
		if err := each.Decode(&item); err != nil {
			return err
		}
		if len(item) > largestItem {
			return errItemTooLarge
		}
		i.all = append(i.all, item)
	}
	return nil
}

// readChunk reads a region's page, or tells why it cannot be used: it is no list, or holds more than was asked for.
func readChunk(body []byte, region, size int, keys []sortKey) (chunk, proxy.Cause) {
	var page struct {
		Kind  string `json:"kind"`
		Total *int   `json:"total"`
		Items items  `json:"items"`
	}
	if page.Items.most = size; size == wholeList {
		page.Items.most = maxDepth
	}
	if err := json.Unmarshal(body, &page); err != nil || page.Total == nil || *page.Total < 0 || *page.Total > maxTotal {
		return chunk{}, unusable(err)
	}
	out := chunk{kind: page.Kind, total: *page.Total, rows: make([]row, 0, len(page.Items.all))}
	for _, item := range page.Items.all {
		who := identityOf(item)
		r := row{region: region, id: who.ID, of: who.RHRegionID, body: item, keys: make([]any, len(keys))}
		if r.id == "" {
			return chunk{}, proxy.UnexpectedContent
		}
		for i, key := range keys {
			r.keys[i] = valueAt(item, key.path)
		}
		out.rows = append(out.rows, r)
	}
	return out, ""
}

// unusable is why a list that did not decode cannot be used.
func unusable(err error) proxy.Cause {
	if errors.Is(err, errItemTooLarge) {
		return itemTooLarge
	}
	return proxy.UnexpectedContent
}

// An identity is what an object says of itself.
type identity struct {
	ID                string `json:"id"`
	ExternalID        string `json:"external_id"`
	ClusterID         string `json:"cluster_id"`
	ExternalClusterID string `json:"external_cluster_id"`
	RHRegionID        string `json:"rh_region_id"`
}

// identityOf is empty for what is no object.
func identityOf(object []byte) identity {
	var who identity
	if json.Unmarshal(object, &who) != nil {
		return identity{}
	}
	return who
}

// has tells whether one of the ids is the value.
func (i identity) has(value string) bool {
	return value == i.ID || value == i.ExternalID || value == i.ClusterID || value == i.ExternalClusterID
}
