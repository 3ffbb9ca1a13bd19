package console

import (
	"fmt"
	"syscall"
)

// ForbidCoreDumps keeps the process's memory, tokens in it, from being written anywhere when it crashes (safety
// property 9). Call it first of all.
func ForbidCoreDumps() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("set the core limit to 0: %w", err)
	}
	return undumpable()
}
