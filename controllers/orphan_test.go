package controllers_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var _ = Describe("A GeoConsole that is deleted and leaves its consoles", func() {
	It("lets go of them as they run, and no GeoConsole of its name takes them over", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		gc := orphaning(namespace, "east", "west")
		stand(ctx, gc)
		before := map[*apiServer]*appsv1.Deployment{}
		for _, server := range []*apiServer{east, west} {
			deployment, err := server.deployment(ctx, namespace)
			Expect(err).NotTo(HaveOccurred())
			before[server] = deployment
		}
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(reading(ctx, gc), soon).Should(beGone())
		for server, was := range before {
			Expect(server.ours(ctx, namespace)).To(BeEmpty())
			is, err := server.deployment(ctx, namespace)
			Expect(err).NotTo(HaveOccurred())
			Expect(is.UID).To(Equal(was.UID))
			Expect(is.Spec).To(Equal(was.Spec))
			Expect(is.Annotations).NotTo(HaveKey(v1alpha1.AnnotationOwner))
			before[server] = is
		}

		next := europe(namespace, "east")
		Expect(hub.Create(ctx, next)).To(Succeed())
		Eventually(now(ctx, next), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonNotOurs))
		Expect(hub.Delete(ctx, next)).To(Succeed())
		Eventually(reading(ctx, next), soon).Should(beGone())
		Expect(east.Get(ctx, client.ObjectKeyFromObject(before[east]), &appsv1.Deployment{})).To(Succeed())
		is, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(is.ResourceVersion).To(Equal(before[east].ResourceVersion))
	})

	It("Property 4: still empties the cluster that was taken out of the spec before", func(ctx context.Context) {
		line := newWire(west)
		line.mend()
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		line.rewrite(ctx, namespace, "west")
		gc := orphaning(namespace, "east", "west")
		stand(ctx, gc)
		line.cut()
		Eventually(row(ctx, gc, "west"), soon).Should(haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse))
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters = gc.Spec.Clusters[:1] })
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(WithTransform(rowNames, Equal([]string{"west"})))
		Expect(now(ctx, gc)(Default)).To(haveCondition(v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonReleasing))
		_, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())

		line.mend()
		Eventually(reading(ctx, gc), 2*soon).Should(beGone())
		_, err = west.deployment(ctx, namespace)
		Expect(err).To(beGone())
	})

	It("leaves also the cluster that had just got another name", func(ctx context.Context) {
		line := newWire(west)
		line.mend()
		namespace := newGeography(ctx, map[string]*apiServer{"west": west})
		line.rewrite(ctx, namespace, "west")
		gc := orphaning(namespace, "west")
		stand(ctx, gc)
		line.cut()
		Eventually(row(ctx, gc, "west"), soon).Should(haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse))
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters[0].Name = "far-west" })
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		line.mend()
		Eventually(reading(ctx, gc), 2*soon).Should(beGone())
		deployment, err := west.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(deployment.Annotations).NotTo(HaveKey(v1alpha1.AnnotationOwner))
	})
})

func orphaning(namespace string, clusters ...string) *v1alpha1.GeoConsole {
	gc := europe(namespace, clusters...)
	gc.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
	return gc
}
