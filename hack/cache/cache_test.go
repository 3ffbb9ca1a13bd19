package cache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
)

// counted is an artifact that counts how often it is built.
func counted(built *atomic.Int32) cache.Artifact {
	return cache.Artifact{
		Name: "thing", Version: "v1", Inputs: []string{"hack/cache/cache.go"},
		Build: func(_ context.Context, dir string, _ *cache.Progress) error {
			built.Add(1)
			return os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o600)
		},
	}
}

func TestEnsureBuildsOnce(t *testing.T) {
	t.Setenv("GEOCONSOLE_CACHE", t.TempDir())
	var built atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			dir, err := counted(&built).Ensure(t.Context())
			if err != nil {
				t.Error(err)
			}
			if text, _ := os.ReadFile(filepath.Join(dir, "file")); string(text) != "content" {
				t.Errorf("%s: file holds %q", dir, text)
			}
		})
	}
	all.Wait()
	if built.Load() != 1 {
		t.Errorf("built %d times", built.Load())
	}
}

func TestEnsureBuildsAgainForOtherInputs(t *testing.T) {
	t.Setenv("GEOCONSOLE_CACHE", t.TempDir())
	var built atomic.Int32
	folders := map[string]bool{}
	for _, change := range []func(*cache.Artifact){
		func(*cache.Artifact) {},
		func(a *cache.Artifact) { a.Name = "other" },
		func(a *cache.Artifact) { a.Version = "v2" },
		func(a *cache.Artifact) { a.Version = "" },
		func(a *cache.Artifact) { a.Inputs = []string{"hack/cache"} },
		func(a *cache.Artifact) { a.Parts = []string{"flag"} },
	} {
		artifact := counted(&built)
		change(&artifact)
		dir, err := artifact.Ensure(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if folders[dir] {
			t.Errorf("%s serves two artifacts", dir)
		}
		folders[dir] = true
	}
	if int(built.Load()) != len(folders) {
		t.Errorf("built %d times for %d artifacts", built.Load(), len(folders))
	}
}

func TestEnsureForgetsAFailedBuild(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GEOCONSOLE_CACHE", dir)
	var built atomic.Int32
	broken := counted(&built)
	failure := errors.New("no compiler")
	broken.Build = func(_ context.Context, dir string, _ *cache.Progress) error {
		return errors.Join(failure, os.WriteFile(filepath.Join(dir, "half"), nil, 0o600))
	}
	if _, err := broken.Ensure(t.Context()); !errors.Is(err, failure) {
		t.Fatalf("got %v", err)
	}
	// What a build that was killed leaves must not show up in the next.
	half := filepath.Join(dir, "thing", "*", "half")
	if found, _ := filepath.Glob(half); found != nil {
		t.Errorf("left %v", found)
	}
	target, err := counted(&built).Ensure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(filepath.Join(target, "*")); len(found) != 1 {
		t.Errorf("holds %v", found)
	}
}

func TestEnsureRefusesMissingInputs(t *testing.T) {
	t.Setenv("GEOCONSOLE_CACHE", t.TempDir())
	var built atomic.Int32
	artifact := counted(&built)
	artifact.Inputs = []string{"does/not/exist"}
	if _, err := artifact.Ensure(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestDir(t *testing.T) {
	for _, test := range []struct{ cache, xdg, want string }{
		{"/tmp/one", "/tmp/two", "/tmp/one"},
		{"", "/tmp/two", "/tmp/two/geoconsole"},
		{"", "", "/home/person/.cache/geoconsole"},
	} {
		t.Setenv("GEOCONSOLE_CACHE", test.cache)
		t.Setenv("XDG_CACHE_HOME", test.xdg)
		t.Setenv("HOME", "/home/person")
		if dir, err := cache.Dir(); err != nil || dir != test.want {
			t.Errorf("%+v: got %s, %v", test, dir, err)
		}
	}
}
