package remote_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

var _ = Describe("Release", func() {
	var (
		o         *operator
		s         *site
		connected *remote.Cluster
	)
	BeforeEach(func() {
		o = newOperator()
		s = newSite(geo)
		connected = o.connect(s.place)
	})
	release := func(g geoConsole) func() error {
		return func() error {
			released, err := remote.Release(suite, connected, g.model.Owner)
			if err == nil && !released {
				return errNotYet
			}
			return err
		}
	}

	It("leaves all as it works, without what the operator held it by, by the published rights alone", func() {
		g := newGeoConsole(s, byRoute)
		g.apply(connected)
		pod := g.newPod("europe-1")
		before := map[string]map[string]any{}
		for _, object := range g.bundle.Objects {
			before[objectName(object)] = plain(g.read(object))
		}
		generation := g.object("Deployment").GetGeneration()
		Eventually(release(g), soon).Should(Succeed())

		for _, object := range g.bundle.Objects {
			live := g.read(object)
			Expect(plain(live)).To(Equal(before[objectName(object)]), objectName(object))
			Expect(live.GetAnnotations()).NotTo(Or(HaveKey(v1alpha1.AnnotationOwner), HaveKey(v1alpha1.AnnotationRevision)), object.GetKind())
			Expect(live.GetLabels()).NotTo(Or(HaveKey(v1alpha1.LabelManagedBy), HaveKey(render.LabelApplySetPartOf)), object.GetKind())
		}
		// The API server counts a change of a Deployment's annotations as a generation; its template is what restarts pods.
		Expect(g.object("Deployment").GetGeneration()).To(BeNumerically("<=", generation+1))
		running := &corev1.Pod{}
		Expect(s.server.admin.Get(suite, client.ObjectKeyFromObject(pod), running)).To(Succeed())
		Expect(running.ResourceVersion).To(Equal(pod.ResourceVersion))
		writes := s.writes()
		Expect(writes[len(writes)-1]).To(And(HavePrefix("delete "), ContainSubstring("/configmaps/europe-inventory")))
		Expect(writes[:len(writes)-1]).NotTo(ContainElement(HavePrefix("delete ")))
		Eventually(release(g), soon).Should(Succeed())
	})

	It("leaves what is NotOurs to every GeoConsole that comes after", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		Eventually(release(g), soon).Should(Succeed())
		versions := g.versions()
		next := newGeoConsole(s, named("europe", "uid-of-its-successor"), withImage("registry.example.com/geoconsole/console:v2"))
		Eventually(func() error { return remote.Apply(suite, connected, next.model.Owner, next.bundle) }, soon).
			Should(refuse(v1alpha1.ReasonNotOurs, "ServiceAccount/europe"))
		Eventually(func() (bool, error) { return remote.Remove(suite, connected, next.model.Owner) }, soon).Should(BeTrue())
		Expect(g.versions()).To(Equal(versions))
	})

	It("Property 3: lets go of nothing that is not the owner's", func() {
		ours, theirs := newGeoConsole(s), newGeoConsole(s, named("other", "uid-of-other"))
		ours.apply(connected)
		theirs.apply(connected)
		taken := ours.object("Service")
		taken.SetAnnotations(map[string]string{v1alpha1.AnnotationOwner: "other-hub/default/europe"})
		Expect(s.server.admin.Update(suite, taken)).To(Succeed())
		versions := theirs.resourceVersions()
		Eventually(release(ours), soon).Should(Succeed())
		Expect(theirs.resourceVersions()).To(Equal(versions))
		Expect(ours.read(taken)).To(Equal(taken))
	})

	It("Property 3: does not touch an object that took the place of ours in between", func() {
		front := newGate(geo)
		front.behind(s)
		connected = o.reconnect(s.place)
		g := newGeoConsole(s)
		g.apply(connected)
		theirs := g.find("Service").DeepCopy()
		theirs.SetAnnotations(map[string]string{v1alpha1.AnnotationOwner: "other-hub/default/europe"})
		var replaced atomic.Bool
		front.onRequest(func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "/services/europe") && !replaced.Swap(true) {
				defer GinkgoRecover()
				Expect(s.server.admin.Delete(suite, g.object("Service"))).To(Succeed())
				Expect(s.server.admin.Create(suite, theirs)).To(Succeed())
			}
			return false
		})
		Eventually(release(g), soon).Should(Succeed())
		Expect(replaced.Load()).To(BeTrue())
		Expect(g.object("Service").GetResourceVersion()).To(Equal(theirs.GetResourceVersion()))
	})

	DescribeTable("Property 5: a claim of somebody else is refused, and nothing is let go of:",
		func(theirs func(*geography.Owner), reason string) {
			g := newGeoConsole(s, ofGeneration(7))
			g.apply(connected)
			versions := g.resourceVersions()
			before := len(s.writes())
			leaving := g.model.Owner
			theirs(&leaving)
			expectLeftAlone(g, leaving, reason, func() (bool, error) { return remote.Release(suite, connected, leaving) })
			Expect(g.resourceVersions()).To(Equal(versions))
			Expect(s.writes()).To(HaveLen(before))
		},
		Entry("another hub", func(owner *geography.Owner) { owner.Hub = "uid-of-another-hub" }, v1alpha1.ReasonOwnedElsewhere),
		Entry("another namespace on the hub", func(owner *geography.Owner) { owner.Namespace = "other" }, v1alpha1.ReasonOwnedElsewhere),
		Entry("another GeoConsole of the same name", func(owner *geography.Owner) { owner.UID = "uid-of-its-successor" }, v1alpha1.ReasonOwnedElsewhere),
		Entry("an older generation", func(owner *geography.Owner) { owner.Generation = 6 }, v1alpha1.ReasonHubRewound),
	)

	It("Property 5: refuses an inventory that no operator wrote", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		alterInventory(g, func(record map[string]any) { record["format"] = 0 })
		versions := g.resourceVersions()
		Expect(release(g)()).To(refuse(v1alpha1.ReasonNotOurs, "ConfigMap/europe-inventory"))
		Expect(g.resourceVersions()).To(Equal(versions))
	})

	It("is gone on with wherever it ended", func() {
		front := newGate(geo)
		front.behind(s)
		connected = o.reconnect(s.place)
		g := newGeoConsole(s)
		g.apply(connected)
		var left atomic.Int32
		front.onRequest(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet || left.Add(-1) >= 0 {
				return false
			}
			http.Error(w, "made to fail", http.StatusInternalServerError)
			return true
		})
		ends := 0
		Eventually(func() error {
			left.Store(1) // one write takes effect, and nothing after it
			ends++
			return release(g)()
		}, soon).Should(Succeed())
		Expect(ends).To(BeNumerically(">", len(g.bundle.Objects)))
		for _, object := range g.bundle.Objects {
			Expect(g.read(object).GetAnnotations()).NotTo(HaveKey(v1alpha1.AnnotationOwner), object.GetKind())
		}
		inventory := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "europe-inventory"}}
		Expect(s.server.admin.Get(suite, client.ObjectKeyFromObject(inventory), inventory)).To(Satisfy(isGone))
	})

	It("finds what is ours also after somebody deleted the inventory", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		g.apply(connected)
		Expect(s.server.admin.Delete(suite, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "europe-inventory"}})).To(Succeed())
		Eventually(release(g), soon).Should(Succeed())
		Expect(g.object("Deployment").GetAnnotations()).NotTo(HaveKey(v1alpha1.AnnotationOwner))
	})
})

