package compile

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPinned(t *testing.T) {
	for module, requirement := range map[string]string{
		"hack/kubernetes/hyperkube": "k8s.io/kubernetes",
		"hack/kubernetes/coredns":   "github.com/coredns/coredns",
		"hack/kubernetes/traefik":   "github.com/traefik/traefik/v3",
		"hack/kubernetes/dex":       "github.com/dexidp/dex",
		"hack/clients/ocm":          "github.com/openshift-online/ocm-cli",
		"hack/clients/rosa":         "github.com/openshift/rosa",
	} {
		version, err := Pinned(module, requirement)
		if err != nil || !strings.HasPrefix(version, "v") {
			t.Errorf("%s: got %q, %v", module, version, err)
		}
	}
	if _, err := Pinned("hack/kubernetes/coredns", "k8s.io/kubernetes"); err == nil {
		t.Error("a requirement that is not there is found")
	}
}

func TestFollow(t *testing.T) {
	var said []string
	report := func(line string, _ int) { said = append(said, line) }
	if err := follow(exec.Command("sh", "-c", "printf 'one\\ntw' >&2; printf 'o\\n' >&2"), report); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one", "two"}, said); diff != "" {
		t.Error(diff)
	}
	err := follow(exec.Command("sh", "-c", "seq 20 >&2; exit 3"), report)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.HasSuffix(err.Error(), "\n19\n20") ||
		strings.Contains(err.Error(), "\n5\n") {
		t.Errorf("got %v, want the status and the last 15 lines", err)
	}
}

func TestStep(t *testing.T) {
	for line, want := range map[string]string{
		"go: downloading k8s.io/api v0.34.4": "downloading k8s.io/api v0.34.4",
		"k8s.io/api/core/v1":                 "compiling package 7, k8s.io/api/core/v1",
	} {
		if got := step(line, 7); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}
