package clients_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/geoconsole/geoconsole-operator/test/e2e/residency"
)

// A client is a program that people work on their clusters with, as it was released.
type client struct {
	// name is that of the program, part and title are those of what the document says of it.
	name, part, title string
	// about is what the document says of it first.
	about string
	// host is the console's name; empty is the sample's.
	host string
	// habit is the host outside of the geography that the client wants to reach with every command; empty: none.
	habit string
	// build returns the path of the program, which may be one of those that are built for the test.
	build func(ctx context.Context, programs string) (string, error)
	// environment is what the program finds beside the usual; words in braces are those of the stage.
	environment []string
	// before makes ready what the client needs beside the geography.
	before func(*stage)
	// finds tells by how many of its first requests a command finds the cluster that it is about, and which that is.
	finds func([]request) (count int, cluster string)
	// prepare are commands that go before, and are not in the document.
	prepare  []string
	chapters []chapter
}

// console is the name of the console that the client logs in to.
func (c client) console() string { return cmp.Or(c.host, consoleHost) }

// isConsole tells a host of a console from that of a region alone, which is a name below it.
func isConsole(host string) bool { return strings.HasPrefix(host, "console.") }

// A chapter is drives that belong together, in their order.
type chapter struct {
	title, about string
	// before puts the stage into the state that the chapter is about, and returns what takes it back.
	before func(*stage) (after func())
	drives []drive
}

// A drive is one command and what must come of it. Words in braces are those of the stage.
type drive struct {
	about   string
	command string // as a person types it, for a shell
	// shows and hides are what its output must hold, and must not.
	shows, hides []string
	// lines is how many the output must have, when that is asked.
	lines int
	fails bool
	// writes is the one region that gets what the client sends to change something; empty: no region may get any.
	writes string
	// strays are the hosts outside of the geography that the client wants to reach; there is no way to them here.
	strays []string
	// quotes is how many lines of the output the document shows, after those that skips leaves out; 0 is the usual number, less is none.
	quotes, skips int
	// whole shows the requests too by which the cluster is found.
	whole bool
	// carries are the kinds of marks that must pass through the console on its account, when they are looked for.
	carries []residency.Category
	// learns is the name of a cluster that the command has made: it becomes a word, with ".id" its id.
	learns string
}

// A result is what a drive came to.
type result struct {
	client   string
	drive    drive
	output   string
	code     int
	requests []request
	strays   []string
	changes  map[string][]arrival // by region
	late     bool                 // an answer was without a region that works
	passed   map[residency.Category]int
}

// perform runs a drive and checks it. A catalogue leaves out a region that is half a second behind the others, as can happen
// on a machine that is busy: then a command that has changed nothing runs again.
func (s *stage) perform(c client, d drive) result {
	s.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		r := s.attempt(c, d)
		wrong := s.judge(c, r)
		if len(wrong) == 0 {
			s.learn(d.learns)
			return r
		}
		if !r.late || len(r.changes) > 0 || time.Now().After(deadline) {
			for _, w := range wrong {
				s.Error(w)
			}
			s.Errorf("%s: exit code %d\n%s%s", s.spoken(d.command, false), r.code, r.asked(c), r.output)
			return r
		}
	}
}

