package residency

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
)

// strange is a mark that each encoding writes in another way.
var strange = Mark{Category: DisplayName, Text: `Büro "Nord" & <` + Word() + `>`}

// plainly is one that most write as it is.
var plainly = Mark{Category: ClusterName, Text: Word()}

func searcher(t *testing.T, marks ...Mark) *Searcher {
	t.Helper()
	matcher, err := New(marks...)
	if err != nil {
		t.Fatal(err)
	}
	return NewSearcher(matcher)
}

func zipped(text string) string {
	var stream bytes.Buffer
	w := gzip.NewWriter(&stream)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return stream.String()
}

func zstandard(text string) string {
	encoder, _ := zstd.NewWriter(nil)
	return string(encoder.EncodeAll([]byte(text), nil))
}

func inJSONText(text string) string {
	written, _ := json.Marshal(map[string]string{"name": text})
	return string(written)
}

func units(text string, littleEndian bool) string {
	var written []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		high, low := byte(unit>>8), byte(unit)
		if littleEndian {
			high, low = low, high
		}
		written = append(written, high, low)
	}
	return string(written)
}

func TestEveryEncodingIsFound(t *testing.T) {
	s, p := strange.Text, plainly.Text
	for name, c := range map[string]struct{ content, encoding string }{
		"raw":                      {"name: " + s + "\n", "Raw"},
		"a query":                  {"/api?search=" + url.QueryEscape("name = '"+s+"'"), "URL"},
		"a path":                   {"/" + url.PathEscape(s) + "/x", "URL"},
		"a browser's query":        {"?q=" + strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), "URL"},
		"JSON":                     {inJSONText(s), "JSON"},
		"JSON of a browser":        {`{"name":"Büro \"Nord\" & <` + s[strings.Index(s, "<")+1:] + `"}`, "JSON"},
		"JSON in ASCII":            {`{"name":"B\u00fcro \"Nord\" & <` + s[strings.Index(s, "<")+1:] + `"}`, "JSON"},
		"HTML":                     {"<b>Büro &#34;Nord&#34; &amp; &lt;" + s[strings.Index(s, "<")+1:len(s)-1] + "&gt;</b>", "HTML"},
		"hex":                      {hex.EncodeToString([]byte(s)), "Hex"},
		"capital hex":              {strings.ToUpper(hex.EncodeToString([]byte(p))), "Hex"},
		"UTF-16, the low first":    {units("中"+s+"中", true), "UTF16"},
		"UTF-16, the high first":   {units("中"+s+"中", false), "UTF16"},
		"base64":                   {base64.StdEncoding.EncodeToString([]byte(s)), "Base64"},
		"base64, one before":       {base64.StdEncoding.EncodeToString([]byte("1" + p)), "Base64"},
		"base64, two before":       {base64.StdEncoding.EncodeToString([]byte("12" + p + "3")), "Base64"},
		"base64, of JSON":          {base64.StdEncoding.EncodeToString([]byte(inJSONText(p))), "Base64"},
		"base64 for URLs":          {base64.RawURLEncoding.EncodeToString([]byte("???>>>" + s + "???")), "Base64"},
		"base64 for URLs, one":     {base64.RawURLEncoding.EncodeToString([]byte("?" + s)), "Base64"},
		"base64 for URLs, two":     {base64.RawURLEncoding.EncodeToString([]byte("??" + s)), "Base64"},
		"gzip":                     {"before" + zipped("in it "+s) + "after", "Gzip Raw"},
		"the second gzip":          {zipped("nothing") + zipped(p), "Gzip Raw"},
		"base64 in gzip":           {zipped(base64.StdEncoding.EncodeToString([]byte("1" + p))), "Gzip Base64"},
		"the beginning of gzip":    {zipped(p + noise(1<<14))[:1<<12], "Gzip Raw"},
		"Zstandard":                {"before" + zstandard(strings.Repeat("in it ", 99)+s) + "after", "Zstandard Raw"},
		"after what looks like it": {"\x1f\x8b\x08" + p + "\x28\xb5\x2f\xfd" + zipped(p), "Raw"},
	} {
		t.Run(name, func(t *testing.T) {
			search := searcher(t, strange, plainly)
			if err := search.Bytes(Place{Kind: NodeFiles, Where: "here"}, []byte(c.content)); err != nil {
				t.Fatal(err)
			}
			hits := search.Hits()
			encodings := map[string]int{}
			for _, hit := range hits {
				encodings[hit.Encoding] += hit.Count
				if hit.Where != "here" || hit.Kind != NodeFiles {
					t.Errorf("it is in %v", hit.Place)
				}
			}
			if encodings[c.encoding] != 1 {
				t.Errorf("%q is not found once as %s: %v", c.content, c.encoding, hits)
			}
		})
	}
}

// What lies beside a mark decides the characters at its edges.
func TestBase64IsFoundBesideAnything(t *testing.T) {
	for range 200 {
		before, after := make([]byte, rand.N(7)), make([]byte, rand.N(7))
		for _, text := range [][]byte{before, after} {
			for i := range text {
				text[i] = byte(rand.N(256))
			}
		}
		mark := Mark{Category: Token, Text: Word() + "ÿ?>"}
		text := string(before) + mark.Text + string(after)
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			search := searcher(t, mark)
			if err := search.Bytes(Place{Kind: NodeFiles}, []byte(encoding.EncodeToString([]byte(text)))); err != nil {
				t.Fatal(err)
			}
			if len(search.Hits()) == 0 {
				t.Fatalf("%q is not found in %q", mark.Text, encoding.EncodeToString([]byte(text)))
			}
		}
	}
}

