package residency

import (
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strings"
	"sync"

	// Zstandard is not in the standard library, and this is the implementation in Go.
	"github.com/klauspost/compress/zstd"
)

// A Kind is a kind of place.
type Kind string

// The kinds of places.
const (
	NodeFiles      Kind = "NodeFiles"      // what is on a node's disk and in its memory file systems, and is of none of the others
	ContainerFiles Kind = "ContainerFiles" // the file systems of containers as these see them
	PodLogs        Kind = "PodLogs"
	AuditLogs      Kind = "AuditLogs"
	EtcdFiles      Kind = "EtcdFiles"
	EtcdValues     Kind = "EtcdValues"
	OperatorMemory Kind = "OperatorMemory"
	ConsoleMemory  Kind = "ConsoleMemory"
	NodeMemory     Kind = "NodeMemory"     // of every other process of a node
	BrowserProfile Kind = "BrowserProfile" // the files that a browser writes
	BrowserStorage Kind = "BrowserStorage" // what it keeps of the console's origin, in files or not
)

// A Place is where something lies: of what kind, and its path, key or the like.
type Place struct {
	Kind  Kind   `json:"kind"`
	Where string `json:"where"`
}

// A Hit is a mark that was found.
type Hit struct {
	Place
	Category Category `json:"category"`
	Encoding string   `json:"encoding"` // behind that of the stream that it lies in, if any
	Offset   int64    `json:"offset"`   // the first one, in the stream if it lies in one
	Count    int      `json:"count"`
	mark     int
}

// A Count is how much was read of a kind of place.
type Count struct {
	Places int   `json:"places"`
	Bytes  int64 `json:"bytes"`
	// Streams are the compressed ones that were read as such.
	Streams int `json:"streams"`
}

// A file is one on a disk, by whatever path it is reached.
type file struct{ device, number uint64 }

// A Searcher looks into places. Its methods may be called side by side.
type Searcher struct {
	matcher *Matcher

	lock sync.Mutex
	hits []Hit
	read map[Kind]Count
	seen map[file]bool
}

// NewSearcher starts a search with nothing found.
func NewSearcher(matcher *Matcher) *Searcher {
	return &Searcher{matcher: matcher, read: map[Kind]Count{}, seen: map[file]bool{}}
}

// pieceSize is how much is looked at at a time.
const pieceSize = 1 << 20

// inflated bounds what is read of one compressed stream, in bytes: a small file can hold an endless one.
const inflated = 1 << 30

// Bytes looks into something that is in memory.
func (s *Searcher) Bytes(place Place, content []byte) error {
	return s.At(place, bytes.NewReader(content), int64(len(content)))
}

// At looks into a file, or whatever else can be read from anywhere: its name, its bytes, and the compressed streams in it
// wherever they begin. A size less than zero is read to the end.
func (s *Searcher) At(place Place, content io.ReaderAt, size int64) error {
	if size < 0 {
		size = 1<<63 - 1
	}
	found := newFinding()
	name := &window{matcher: s.matcher, found: found.note("Name ")}
	_, _ = io.WriteString(name, place.Where)
	clear(found.streams) // those of the name are none
	w := &window{matcher: s.matcher, found: found.note("")}
	read, err := pour(w, io.NewSectionReader(content, 0, size))
	inside := 0
	for offset, encoding := range found.streams {
		stream, ends := open(encoding, io.NewSectionReader(content, offset, size-offset))
		if stream == nil {
			continue // bytes that only look like one
		}
		within := newFinding()
		// The stream ends before it should where only its beginning is left: what could be read counts.
		if n, _ := pour(&window{matcher: s.matcher, found: within.note(string(encoding) + " ")}, io.LimitReader(stream, inflated)); n > 0 {
			inside++
		}
		ends()
		found.hits = append(found.hits, within.hits...)
	}
	s.keep(place, found.hits, Count{Places: 1, Bytes: read, Streams: inside})
	return err
}

var pieces = sync.Pool{New: func() any { return new([pieceSize]byte) }}

// pour writes piece by piece what can be read, and tells how much that was.
func pour(w *window, from io.Reader) (int64, error) {
	buffer, total := pieces.Get().(*[pieceSize]byte), int64(0)
	defer pieces.Put(buffer)
	for {
		n, err := io.ReadFull(from, buffer[:])
		w.look(buffer[:n])
		total += int64(n)
		switch {
		case err == io.EOF, err == io.ErrUnexpectedEOF:
			return total, nil
		case err != nil:
			return total, err
		}
	}
}

// look writes a piece. Of one that is all zeros, as most memory is, only the edges can belong to a mark.
func (w *window) look(piece []byte) {
	edge := w.matcher.longest
	if between := len(piece) - 2*edge; between > 0 && len(bytes.Trim(piece, "\x00")) == 0 {
		_, _ = w.Write(piece[:edge])
		w.offset += int64(len(w.held) + between)
		w.held = w.held[:0]
		piece = piece[len(piece)-edge:]
	}
	_, _ = w.Write(piece)
}

// open starts to read a compressed stream, or gives nil where none is.
func open(encoding Encoding, from io.Reader) (stream io.Reader, ends func()) {
	if encoding == Gzip {
		unzipped, err := gzip.NewReader(from)
		if err != nil {
			return nil, nil
		}
		unzipped.Multistream(false) // the next one is found by itself
		return unzipped, func() { _ = unzipped.Close() }
	}
	decoded, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return nil, nil
	}
	return decoded, decoded.Close
}

// A finding is what one place gave.
type finding struct {
	hits    []Hit
	streams map[int64]Encoding // where compressed ones begin
}

func newFinding() *finding { return &finding{streams: map[int64]Encoding{}} }

// note is what a window calls. Hits of one mark in one form are one.
func (f *finding) note(before string) func(pattern, int64) {
	return func(p pattern, offset int64) {
		if p.mark < 0 {
			f.streams[offset] = p.encoding
			return
		}
		encoding := before + string(p.encoding)
		at := slices.IndexFunc(f.hits, func(h Hit) bool { return h.mark == p.mark && h.Encoding == encoding })
		if at < 0 {
			at = len(f.hits)
			f.hits = append(f.hits, Hit{Category: p.category, Encoding: encoding, Offset: offset, mark: p.mark})
		}
		f.hits[at].Count++
	}
}

func (s *Searcher) keep(place Place, hits []Hit, read Count) {
	place.Where = s.matcher.redact(place.Where)
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, hit := range hits {
		hit.Place = place
		s.hits = append(s.hits, hit)
	}
	total := s.read[place.Kind]
	total.Places, total.Bytes, total.Streams = total.Places+read.Places, total.Bytes+read.Bytes, total.Streams+read.Streams
	s.read[place.Kind] = total
}

// Hits are those so far, by place.
func (s *Searcher) Hits() []Hit {
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.SortedFunc(slices.Values(s.hits), func(a, b Hit) int {
		return strings.Compare(string(a.Kind)+a.Where+a.Encoding, string(b.Kind)+b.Where+b.Encoding)
	})
}

// Of tells whether a hit is one of a mark, by its place in the list that New was given.
func (h Hit) Of(mark int) bool { return h.mark == mark }
