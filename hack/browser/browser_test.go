package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/hack/browser"
)

func TestChromiumTakesTheOneThatIsNamed(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "chrome")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	t.Setenv("GEOCONSOLE_CACHE", t.TempDir())
	for _, name := range []string{program, "chrome"} {
		t.Setenv("CHROMIUM", name)
		if path, err := browser.Chromium(t.Context()); err != nil || path != program {
			t.Errorf("%s: got %s, %v", name, path, err)
		}
	}
}

func TestChromiumNamesTheCure(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("GEOCONSOLE_CACHE", t.TempDir())
	for name, want := range map[string]string{
		"/missing/chrome": "set it to the path of one, or to nothing",
		"":                "set CHROMIUM to a Chromium or Chrome of this machine", // a machine without apt-get
	} {
		t.Setenv("CHROMIUM", name)
		if path, err := browser.Chromium(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CHROMIUM=%s: got %s, %v, want %q", name, path, err, want)
		}
	}
}
