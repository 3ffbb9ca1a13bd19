package remote_test

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("Clusters", func() {
	var o *operator
	BeforeEach(func() { o = newOperator() })

	status := func(place remote.Place) func() health.Connection {
		return func() health.Connection {
			_, connection := o.Client(place)
			return connection
		}
	}
	lost := func(reason string) health.Connection { return health.Connection{Reason: reason} }

	It("answers at once, connects in the background and tells with an event", func() {
		s := newSite(geo)
		began := time.Now()
		cluster, connection := o.Client(s.place)
		Expect(time.Since(began)).To(BeNumerically("<", 100*time.Millisecond))
		Expect(cluster).To(BeNil())
		Expect(connection).To(Equal(lost(v1alpha1.ReasonNotProbed)))
		Eventually(o.events, soon).Should(Receive(HaveField("Object", s.place)))
		Expect(o.connect(s.place).UID()).To(Equal(geo.uid))
	})

	It("reaches the hub with the operator's own credential", func() {
		Expect(o.connect(remote.Place{HubNamespace: "default", Hub: true, Namespace: "default"}).UID()).To(Equal(hub.uid))
	})

	DescribeTable("lends the operator's own credential to nothing but the hub:",
		func(connection v1alpha1.Connection) {
			place := remote.PlaceOf("default", geography.Cluster{Connection: connection, Namespace: "default"})
			Eventually(status(place), soon).Should(Equal(lost(v1alpha1.ReasonSecretMissing)))
			Expect(o.Refusal(place)).To(Equal(&remote.Refusal{Reason: v1alpha1.ReasonSecretMissing}))
		},
		Entry("a kubeconfig without a reference", v1alpha1.Connection{Type: v1alpha1.ConnectionKubeconfig}),
		Entry("a reference without a name", v1alpha1.Connection{Type: v1alpha1.ConnectionKubeconfig, Kubeconfig: &v1alpha1.KubeconfigReference{Key: "kubeconfig"}}),
		Entry("a type of a later release", v1alpha1.Connection{Type: "Elsewhere"}),
	)

	It("surveys the nodes, without a request", func() {
		s := newSite(geo)
		for name, labels := range map[string]map[string]string{
			"one": {v1alpha1.LabelRegion: "eu-central-1"}, "two": {v1alpha1.LabelRegion: "eu-central-1"}, "three": nil,
		} {
			node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
			Expect(geo.admin.Create(suite, node)).To(Succeed())
			DeferCleanup(func() { Expect(geo.admin.Delete(suite, node)).To(Succeed()) })
		}
		c := o.connect(s.place)
		before := len(geo.requestsOf(s.user()))
		Expect(remote.Survey(c)).To(Equal(health.Survey{Read: true, CloudRegions: []string{"eu-central-1"}, Unlabelled: 1}))
		Expect(geo.requestsOf(s.user())[before:]).To(BeEmpty())
	})

	It("connects without the right to see nodes", func() {
		s := newSite(geo)
		Expect(geo.admin.Delete(suite, clusterRoleBinding(s.rights().ClusterRole))).To(Succeed())
		bindProbeOnly(s)
		Expect(remote.Survey(o.connect(s.place))).To(Equal(health.Survey{}))
	})

	Describe("Property 2, Peer 2: one dead or hanging cluster delays nothing but itself:", func() {
		It("a cluster that accepts and never answers", func() {
			silent, good := newSite(geo), newSite(geo)
			g := newGate(geo)
			g.behind(silent)
			g.hang(true)
			began := time.Now()
			for range 50 {
				o.Client(silent.place)
			}
			Expect(time.Since(began)).To(BeNumerically("<", 100*time.Millisecond))
			console := newGeoConsole(good)
			console.apply(o.connect(good.place))
			Eventually(status(silent.place), soon).Should(Equal(lost(v1alpha1.ReasonConnectionLost)))
			g.hang(false)
			Expect(o.connect(silent.place).UID()).To(Equal(geo.uid))
		})

		It("a connected cluster that falls silent is lost with the first failed probe, and comes back", func() {
			s := newSite(geo)
			g := newGate(geo)
			g.behind(s)
			c := o.connect(s.place)
			console := newGeoConsole(s)
			console.apply(c)
			g.hang(true)
			fell := time.Now()
			Eventually(status(s.place), soon, 10*time.Millisecond).Should(Equal(lost(v1alpha1.ReasonConnectionLost)))
			noticed := time.Since(fell)
			AddReportEntry("silence noticed after", noticed)
			Expect(noticed).To(BeNumerically("<", 2*probeInterval+4*time.Second))
			Expect(remote.Apply(suite, c, console.model.Owner, console.bundle)).To(MatchError(remote.ErrNotConnected))
			g.hang(false)
			console.apply(o.connect(s.place))
		})

		It("a connected cluster that is killed is noticed at once", func() {
			s := newSite(geo)
			g := newGate(geo)
			g.behind(s)
			o.connect(s.place)
			killed := time.Now()
			g.kill()
			Eventually(status(s.place), soon, 10*time.Millisecond).Should(Equal(lost(v1alpha1.ReasonConnectionLost)))
			AddReportEntry("kill noticed after", time.Since(killed))
		})

		It("requests of a pass that holds a lost cluster end", func() {
			s := newSite(geo)
			g := newGate(geo)
			g.behind(s)
			c := o.connect(s.place)
			o.Retain(nil)
			console := newGeoConsole(s)
			Eventually(func() error { return remote.Apply(suite, c, console.model.Owner, console.bundle) }, soon).
				Should(MatchError(remote.ErrNotConnected))
		})
	})

	Describe("the Secret", func() {
		It("has to be there, with its key and its label", func() {
			s := newSite(geo)
			var secret corev1.Secret
			key := client.ObjectKey{Namespace: hubNamespace, Name: s.place.SecretName}
			Expect(hub.admin.Get(suite, key, &secret)).To(Succeed())
			secret.Labels = nil
			Expect(hub.admin.Update(suite, &secret)).To(Succeed())
			Eventually(status(s.place), soon).Should(Equal(lost(v1alpha1.ReasonSecretMissing)))
			Expect(o.Refusal(s.place)).To(Equal(&remote.Refusal{
				Reason: v1alpha1.ReasonSecretMissing, Object: "Secret/" + s.namespace, Field: "metadata.labels[xcm.openshift.io/kubeconfig]",
			}))
			other := s.place
			other.Key = "other"
			secret.Labels = map[string]string{v1alpha1.LabelKubeconfig: "true"}
			Expect(hub.admin.Update(suite, &secret)).To(Succeed())
			Eventually(status(other), soon).Should(Equal(lost(v1alpha1.ReasonSecretMissing)))
			Expect(o.Refusal(other)).To(HaveField("Field", "data[other]"))
			o.SecretChanged(hubNamespace, s.place.SecretName)
			o.connect(s.place)
			Expect(o.Refusal(s.place)).To(Succeed())
		})

		It("is refused for what it holds, by the name of the field", func() {
			s := newSite(geo)
			s.writeSecret(strings.Replace(s.kubeconfig(geo.config.Host, geo.config.CAData), "user: {token:", "user: {tokenFile: /var/run/secret, token:", 1))
			Eventually(status(s.place), soon).Should(Equal(lost(v1alpha1.ReasonKubeconfigRefused)))
			Expect(o.Refusal(s.place)).To(Equal(&remote.Refusal{
				Reason: v1alpha1.ReasonKubeconfigRefused, Object: "Secret/" + s.namespace, Field: "users[].user.tokenFile",
			}))
		})

		It("whose token is not good is Unauthorized, until a good one comes", func() {
			s := newSite(geo)
			good := s.token
			s.token = "not.a.token"
			s.writeSecret(s.kubeconfig(geo.config.Host, geo.config.CAData))
			Eventually(status(s.place), soon).Should(Equal(lost(v1alpha1.ReasonUnauthorized)))
			s.token = good
			s.writeSecret(s.kubeconfig(geo.config.Host, geo.config.CAData))
			o.SecretChanged(hubNamespace, s.place.SecretName)
			o.connect(s.place)
		})

		It("that is deleted ends the connection", func() {
			s := newSite(geo)
			o.connect(s.place)
			Expect(hub.admin.Delete(suite, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: hubNamespace, Name: s.place.SecretName}})).To(Succeed())
			o.SecretChanged(hubNamespace, s.place.SecretName)
			Eventually(status(s.place), soon).Should(Equal(lost(v1alpha1.ReasonSecretMissing)))
		})
	})

	DescribeTable("Property 12: dials no address where no cluster can be, whatever names it:", func(host string) {
		guarded := remote.NewClusters(remote.Options{Hub: hub.config, Secrets: hub.admin, Log: GinkgoLogr})
		defer startAndStop(guarded)()
		s := newSite(geo) // on loopback
		g := newGate(geo)
		at, err := url.Parse(g.URL)
		Expect(err).NotTo(HaveOccurred())
		s.writeSecret(s.kubeconfig("https://"+net.JoinHostPort(host, at.Port()), g.ca))
		Eventually(func() health.Connection {
			_, connection := guarded.Client(s.place)
			return connection
		}, soon).Should(Equal(lost(v1alpha1.ReasonKubeconfigRefused)))
		Expect(guarded.Refusal(s.place)).To(HaveField("Field", "clusters[].cluster.server: its address"))
		Expect(g.asked()).To(BeEmpty())
	},
		Entry("an address", "127.0.0.1"),
		Entry("an address written as another kind", "::ffff:127.0.0.1"),
		Entry("a name", "localhost"),
	)

	It("follows no redirect and sends the credential nowhere else", func() {
		caught := make(chan string, 100)
		thief := newThief(caught)
		s := newSite(geo)
		g := newGate(geo)
		g.behind(s)
		g.onRequest(func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, thief, http.StatusFound)
			return true
		})
		Eventually(status(s.place), soon).Should(Equal(lost(v1alpha1.ReasonConnectionLost)))
		Expect(caught).NotTo(Receive())
	})

	It("keeps the connections that are needed, and tells about those that it closes", func() {
		kept, dropped := newSite(geo), newSite(geo)
		first := o.connect(kept.place)
		o.connect(dropped.place)
		for len(o.events) > 0 {
			<-o.events
		}
		o.Retain([]remote.Place{kept.place})
		Eventually(o.events, soon).Should(Receive(HaveField("Object", dropped.place)))
		Expect(o.connect(kept.place)).To(BeIdenticalTo(first))
		_, connection := o.Client(dropped.place)
		Expect(connection).To(Equal(lost(v1alpha1.ReasonNotProbed)))
	})

	It("ends everything when it is stopped", func() {
		s := newSite(geo)
		o.connect(s.place)
		o.stop()
		Expect(func() { o.Client(s.place) }).NotTo(Panic())
	})
})
