package controllers_test

import (
	"context"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var _ = Describe("A GeoConsole that is deleted", func() {
	DescribeTable("Peer 7: is emptied out of its clusters while it is",
		func(ctx context.Context, by func(*v1alpha1.GeoConsole), seen func(*v1alpha1.GeoConsole) bool) {
			namespace := newGeography(ctx, map[string]*apiServer{"east": east})
			gc := europe(namespace, "east")
			stand(ctx, gc)
			change(ctx, gc, by)
			Eventually(now(ctx, gc), soon).Should(Satisfy(seen))
			Expect(hub.Delete(ctx, gc)).To(Succeed())
			Eventually(reading(ctx, gc), soon).Should(beGone())
			Expect(east.ours(ctx, namespace)).To(BeEmpty())
		},
		Entry("paused", func(gc *v1alpha1.GeoConsole) { gc.Spec.Paused = ptr.To(true) },
			func(gc *v1alpha1.GeoConsole) bool {
				return meta.IsStatusConditionTrue(gc.Status.Conditions, v1alpha1.ConditionPaused)
			}),
		Entry("refused", func(gc *v1alpha1.GeoConsole) { gc.Spec.Console.Image = "registry.example.com/console:tag" },
			func(gc *v1alpha1.GeoConsole) bool {
				return meta.IsStatusConditionFalse(gc.Status.Conditions, v1alpha1.ConditionAccepted)
			}),
		Entry("outside of its geography", func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters[0].Country = "US" },
			func(gc *v1alpha1.GeoConsole) bool {
				return meta.IsStatusConditionFalse(gc.Status.Conditions, v1alpha1.ConditionSovereign)
			}),
	)

	It("Property 4: waits for a Secret that went before it, says so, and goes when it is back", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		stand(ctx, gc)
		secret := takeSecret(ctx, namespace, "east")
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonSecretMissing))
		cure := v1alpha1.AnnotationAbandon + "=east@" + row(ctx, gc, "east")(Default).ClusterUID
		Eventually(now(ctx, gc), soon).Should(WithTransform(messageOf(v1alpha1.ConditionStalled), And(
			ContainSubstring("Secret east, key kubeconfig"), HaveSuffix(cure))))
		Expect(east.ours(ctx, namespace)).To(ContainElements("Deployment/europe", "ConfigMap/europe-inventory"))

		Expect(hub.Create(ctx, secret)).To(Succeed())
		Eventually(reading(ctx, gc), 2*soon).Should(beGone())
		Expect(east.ours(ctx, namespace)).To(BeEmpty())
	})

	It("Property 2: empties the others at once while one hangs, and that one when it answers again", func(ctx context.Context) {
		line := newWire(west)
		line.mend()
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		line.rewrite(ctx, namespace, "west")
		gc := europe(namespace, "west", "east")
		stand(ctx, gc)

		line.silence()
		begin := time.Now()
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(func() []string { return east.ours(ctx, namespace) }, soon, "20ms").Should(BeEmpty())
		AddReportEntry("a cluster is emptied while another hangs", time.Since(begin).Round(time.Millisecond).String())
		Eventually(now(ctx, gc), soon).Should(WithTransform(rowNames, Equal([]string{"west"})))
		Expect(west.ours(ctx, namespace)).To(ContainElement("Deployment/europe"))

		line.cut()
		line.mend()
		Eventually(reading(ctx, gc), 3*soon).Should(beGone())
		Expect(west.ours(ctx, namespace)).To(BeEmpty())
	})

	It("Peer 7: does not wait for a cluster that hangs and was never reached", func(ctx context.Context) {
		line := newWire(west)
		line.mend()
		line.silence()
		namespace := newGeography(ctx, map[string]*apiServer{"silent": west})
		line.rewrite(ctx, namespace, "silent")
		gc := europe(namespace, "silent")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(row(ctx, gc, "silent"), soon).Should(HaveField("Name", "silent"))
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(reading(ctx, gc), soon).Should(beGone())
	})

	It("Peer 8: remembers the cluster that another one has replaced until it is emptied", func(ctx context.Context) {
		line := newWire(west)
		line.mend()
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		line.rewrite(ctx, namespace, "west")
		gc := europe(namespace, "west")
		stand(ctx, gc)
		line.cut()
		Eventually(row(ctx, gc, "west"), soon).Should(haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse))
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters = europe(namespace, "east").Spec.Clusters })
		Eventually(func() []string { return east.ours(ctx, namespace) }, soon).Should(ContainElement("Deployment/europe"))
		Eventually(now(ctx, gc), soon).Should(And(
			WithTransform(rowNames, Equal([]string{"east", "west"})),
			WithTransform(messageOf(v1alpha1.ConditionStalled), ContainSubstring(v1alpha1.AnnotationAbandon+"=west@"))))
		line.mend()
		Eventually(now(ctx, gc), 2*soon).Should(WithTransform(rowNames, Equal([]string{"east"})))
		Expect(west.ours(ctx, namespace)).To(BeEmpty())
	})

	Describe("Peer 7: in a cluster", Ordered, func() {
		var south *apiServer // of its own, for what a cluster's other users would feel
		BeforeAll(func() {
			south = startAPIServer(envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{routeDefinition()}})
		})

		It("whose namespace is on its way out is emptied", func(ctx context.Context) {
			namespace := newGeography(ctx, map[string]*apiServer{"south": south})
			gc := europe(namespace, "south")
			stand(ctx, gc)
			Expect(south.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})).To(Succeed())
			Expect(hub.Delete(ctx, gc)).To(Succeed())
			Eventually(reading(ctx, gc), soon).Should(beGone())
			Expect(south.ours(ctx, namespace)).To(BeEmpty())
		})

		It("whose namespace is gone is let go, for whoever may look sees that it is empty", func(ctx context.Context) {
			namespace := newGeography(ctx, map[string]*apiServer{"south": south})
			gc := europe(namespace, "south")
			stand(ctx, gc)
			south.endNamespace(ctx, namespace)
			Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonNamespaceMissing))
			Expect(hub.Delete(ctx, gc)).To(Succeed())
			Eventually(reading(ctx, gc), 2*soon).Should(beGone())
		})

		It("whose namespace took the rights along blocks visibly until it is abandoned", func(ctx context.Context) {
			namespace := newGeography(ctx, map[string]*apiServer{"south": south})
			writeKubeconfig(ctx, namespace, "south", south.tenant(ctx, namespace))
			gc := europe(namespace, "south")
			stand(ctx, gc)
			south.endNamespace(ctx, namespace)
			Expect(hub.Delete(ctx, gc)).To(Succeed())
			Eventually(now(ctx, gc), 3*soon).Should(haveCondition(v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonUnauthorized))
			abandon(ctx, gc, "south@"+row(ctx, gc, "south")(Default).ClusterUID)
			Eventually(reading(ctx, gc), soon).Should(beGone())
		})

		It("that no longer serves a kind is emptied of the others", func(ctx context.Context) {
			namespace := newGeography(ctx, map[string]*apiServer{"south": south})
			gc := europe(namespace, "south")
			stand(ctx, gc)
			Expect(south.ours(ctx, namespace)).To(ContainElement("Route/europe"))
			south.removeDefinition(ctx, routeDefinition().Name)
			Expect(hub.Delete(ctx, gc)).To(Succeed())
			Eventually(reading(ctx, gc), 2*soon).Should(beGone())
			_, err := south.deployment(ctx, namespace)
			Expect(err).To(beGone())
		})
	})
})

