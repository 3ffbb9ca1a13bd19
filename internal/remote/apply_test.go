package remote_test

import (
	"net/http"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

var _ = Describe("Apply", func() {
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

	It("puts everything that is rendered into the cluster, and lists it in the inventory", func() {
		g := newGeoConsole(s, byRoute)
		g.apply(connected)
		for _, object := range g.bundle.Objects {
			live := g.read(object)
			Expect(live.GetAnnotations()).To(HaveKeyWithValue(v1alpha1.AnnotationOwner, g.model.Owner.Mark()))
			Expect(live.GetOwnerReferences()).To(BeEmpty())
		}
		record := g.inventory()
		Expect(record).To(HaveKeyWithValue("hub", "uid-of-hub"))
		Expect(record).To(HaveKeyWithValue("name", "europe"))
		Expect(record).To(HaveKeyWithValue("generation", BeNumerically("==", 1)))
		Expect(record["objects"]).To(HaveLen(len(g.bundle.Objects)))
	})

	DescribeTable("100 passes over what is as rendered send no request and change nothing",
		func(exposure func(*v1alpha1.GeoConsole)) {
			g := newGeoConsole(s, exposure)
			g.apply(connected)
			g.apply(connected) // by now the watches have shown everything
			versions := g.resourceVersions()
			before := len(s.server.requestsOf(s.user()))
			for range 100 {
				Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(Succeed())
				_, err := remote.Observe(suite, connected, g.model.Owner, g.bundle)
				Expect(err).NotTo(HaveOccurred())
			}
			Expect(g.resourceVersions()).To(Equal(versions))
			Expect(s.server.requestsOf(s.user())[before:]).To(BeEmpty())
		},
		Entry("with a Route", byRoute),
		Entry("with an Ingress", func(*v1alpha1.GeoConsole) {}),
	)

	It("finds every rendered kind as it left it, by the fields that it owns", func() {
		g := newGeoConsole(s, byRoute)
		g.apply(connected)
		g.apply(connected)
		asked := s.server.requestsOf(s.user())
		applies := map[string]int{}
		for _, r := range asked {
			for _, object := range g.bundle.Objects {
				if isPatchOf(r, object) {
					applies[objectName(object)]++
				}
			}
		}
		for _, object := range g.bundle.Objects {
			Expect(applies).To(HaveKeyWithValue(objectName(object), 1), "one apply, ever, of each")
		}
	})

	Describe("repairs drift, and is quiet after that:", func() {
		DescribeTable("",
			func(kind string, drift func(live *unstructured.Unstructured)) {
				g := newGeoConsole(s, byRoute)
				g.apply(connected)
				g.apply(connected)
				want := g.object(kind)
				changed := want.DeepCopy()
				drift(changed)
				Expect(s.server.admin.Update(suite, changed, client.FieldOwner("somebody"))).To(Succeed())
				Eventually(func(e Gomega) {
					e.Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(Succeed())
					e.Expect(content(g.object(kind))).To(Equal(content(want)))
				}, soon).Should(Succeed())
				g.apply(connected)
				before := len(s.server.requestsOf(s.user()))
				for range 10 {
					Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(Succeed())
				}
				Expect(s.server.requestsOf(s.user())[before:]).To(BeEmpty())
			},
			Entry("a changed field", "Deployment", func(live *unstructured.Unstructured) {
				Expect(unstructured.SetNestedField(live.Object, int64(7), "spec", "replicas")).To(Succeed())
			}),
			Entry("a removed field", "PodDisruptionBudget", func(live *unstructured.Unstructured) {
				unstructured.RemoveNestedField(live.Object, "spec", "unhealthyPodEvictionPolicy")
			}),
			Entry("a changed label", "Service", func(live *unstructured.Unstructured) {
				live.SetLabels(map[string]string{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelInstance: "other"})
			}),
			Entry("all managed fields cleared", "NetworkPolicy", func(live *unstructured.Unstructured) {
				live.SetManagedFields(nil)
				Expect(unstructured.SetNestedSlice(live.Object, []any{"Egress"}, "spec", "policyTypes")).To(Succeed())
			}),
			Entry("an emptied rule", "Route", func(live *unstructured.Unstructured) {
				unstructured.RemoveNestedField(live.Object, "spec", "tls")
			}),
		)

		It("a deleted object", func() {
			g := newGeoConsole(s)
			g.apply(connected)
			Expect(s.server.admin.Delete(suite, g.object("Service"))).To(Succeed())
			Eventually(func(e Gomega) {
				e.Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(Succeed())
				_, err := g.tryRead(g.find("Service"))
				e.Expect(err).NotTo(HaveOccurred())
			}, soon).Should(Succeed())
		})
	})

	It("leaves the fields of others alone and does not take them for drift", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		live := g.object("Deployment")
		Expect(unstructured.SetNestedField(live.Object, "theirs", "metadata", "annotations", "example.com/note")).To(Succeed())
		Expect(s.server.admin.Update(suite, live, client.FieldOwner("somebody"))).To(Succeed())
		g.apply(connected)
		before := len(s.server.requestsOf(s.user()))
		for range 10 {
			Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(Succeed())
		}
		Expect(s.server.requestsOf(s.user())[before:]).To(BeEmpty())
		Expect(g.object("Deployment").GetAnnotations()).To(HaveKeyWithValue("example.com/note", "theirs"))
	})

	It("takes back what is no longer rendered", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		fewer := newGeoConsole(s, ofGeneration(2), func(gc *v1alpha1.GeoConsole) { gc.Spec.Console.Scaling = fixed(5) })
		fewer.apply(connected)
		replicas, _, _ := unstructured.NestedInt64(g.object("Deployment").Object, "spec", "replicas")
		Expect(replicas).To(BeEquivalentTo(5))
	})

	Describe("Property 3: what is not ours is never written or deleted:", func() {
		foreign := func(g geoConsole, kind string, alter func(*unstructured.Unstructured)) *unstructured.Unstructured {
			object := g.find(kind).DeepCopy()
			object.SetLabels(nil)
			object.SetAnnotations(nil)
			alter(object)
			Expect(s.server.admin.Create(suite, object)).To(Succeed())
			return g.read(object)
		}
		DescribeTable("",
			func(alter func(*unstructured.Unstructured)) {
				g := newGeoConsole(s)
				theirs := foreign(g, "Service", alter)
				Eventually(func() error { return remote.Apply(suite, connected, g.model.Owner, g.bundle) }, soon).
					Should(refuse(v1alpha1.ReasonNotOurs, "Service/europe"))
				Expect(g.read(theirs)).To(Equal(theirs))

				emptied := func() bool {
					done, err := remote.Remove(suite, connected, g.model.Owner)
					Expect(err).NotTo(HaveOccurred())
					return done
				}
				Eventually(emptied, soon).Should(BeTrue())
				Expect(g.read(theirs)).To(Equal(theirs))
			},
			Entry("an object without labels", func(*unstructured.Unstructured) {}),
			Entry("an object with our label", func(o *unstructured.Unstructured) {
				o.SetLabels(map[string]string{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy})
			}),
			Entry("an object of another GeoConsole", func(o *unstructured.Unstructured) {
				o.SetLabels(map[string]string{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy})
				o.SetAnnotations(map[string]string{v1alpha1.AnnotationOwner: "other-hub/default/europe"})
			}),
		)
	})

	DescribeTable("Property 3: an object that took the place of ours in between is neither written nor deleted:",
		func(method string, act func(c *remote.Cluster, g geoConsole) error) {
			front := newGate(geo)
			front.behind(s)
			c := o.reconnect(s.place)
			g := newGeoConsole(s)
			g.apply(c)
			theirs := g.find("Service").DeepCopy()
			theirs.SetLabels(map[string]string{"example.com/whose": "theirs"})
			theirs.SetAnnotations(nil)
			var once sync.Once
			front.onRequest(func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == method && strings.HasSuffix(r.URL.Path, "/services/europe") {
					once.Do(func() {
						defer GinkgoRecover()
						Expect(s.server.admin.Delete(suite, g.object("Service"))).To(Succeed())
						Expect(s.server.admin.Create(suite, theirs)).To(Succeed())
					})
				}
				return false
			})
			Eventually(func() error { return act(c, g) }, soon).ShouldNot(Succeed())
			Expect(g.object("Service").GetUID()).To(Equal(theirs.GetUID()))
			Expect(g.object("Service").GetResourceVersion()).To(Equal(theirs.GetResourceVersion()))
		},
		Entry("by an apply", http.MethodPatch, func(c *remote.Cluster, g geoConsole) error {
			changed := newGeoConsole(g.site, ofGeneration(2), withImage("registry.example.com/geoconsole/console:v2"))
			return remote.Apply(suite, c, changed.model.Owner, changed.bundle)
		}),
		Entry("by a removal", http.MethodDelete, func(c *remote.Cluster, g geoConsole) error {
			_, err := remote.Remove(suite, c, g.model.Owner)
			return err
		}),
	)

	It("Property 3: an object that somebody makes in the moment before ours is not written over", func() {
		before := newGate(geo)
		before.behind(s)
		connected = o.reconnect(s.place)
		g := newGeoConsole(s)
		foreign := g.find("ServiceAccount").DeepCopy()
		foreign.SetLabels(nil)
		foreign.SetAnnotations(nil)
		var made sync.Once
		before.onRequest(func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "/serviceaccounts/") {
				made.Do(func() { Expect(geo.admin.Create(suite, foreign)).To(Succeed()) })
			}
			return false
		})
		Eventually(func() error { return remote.Apply(suite, connected, g.model.Owner, g.bundle) }, soon).
			Should(refuse(v1alpha1.ReasonNotOurs, "ServiceAccount/europe"))
		Expect(g.object("ServiceAccount").GetResourceVersion()).To(Equal(foreign.GetResourceVersion()))
	})

	It("refuses what the cluster refuses, naming the object", func() {
		g := newGeoConsole(s, withImage("registry.example.com/geoconsole/console:v1"))
		for _, object := range g.bundle.Objects {
			if object.GetKind() == "Service" {
				Expect(unstructured.SetNestedField(object.Object, "no-such-type", "spec", "type")).To(Succeed())
			}
		}
		Eventually(func() error { return remote.Apply(suite, connected, g.model.Owner, g.bundle) }, soon).
			Should(refuse(v1alpha1.ReasonRefused, "Service/europe"))
	})

	It("names the object for which it lacks a right", func() {
		s.revoke("services")
		Eventually(func() error {
			g := newGeoConsole(s)
			return remote.Apply(suite, o.reconnect(s.place), g.model.Owner, g.bundle)
		}, soon).Should(refuse(v1alpha1.ReasonForbidden, "Service/europe"))
	})

	It("says that a namespace is missing", func() {
		admin := newSite(hub)
		place := remote.Place{HubNamespace: hubNamespace, Hub: true, Namespace: "no-such-namespace"}
		g := newGeoConsole(admin, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters[0].Namespace = "no-such-namespace" })
		Expect(remote.Apply(suite, o.connect(place), g.model.Owner, g.bundle)).To(refuse(v1alpha1.ReasonNamespaceMissing, ""))
	})

	It("says that a kind is not served only after a discovery, and takes it up when it is", func() {
		plain := newSite(hub) // serves no Route
		g := newGeoConsole(plain, byRoute)
		Expect(remote.Apply(suite, o.connect(plain.place), g.model.Owner, g.bundle)).To(refuse(v1alpha1.ReasonKindNotServed, "Route/europe"))
	})

	It("applies nothing out of an empty rendering", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		versions := g.resourceVersions()
		Expect(remote.Apply(suite, connected, g.model.Owner, render.Bundle{})).NotTo(Succeed())
		Expect(g.resourceVersions()).To(Equal(versions))
	})
})
