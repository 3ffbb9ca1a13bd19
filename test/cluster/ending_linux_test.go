package cluster_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/cluster/node"
)

var _ = Describe("The end of a cluster leaves nothing", func() {
	It("after Stop, connected clusters one by one", func(ctx context.Context) {
		one := cluster.Options{Name: "one", Dir: GinkgoT().TempDir()}
		two := cluster.Options{Name: "two", Dir: GinkgoT().TempDir()}
		started := startAll(ctx, one, two)
		Expect(cluster.Connect(started[0], started[1])).To(Succeed())
		ofOne, ofTwo := lookFor(one.Name, one.Dir), lookFor(two.Name, two.Dir)
		ofOne.expectRunning()
		ofTwo.expectRunning()
		Expect(links(ofTwo)).To(ContainSubstring("cluster0"))

		Expect(started[0].Stop()).To(Succeed())
		ofOne.expectNothing()
		// The cable's end here goes when the kernel drops the other's network: nothing holds that.
		Eventually(func() string { return links(ofTwo) }).ShouldNot(ContainSubstring("cluster0"))

		Expect(started[1].Stop()).To(Succeed())
		ofTwo.expectNothing()
		Expect(filepath.Join(one.Dir, node.StateDir)).NotTo(BeADirectory())
	})

	DescribeTable("after its starter ends",
		func(ctx context.Context, until state, end func(starter *os.Process) error) {
			starter, left := startProcess(ctx, "end", until)
			Expect(end(starter.Process)).To(Succeed())
			Expect(starter.Wait()).To(Or(Succeed(), BeAssignableToTypeOf(&exec.ExitError{})))
			left.expectNothing()
		},
		Entry("by Ctrl-C, which its whole process group gets", ready, func(starter *os.Process) error {
			return syscall.Kill(-starter.Pid, syscall.SIGINT)
		}),
		Entry("by kill -9", ready, func(starter *os.Process) error { return starter.Kill() }),
		Entry("by SIGTERM while it starts", starting, func(starter *os.Process) error { return starter.Signal(syscall.SIGTERM) }),
		Entry("by kill -9 of its whole process group while it starts", starting, func(starter *os.Process) error {
			return syscall.Kill(-starter.Pid, syscall.SIGKILL)
		}),
	)

	It("after kill -9 of the keeper, but for cgroups, which the next start sweeps", func(ctx context.Context) {
		starter, left := startProcess(ctx, "lost", starting)
		kill(left.now().process("keep"))
		Expect(starter.Wait()).To(BeAssignableToTypeOf(&exec.ExitError{}))
		Eventually(func() []string {
			now := left.now()
			return slices.Concat(now.processes, now.mounts, now.namespaces)
		}).Should(BeEmpty())
		Expect(left.now().cgroups).NotTo(BeEmpty(), "nobody was there to remove them")
		Expect(cluster.Sweep()).To(Succeed())
		left.expectNothing()
	})

	It("after a start that fails", func(ctx context.Context) {
		dir := GinkgoT().TempDir()
		broken := filepath.Join(dir, "broken.tar")
		Expect(os.WriteFile(broken, []byte("not an archive"), 0o600)).To(Succeed())
		seen := watch("broken", dir)
		_, err := cluster.Start(ctx, cluster.Options{Name: "broken", Dir: dir, Images: []string{broken}})
		Expect(err).To(MatchError(ContainSubstring("cluster broken: ctr")))
		(<-seen).expectNothing()
	})

	It("after a start that is given up", func(ctx context.Context) {
		dir := GinkgoT().TempDir()
		ctx, cancel := context.WithCancelCause(ctx)
		seen := watch("given-up", dir)
		left := make(chan *leftovers, 1)
		go func() {
			left <- <-seen
			cancel(errors.New("given up"))
		}()
		_, err := cluster.Start(ctx, cluster.Options{Name: "given-up", Dir: dir})
		Expect(err).To(MatchError(ContainSubstring("given up")))
		(<-left).expectNothing()
	})
})

// state is how far a starter has come.
type state int

const (
	starting state = iota
	ready
)

// startProcess runs the command cluster, in a process group of its own, until its cluster is in a state.
func startProcess(ctx context.Context, name string, until state) (*exec.Cmd, *leftovers) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	command := exec.Command(starterProgram, "run", dir, name)
	command.Stderr = GinkgoWriter
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output, err := command.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	Expect(command.Start()).To(Succeed())
	DeferCleanup(func() { _ = command.Process.Kill() })

	seen := <-watch(name, filepath.Join(dir, name))
	if until == ready {
		said := make(chan string)
		go func() {
			lines := bufio.NewScanner(output)
			for lines.Scan() {
				said <- lines.Text()
			}
		}()
		Eventually(ctx, said).WithTimeout(startDeadline).Should(Receive(HavePrefix("ready")))
		seen = lookFor(name, filepath.Join(dir, name))
		seen.expectRunning()
	}
	return command, seen
}

// links lists the network links of a node.
func links(of *leftovers) string {
	GinkgoHelper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/dev", of.now().process("boot")))
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}

func kill(pid int) {
	GinkgoHelper()
	Expect(syscall.Kill(pid, syscall.SIGKILL)).To(Succeed())
}
