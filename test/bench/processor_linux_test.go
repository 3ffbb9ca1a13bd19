package main

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The clock of a process counts what the kernel bills it for, here this process itself.
func TestProcessorTime(t *testing.T) {
	billed := func() time.Duration {
		var usage unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
			t.Fatal(err)
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	read := func() time.Duration {
		used, err := (&process{pid: os.Getpid()}).cpu()
		if err != nil {
			t.Fatal(err)
		}
		return used
	}
	atLeast := billed()
	begun := read()
	used := begun
	for until := billed() + 200*time.Millisecond; billed() < until; {
		used = read()
	}
	if atMost := billed(); begun < atLeast || used > atMost || used-begun < 150*time.Millisecond {
		t.Errorf("from %s to %s, want from %s on, 150ms more at least, and up to %s", begun, used, atLeast, atMost)
	}
}
