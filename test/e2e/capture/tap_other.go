//go:build !linux

package capture

import (
	"errors"
	"runtime"
)

// Space is a network namespace to capture in.
type Space interface {
	// Inside runs a function on a thread that is in the namespace.
	Inside(do func() error) error
}

// Tap captures nothing on this system.
type Tap struct{}

// Open needs Linux.
func Open(Space, bool) (*Tap, error) {
	return nil, errors.New("packets are captured on Linux only, and this is " + runtime.GOOS)
}

// Flows are none.
func (t *Tap) Flows() []Flow { return nil }

// Close does nothing.
func (t *Tap) Close() ([]Flow, error) { return nil, nil }
