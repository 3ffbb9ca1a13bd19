package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"
)

// A table is what a part prints: Markdown that reads as text too.
type table struct {
	title, about string
	head         []string
	rows         [][]string
	notes        []string
}

func (t table) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "### %s\n\n%s\n\n", t.title, t.about)
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	line := func(row []string) {
		for i, cell := range row {
			fmt.Fprintf(&out, "| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		out.WriteString("|\n")
	}
	line(t.head)
	dashes := make([]string, len(widths))
	for i, width := range widths {
		dashes[i] = strings.Repeat("-", width)
	}
	line(dashes)
	for _, row := range t.rows {
		line(row)
	}
	for _, note := range t.notes {
		fmt.Fprintf(&out, "\n%s\n", note)
	}
	return out.String()
}

// median of an odd number of values is the middle one, of an even number the mean of both.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// percentile is the smallest value that so many percent of all are not above.
func percentile(values []float64, percent int) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)*percent+99)/100-1]
}

func spread(values []float64, format string) string {
	if len(values) == 0 {
		return "-"
	}
	return fmt.Sprintf(format+"–"+format, slices.Min(values), slices.Max(values))
}

// ratio is the median of the ratios of each round, in which both met the same noise.
func ratio(of, to []float64) string {
	if len(of) == 0 || len(of) != len(to) {
		return "-"
	}
	ratios := make([]float64, len(of))
	for i := range of {
		ratios[i] = of[i] / to[i]
	}
	return fmt.Sprintf("%.2f", median(ratios))
}

// machine describes where a run was made.
func machine() string {
	return fmt.Sprintf("Measured with %s on %d shared processor cores (%s/%s).", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
}

const figuresBegin, figuresEnd = "<!-- figures -->\n", "<!-- end of figures -->\n"

// replaceFigures puts figures between the marks of a document.
func replaceFigures(document, figures string) error {
	text, err := os.ReadFile(document) //nolint:gosec // named by whoever runs this
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(text, []byte(figuresBegin))
	_, after, ends := bytes.Cut(rest, []byte(figuresEnd))
	if !found || !ends {
		return fmt.Errorf("%s: has no lines %q and %q for the figures to stand between", document, strings.TrimSpace(figuresBegin), strings.TrimSpace(figuresEnd))
	}
	return os.WriteFile(document, slices.Concat(before, []byte(figuresBegin+"\n"+strings.TrimSpace(figures)+"\n\n"+figuresEnd), after), 0o600) //nolint:gosec // likewise
}
