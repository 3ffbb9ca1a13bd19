package remote_test

import (
	"encoding/json"
	"fmt"
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
			expectLeftAlone(g, changed.model.Owner, reason, func() (bool, error) { return remote.Remove(suite, connected, changed.model.Owner) })

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
			Should(refuse(v1alpha1.ReasonOperatorOutdated, "ConfigMap/europe-inventory"))
		_, err := remote.Remove(suite, connected, g.model.Owner)
		Expect(err).To(refuse(v1alpha1.ReasonOperatorOutdated, "ConfigMap/europe-inventory"))
		Expect(g.resourceVersions()).To(Equal(versions))
	})

	DescribeTable("that no operator has written is left alone:",
		func(alter func(record map[string]any)) {
			g := newGeoConsole(s)
			g.apply(connected)
			alterInventory(g, alter)
			versions := g.resourceVersions()
			Eventually(func() error { return remote.Apply(suite, connected, g.model.Owner, g.bundle) }, soon).
				Should(refuse(v1alpha1.ReasonNotOurs, "ConfigMap/europe-inventory"))
			_, err := remote.Remove(suite, connected, g.model.Owner)
			Expect(err).To(refuse(v1alpha1.ReasonNotOurs, "ConfigMap/europe-inventory"))
			Expect(g.resourceVersions()).To(Equal(versions))
		},
		Entry("more entries than a GeoConsole can have", func(record map[string]any) {
			var entries []any
			for i := range 1025 {
				entries = append(entries, map[string]any{"group": "", "kind": "ConfigMap", "name": fmt.Sprint("c", i)})
			}
			record["objects"] = entries
		}),
		Entry("a name that is none", func(record map[string]any) {
			record["objects"] = []any{map[string]any{"group": "", "kind": "ConfigMap", "name": "Call 555!"}}
		}),
		Entry("adopted objects that it does not list", func(record map[string]any) {
			record["adopted"] = map[string]any{"objects": []any{map[string]any{"group": "", "kind": "Service", "name": "theirs"}}}
		}),
		Entry("a name that leads elsewhere", func(record map[string]any) {
			record["objects"] = []any{map[string]any{"group": "", "kind": "ConfigMap", "name": "../x"}}
		}),
	)

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

// expectLeftAlone wants that a leaving owner, whose claim is not the one that stands, is refused; but when nothing there
// carries its mark, it has nothing to wait for.
func expectLeftAlone(stands geoConsole, leaving geography.Owner, reason string, quit func() (bool, error)) {
	GinkgoHelper()
	done, err := quit()
	if leaving.Mark() == stands.model.Owner.Mark() {
		Expect(err).To(refuse(reason, "ConfigMap/europe-inventory"))
		return
	}
	Expect(done, err).To(BeTrue())
}

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