// attempt runs a drive's command by a shell, with an environment that holds nothing but what it needs.
func (s *stage) attempt(c client, d drive) result {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	s.street.clear()
	began := time.Now()
	command := exec.CommandContext(ctx, "sh", "-c", s.spoken(d.command, true))
	command.Dir = s.home(c)
	command.Env = []string{
		"HOME=" + s.home(c), "OCM_CONFIG=" + filepath.Join(s.home(c), "ocm.json"), "PATH=" + filepath.Join(s.home(c), "bin") + ":/usr/bin:/bin",
		"HTTPS_PROXY=" + s.street.proxy, "SSL_CERT_FILE=" + s.path("ca.crt"), "TZ=UTC",
	}
	for _, variable := range c.environment {
		command.Env = append(command.Env, s.spoken(variable, true))
	}
	command.WaitDelay = 5 * time.Second
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	err := command.Run()
	r := result{client: c.name, drive: d, output: output.String(), changes: map[string][]arrival{}}
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended) && ctx.Err() == nil:
		r.code = ended.ExitCode()
	case err != nil:
		s.Fatalf("%s: %v\n%s", d.command, err, r.output)
	}
	r.requests, r.strays = s.street.seen()
	r.passed = s.street.passed()
	for i := range r.requests {
		if r.requests[i].missing == "" {
			continue
		}
		for region := range strings.SplitSeq(r.requests[i].missing, ",") {
			if id, _, _ := strings.Cut(strings.TrimSpace(region), ";"); id != s.spoiled {
				r.requests[i].missing, r.late = "", true
			}
		}
	}
	for _, region := range simulated {
		if changes := s.changesAt(region.id, began); len(changes) > 0 {
			r.changes[region.id] = changes
		}
	}
	return r
}

// home is a client's own folder, with the program in bin.
func (s *stage) home(c client) string {
	s.Helper()
	home := s.path("home")
	if _, err := os.Lstat(filepath.Join(home, "bin", c.name)); err == nil {
		return home
	}
	program, err := c.build(s.Context(), s.programs)
	if err == nil {
		err = os.MkdirAll(filepath.Join(home, "bin"), 0o750)
	}
	if err == nil {
		err = os.Symlink(program, filepath.Join(home, "bin", c.name))
	}
	if err != nil {
		s.Fatal(err)
	}
	return home
}

// judge tells what is wrong with a result.
func (s *stage) judge(c client, r result) (wrong []string) {
	s.Helper()
	d := r.drive
	say := func(format string, arguments ...any) { wrong = append(wrong, fmt.Sprintf(format, arguments...)) }
	for _, text := range d.shows {
		if text = s.spoken(text, true); !strings.Contains(r.output, text) {
			say("the output does not show %q", text)
		}
	}
	for _, text := range d.hides {
		if text = s.spoken(text, true); strings.Contains(r.output, text) {
			say("the output shows %q", text)
		}
	}
	if got := strings.Count(r.output, "\n"); d.lines != 0 && got != d.lines {
		say("the output has %d lines, want %d", got, d.lines)
	}
	if (r.code != 0) != d.fails {
		say("exit code %d", r.code)
	}
	if want := c.expected(d); !slices.Equal(r.strays, want) {
		say("it wants to reach %v outside of the geography, want %v", r.strays, want)
	}
	for _, category := range d.carries {
		if r.passed[category] == 0 {
			say("no mark of category %s has passed through the console", category)
		}
	}
	return append(wrong, r.misdirected()...)
}

// misdirected tells which requests carried what they may not, and which changes did not reach the one region that they are
// for: each once, and no other region.
func (r result) misdirected() (wrong []string) {
	sent := 0
	for _, q := range r.requests {
		if q.host != loginHost && q.scheme != "Bearer" {
			wrong = append(wrong, fmt.Sprintf("%s %s carries %q and not a bearer", q.method, q.target, q.scheme))
		}
		if q.forRegion() && q.status < http.StatusInternalServerError {
			sent++
		}
	}
	for region, changes := range r.changes {
		if region != r.drive.writes {
			wrong = append(wrong, fmt.Sprintf("%s got %v, which is for %q", region, changes, r.drive.writes))
		}
	}
	if got := len(r.changes[r.drive.writes]); r.drive.writes != "" && (got != sent || got == 0) {
		wrong = append(wrong, fmt.Sprintf("%s got %d changes, %d were sent", r.drive.writes, got, sent))
	}
	return wrong
}

// forRegion tells whether a request is one that the console hands to one region: available_regions of the geography carries
// cloud keys, and is answered without.
func (q request) forRegion() bool {
	path, _, _ := strings.Cut(q.target, "?")
	return q.changes() && q.host != loginHost && (!isConsole(q.host) || !strings.HasSuffix(path, "/available_regions"))
}
