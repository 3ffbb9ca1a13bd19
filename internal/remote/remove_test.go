package remote_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

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

	It("finds a cluster empty that was never written into", func() {
		Expect(remove(newGeoConsole(s))()).To(BeTrue())
	})
})
