package attacks

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

var update = flag.Bool("update", false, "write docs/attacks.md")

// An attack is one row of the table.
type attack struct {
	name string
	// sent is the message, which scene.asUser completes; where do is set, words for what it does.
	sent string
	do   func(*testing.T, *scene) []answer
	// region is what the hostile region answers; empty is a list without items.
	region string
	// want is the answer, as told says it, and seen the regions that requests reach; empty is none.
	want, seen string
	// check looks at what else must hold.
	check func(*testing.T, *scene, []answer)
}

// A class is a part of the table.
type class struct {
	title   string
	attacks []attack
}

var classes = []class{
	{"Paths", paths},
	{"Request smuggling", smuggling},
	{"Host", hosts},
	{"Methods", methods},
	{"Headers", headers},
	{"Tokens", tokens},
	{"Navigation and other origins", browsers},
	{"Redirects of a region", redirects},
	{"Answers of a region", regionAnswers},
	{"Answers of a region in lists and lookups", merged},
	{"Whose cluster it is", claims},
	{"What goes nowhere", nowhere},
	{"Search, pages, order", parameters},
	{"Size and pace", sizes},
	{"Ports", ports},
}

// leastAttacks is how many the table must have.
const leastAttacks = 60

// TestAttacks tries every attack on a running console, and compares docs/attacks.md with what happened.
func TestAttacks(t *testing.T) {
	if err := cluster.Supported(); err != nil {
		t.Skipf("no file of host names of its own for a process: %v", err)
	}
	s := newScene(t)
	page, count := &strings.Builder{}, 0
	page.WriteString(preface)
	for _, class := range append(classes, class{"Names that lead where no region is", nil}) {
		fmt.Fprintf(page, "\n## %s\n\n| attack | sent | answer | seen by |\n|---|---|---|---|\n", class.title)
		for _, a := range class.attacks {
			t.Run(class.title+"/"+a.name, func(t *testing.T) { a.try(t, s) })
			fmt.Fprintf(page, "| %s | %s | %s | %s |\n", a.name, a.shown(), a.want, orNone(a.seen))
			count++
		}
		if class.attacks == nil {
			count += tryNames(t, page)
		}
	}
	if lured := s.issuer.lured.Load(); lured > 0 {
		t.Errorf("the console followed %d addresses that a token names", lured)
	}
	if count < leastAttacks {
		t.Errorf("%d attacks, want at least %d", count, leastAttacks)
	}
	comparePage(t, strings.Replace(page.String(), "{count}", strconv.Itoa(count), 1))
}

const preface = `# Attacks on the console

{count} attacks that were tried on a running console, and the answer each got. The table is written, and compared on every run, by
` + "`go test ./test/e2e/attacks -update`" + `: a console process with three regions and an issuer, asked over plain sockets. Two regions are
simulators; the third, ` + "`aws.eu-west-3`" + `, is a stand-in that answers whatever bytes the attack says.

Every line but the first that is sent ends in CR LF, here ⏎. What is not shown of a request is what a client sends: the version, the
host, a good token, the length of a body. ` + "`«x*40000»`" + ` is 40,000 times x; ` + "`-Host`" + ` leaves the host out. An answer is its status and
the cause that it names; "seen by" says which regions got a request of any kind. Of every answer it is also checked that it has no
header beside those the console sets or lets through, no trailer, a Content-Security-Policy that forbids everything else, and
nothing of what was sent; of everything that reaches the hostile region, that it has no header beside those that are let through; and
of the log, that it holds no token, search or name.
`

// try sends the attack and compares what came of it.
func (a attack) try(t *testing.T, s *scene) {
	t.Helper()
	play := anEmptyList
	if a.region != "" {
		play = saying(s.fill(a.region))
	}
	s.hostile.answers(play)
	before := s.reached()
	var got []answer
	if a.do != nil {
		got = a.do(t, s)
	} else {
		got = s.send(t, wire(s.asUser(a.sent)))
	}
	if text := told(got); text != a.want {
		t.Errorf("answered %q, want %q", text, a.want)
		for _, each := range got {
			t.Logf("%v\n%.600s", each.header, each.body)
		}
	}
	if seen := s.seen(before, orNone(a.seen)); seen != orNone(a.seen) {
		t.Errorf("seen by %s, want %s", seen, orNone(a.seen))
	}
	for _, each := range got {
		checkAnswer(t, each)
	}
	if a.check != nil && !t.Failed() {
		a.check(t, s, got)
	}
}

// seen says whom requests have reached since. What was cut off may arrive after the answer.
func (s *scene) seen(before reach, want string) string {
	deadline, tick := time.After(10*time.Second), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for {
		seen := s.reached().since(before)
		if seen == want {
			return seen
		}
		select {
		case <-deadline:
			return seen
		case <-tick.C:
		}
	}
}

func (a attack) shown() string {
	text := a.sent
	if a.do == nil {
		text = shown(a.sent)
	}
	if a.region != "" {
		text += "; the region answers " + shown(a.region)
	}
	return text
}

func orNone(seen string) string {
	if seen == "" {
		return "no region"
	}
	return seen
}

func comparePage(t *testing.T, page string) {
	t.Helper()
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "docs", "attacks.md")
	if *update {
		if t.Failed() {
			t.Fatal("docs/attacks.md is not written: not every attack was answered as it should")
		}
		if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != page {
		t.Errorf("docs/attacks.md is not what was tried (%v): run go test ./test/e2e/attacks -update", err)
	}
}
