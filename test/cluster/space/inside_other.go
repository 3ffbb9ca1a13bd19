//go:build !linux

package space

import (
	"errors"
	"os"
	"runtime"
)

// Inside needs Linux.
func Inside(*os.File, func() error) error {
	return errors.New("network namespaces need Linux, and this is " + runtime.GOOS)
}
