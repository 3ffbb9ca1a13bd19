package console

import (
	"fmt"
	"syscall"
)

// undumpable is needed beside the limit: where core_pattern is a pipe, as with systemd-coredump, the kernel does not
// look at the limit (core(5)).
func undumpable() error {
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); errno != 0 {
		return fmt.Errorf("make the process undumpable: %w", errno)
	}
	return nil
}
