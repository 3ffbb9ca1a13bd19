package console

import (
	"fmt"
	"io"
	"log"
	"syscall"
)

// WithholdStandardLog silences the standard log of the process. Nothing of ours writes there, but net/http does: what a
// region sends unasked, as it came (safety property 9).
func WithholdStandardLog() { log.SetOutput(io.Discard) }

// ForbidCoreDumps keeps the process's memory, tokens in it, from being written anywhere when it crashes (safety
// property 9). Call it first of all.
func ForbidCoreDumps() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("set the core limit to 0: %w", err)
	}
	return undumpable()
}
