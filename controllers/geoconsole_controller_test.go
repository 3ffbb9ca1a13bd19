package controllers_test

import (
	"context"
	"maps"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// soon is how long what happens by events may take on a busy machine.
const soon = 20 * time.Second

var _ = Describe("A GeoConsole", func() {
	It("is put into every cluster, promised in status first, and removed from them", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		gc := europe(namespace, "east", "west")
		Expect(hub.Create(ctx, gc)).To(Succeed())

		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		applied := now(ctx, gc)(Default)
		Expect(applied.Finalizers).To(ContainElement(v1alpha1.Finalizer))
		for i, server := range []*apiServer{east, west} {
			row := applied.Status.Clusters[i]
			Expect(row.ClusterUID).NotTo(BeEmpty())
			Expect(row.Inventory).To(Equal(v1alpha1.InventoryPresent))
			Expect(server.ours(ctx, namespace)).To(ContainElements("Deployment/europe", "Service/europe", "Route/europe", "NetworkPolicy/europe"))
		}

		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(func() error { return hub.Get(ctx, client.ObjectKeyFromObject(gc), gc) }, soon).Should(beGone())
		Expect(east.ours(ctx, namespace)).To(BeEmpty())
		Expect(west.ours(ctx, namespace)).To(BeEmpty())
	})

	It("repairs what somebody changed or deleted", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))

		deployment, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		changed := client.MergeFrom(deployment.DeepCopy())
		deployment.Spec.Replicas = ptr.To[int32](7)
		Expect(east.Patch(ctx, deployment, changed)).To(Succeed())
		Eventually(func(g Gomega) int32 {
			d, err := east.deployment(ctx, namespace)
			g.Expect(err).NotTo(HaveOccurred())
			return *d.Spec.Replicas
		}, soon).Should(BeEquivalentTo(2))

		Expect(east.Delete(ctx, deployment)).To(Succeed())
		Eventually(func() error { _, err := east.deployment(ctx, namespace); return err }, soon).Should(Succeed())
	})

	It("leaves a cluster that is taken out of the spec empty before its row goes", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		gc := europe(namespace, "east", "west")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))

		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters = gc.Spec.Clusters[:1] })
		Eventually(now(ctx, gc), soon).Should(WithTransform(rowNames, Equal([]string{"east"})))
		Expect(west.ours(ctx, namespace)).To(BeEmpty())
		Expect(east.ours(ctx, namespace)).NotTo(BeEmpty())
	})

	It("never writes what belongs to somebody else (Property 3)", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		foreign := &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: "europe", Namespace: namespace},
			Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
		}
		Expect(east.Create(ctx, foreign)).To(Succeed())
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())

		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonNotOurs))
		before := foreign.ResourceVersion
		Expect(east.Get(ctx, client.ObjectKeyFromObject(foreign), foreign)).To(Succeed())
		Expect(foreign.ResourceVersion).To(Equal(before))
	})

	It("is refused when an older one holds the host name, and taken when that one goes", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		first := europe(namespace, "east")
		Expect(hub.Create(ctx, first)).To(Succeed())
		second := europe(namespace, "east")
		second.Name, second.Spec.Hostname = "below", "console."+first.Spec.Hostname
		Eventually(now(ctx, first), soon).Should(HaveField("Status.Clusters", HaveLen(1)))
		Expect(hub.Create(ctx, second)).To(Succeed())
		Eventually(now(ctx, second), soon).Should(haveCondition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, v1alpha1.ReasonHostnameTaken))

		Expect(hub.Delete(ctx, first)).To(Succeed())
		Eventually(now(ctx, second), soon).Should(haveCondition(v1alpha1.ConditionAccepted, metav1.ConditionTrue))
	})

	It("follows the ConfigMap of a CA bundle", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		gc.Spec.Regions[0].CABundle = &v1alpha1.CABundle{HubConfigMap: v1alpha1.ConfigMapKey{Name: "xcm-ca", Key: "ca.crt"}}
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, v1alpha1.ReasonCABundleMissing))
		Expect(east.ours(ctx, namespace)).To(BeEmpty())

		Expect(hub.Create(ctx, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: "xcm-ca", Namespace: namespace},
			Data:       map[string]string{"ca.crt": string(east.environment.Config.CAData)},
		})).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
	})

	It("observes and writes nothing while it is paused", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))

		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Paused = ptr.To(true) })
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionPaused, metav1.ConditionTrue))
		deployment, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(east.Delete(ctx, deployment)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionServed, metav1.ConditionFalse))
		_, err = east.deployment(ctx, namespace)
		Expect(apierrors.IsNotFound(err)).To(BeTrue())

		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Paused = nil })
		Eventually(func() error { _, err := east.deployment(ctx, namespace); return err }, soon).Should(Succeed())
	})

	It("refuses to move a cluster while its row stands", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		fresh := now(ctx, gc)(Default)
		fresh.Spec.Clusters[0].Namespace = "elsewhere"
		Expect(hub.Update(ctx, fresh)).To(MatchError(ContainSubstring("cannot change while its row stands in status.clusters")))
	})

	It("writes nothing in 100 resyncs that change nothing", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		east.admit(ctx, namespace)
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionExposed, metav1.ConditionTrue))
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		var before map[string]float64
		var told map[string]string
		Eventually(func() bool { // Events of the beginning are written by and by
			last, lastTold := before, told
			before, told = writes(ctx, east, hub), eventsOf(ctx, namespace)
			return maps.Equal(before, last) && maps.Equal(told, lastTold)
		}, soon, time.Second).Should(BeTrue())
		passes := reconciles()
		for range 100 {
			wake(gc, "east")
			Eventually(reconciles, soon).Should(BeNumerically(">", passes))
			passes = reconciles()
		}
		Expect(writes(ctx, east, hub)).To(Equal(before))
		Expect(eventsOf(ctx, namespace)).To(Equal(told))
	})
})

func change(ctx context.Context, gc *v1alpha1.GeoConsole, by func(*v1alpha1.GeoConsole)) {
	GinkgoHelper()
	hub.change(ctx, gc, by)
}

func (s *apiServer) change(ctx context.Context, gc *v1alpha1.GeoConsole, by func(*v1alpha1.GeoConsole)) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		fresh := s.now(ctx, gc)(g)
		by(fresh)
		g.Expect(s.Update(ctx, fresh)).To(Succeed())
	}, soon).Should(Succeed())
}

func rowNames(gc *v1alpha1.GeoConsole) []string {
	var names []string
	for _, row := range gc.Status.Clusters {
		names = append(names, row.Name)
	}
	return names
}
