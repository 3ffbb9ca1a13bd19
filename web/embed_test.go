package web

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestBuilt(t *testing.T) {
	t.Run("a clean clone is not built", func(t *testing.T) {
		_, err := built(fstest.MapFS{"dist/.gitkeep": {}})
		if !errors.Is(err, ErrNotBuilt) {
			t.Fatalf("error = %v, want ErrNotBuilt", err)
		}
	})

	t.Run("a build is served from its root", func(t *testing.T) {
		assets, err := built(fstest.MapFS{
			"dist/index.html":       {Data: []byte("<!doctype html>")},
			"dist/assets/a-1234.js": {Data: []byte("1")},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fs.Stat(assets, "assets/a-1234.js"); err != nil {
			t.Errorf("assets/a-1234.js: %v", err)
		}
	})
}

func TestAssetsSayWhenTheyAreNotBuilt(t *testing.T) {
	assets, err := Assets()
	if err != nil {
		if !errors.Is(err, ErrNotBuilt) {
			t.Fatalf("error = %v, want ErrNotBuilt or none", err)
		}
		return
	}
	if _, err := fs.Stat(assets, "index.html"); err != nil {
		t.Errorf("index.html: %v", err)
	}
}
