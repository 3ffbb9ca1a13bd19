package e2e_test

import (
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// TestExisting runs what `make demo` runs with HUB_KUBECONFIG and GEO_KUBECONFIG, in two clusters that it finds.
func TestExisting(t *testing.T) {
	if err := cluster.Supported(); err != nil {
		t.Skipf("no real nodes here: %v", err)
	}
	t.Parallel()
	x := startExisting(t)
	hub, geography := x.hub.inventory(t), x.geography.inventory(t)

	t.Run("with a stand-in router", func(t *testing.T) {
		g := NewWithT(t)
		d := x.start(t)
		d.awaitPage(t)
		var gc v1alpha1.GeoConsole
		g.Expect(x.hub.Get(t.Context(), client.ObjectKey{Namespace: environment.HubNamespace, Name: "europe"}, &gc)).To(Succeed())
		g.Expect(&gc).To(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		g.Expect(x.geography.inventory(t)).To(ContainElement("routes.route.openshift.io geoconsole/europe"), "or nothing is compared at the end")
		g.Expect(countClusters(t, x.browser(t, d), "https://"+environment.Hostname)).To(Equal(120))
		d.end(t)
		x.hub.expect(t, hub)
		x.geography.expect(t, geography)
	})

	var defined []string // what is in the geography's cluster once it serves Routes itself
	t.Run("with the cluster's own router", func(t *testing.T) {
		g := NewWithT(t)
		x.geography.defineRoutes(t)
		defined = x.geography.inventory(t)
		x.geography.admitRoutes(t)
		d := x.start(t)
		d.awaitPage(t)
		g.Expect(x.geography.inventory(t)).NotTo(ContainElement("namespaces /" + environment.RouterNamespace))
		g.Expect(countClusters(t, x.browser(t, d), "http://"+d.address)).To(Equal(120))
		d.end(t)
		x.hub.expect(t, hub)
		x.geography.expect(t, defined)
	})

	t.Run("names an image that the nodes lack, and leaves nothing", func(t *testing.T) {
		g := NewWithT(t)
		d := x.start(t, "--image-prefix", "registry.local/nobody")
		g.Expect(io.ReadAll(d.out)).NotTo(BeEmpty())
		g.Expect(d.command.Wait()).NotTo(Succeed())
		g.Expect(d.problems.String()).To(ContainSubstring("a node neither has nor can pull registry.local/nobody/geoconsole-operator:dev"))
		g.Expect(d.problems.String()).NotTo(ContainSubstring(environment.ErrLeft.Error()))
		x.hub.expect(t, hub)
		x.geography.expect(t, defined)
	})

	t.Run("leaves nothing when Ctrl-C comes before it is Ready", func(t *testing.T) {
		g := NewWithT(t)
		d := x.start(t, "--geo-server", "https://"+net.JoinHostPort(cluster.Outside.Addr().String(), "6443")) // nobody is there
		d.await(t, "applying GeoConsole")
		g.Eventually(func(g Gomega) {
			var gc v1alpha1.GeoConsole
			g.Expect(x.hub.Get(t.Context(), client.ObjectKey{Namespace: environment.HubNamespace, Name: "europe"}, &gc)).To(Succeed())
			g.Expect(&gc).To(haveStatus(v1alpha1.ConditionReachable, metav1.ConditionFalse))
		}, "60s").Should(Succeed())
		d.end(t)
		x.hub.expect(t, hub)
		x.geography.expect(t, defined)
	})

	t.Run("refuses what is in the way", func(t *testing.T) {
		g := NewWithT(t)
		space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: environment.GeographyNamespace}}
		g.Expect(x.geography.Create(t.Context(), space)).To(Succeed())
		d := x.start(t)
		g.Expect(d.command.Wait()).NotTo(Succeed())
		g.Expect(d.problems.String()).To(ContainSubstring("has already: Namespace geoconsole;"))
		g.Expect(x.geography.Get(t.Context(), client.ObjectKeyFromObject(space), space)).To(Succeed())
		g.Expect(space.DeletionTimestamp).To(BeNil())
		x.hub.expect(t, hub)
	})
}

func TestExistingNeedsBoth(t *testing.T) {
	program := buildDemo(t)
	for set, other := range map[string]string{"HUB_KUBECONFIG": "GEO_KUBECONFIG", "GEO_KUBECONFIG": "HUB_KUBECONFIG"} {
		command := exec.CommandContext(t.Context(), program)
		command.Env = append(os.Environ(), set+"=some", other+"=")
		out, err := command.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "set "+other+" too") {
			t.Errorf("only %s: %v, %q", set, err, out)
		}
	}
}
