package controllers_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var _ = Describe("docs/onboarding.md", func() {
	It("does what it says, block by block, against real API servers", func(ctx context.Context) {
		namespace := newGeography(ctx, nil)
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		east.fillTokens()
		people := newShell(map[string]string{
			"GEO": east.adminFile(), "HUB": hub.adminFile(), "SERVER": east.environment.Config.Host,
			"NAMESPACE": namespace, "HUB_NAMESPACE": namespace, "SECRET": "east",
		})
		reachable := func(status metav1.ConditionStatus, reason string) {
			GinkgoHelper()
			Eventually(now(ctx, gc), 2*soon).Should(haveCondition(v1alpha1.ConditionReachable, status, reason))
		}
		// What must hold after the last block of a section.
		proofs := map[string]func(){
			"Grant": func() { reachable(metav1.ConditionFalse, v1alpha1.ReasonSecretMissing) },
			"Hand over": func() {
				reachable(metav1.ConditionTrue, v1alpha1.ReasonConnected)
				Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
				Expect(expiryOf(namespace, "east")).To(BeZero(), "a token without an end")
			},
			"Rotate": func() {
				Eventually(expiryOf, soon).WithArguments(namespace, "east").ShouldNot(BeZero())
				reachable(metav1.ConditionTrue, v1alpha1.ReasonConnected)
			},
			"Revoke": func() {
				Expect(hub.Get(ctx, client.ObjectKeyFromObject(gc), gc)).To(beGone())
				Expect(east.ours(ctx, namespace)).To(BeEmpty())
				account := &corev1.ServiceAccount{}
				Expect(east.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "geoconsole-hub"}, account)).To(beGone())
				var bindings rbacv1.ClusterRoleBindingList
				Expect(east.List(ctx, &bindings)).To(Succeed())
				Expect(bindings.Items).NotTo(ContainElement(HaveField("Name", ContainSubstring(":"+namespace))))
			},
		}
		for _, section := range sectionsOf("../docs/onboarding.md") {
			for _, block := range section.blocks {
				people.run(block)
				if strings.Contains(block, "condition=Reachable=False") {
					c := meta.FindStatusCondition(now(ctx, gc)(Default).Status.Conditions, v1alpha1.ConditionReachable)
					Expect(c.Reason).To(Equal(v1alpha1.ReasonUnauthorized))
				}
			}
			if prove := proofs[section.title]; prove != nil {
				prove()
				delete(proofs, section.title)
			}
		}
		Expect(proofs).To(BeEmpty(), "sections that are not there any more")
	})
})

// section is a heading and the command blocks below it.
type section struct {
	title  string
	blocks []string
}

func sectionsOf(file string) []section {
	GinkgoHelper()
	text, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	var sections []section
	for _, found := range regexp.MustCompile("(?ms)^## (.*?)$|^```sh\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		if found[1] != "" {
			sections = append(sections, section{title: found[1]})
			continue
		}
		last := &sections[len(sections)-1]
		last.blocks = append(last.blocks, found[2])
	}
	return sections
}

// shell is one session of bash, as a person has it.
type shell struct {
	in  io.Writer
	out *bufio.Reader
	ran int
}

func newShell(variables map[string]string) *shell {
	GinkgoHelper()
	tools := GinkgoT().TempDir()
	build := exec.Command("go", "build", "-o", tools, "../cmd/geoconsole")
	build.Stdout, build.Stderr = GinkgoWriter, GinkgoWriter
	Expect(build.Run()).To(Succeed())
	bash := exec.Command("bash", "-euo", "pipefail")
	bash.Dir = GinkgoT().TempDir()
	bash.Env = []string{"HOME=" + bash.Dir, "PATH=" + tools + ":" + os.Getenv("KUBEBUILDER_ASSETS") + ":" + os.Getenv("PATH")}
	for name, value := range variables {
		bash.Env = append(bash.Env, name+"="+value)
	}
	in, err := bash.StdinPipe()
	Expect(err).NotTo(HaveOccurred())
	out, err := bash.StdoutPipe()
	Expect(err).NotTo(HaveOccurred())
	bash.Stderr = bash.Stdout
	Expect(bash.Start()).To(Succeed())
	DeferCleanup(func() {
		_ = in.Close()
		_ = bash.Wait() // how it ended is seen by what it said
	})
	return &shell{in: in, out: bufio.NewReader(out)}
}

// run runs a block to its end. A command that fails ends the session.
func (s *shell) run(block string) {
	GinkgoHelper()
	s.ran++
	end := fmt.Sprintf("-- block %d is done --\n", s.ran)
	_, err := fmt.Fprintf(s.in, "{\n%s} </dev/null\nprintf '%%s\\n' '%s'\n", block, strings.TrimSpace(end))
	Expect(err).NotTo(HaveOccurred())
	var said strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		if line == end {
			return
		}
		said.WriteString(line)
		Expect(err).NotTo(HaveOccurred(), "block %d fails:\n%s\n%s", s.ran, block, &said)
	}
}

// adminFile is the kubeconfig of the server's administrator.
func (s *apiServer) adminFile() string {
	GinkgoHelper()
	user, err := s.environment.AddUser(envtest.User{Name: "admin", Groups: []string{"system:masters"}}, nil)
	Expect(err).NotTo(HaveOccurred())
	text, err := user.KubeConfig()
	Expect(err).NotTo(HaveOccurred())
	file := filepath.Join(GinkgoT().TempDir(), "kubeconfig")
	Expect(os.WriteFile(file, text, 0o600)).To(Succeed())
	return file
}

// fillTokens runs Kubernetes' own controller that puts tokens into the Secrets of ServiceAccounts: a bare API server has
// none.
func (s *apiServer) fillTokens() {
	GinkgoHelper()
	authority := filepath.Join(GinkgoT().TempDir(), "ca.crt")
	Expect(os.WriteFile(authority, s.environment.Config.CAData, 0o600)).To(Succeed())
	manager := exec.Command(filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "kube-controller-manager"),
		"--kubeconfig", s.adminFile(), "--controllers", "serviceaccount-token-controller", "--leader-elect=false", "--secure-port=0",
		"--service-account-private-key-file", s.signingKey(), "--root-ca-file", authority)
	manager.Stdout, manager.Stderr = GinkgoWriter, GinkgoWriter
	Expect(manager.Start()).To(Succeed())
	DeferCleanup(func() {
		Expect(manager.Process.Kill()).To(Succeed())
		_ = manager.Wait() // killed
	})
}

// signingKey is the file of the key by which the server's tokens of ServiceAccounts are signed.
func (s *apiServer) signingKey() string {
	return filepath.Join(s.environment.ControlPlane.APIServer.CertDir, "sa-signer.key")
}
