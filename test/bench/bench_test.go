package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestStatistics(t *testing.T) {
	hundred := make([]float64, 0, 100)
	for i := 100; i > 0; i-- {
		hundred = append(hundred, float64(i))
	}
	for name, got := range map[string][2]float64{
		"median of three":            {median([]float64{9, 1, 2}), 2},
		"median of four":             {median([]float64{9, 1, 2, 4}), 3},
		"median of none":             {median(nil), 0},
		"99th percentile of hundred": {percentile(hundred, 99), 99},
		"50th percentile of hundred": {percentile(hundred, 50), 50},
		"99th percentile of one":     {percentile([]float64{7}, 99), 7},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %v, want %v", name, got[0], got[1])
		}
	}
	// Each round by itself: a round in which everything took ten times as long counts like the others.
	if got := ratio([]float64{2, 30, 4}, []float64{1, 10, 1}); got != "3.00" {
		t.Errorf("ratio %s, want 3.00", got)
	}
	if got := ratio([]float64{1}, nil); got != "-" {
		t.Errorf("ratio to what was not measured: %s", got)
	}
}

func TestFiguresAreReplacedBetweenTheirMarks(t *testing.T) {
	document := filepath.Join(t.TempDir(), "bench.md")
	if err := os.WriteFile(document, []byte("# Above\n"+figuresBegin+"old\n"+figuresEnd+"below\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := replaceFigures(document, "new\n"); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(document)
	if want := "# Above\n" + figuresBegin + "\nnew\n\n" + figuresEnd + "below\n"; err != nil || string(text) != want {
		t.Errorf("%q, %v; want %q", text, err, want)
	}
	if err := os.WriteFile(document, []byte("nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replaceFigures(document, "new\n"); err == nil || !strings.Contains(err.Error(), "<!-- figures -->") {
		t.Errorf("a document without marks: %v", err)
	}
}

func TestChoose(t *testing.T) {
	if all, err := choose(""); err != nil || len(all) != len(parts) {
		t.Errorf("%d parts, %v", len(all), err)
	}
	if two, err := choose("hanging,cpu"); err != nil || len(two) != 2 || two[0].name != "hanging" {
		t.Errorf("%v, %v", two, err)
	}
	if _, err := choose("cpu,gpu"); err == nil || !strings.Contains(err.Error(), `"gpu"`) {
		t.Errorf("an unknown part: %v", err)
	}
}

// A list is read to the page that is not full, or one page of it; what is refused is told in the words of the answer.
func TestReadingAList(t *testing.T) {
	const clusters = 25
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		size, _ := strconv.Atoi(r.URL.Query().Get("size"))
		if size < 0 {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"reason":"Too much."}`)
			return
		}
		rows := max(min(size, clusters-(page-1)*size), 0)
		_, _ = fmt.Fprintf(w, `{"items":[%s]}`, strings.TrimSuffix(strings.Repeat("{},", rows), ","))
	}))
	defer server.Close()
	for _, test := range []struct {
		listing
		want reading
	}{
		{listing{size: 10}, reading{rows: 25, pages: 3}},
		{listing{size: 5}, reading{rows: 25, pages: 6}},
		{listing{size: 10, page: 2}, reading{rows: 10, pages: 1}},
		{listing{size: -1, page: 1}, reading{refused: "400: Too much."}},
	} {
		got, err := test.read(t.Context(), server.Client(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if got.rows != test.want.rows || got.pages != test.want.pages || got.refused != test.want.refused || got.first > got.last {
			t.Errorf("size %d, page %d: %+v, want %+v", test.size, test.page, got, test.want)
		}
	}
}
