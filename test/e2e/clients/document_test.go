package clients_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
)

var update = flag.Bool("update", false, "write what the run gave into docs/clients.md")

// quoted is how many lines of an output the document shows, when a drive does not say.
const quoted = 6

// page guards docs/clients.md. Each client has a part of its own in it, so that one can be run without the others.
var page sync.Mutex

// part writes what a client's drives came to.
func (s *stage) part(c client, results [][]result) string {
	s.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "## %s\n\n%s\n", c.title, c.about)
	for i, chapter := range c.chapters {
		fmt.Fprintf(&text, "\n### %s\n", chapter.title)
		if chapter.about != "" {
			fmt.Fprintf(&text, "\n%s\n", chapter.about)
		}
		for _, r := range results[i] {
			fmt.Fprintf(&text, "\n%s\n\n```console\n$ %s\n%s%s```\n", r.drive.about, s.spoken(r.drive.command, false), r.asked(c), r.quoted())
		}
	}
	return text.String()
}

// asked lists the requests of a drive: what was answered, and the region that got what is to change something.
func (r result) asked(c client) string {
	var lines []string
	changes, requests := r.changes[r.drive.writes], r.requests
	if c.finds != nil && !r.drive.whole {
		if count, cluster := c.finds(requests); count > 0 {
			lines, requests = append(lines, "> (finds "+plain(cluster)+")"), requests[count:]
		}
	}
	for _, q := range requests {
		where := target(q.target)
		if q.host != c.console() {
			where = q.host + " " + strings.TrimPrefix(where, "/")
		}
		line := fmt.Sprintf("> %s %s  %d", q.method, where, q.status)
		if q.forRegion() && len(changes) > 0 && q.status < 500 {
			line, changes = line+" by "+r.drive.writes, changes[1:]
		}
		if q.missing != "" {
			line += ", without " + q.missing
		}
		lines = append(lines, line)
	}
	for _, host := range r.strays {
		if host == c.habit {
			continue
		}
		lines = append(lines, "> CONNECT "+host+"  refused: it is outside of the geography")
	}
	return repeated(lines)
}

// repeated writes lines, a line that follows itself only once.
func repeated(lines []string) string {
	var text strings.Builder
	for i := 0; i < len(lines); {
		n := 1
		for i+n < len(lines) && lines[i+n] == lines[i] {
			n++
		}
		text.WriteString(lines[i])
		if n > 1 {
			fmt.Fprintf(&text, ", %d times", n)
		}
		text.WriteByte('\n')
		i += n
	}
	return text.String()
}

// quoted is the beginning of the output.
func (r result) quoted() string {
	lines := strings.Split(strings.Trim(r.output, "\n"), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return ""
	}
	var text strings.Builder
	skips, quotes := min(r.drive.skips, len(lines)), r.drive.quotes
	if quotes == 0 {
		quotes = quoted
	}
	if quotes < 0 {
		return ""
	}
	if skips > 0 {
		text.WriteString("…\n")
	}
	lines = lines[skips:]
	for _, line := range lines[:min(quotes, len(lines))] {
		text.WriteString(strings.TrimRight(plain(strings.ReplaceAll(line, "\t", "  ")), " ") + "\n")
	}
	if left := len(lines) - quotes; left > 0 {
		fmt.Fprintf(&text, "… %d more\n", left)
	}
	return text.String()
}

// compare checks a client's part of the document, or writes it with -update.
func (s *stage) compare(c client, got string) {
	s.Helper()
	s.edit(c.part, func(string) string { return got })
}

// edit checks that a part of the document is what it must be, given what it is, or makes it so with -update.
func (s *stage) edit(part string, must func(was string) string) {
	s.Helper()
	page.Lock()
	defer page.Unlock()
	root, err := cache.Root()
	if err != nil {
		s.Fatal(err)
	}
	file := filepath.Join(root, "docs/clients.md")
	text, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	begin, end := "<!-- "+part+": written by go test ./test/e2e/clients -update -->\n", "<!-- end of "+part+" -->\n"
	before, rest, begins := strings.Cut(string(text), begin)
	want, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		s.Fatalf("%s has no part between %q and %q", file, begin, end)
	}
	got := must(want)
	if want == got {
		return
	}
	if !*update {
		s.Errorf("docs/clients.md differs (-want +got); if it is right, go test ./test/e2e/clients -update writes it:\n%s", cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		return
	}
	if err := os.WriteFile(file, []byte(before+begin+got+end+after), 0o600); err != nil {
		s.Fatal(err)
	}
}
