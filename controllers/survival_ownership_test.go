package controllers_test

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// quiet is for how long nothing may be written after a refusal: several probes, and a spec that changes meanwhile.
const quiet = 5 * time.Second

var _ = Describe("What stands in a cluster", Ordered, ContinueOnFailure, func() {
	var south *mortal
	BeforeAll(func() { south = startMortal(ofCluster()) })

	It("is left alone by a second hub that wants the same (Property 5)", func(ctx context.Context) {
		second := startMortal(ofHub())
		namespace := newGeography(ctx, map[string]*apiServer{"south": south.apiServer})
		gc := europe(namespace, "south")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		uids := south.uids(ctx, namespace)

		stopOperator() // whatever is written now is the second one's
		audit := south.fromNow()
		other := &operator{access: second.asOperator(), id: "second", grace: grace}
		other.start()
		DeferCleanup(other.stop)
		twin := second.take(ctx, europe(namespace, "south"), hub)
		Eventually(second.now(ctx, twin), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonOwnedElsewhere))
		second.change(ctx, twin, scaledTo(5))
		Expect(second.Delete(ctx, twin)).To(Succeed())
		Consistently(func() []string { return audit.in(namespace) }, quiet).Should(BeEmpty())

		startOperator() // both at once: the first one goes on with what is its own
		change(ctx, gc, scaledTo(4))
		Eventually(func() int32 { return south.replicas(ctx, namespace) }, soon).Should(BeEquivalentTo(4))
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		Expect(south.uids(ctx, namespace)).To(Equal(uids))
		Expect(audit.in(namespace, "delete", "deletecollection")).To(BeEmpty())
	})

	It("is left alone by a hub that was restored from an older etcd, until its spec has caught up (Property 5)", func(ctx context.Context) {
		restored := startMortal(ofHub())
		o := &operator{access: restored.asOperator(), id: "restored", grace: grace}
		DeferCleanup(o.stop)
		namespace := newGeography(ctx, map[string]*apiServer{"south": south.apiServer})
		o.start()
		gc := restored.take(ctx, europe(namespace, "south"), hub)
		Eventually(restored.now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		o.stop()
		saved := restored.backup()
		o.start()
		for _, replicas := range []int32{3, 4, 5} {
			restored.change(ctx, gc, scaledTo(replicas))
		}
		Eventually(func() int32 { return south.replicas(ctx, namespace) }, soon).Should(BeEquivalentTo(5))
		Eventually(restored.now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		later := restored.now(ctx, gc)(Default)

		o.stop()
		restored.restore(saved)
		Expect(restored.now(ctx, gc)(Default).UID).To(Equal(later.UID))
		Expect(restored.now(ctx, gc)(Default).Generation).To(BeNumerically("<", later.Generation))
		audit := south.fromNow()
		o.start()
		Eventually(restored.now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonHubRewound))
		restored.change(ctx, gc, scaledTo(6))
		Consistently(func() []string { return audit.in(namespace) }, quiet).Should(BeEmpty())
		Expect(restored.now(ctx, gc)(Default)).To(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonHubRewound))

		for restored.now(ctx, gc)(Default).Generation < later.Generation {
			restored.change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Console.Scaling.Fixed.Replicas++ })
		}
		Eventually(restored.now(ctx, gc), 2*soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		Expect(south.replicas(ctx, namespace)).To(Equal(restored.now(ctx, gc)(Default).Spec.Console.Scaling.Fixed.Replicas))
		Expect(audit.in(namespace, "delete", "deletecollection")).To(BeEmpty())
	})

	It("is left alone by a GeoConsole that was made anew under its former name (Property 5)", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"south": south.apiServer})
		gc := europe(namespace, "south")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		uids := south.uids(ctx, namespace)
		audit := south.fromNow()
		stopOperator()
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Finalizers = nil })
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		startOperator()

		anew := europe(namespace, "south")
		Expect(hub.Create(ctx, anew)).To(Succeed())
		Eventually(now(ctx, anew), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonOwnedElsewhere))
		change(ctx, anew, scaledTo(5))
		Consistently(func() []string { return audit.in(namespace) }, quiet).Should(BeEmpty())
		Expect(south.uids(ctx, namespace)).To(Equal(uids))
		south.sweep(ctx, namespace)
		Eventually(now(ctx, anew), 2*soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue), "nothing is left that belongs to another")
	})

	It("is left alone by an operator that is older than the inventory's format (Property 5)", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"south": south.apiServer})
		gc := europe(namespace, "south")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		uids := south.uids(ctx, namespace)
		south.reformat(ctx, namespace, `"format": 1`, `"format": 2`)
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonOperatorOutdated))
		audit := south.fromNow()
		change(ctx, gc, scaledTo(5))
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Regions[0].DisplayName = "another" })
		Consistently(func() []string { return audit.in(namespace) }, quiet).Should(BeEmpty())
		Expect(south.uids(ctx, namespace)).To(Equal(uids))

		south.reformat(ctx, namespace, `"format": 2`, `"format": 1`)
		Eventually(now(ctx, gc), 2*soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		Expect(south.replicas(ctx, namespace)).To(BeEquivalentTo(5))
	})
})

func scaledTo(replicas int32) func(*v1alpha1.GeoConsole) {
	return func(gc *v1alpha1.GeoConsole) { gc.Spec.Console.Scaling = scaled(replicas) }
}

func scaled(replicas int32) *v1alpha1.Scaling {
	return &v1alpha1.Scaling{Type: v1alpha1.ScalingFixed, Fixed: &v1alpha1.FixedScaling{Replicas: replicas}}
}

// take makes a GeoConsole on this hub, with the kubeconfigs that another hub has for it.
func (s *apiServer) take(ctx context.Context, gc *v1alpha1.GeoConsole, from *apiServer) *v1alpha1.GeoConsole {
	GinkgoHelper()
	s.createNamespace(ctx, gc.Namespace)
	for _, cluster := range gc.Spec.Clusters {
		secret := &corev1.Secret{}
		Expect(from.Get(ctx, client.ObjectKey{Namespace: gc.Namespace, Name: cluster.Connection.Kubeconfig.SecretName}, secret)).To(Succeed())
		Expect(s.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: secret.Name, Namespace: secret.Namespace, Labels: secret.Labels}, Data: secret.Data,
		})).To(Succeed())
	}
	Expect(s.Create(ctx, gc)).To(Succeed())
	return gc
}

// sweep is a person who deletes everything of ours in a namespace, the inventory last.
func (s *apiServer) sweep(ctx context.Context, namespace string) {
	GinkgoHelper()
	for _, inventories := range []bool{false, true} {
		for _, object := range s.objects(ctx, namespace, client.MatchingLabels{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy}) {
			if isInventory(&object) == inventories {
				Expect(client.IgnoreNotFound(s.Delete(ctx, &object))).To(Succeed())
			}
		}
	}
}

// reformat changes the record in the inventory of a namespace.
func (s *apiServer) reformat(ctx context.Context, namespace, from, to string) {
	GinkgoHelper()
	stored := &corev1.ConfigMap{}
	Expect(s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "europe-inventory"}, stored)).To(Succeed())
	Expect(stored.Data["inventory.json"]).To(ContainSubstring(from))
	stored.Data["inventory.json"] = strings.Replace(stored.Data["inventory.json"], from, to, 1)
	Expect(s.Update(ctx, stored)).To(Succeed())
}
