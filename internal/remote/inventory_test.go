package remote_test

import (
	"encoding/json"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("The inventory", func() {
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

	It("is claimed before anything else is written", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		var writes []string
		for _, asked := range s.server.requestsOf(s.user()) {
			if !strings.HasPrefix(asked, "get ") && !strings.HasPrefix(asked, "list ") {
				writes = append(writes, asked)
			}
		}
		Expect(writes[0]).To(HavePrefix("create /api/v1/namespaces/" + s.namespace + "/configmaps"))
		Expect(writes[1:]).To(HaveEach(HavePrefix("patch ")))
		Expect(writes).To(HaveLen(1 + len(g.bundle.Objects)))
	})

	DescribeTable("Property 5: a claim of somebody else is refused; nothing is written or deleted:",
		func(theirs func(*geography.Owner), reason string) {
			g := newGeoConsole(s, ofGeneration(7))
			g.apply(connected)
			versions := g.resourceVersions()
			before := len(s.server.requestsOf(s.user()))

			changed := newGeoConsole(s, ofGeneration(7), withImage("registry.example.com/geoconsole/console:v2"))
			theirs(&changed.model.Owner)
			Eventually(func() error { return remote.Apply(suite, connected, changed.model.Owner, changed.bundle) }, soon).
				Should(refuse(reason, "ConfigMap/europe-inventory"))
			_, err := remote.Remove(suite, connected, changed.model.Owner)
			Expect(err).To(refuse(reason, "ConfigMap/europe-inventory"))

			Expect(g.resourceVersions()).To(Equal(versions))
			Expect(s.server.requestsOf(s.user())[before:]).To(HaveEach(HavePrefix("get ")))
			seen, err := remote.Observe(suite, connected, changed.model.Owner, changed.bundle)
			Expect(err).NotTo(HaveOccurred())
			Expect(seen.Inventory).To(Equal(v1alpha1.InventoryAbsent))
		},
		Entry("another hub", func(owner *geography.Owner) { owner.Hub = "uid-of-another-hub" }, v1alpha1.ReasonOwnedElsewhere),
		Entry("another namespace on the hub", func(owner *geography.Owner) { owner.Namespace = "other" }, v1alpha1.ReasonOwnedElsewhere),
		Entry("another GeoConsole of the same name", func(owner *geography.Owner) { owner.UID = "uid-of-its-successor" }, v1alpha1.ReasonOwnedElsewhere),
		Entry("an older generation", func(owner *geography.Owner) { owner.Generation = 6 }, v1alpha1.ReasonHubRewound),
	)

	It("of a later format is left alone", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		alterInventory(g, func(record map[string]any) { record["format"] = 2 })
		versions := g.resourceVersions()
		Eventually(func() error { return remote.Apply(suite, connected, g.model.Owner, g.bundle) }, soon).
			Should(refuse(v1alpha1.ReasonHubRewound, "ConfigMap/europe-inventory"))
		Expect(g.resourceVersions()).To(Equal(versions))
	})

	It("is not taken for ours when the ConfigMap of its name is not", func() {
		g := newGeoConsole(s)
		theirs := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "europe-inventory"}}
		Expect(s.server.admin.Create(suite, theirs)).To(Succeed())
		Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(refuse(v1alpha1.ReasonNotOurs, "ConfigMap/europe-inventory"))
		_, err := remote.Remove(suite, connected, g.model.Owner)
		Expect(err).To(refuse(v1alpha1.ReasonNotOurs, "ConfigMap/europe-inventory"))
	})

	It("that somebody deleted is written again with all that is ours", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		Expect(s.server.admin.Delete(suite, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "europe-inventory"}})).To(Succeed())
		Eventually(func() error {
			Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(Succeed())
			return s.server.admin.Get(suite, client.ObjectKey{Namespace: s.namespace, Name: "europe-inventory"}, &corev1.ConfigMap{})
		}, soon).Should(Succeed())
		Expect(g.inventory()["objects"]).To(HaveLen(len(g.bundle.Objects)))
	})

	It("that lost its labels is repaired", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		var stored corev1.ConfigMap
		key := client.ObjectKey{Namespace: s.namespace, Name: "europe-inventory"}
		Expect(s.server.admin.Get(suite, key, &stored)).To(Succeed())
		stored.Labels = nil
		Expect(s.server.admin.Update(suite, &stored)).To(Succeed())
		Eventually(func() map[string]string {
			Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(Succeed())
			Expect(s.server.admin.Get(suite, key, &stored)).To(Succeed())
			return stored.Labels
		}, soon).Should(HaveKeyWithValue(v1alpha1.LabelManagedBy, v1alpha1.ManagedBy))
	})
})

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