// stand creates a GeoConsole and waits until it stands in all its clusters.
func stand(ctx context.Context, gc *v1alpha1.GeoConsole) {
	GinkgoHelper()
	Expect(hub.Create(ctx, gc)).To(Succeed())
	Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
}

// reading tells whether a GeoConsole can still be read; for Eventually.
func reading(ctx context.Context, gc *v1alpha1.GeoConsole) func() error {
	return func() error { return hub.Get(ctx, client.ObjectKeyFromObject(gc), &v1alpha1.GeoConsole{}) }
}

// messageOf is what a condition of a GeoConsole says.
func messageOf(kind string) func(*v1alpha1.GeoConsole) string {
	return func(gc *v1alpha1.GeoConsole) string {
		if c := meta.FindStatusCondition(gc.Status.Conditions, kind); c != nil {
			return c.Message
		}
		return ""
	}
}

// abandon writes the annotation.
func abandon(ctx context.Context, gc *v1alpha1.GeoConsole, consent string) {
	GinkgoHelper()
	change(ctx, gc, func(gc *v1alpha1.GeoConsole) {
		metav1.SetMetaDataAnnotation(&gc.ObjectMeta, v1alpha1.AnnotationAbandon, consent)
	})
}

// takeSecret deletes a Secret of the hub and returns it as it can be made again.
func takeSecret(ctx context.Context, namespace, name string) *corev1.Secret {
	GinkgoHelper()
	secret := &corev1.Secret{}
	Expect(hub.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, secret)).To(Succeed())
	Expect(hub.Delete(ctx, secret)).To(Succeed())
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: secret.Labels}, Data: secret.Data}
}

// silence takes new connections and never answers on them: it stands for a cluster that hangs.
func (w *wire) silence() {
	GinkgoHelper()
	w.cut()
	listener, err := net.Listen("tcp", w.at)
	Expect(err).NotTo(HaveOccurred())
	w.mu.Lock()
	w.listener = listener
	w.mu.Unlock()
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			w.mu.Lock()
			w.ends = append(w.ends, near)
			w.mu.Unlock()
		}
	}()
}
