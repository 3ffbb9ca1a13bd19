// Package web holds the built user interface of the console, embedded into the
// console's binary.
package web

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

// The dist folder is filled by "npm run build". A clean clone holds only its
// .gitkeep, so that Go builds without Node; "all:" is what embeds a dot file.
//
//go:embed all:dist
var dist embed.FS

// ErrNotBuilt says that this binary was built without the user interface.
var ErrNotBuilt = errors.New("the user interface is not in this binary: run \"npm ci && npm run build\" in web/, then build the binary again")

// Assets returns the built user interface: index.html, the licences of its
// libraries (licenses.md), and assets/, where each name holds a hash of the
// content and scripts, styles and images have precompressed twins beside them
// (.br and .gz). The error is ErrNotBuilt when there is no index.html.
func Assets() (fs.FS, error) {
	return built(dist)
}

func built(embedded fs.FS) (fs.FS, error) {
	root, err := fs.Sub(embedded, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the embedded dist folder: %w", err)
	}
	if _, err := fs.Stat(root, "index.html"); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNotBuilt
		}
		return nil, fmt.Errorf("look for the embedded index.html: %w", err)
	}
	return root, nil
}