var _ = Describe("Remove", func() {
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
	remove := func(g geoConsole) func() bool {
		return func() bool {
			emptied, err := remote.Remove(suite, connected, g.model.Owner)
			Expect(err).NotTo(HaveOccurred())
			return emptied
		}
	}

	It("leaves nothing of ours, deletes the inventory last, and says so", func() {
		g := newGeoConsole(s, byRoute)
		g.apply(connected)
		Eventually(remove(g), soon).Should(BeTrue())
		for _, object := range g.bundle.Objects {
			_, err := g.tryRead(object)
			Expect(err).To(Satisfy(isGone), object.GetKind())
		}
		var deletes []string
		for _, asked := range s.server.requestsOf(s.user()) {
			if strings.HasPrefix(asked, "delete ") {
				deletes = append(deletes, asked)
			}
		}
		Expect(deletes[0]).To(ContainSubstring("/routes/europe"))
		Expect(deletes[len(deletes)-1]).To(ContainSubstring("/configmaps/europe-inventory"))
		Expect(deletes).To(HaveLen(len(g.bundle.Objects) + 1))
		Eventually(remove(g), soon).Should(BeTrue())
	})

	It("waits for the pods before it takes what they need", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		pod := consolePod("europe-1", g.find("ConfigMap").GetName())
		pod.SetNamespace(s.namespace)
		Expect(s.server.admin.Create(suite, pod)).To(Succeed())
		awaitConsoleObjects(connected, s)
		Eventually(func() error {
			Expect(remove(g)()).To(BeFalse())
			_, err := g.tryRead(g.find("Deployment"))
			return err
		}, soon).Should(Satisfy(isGone))
		for range 5 {
			Expect(remove(g)()).To(BeFalse())
		}
		for _, kind := range []string{"ConfigMap", "ServiceAccount", "NetworkPolicy"} {
			_, err := g.tryRead(g.find(kind))
			Expect(err).NotTo(HaveOccurred(), kind)
		}
		Expect(s.server.admin.Delete(suite, pod, client.GracePeriodSeconds(0))).To(Succeed())
		Eventually(remove(g), soon).Should(BeTrue())
	})

	It("spares the objects of another GeoConsole in the same namespace", func() {
		ours, theirs := newGeoConsole(s), newGeoConsole(s, named("other", "uid-of-other"))
		ours.apply(connected)
		theirs.apply(connected)
		versions := theirs.resourceVersions()
		Eventually(remove(ours), soon).Should(BeTrue())
		Expect(theirs.resourceVersions()).To(Equal(versions))
	})

	It("finds what is ours also after somebody deleted the inventory", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		g.apply(connected)
		Expect(s.server.admin.Delete(suite, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "europe-inventory"}})).To(Succeed())
		Eventually(remove(g), soon).Should(BeTrue())
		_, err := g.tryRead(g.find("Deployment"))
		Expect(err).To(Satisfy(isGone))
	})

	It("finds a cluster empty that was never written into", func() {
		Expect(remove(newGeoConsole(s))()).To(BeTrue())
	})
})

// alterInventory changes the record of an inventory as another release would have written it.
func alterInventory(g geoConsole, alter func(record map[string]any)) {
	GinkgoHelper()
	var stored corev1.ConfigMap
	key := client.ObjectKey{Namespace: g.site.namespace, Name: "europe-inventory"}
	Expect(g.site.server.admin.Get(suite, key, &stored)).To(Succeed())
	record := g.inventory()
	alter(record)
	encoded, err := json.Marshal(record)
	Expect(err).NotTo(HaveOccurred())
	stored.Data["inventory.json"] = string(encoded)
	Expect(g.site.server.admin.Update(suite, &stored)).To(Succeed())
}
