package xss

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/test/e2e/browser"
)

// An attempt is one thing that a hostile region, or a page that makes use of one, may try.
type attempt struct {
	name string
	// region is how the hostile region answers; nil: a list without clusters.
	region http.HandlerFunc
	// do is what the user or the page does then.
	do func(*testing.T, *stage)
	// stopped are the directives of the page's policy that stop it; where there are none, nothing may come so far.
	stopped []string
	// told are the statuses of the answers to what is asked of the region or the geography's API; nil: they are not looked at.
	told []int
	// unasked says that the region may get no request.
	unasked bool
	// saves are the addresses of what is saved to a file.
	saves []string
	// attacker is what the attacker's own host answers; nil: that host may not even be asked.
	attacker http.HandlerFunc
	// knocks says that the browser connects to the attacker's host before it looks at the policy. It sends no request.
	knocks bool
	// old is a browser that says nothing of where a request is for.
	old bool
}

// A class is a part of the table.
type class struct {
	title    string
	attempts []attempt
	// leads says that its attempts lead away from the list of clusters, or never come to it.
	leads bool
}

// leastAttempts is how many the table must have.
const leastAttempts = 150

func TestProperty14_NothingOfARegionRunsOrLeaves(t *testing.T) {
	s := newStage(t)
	t.Run("the canaries sing", func(t *testing.T) { canariesSing(t, s) })
	count := 0
	for _, class := range []class{
		{"answers", answers, false},
		{"documents", documents, true},
		{"ways out", waysOut, true},
		{"pages of others", others, true},
		{"strings", strung(s), false},
		{"shapes", shapes, false},
		{"refusals", refusals, false},
		{"messages", messages, false},
		{"addresses", addresses, true},
	} {
		for _, a := range class.attempts {
			t.Run(class.title+"/"+a.name, func(t *testing.T) {
				a.try(t, s)
				if class.leads {
					s.street.set(nil, false)
					s.open(t, origin+"/")
					s.seeTheGoodRegion(t)
					attempt{}.check(t, s)
				}
				if kept, err := s.page.Kept(); err != nil || slices.Max(slices.Collect(maps.Values(kept))) > 0 {
					t.Errorf("the browser keeps %v, %v", kept, err)
				}
			})
			count++
		}
	}
	if count < leastAttempts {
		t.Errorf("%d attempts, want at least %d", count, leastAttempts)
	}
	t.Logf("%d attempts", count)
}

// try makes the attempt, and looks at what came of it.
func (a attempt) try(t *testing.T, s *stage) {
	t.Helper()
	region := a.region
	if region == nil {
		region = noClusters
	}
	s.hostile.answers(region)
	s.street.set(a.attacker, a.old)
	a.do(t, s)
	a.check(t, s)
}

// check looks at all that the browser did since this was looked at last, and at whom it reached.
func (a attempt) check(t *testing.T, s *stage) {
	t.Helper()
	s.street.await(len(a.told))
	seen := s.seen(t, len(a.stopped))
	reached, answers := s.street.passed()
	for _, host := range reached {
		if may := a.attacker != nil && strings.HasPrefix(host, elsewhere) || a.knocks && host == elsewhere+":443"; !may {
			t.Errorf("the browser has reached %q", host)
		}
	}
	for what, list := range map[string][]string{
		"scripts ran": seen.Ran, "dialogs": seen.Dialogs, "workers": seen.Workers, "errors": seen.Errors, "cookies": seen.Cookies,
	} {
		if len(list) > 0 {
			t.Errorf("%s: %.300q", what, list)
		}
	}
	if !slices.Equal(seen.Downloads, a.saves) {
		t.Errorf("downloads of %q, want %q", seen.Downloads, a.saves)
	}
	if got := directives(seen.Violations); !slices.Equal(got, a.stopped) {
		t.Errorf("the page's policy has stopped %q, want %q: %v", got, a.stopped, seen.Violations)
	}
	for _, address := range slices.Concat(seen.Requests, seen.Opened, seen.Frames) {
		if !a.mayAsk(address) {
			t.Errorf("%.300q is asked for, or shown", address)
		}
	}
	told := []int{}
	for _, answer := range answers {
		checkHeaders(t, answer)
		if asksRegions(answer.path) {
			told = append(told, answer.status)
		}
	}
	if a.told != nil && !slices.Equal(told, a.told) {
		t.Errorf("the answers were %v, want %v", told, a.told)
	}
	if n := s.hostile.requests(); a.unasked && n > 0 {
		t.Errorf("the region got %d requests", n)
	}
}

