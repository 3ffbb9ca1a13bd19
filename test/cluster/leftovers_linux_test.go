package cluster_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// leftovers finds what a cluster has on this machine, now and after its end.
type leftovers struct {
	name, dir string
	// spaces are the namespaces of the node, as "net:[4026532281]".
	spaces []string
}

// traces are what was found, a line each. Processes begin with their id.
type traces struct {
	processes, mounts, namespaces, cgroups []string
}

// lookFor finds the namespaces of a cluster that runs: those of the processes in its cgroups, pods among them.
func lookFor(name, dir string) *leftovers {
	GinkgoHelper()
	found := &leftovers{name: name, dir: dir}
	own := spacesOf(os.Getpid())
	for _, pid := range processes() {
		groups, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
		if !bytes.Contains(groups, []byte("/"+found.cgroupPrefix())) {
			continue
		}
		for _, space := range spacesOf(pid) {
			if !slices.Contains(own, space) && !found.isOurs(space) {
				found.spaces = append(found.spaces, space)
			}
		}
	}
	return found
}

func (l *leftovers) cgroupPrefix() string { return "geoconsole-" + l.name + "-" }

// watch waits for a cluster that is being started to run processes, without keeping up the one who starts it.
func watch(name, dir string) <-chan *leftovers {
	seen := make(chan *leftovers, 1)
	go func() {
		defer GinkgoRecover()
		var found *leftovers
		Eventually(func() int {
			found = lookFor(name, dir)
			return len(found.now().processes)
		}).WithTimeout(startDeadline).WithPolling(20*time.Millisecond).Should(BeNumerically(">=", 4), "keeper, first process, etcd, API server")
		seen <- found
	}()
	return seen
}

func (l *leftovers) now() traces {
	GinkgoHelper()
	var found traces
	for _, pid := range processes() {
		spaces := spacesOf(pid)
		ours := slices.ContainsFunc(spaces, l.isOurs)
		if ours || strings.Contains(commandLine(pid), l.dir) {
			found.processes = append(found.processes, fmt.Sprintf("%d %s", pid, commandLine(pid)))
		}
		held := append(spaces, linksBelow(fmt.Sprintf("/proc/%d/fd", pid))...)
		for _, space := range held {
			if l.isOurs(space) {
				found.namespaces = append(found.namespaces, fmt.Sprintf("%s of process %d", space, pid))
			}
		}
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", pid))
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, l.dir) || slices.ContainsFunc(l.spaces, func(space string) bool { return strings.Contains(line, space) }) {
				found.mounts = append(found.mounts, fmt.Sprintf("process %d: %s", pid, line))
			}
		}
	}
	Expect(filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), l.cgroupPrefix()) {
			found.cgroups = append(found.cgroups, path)
		}
		return nil // cgroups of others come and go
	})).To(Succeed())
	return found
}

func (l *leftovers) isOurs(space string) bool { return slices.Contains(l.spaces, space) }

// expectRunning makes sure that expectNothing could fail.
func (l *leftovers) expectRunning() {
	GinkgoHelper()
	now := l.now()
	Expect(len(l.spaces)).To(BeNumerically(">", 6), "mount, network, process, host name, IPC and cgroup namespace, and those of pods")
	Expect(len(now.processes)).To(BeNumerically(">=", 9))
	Expect(now.mounts).NotTo(BeEmpty())
	Expect(now.namespaces).NotTo(BeEmpty())
	Expect(now.cgroups).NotTo(BeEmpty())
}

func (l *leftovers) expectNothing() {
	GinkgoHelper()
	Eventually(l.now).Should(BeZero())
}

// process is the id of a process with this program or argument.
func (t traces) process(word string) int {
	GinkgoHelper()
	for _, line := range t.processes {
		words := strings.Fields(line)
		if slices.Contains(words[1:], word) {
			pid, err := strconv.Atoi(words[0])
			Expect(err).NotTo(HaveOccurred())
			return pid
		}
	}
	Fail(fmt.Sprintf("no process %s among %q", word, t.processes))
	return 0
}

// processes are the ids of all processes of this machine.
func processes() []int {
	GinkgoHelper()
	entries, err := os.ReadDir("/proc")
	Expect(err).NotTo(HaveOccurred())
	var found []int
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			found = append(found, pid)
		}
	}
	return found
}

// commandLine is empty when the process ended meanwhile, as are the namespaces.
func commandLine(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return strings.TrimSpace(string(bytes.ReplaceAll(text, []byte{0}, []byte{' '})))
}

func spacesOf(pid int) []string { return linksBelow(fmt.Sprintf("/proc/%d/ns", pid)) }

// linksBelow are the targets of the links in a folder of /proc, each once.
func linksBelow(folder string) []string {
	entries, _ := os.ReadDir(folder)
	var found []string
	for _, entry := range entries {
		if target, err := os.Readlink(filepath.Join(folder, entry.Name())); err == nil && !slices.Contains(found, target) {
			found = append(found, target)
		}
	}
	return found
}
