package console

import (
	"syscall"
	"testing"
)

func TestProperty9_NoCoreDumpIntoAPipeEither(t *testing.T) {
	if err := ForbidCoreDumps(); err != nil {
		t.Fatal(err)
	}
	dumpable, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_GET_DUMPABLE, 0, 0)
	if errno != 0 || dumpable != 0 {
		t.Errorf("dumpable %d, %v", dumpable, errno)
	}
}
