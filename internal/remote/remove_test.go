package remote_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

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
		pod := g.newPod("europe-1")
		awaitConsoleObjects(connected, s)
		Eventually(func() error {
			Expect(remove(g)()).To(BeFalse())
			_, err := g.tryRead(g.find("Deployment"))
			return err
		}, soon).Should(Satisfy(isGone))
		set := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "europe-1a2b"}}
		Expect(s.server.admin.Delete(suite, set)).To(Succeed())
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

	It("is not blocked by pods that only carry our labels", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		config := g.find("ConfigMap").GetName()
		labelled, unlabelled := consoleReplicaSet("theirs", config), consoleReplicaSet("hidden", config)
		unlabelled.Labels = nil
		for _, set := range []*appsv1.ReplicaSet{nil, labelled, unlabelled} {
			pod := consolePod("forged", config)
			pod.Namespace = s.namespace
			if set != nil {
				set.Namespace = s.namespace
				Expect(s.server.admin.Create(suite, set)).To(Succeed())
				pod.Name += "-" + set.Name
				pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
			}
			Expect(s.server.admin.Create(suite, pod)).To(Succeed())
		}
		Eventually(func() int { return remote.Watched(connected) }, soon).Should(Equal(4))
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

	It("Property 4: does not call a cluster empty that holds what only a later release knows", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		g.apply(connected)
		alterInventory(g, func(record map[string]any) {
			record["objects"] = append(record["objects"].([]any), map[string]any{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "europe"})
		})
		Eventually(func() error {
			_, err := remote.Remove(suite, connected, g.model.Owner)
			return err
		}, soon).Should(refuse(v1alpha1.ReasonKindUnknown, "HTTPRoute/europe"))
		_, err := g.tryRead(g.find("ServiceAccount"))
		Expect(err).To(Satisfy(isGone), "what is known goes")
		Expect(g.inventory()["objects"]).To(ContainElement(HaveKeyWithValue("kind", "HTTPRoute")))
	})

	It("Peer 7: empties a namespace that is being deleted, also without its inventory", func() {
		g := newGeoConsole(s)
		g.apply(connected)
		g.apply(connected)
		Expect(s.server.admin.Delete(suite, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.namespace}})).To(Succeed())
		Expect(s.server.admin.Delete(suite, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "europe-inventory"}})).To(Succeed())
		Eventually(remove(g), soon).Should(BeTrue())
		for _, object := range g.bundle.Objects {
			_, err := g.tryRead(object)
			Expect(err).To(Satisfy(isGone), object.GetKind())
		}
	})

	DescribeTable("Property 1: finds no cluster empty when it cannot look:",
		func(method, path string, status int) {
			front := newGate(geo)
			front.behind(s)
			connected = o.reconnect(s.place)
			g := newGeoConsole(s, byRoute)
			g.apply(connected)
			front.fail(method, path, status)
			Eventually(func() error {
				emptied, err := remote.Remove(suite, connected, g.model.Owner)
				Expect(emptied).To(BeFalse())
				return err
			}, soon).Should(HaveOccurred())
			front.onRequest(nil)
			Eventually(remove(g), soon).Should(BeTrue())
		},
		Entry("the inventory cannot be read", http.MethodGet, "/configmaps/europe-inventory", http.StatusInternalServerError),
		Entry("the inventory may not be read", http.MethodGet, "/configmaps/europe-inventory", http.StatusForbidden),
		Entry("the inventory cannot be deleted", http.MethodDelete, "/configmaps/europe-inventory", http.StatusServiceUnavailable),
		Entry("an object cannot be deleted", http.MethodDelete, "/routes/europe", http.StatusInternalServerError),
	)

	It("finds a cluster empty that was never written into", func() {
		Expect(remove(newGeoConsole(s))()).To(BeTrue())
	})
})
