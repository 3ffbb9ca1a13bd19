//go:build !linux

package cluster

import (
	"errors"
	"runtime"
)

// Supported says, as an error in words, why this machine cannot run clusters; nil when it can.
func Supported() error {
	return errors.New("real clusters need Linux, and this is " + runtime.GOOS)
}

// Sweep does nothing here: no cluster ever ran.
func Sweep() error { return nil }