// errNotYet is what a pass leaves that has more to do.
var errNotYet = errors.New("not yet")

// writes are what the site's user has asked beside reads.
func (s *site) writes() []string {
	GinkgoHelper()
	return slices.DeleteFunc(s.server.requestsOf(s.user()), func(asked string) bool {
		return strings.HasPrefix(asked, "get ") || strings.HasPrefix(asked, "list ")
	})
}

// plain is an object without what a release takes away, and what an API server counts.
func plain(object *unstructured.Unstructured) map[string]any {
	kept := object.DeepCopy()
	labels, annotations := kept.GetLabels(), kept.GetAnnotations()
	for _, name := range []string{v1alpha1.LabelManagedBy, render.LabelApplySetPartOf} {
		delete(labels, name)
	}
	for _, name := range []string{v1alpha1.AnnotationOwner, v1alpha1.AnnotationRevision} {
		delete(annotations, name)
	}
	kept.SetLabels(labels)
	kept.SetAnnotations(annotations)
	if len(annotations) == 0 {
		unstructured.RemoveNestedField(kept.Object, "metadata", "annotations")
	}
	return content(kept)
}

// versions are the UIDs and resourceVersions of everything that is rendered.
func (g geoConsole) versions() map[string][2]string {
	GinkgoHelper()
	versions := map[string][2]string{}
	for _, o := range g.bundle.Objects {
		live := g.read(o)
		versions[o.GetKind()] = [2]string{string(live.GetUID()), live.GetResourceVersion()}
	}
	return versions
}
