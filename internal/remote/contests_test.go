package remote_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("A field that somebody else takes again and again", func() {
	var (
		o         *operator
		s         *site
		connected *remote.Cluster
		g         geoConsole
	)
	BeforeEach(func() {
		s = newSite(geo)
		o = newOperator()
		connected = o.connect(s.place)
		g = newGeoConsole(s)
		g.apply(connected)
		g.apply(connected)
	})
	take := func() {
		GinkgoHelper()
		live := g.object("Deployment")
		Expect(unstructured.SetNestedField(live.Object, int64(7), "spec", "replicas")).To(Succeed())
		Expect(s.server.admin.Update(suite, live, client.FieldOwner("somebody"))).To(Succeed())
	}
	replicas := func() int64 {
		GinkgoHelper()
		n, _, err := unstructured.NestedInt64(g.object("Deployment").Object, "spec", "replicas")
		Expect(err).NotTo(HaveOccurred())
		return n
	}
	apply := func() error { return remote.Apply(suite, connected, g.model.Owner, g.bundle) }

	It("is left alone from the third time on and named, while all else is repaired (Peer 5)", func() {
		for range 2 {
			take()
			Eventually(func() (int64, error) { return replicas(), apply() }, soon).Should(BeEquivalentTo(2))
		}
		take()
		Eventually(apply, soon).Should(And(refuse(v1alpha1.ReasonFieldContested, "Deployment/europe"), MatchError(ContainSubstring(".spec.replicas"))))
		before := g.object("Deployment").GetResourceVersion()
		Expect(s.server.admin.Delete(suite, g.object("PodDisruptionBudget"))).To(Succeed())
		Eventually(func() error {
			Expect(apply()).To(refuse(v1alpha1.ReasonFieldContested, "Deployment/europe"))
			_, err := g.tryRead(g.find("PodDisruptionBudget"))
			return err
		}, soon).Should(Succeed())
		Expect(g.object("Deployment").GetResourceVersion()).To(Equal(before))

		next := newGeoConsole(s, ofGeneration(2), otherConfig)
		next.apply(connected)
		Expect(replicas()).To(BeEquivalentTo(2), "another revision is applied once more")
	})

	It("is still left alone when another connection has taken the place of the former", func() {
		take()
		Eventually(func() (int64, error) { return replicas(), apply() }, soon).Should(BeEquivalentTo(2))
		former := connected
		s.token = s.newToken()
		s.writeSecret(s.kubeconfig(s.server.config.Host, s.server.config.CAData))
		o.SecretChanged(hubNamespace, s.place.SecretName)
		Eventually(func() *remote.Cluster {
			connected = o.connect(s.place)
			return connected
		}, soon).ShouldNot(BeIdenticalTo(former))
		take()
		Eventually(func() (int64, error) { return replicas(), apply() }, soon).Should(BeEquivalentTo(2))
		take()
		Eventually(apply, soon).Should(refuse(v1alpha1.ReasonFieldContested, "Deployment/europe"))
	})
})
