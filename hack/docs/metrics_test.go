package docs

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What the code calls a metric is what docs/metrics.md lists, of the console and of the operator.
func TestTheMetricsAreListed(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	console, operator, found := strings.Cut(string(page), "\n## The operator")
	if !found {
		t.Fatal("docs/metrics.md has no part for the operator")
	}
	for _, test := range []struct{ name, listed, folders string }{
		{"console", console, "internal/console"},
		{"operator", operator, "controllers cmd/operator"},
	} {
		listed, inCode := map[string]bool{}, map[string]bool{}
		for _, match := range regexp.MustCompile("(?m)^\\| `(geoconsole_[a-z0-9_]+)`").FindAllStringSubmatch(test.listed, -1) {
			listed[match[1]] = true
		}
		for _, folder := range strings.Fields(test.folders) {
			for name := range metricsIn(t, filepath.Join(root, folder)) {
				inCode[name] = true
			}
		}
		if len(inCode) == 0 || !maps.Equal(listed, inCode) {
			t.Errorf("%s: docs/metrics.md lists %v, the code has %v", test.name, slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(inCode)))
		}
	}
}

// metricsIn are the names of metrics that the code of a folder holds as texts.
func metricsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`"(geoconsole_[a-z0-9_]+)"`).FindAllStringSubmatch(string(text), -1) {
			names[match[1]] = true
		}
	}
	return names
}
