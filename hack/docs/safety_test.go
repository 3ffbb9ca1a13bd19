// Package docs checks what the documents say of the code.
package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// cited is a test as docs/safety.md names it: `file` "piece of the title".
var cited = regexp.MustCompile("`([^`]+_test\\.go|[^`]+\\.test\\.tsx?)` \"([^\"]+)\"")

// unproven are the beginnings of a sentence that says why no test is named.
var unproven = []string{"Cannot happen:", "Not yet:"}

// TestSafety wants a line for every safety property of the operator and every failure of a peer, and every test that
// they name to be there.
func TestSafety(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/safety.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(string(page)) {
		about, said, isLine := strings.Cut(strings.TrimPrefix(line, "- **"), "**")
		if isLine && strings.HasPrefix(line, "- **") {
			if lines[about] != "" {
				t.Errorf("%s: told twice", about)
			}
			lines[about] = said
		}
	}
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14} {
		name := fmt.Sprintf("Property %d", n)
		named := false
		for _, test := range cited.FindAllStringSubmatch(lines[name], -1) {
			named = named || regexp.MustCompile(`Property ?`+fmt.Sprint(n)+`(\D|$)`).MatchString(test[2])
		}
		if !named {
			t.Errorf("%s: names no test whose title holds %q", name, name)
		}
	}
	for n := range 20 {
		name := fmt.Sprintf("Peer %d", n+1)
		proven := cited.MatchString(lines[name])
		for _, reason := range unproven {
			proven = proven || strings.Contains(lines[name], reason)
		}
		if !proven {
			t.Errorf("%s: names no test and gives no reason (%s)", name, strings.Join(unproven, " or "))
		}
	}
	for _, test := range cited.FindAllStringSubmatch(string(page), -1) {
		source, err := os.ReadFile(filepath.Join(root, test[1]))
		if err != nil {
			t.Errorf("%s: %v", test[1], err)
		} else if !strings.Contains(string(source), test[2]) {
			t.Errorf("%s: holds no test %q", test[1], test[2])
		}
	}
}
