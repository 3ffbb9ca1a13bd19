package residency

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	// Of the libraries of this kind it tells every match, overlapping ones too, where faster ones tell the leftmost only.
	ahocorasick "github.com/BobuSumisu/aho-corasick"
)

// shortest is how few bytes are looked for: less would be found by chance.
const shortest = 7

// A pattern is a sequence of bytes that means something: a mark in a form, or the beginning of a compressed stream.
type pattern struct {
	mark     int // which of the marks; none where a stream begins
	category Category
	encoding Encoding
}

// streams are how compressed streams begin.
var streams = map[string]Encoding{"\x1f\x8b\x08": Gzip, "\x28\xb5\x2f\xfd": Zstandard}

// A Matcher finds marks in all their forms.
type Matcher struct {
	trie     *ahocorasick.Trie
	patterns []pattern
	longest  int
}

// New prepares the search for marks. The error names the category of one that is too short to mean anything.
func New(marks ...Mark) (*Matcher, error) {
	if len(marks) == 0 {
		return nil, errors.New("no mark to search for")
	}
	m := &Matcher{}
	builder := ahocorasick.NewTrieBuilder()
	add := func(text string, p pattern) {
		builder.AddString(text)
		m.patterns = append(m.patterns, p)
		m.longest = max(m.longest, len(text))
	}
	known := map[string]bool{}
	for i, mark := range marks {
		if len(mark.Text) < shortest {
			return nil, fmt.Errorf("a mark of category %s has %d bytes: use at least %d", mark.Category, len(mark.Text), shortest)
		}
		forms := encode(mark.Text)
		for _, form := range slices.Sorted(maps.Keys(forms)) {
			if !known[form] {
				known[form] = true
				add(form, pattern{mark: i, category: mark.Category, encoding: forms[form]})
			}
		}
	}
	for _, begin := range slices.Sorted(maps.Keys(streams)) {
		add(begin, pattern{mark: -1, encoding: streams[begin]})
	}
	m.trie = builder.Build()
	return m, nil
}

// find calls back for each pattern in a block, with the places where it begins and ends there.
func (m *Matcher) find(block []byte, found func(p pattern, begin, end int)) {
	m.trie.Walk(block, func(last, length, number int64) bool {
		found(m.patterns[number], int(last-length+1), int(last+1))
		return true
	})
}

// redact is a text without marks: the category stands in the place of each.
func (m *Matcher) redact(text string) string {
	var clean []byte
	kept := 0
	m.find([]byte(text), func(p pattern, begin, end int) {
		if p.mark < 0 || begin < kept {
			return
		}
		clean = append(append(clean, text[kept:begin]...), "<"+p.category+">"...)
		kept = end
	})
	return string(append(clean, text[kept:]...))
}

// A window is what is written to it, looked at piece by piece: its memory does not grow, and what is cut by the edge of a
// piece is found.
type window struct {
	matcher *Matcher
	found   func(p pattern, offset int64)

	held   []byte // the last bytes of what came before
	offset int64  // where these begin
}

// Write looks at a piece.
func (w *window) Write(piece []byte) (int, error) {
	before := len(w.held)
	w.held = append(w.held, piece...)
	w.matcher.find(w.held, func(p pattern, begin, end int) {
		if end > before { // else it was found with the piece before
			w.found(p, w.offset+int64(begin))
		}
	})
	if surplus := len(w.held) - (w.matcher.longest - 1); surplus > 0 {
		w.held = append(w.held[:0], w.held[surplus:]...)
		w.offset += int64(surplus)
	}
	return len(piece), nil
}
