package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// processorTime is the user and system time of all threads of a process, by its clock: /proc counts in hundredths of a
// second, which is a thousand requests of nginx.
func processorTime(pid int) (time.Duration, error) {
	const scheduled = 2 // clock_getcpuclockid(3)
	var at unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &at); err != nil { //nolint:gosec // a pid has 22 bits
		return 0, fmt.Errorf("processor time of process %d: %w", pid, err)
	}
	return time.Duration(at.Nano()), nil
}
