package cache

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
)

var moduleLine = []byte("module github.com/geoconsole/geoconsole-operator\n")

// Root is the folder of this module's go.mod: that of the working folder or the nearest above it.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod")) //nolint:gosec // go.mod of the folders above
		if err == nil && bytes.HasPrefix(text, moduleLine) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not in a checkout of geoconsole-operator: change to its folder first")
		}
		dir = parent
	}
}