func TestAMarkOverTwoPiecesIsFoundOnce(t *testing.T) {
	for _, filling := range []string{"-", "\x00"} {
		for _, text := range []string{plainly.Text, units(plainly.Text, true), units(plainly.Text, false), base64.StdEncoding.EncodeToString([]byte(plainly.Text))} {
			for _, cut := range []int{0, 1, 2, len(text) / 2, len(text) - 1, len(text), len(text) + 1} {
				content := strings.Repeat(filling, pieceSize-cut) + text + strings.Repeat(filling, pieceSize)
				search := searcher(t, plainly)
				if err := search.Bytes(Place{Kind: NodeFiles}, []byte(content)); err != nil {
					t.Fatal(err)
				}
				found, first := 0, int64(0)
				for _, hit := range search.Hits() {
					found, first = found+hit.Count, hit.Offset
				}
				// Between zeros, UTF-16 of the one order is that of the other too, a byte beside.
				if beside := filling == "\x00" && len(text) == 2*len(plainly.Text); found != 1 && (!beside || found != 2) || first < int64(pieceSize-cut-1) || first > int64(pieceSize-cut) {
					t.Fatalf("filled with %q, cut after %d of %q: %+v", filling, cut, text, search.Hits())
				}
			}
		}
	}
}

func TestAStreamOverManyPiecesIsRead(t *testing.T) {
	search := searcher(t, plainly)
	content := strings.Repeat("-", pieceSize-2) + zipped(noise(2*pieceSize-9)+plainly.Text+noise(pieceSize))
	if err := search.Bytes(Place{Kind: NodeFiles}, []byte(content)); err != nil {
		t.Fatal(err)
	}
	if hits := search.Hits(); len(hits) != 1 || hits[0].Encoding != "Gzip Raw" || hits[0].Offset != 2*pieceSize-9 {
		t.Errorf("found %+v", hits)
	}
}

// noise is text that no compression makes small.
func noise(length int) string {
	text := make([]byte, length)
	for i := range text {
		text[i] = "0123456789ABCDEF"[rand.N(16)]
	}
	return string(text)
}

func TestNothingIsFoundWithoutMarks(t *testing.T) {
	search := searcher(t, strange, plainly, Mark{Category: User, Text: "user-07"})
	other := Word()
	for i, content := range []string{"", other, noise(3 * pieceSize), zipped(other), zstandard(other), "\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "user-08", plainly.Text[1:]} {
		if err := search.Bytes(Place{Kind: NodeFiles, Where: fmt.Sprint(i)}, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if hits := search.Hits(); len(hits) != 0 {
		t.Errorf("found %+v", hits)
	}
	if read := search.Report().Read[NodeFiles]; read.Places != 9 || read.Streams != 2 || read.Bytes < 3*pieceSize {
		t.Errorf("read %+v", read)
	}
}

func TestHitsDoNotHoldTheMark(t *testing.T) {
	search := searcher(t, strange, plainly)
	place := Place{Kind: EtcdValues, Where: "/registry/configmaps/" + plainly.Text + "-config/" + url.PathEscape(strange.Text)}
	if err := search.Bytes(place, []byte(plainly.Text+plainly.Text)); err != nil {
		t.Fatal(err)
	}
	report := search.Report()
	written, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []Mark{strange, plainly} {
		for form := range encode(mark.Text) {
			if bytes.Contains(written, []byte(form)) {
				t.Errorf("the report holds %q: %s", form, written)
			}
		}
	}
	encodings := map[string]int{}
	for _, hit := range report.Hits {
		encodings[hit.Encoding] += hit.Count
		if hit.Where != "/registry/configmaps/<ClusterName>-config/<DisplayName>" {
			t.Errorf("it is in %s", hit.Where)
		}
	}
	if encodings["Raw"] != 2 || encodings["Name Raw"] != 1 || encodings["Name URL"] != 1 {
		t.Errorf("found as %v", encodings)
	}
}

func TestAllowedPlacesAreCounted(t *testing.T) {
	search := searcher(t, plainly)
	for _, kind := range []Kind{ConsoleMemory, OperatorMemory} {
		if err := search.Bytes(Place{Kind: kind}, []byte(plainly.Text+plainly.Text)); err != nil {
			t.Fatal(err)
		}
	}
	report := search.Report(ConsoleMemory, BrowserStorage)
	if len(report.Hits) != 1 || report.Hits[0].Kind != OperatorMemory || report.Allowed[ConsoleMemory][ClusterName] != 2 || report.Marks[ClusterName] != 1 {
		t.Errorf("%+v", report)
	}
}

func TestShortMarksAreRefused(t *testing.T) {
	if _, err := New(Mark{Category: User, Text: "bob"}); err == nil || !strings.Contains(err.Error(), "User") {
		t.Errorf("got %v", err)
	}
	if _, err := New(); err == nil {
		t.Error("a search for nothing finds nothing, and is not refused")
	}
}
