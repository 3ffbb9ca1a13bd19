package remote_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("Prune", func() {
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

	configs := func() []string {
		GinkgoHelper()
		var list corev1.ConfigMapList
		Expect(s.server.admin.List(suite, &list, client.InNamespace(s.namespace), client.MatchingLabels{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy})).To(Succeed())
		var names []string
		for _, c := range list.Items {
			if strings.Contains(c.Name, "-config-") {
				names = append(names, c.Name)
			}
		}
		return names
	}

	It("deletes a config that nothing names any more, once everything is applied", func() {
		first := newGeoConsole(s)
		first.apply(connected)
		second := newGeoConsole(s, ofGeneration(2), otherConfig)
		second.apply(connected)
		Eventually(func() []string {
			second.apply(connected)
			return configs()
		}, soon).Should(ConsistOf(second.find("ConfigMap").GetName()))
		Eventually(func() any {
			second.apply(connected)
			return second.inventory()["objects"]
		}, soon).Should(HaveLen(len(second.bundle.Objects)))
		before := len(s.server.requestsOf(s.user()))
		for range 10 {
			Expect(remote.Apply(suite, connected, second.model.Owner, second.bundle)).To(Succeed())
		}
		Expect(s.server.requestsOf(s.user())[before:]).To(BeEmpty())
	})

	DescribeTable("keeps a config as long as something names it:",
		func(make func(config string) client.Object) {
			first := newGeoConsole(s)
			first.apply(connected)
			config := first.find("ConfigMap").GetName()
			user := make(config)
			user.SetNamespace(s.namespace)
			Expect(s.server.admin.Create(suite, user)).To(Succeed())
			awaitConsoleObjects(connected, s)
			second := newGeoConsole(s, ofGeneration(2), otherConfig)
			second.apply(connected)
			second.apply(connected)
			before := len(s.server.requestsOf(s.user()))
			for range 10 {
				Expect(remote.Apply(suite, connected, second.model.Owner, second.bundle)).To(Succeed())
			}
			Expect(s.server.requestsOf(s.user())[before:]).To(BeEmpty())
			Expect(configs()).To(ContainElement(config))

			Expect(s.server.admin.Delete(suite, user, client.GracePeriodSeconds(0))).To(Succeed())
			Eventually(func() []string {
				second.apply(connected)
				return configs()
			}, soon).ShouldNot(ContainElement(config))
		},
		Entry("a pod", func(config string) client.Object { return consolePod("europe-1", config) }),
		Entry("a replica set of the history", func(config string) client.Object { return consoleReplicaSet("europe-1", config) }),
	)

	// hide takes our label from an object: the watches lose sight of it, and no event tells when it goes.
	hide := func(object *unstructured.Unstructured) {
		GinkgoHelper()
		object.SetLabels(map[string]string{"example.com/whose": "theirs"})
		Expect(s.server.admin.Update(suite, object)).To(Succeed())
		Eventually(remote.Shows, soon).WithArguments(connected, object).Should(BeFalse())
	}

	It("is done with an object that the watches do not show in the pass that deletes it", func() {
		first := newGeoConsole(s)
		first.apply(connected)
		hide(first.object("ConfigMap"))
		second := newGeoConsole(s, ofGeneration(2), otherConfig)
		Expect(remote.Apply(suite, connected, second.model.Owner, second.bundle)).To(Succeed())
		Expect(second.inventory()["objects"]).To(HaveLen(len(second.bundle.Objects)))
	})

	It("looks again for one that is kept by a finalizer", func() {
		first := newGeoConsole(s)
		first.apply(connected)
		kept := first.object("ConfigMap")
		kept.SetFinalizers([]string{"example.com/kept"})
		hide(kept)
		second := newGeoConsole(s, ofGeneration(2), otherConfig)
		for range 2 {
			Expect(remote.Apply(suite, connected, second.model.Owner, second.bundle)).To(MatchError(ContainSubstring("carries no label")))
		}
		kept = first.read(kept)
		kept.SetFinalizers(nil)
		Expect(s.server.admin.Update(suite, kept)).To(Succeed())
		second.apply(connected)
		Expect(second.inventory()["objects"]).To(HaveLen(len(second.bundle.Objects)))
	})

	It("keeps the former exposure until the new one is admitted", func() {
		first := newGeoConsole(s)
		first.apply(connected)
		second := newGeoConsole(s, ofGeneration(2), byRoute)
		second.apply(connected)
		second.apply(connected)
		_, err := first.tryRead(first.find("Ingress"))
		Expect(err).NotTo(HaveOccurred())
		admitRoute(second)
		Eventually(func() error {
			second.apply(connected)
			_, err := first.tryRead(first.find("Ingress"))
			return err
		}, soon).Should(Satisfy(isGone))
	})

	It("takes another class of Ingress for another exposure", func() {
		first := newGeoConsole(s)
		first.apply(connected)
		admitIngress(first)
		second := newGeoConsole(s, ofGeneration(2), byClass("haproxy"))
		seen := func() health.Exposure {
			second.apply(connected)
			o, err := remote.Observe(suite, connected, second.model.Owner, second.bundle)
			Expect(err).NotTo(HaveOccurred())
			return o.Exposure
		}
		Eventually(seen, soon).Should(Equal(health.Exposure{Found: true}))
		Consistently(seen, "1s").Should(Equal(health.Exposure{Found: true}), "the former one's address is not the new one's")
		_, err := first.tryRead(first.find("Ingress"))
		Expect(err).NotTo(HaveOccurred(), "the former one serves on")

		admitIngress(second)
		Eventually(seen, soon).Should(HaveField("Admitted", true))
		Eventually(func() error {
			second.apply(connected)
			_, err := first.tryRead(first.find("Ingress"))
			return err
		}, soon).Should(Satisfy(isGone))
	})

	It("spares an object of its inventory that no longer carries the mark", func() {
		first := newGeoConsole(s)
		first.apply(connected)
		theirs := first.object("ConfigMap")
		theirs.SetAnnotations(nil)
		Expect(s.server.admin.Update(suite, theirs)).To(Succeed())
		second := newGeoConsole(s, ofGeneration(2), otherConfig)
		Eventually(func() any {
			second.apply(connected)
			return second.inventory()["objects"]
		}, soon).Should(HaveLen(len(second.bundle.Objects)))
		Expect(configs()).To(ContainElement(theirs.GetName()))
	})

	DescribeTable("Property 1: deletes nothing when",
		func(method, path string, status int) {
			g := newGate(geo)
			g.behind(s)
			connected := o.reconnect(s.place)
			first := newGeoConsole(s)
			first.apply(connected)
			g.fail(method, path, status)
			second := newGeoConsole(s, ofGeneration(2), otherConfig, byRoute)
			for range 5 {
				Expect(remote.Apply(suite, connected, second.model.Owner, second.bundle)).NotTo(Succeed())
			}
			Expect(g.asked()).NotTo(ContainElement(HavePrefix("DELETE")))
			Expect(configs()).To(ContainElement(first.find("ConfigMap").GetName()))
			_, err := first.tryRead(first.find("Ingress"))
			Expect(err).NotTo(HaveOccurred())
			g.onRequest(nil)
			second.apply(connected)
		},
		Entry("an apply fails", http.MethodPatch, "/services/", http.StatusInternalServerError),
		Entry("the last apply fails", http.MethodPatch, "/routes/", http.StatusServiceUnavailable),
		Entry("an apply is forbidden", http.MethodPatch, "/deployments/", http.StatusForbidden),
		Entry("a read fails", http.MethodGet, "/routes/europe", http.StatusInternalServerError),
		Entry("the inventory cannot be read", http.MethodGet, "/configmaps/europe-inventory", http.StatusInternalServerError),
		Entry("the inventory cannot be written", http.MethodPut, "/configmaps/europe-inventory", http.StatusConflict),
	)

	It("Property 1: deletes nothing when a discovery fails, and does not take that for a kind that is not served", func() {
		g := newGate(geo)
		g.behind(s)
		first := newGeoConsole(s)
		first.apply(o.reconnect(s.place))
		g.onRequest(onlyDiscovery(http.StatusServiceUnavailable))
		connected := o.reconnect(s.place)
		first.apply(connected) // needs no Route
		second := newGeoConsole(s, ofGeneration(2), otherConfig, byRoute)
		for range 5 {
			err := remote.Apply(suite, connected, second.model.Owner, second.bundle)
			Expect(err).To(HaveOccurred())
			Expect(err).NotTo(refuse(v1alpha1.ReasonKindNotServed, "Route/europe"))
		}
		Expect(g.asked()).NotTo(ContainElement(HavePrefix("DELETE")))
		g.onRequest(nil)
		second.apply(connected)
	})
})
