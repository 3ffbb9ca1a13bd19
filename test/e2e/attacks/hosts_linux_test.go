package attacks

import (
	"os/exec"
	"syscall"
)

// withHosts is a command for which another file stands at /etc/hosts, in a mount namespace of its own.
func withHosts(command *exec.Cmd, hosts string) *exec.Cmd {
	script := `mount --bind "$0" /etc/hosts && exec "$@"`
	inside := exec.Command("sh", append([]string{"-c", script, hosts, command.Path}, command.Args[1:]...)...)
	inside.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS} // with it, no mount gets out
	return inside
}
