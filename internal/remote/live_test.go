package remote_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("The live config", func() {
	var (
		s         *site
		connected *remote.Cluster
		g         geoConsole
	)
	BeforeEach(func() {
		s = newSite(geo)
		connected = newOperator().connect(s.place)
		g = newGeoConsole(s)
		g.apply(connected)
		g.apply(connected)
	})
	const name = "ConfigMap/europe-live"
	// live is the live config as it is rendered.
	live := func(g geoConsole) *unstructured.Unstructured {
		GinkgoHelper()
		for _, object := range g.bundle.Objects {
			if object.GetName() == "europe-live" {
				return object
			}
		}
		Fail("no live config is rendered")
		return nil
	}
	holds := func(g geoConsole) func() bool {
		return func() bool {
			want, _, _ := unstructured.NestedString(live(g).Object, "data", "live.json")
			stands, _, _ := unstructured.NestedString(g.read(live(g)).Object, "data", "live.json")
			return want != "" && want == stands
		}
	}

	It("changes by itself: no other object is written", func() {
		before := g.resourceVersions()
		drained := newGeoConsole(s, drainFirst)
		asked := len(s.server.requestsOf(s.user()))
		drained.apply(connected)
		Expect(holds(drained)()).To(BeTrue())
		after := drained.resourceVersions()
		Expect(after[name]).NotTo(Equal(before[name]))
		delete(after, name)
		delete(before, name)
		Expect(after).To(Equal(before))
		Expect(s.server.requestsOf(s.user())[asked:]).To(ConsistOf(ContainSubstring("/configmaps/europe-live")))
	})

	It("is repaired when somebody edits or deletes it", func() {
		edited := g.read(live(g))
		Expect(unstructured.SetNestedField(edited.Object, "{}", "data", "live.json")).To(Succeed())
		Expect(s.server.admin.Update(suite, edited, client.FieldOwner("somebody"))).To(Succeed())
		Eventually(func() bool { g.apply(connected); return holds(g)() }, soon).Should(BeTrue())

		Expect(s.server.admin.Delete(suite, live(g).DeepCopy())).To(Succeed())
		Eventually(func() error {
			g.apply(connected)
			_, err := g.tryRead(live(g))
			return err
		}, soon).Should(Succeed())
		Expect(holds(g)()).To(BeTrue())
	})

	It("may change as often as its owner likes, also while somebody else edits it", func() {
		for i := range 6 {
			edited := g.read(live(g))
			Expect(unstructured.SetNestedField(edited.Object, strings.Repeat(" ", i), "data", "live.json")).To(Succeed())
			Expect(s.server.admin.Update(suite, edited, client.FieldOwner("somebody"))).To(Succeed())
			next := newGeoConsole(s, func(gc *v1alpha1.GeoConsole) { gc.Spec.Regions[0].Message = strings.Repeat("m", i+1) })
			Eventually(func() bool { next.apply(connected); return holds(next)() }, soon).Should(BeTrue())
		}
	})
})
