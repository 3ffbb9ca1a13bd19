package main

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	t.Setenv("WATCH_NAMESPACE", "")
	s, err := parse([]string{"--namespaces= a, b ,", "--allowed-image-prefixes=a.example.com, b.example.com"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "b"}; !slices.Equal(s.namespaces, want) {
		t.Errorf("namespaces %q, want %q: an empty one would be all of them", s.namespaces, want)
	}
	if want := []string{"a.example.com", "b.example.com"}; !slices.Equal(s.imagePrefixes, want) {
		t.Errorf("prefixes %q, want %q", s.imagePrefixes, want)
	}
	if !s.leaderElect || s.unreachableGrace != 2*time.Minute || s.probeInterval != 10*time.Second {
		t.Errorf("other defaults: %+v", s)
	}
}

func TestParseTakesTheNamespaceOfItsPod(t *testing.T) {
	t.Setenv("WATCH_NAMESPACE", "geoconsoles")
	s, err := parse(nil, io.Discard)
	if err != nil || !slices.Equal(s.namespaces, []string{"geoconsoles"}) {
		t.Errorf("namespaces %q, %v", s.namespaces, err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Setenv("WATCH_NAMESPACE", "")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no namespace":          {nil, "WATCH_NAMESPACE"},
		"commas only":           {[]string{"--namespaces=,"}, "WATCH_NAMESPACE"},
		"no name":               {[]string{"--namespaces=Geo Consoles"}, `"Geo Consoles" is no namespace`},
		"a word":                {[]string{"--namespaces=a", "start"}, `"start" is no flag`},
		"a probe without pause": {[]string{"--namespaces=a", "--probe-interval=0s"}, "at least 1s"},
		"a negative grace":      {[]string{"--namespaces=a", "--unreachable-grace=-1s"}, "--unreachable-grace"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse(c.args, io.Discard); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
		})
	}
}