// mayAsk tells whether an address is one that the browser may ask for, or show. What a policy stops is among what it asks for.
func (a attempt) mayAsk(address string) bool {
	return strings.HasPrefix(address, origin+"/") || address == "about:blank" || strings.HasPrefix(address, "chrome-error:") ||
		a.attacker != nil && strings.HasPrefix(address, "https://"+elsewhere+"/") || len(a.stopped) > 0
}

// directives are those that stopped something, each once.
func directives(violations []browser.Violation) []string {
	var names []string
	for _, violation := range violations {
		names = append(names, violation.Directive)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// headersOfData are all that an answer of a region, or of the console in its place, may have, and what they have to be
// where that is fixed.
var headersOfData = map[string]string{
	"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control": "no-store", "Content-Type": "", "Content-Length": "", "Content-Encoding": "", "Retry-After": "", "X-Operation-Id": "", "Date": "",
	"Location": "", "Allow": "",
}

// isData tells whether a path is one of the APIs, which answer data and no documents.
func isData(path string) bool {
	return strings.HasPrefix(path, "/regions/") || strings.HasPrefix(path, "/api/")
}

// asksRegions tells whether a path is one that leads to regions.
func asksRegions(path string) bool { return isData(path) && !strings.HasPrefix(path, "/api/geo/") }

// checkHeaders holds an answer to what its path may answer.
func checkHeaders(t *testing.T, got answer) {
	t.Helper()
	if kept := got.header.Get("Cache-Control"); !strings.HasPrefix(got.path, "/assets/") && kept != "no-store" {
		t.Errorf("%.100s may be kept: Cache-Control %q", got.path, kept)
	}
	if !isData(got.path) {
		return
	}
	for name, values := range got.header {
		if want, known := headersOfData[name]; !known || want != "" && !slices.Equal(values, []string{want}) {
			t.Errorf("%.100s has the header %s: %.300q", got.path, name, values)
		}
	}
	for name, want := range headersOfData {
		if want != "" && got.header.Get(name) == "" {
			t.Errorf("%.100s lacks the header %s: %s", got.path, name, want)
		}
	}
	if kind := got.header.Get("Content-Type"); kind != "" && !strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "text/plain") {
		t.Errorf("%.100s is %s", got.path, kind)
	}
}

// seen is what the browser did since this was asked last.
func (s *stage) seen(t *testing.T, violations int) browser.Seen {
	t.Helper()
	seen, err := s.page.Watched(violations)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func (s *stage) open(t *testing.T, address string) {
	t.Helper()
	if err := s.page.Open(address); err != nil {
		t.Fatal(err)
	}
}

func (s *stage) see(t *testing.T, text string) {
	t.Helper()
	if err := s.page.See(text, 20); err != nil {
		shown, _ := s.page.Text()
		t.Fatalf("%v\nthe page shows\n%.2000s", err, shown)
	}
}

// seeTheGoodRegion waits for the rows of the region that is not hostile.
func (s *stage) seeTheGoodRegion(t *testing.T) {
	t.Helper()
	for _, name := range s.names {
		s.see(t, name)
	}
}

// script runs a script in the page and returns what becomes of it.
func (s *stage) script(t *testing.T, script string) (result string) {
	t.Helper()
	if err := s.page.Run(script, &result); err != nil {
		t.Fatal(err)
	}
	return result
}
