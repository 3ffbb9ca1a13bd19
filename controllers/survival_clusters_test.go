package controllers_test

import (
	"context"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// healed is how long a cluster that is back may take to be believed again: the pause between two attempts to connect
// grows to 30 s.
const healed = 90 * time.Second

var _ = Describe("One hub and three clusters", Ordered, ContinueOnFailure, func() {
	var south *mortal
	BeforeAll(func() { south = startMortal(ofCluster()) })

	It("when one is killed and one hangs: the third is as quick as ever, nothing is deleted, all heals alone (Property 1, Property 2, Peer 2)", func(ctx context.Context) {
		line := newWire(west)
		line.mend()
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west, "south": south.apiServer})
		line.rewrite(ctx, namespace, "west")
		gc := europe(namespace, "east", "west", "south")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		inWest, inSouth := west.uids(ctx, namespace), south.uids(ctx, namespace)
		audit := south.fromNow()

		alive := paces(ctx, gc, "east")
		line.hang(true)
		south.kill()
		for _, dead := range []string{"west", "south"} {
			Eventually(row(ctx, gc, dead), soon).Should(haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse))
		}
		without := paces(ctx, gc, "east")
		for _, dead := range []string{"west", "south"} {
			Eventually(row(ctx, gc, dead), soon).Should(haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionUnknown))
		}
		Expect(row(ctx, gc, "east")(Default)).To(And(
			haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue), haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue)))
		Expect(west.uids(ctx, namespace)).To(Equal(inWest))

		back := time.Now()
		line.hang(false)
		south.revive()
		Eventually(now(ctx, gc), healed).Should(And(
			haveCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue), haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue)))
		AddReportEntry("healed after", time.Since(back).Round(time.Millisecond))
		again := paces(ctx, gc, "east")

		Expect(west.uids(ctx, namespace)).To(Equal(inWest))
		Expect(south.uids(ctx, namespace)).To(Equal(inSouth))
		Expect(audit.in(namespace, "delete", "deletecollection")).To(BeEmpty())
		for _, server := range []*apiServer{west, south.apiServer} {
			Expect(server.replicas(ctx, namespace)).To(Equal(now(ctx, gc)(Default).Spec.Console.Scaling.Fixed.Replicas))
		}
		AddReportEntry("a change of the spec is applied in the third cluster after (median of each): all alive, two dead, all alive again",
			[]time.Duration{median(alive), median(without), median(again)})
		Expect(median(without)).To(BeNumerically("<", 2*time.Second), "no dead cluster's timeout is in it")
	})

	It("when one is lost: the grace runs from the first loss, through restarts of the operator; losses within it change nothing (Peer 3)", func(ctx context.Context) {
		const patience = 12 * time.Second
		line := newWire(west)
		line.mend()
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		line.rewrite(ctx, namespace, "west")
		o := &operator{access: operatorAccess, id: "hub", namespace: namespace, grace: patience}
		o.instead()
		gc := europe(namespace, "east", "west")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		applied := transition(row(ctx, gc, "west")(Default), v1alpha1.ConditionApplied)
		uids := west.uids(ctx, namespace)

		for first := time.Now(); time.Since(first) < patience; {
			line.cut()
			Eventually(row(ctx, gc, "west"), soon).Should(haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse))
			line.mend()
			Eventually(row(ctx, gc, "west"), soon).Should(haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue))
		}
		Expect(row(ctx, gc, "west")(Default)).To(haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		Expect(transition(row(ctx, gc, "west")(Default), v1alpha1.ConditionApplied)).To(Equal(applied), "it was never anything else")

		line.cut()
		Eventually(row(ctx, gc, "west"), soon).Should(haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse))
		lost := transition(row(ctx, gc, "west")(Default), v1alpha1.ConditionReachable)
		for time.Since(lost) < patience/2 {
			o.restart()
			repaired(ctx, namespace, east)
		}
		Eventually(row(ctx, gc, "west"), 2*patience).Should(haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionUnknown))
		waited := transition(row(ctx, gc, "west")(Default), v1alpha1.ConditionApplied).Sub(lost)
		AddReportEntry("given up after, with a grace of 12s", waited)
		Expect(waited).To(And(BeNumerically(">=", patience-time.Second), BeNumerically("<", patience+patience/2-time.Second)))
		Expect(transition(row(ctx, gc, "west")(Default), v1alpha1.ConditionReachable)).To(Equal(lost))
		Expect(west.uids(ctx, namespace)).To(Equal(uids))
		line.mend()
	})

	It("when the hub cannot be read: nothing is deleted anywhere, and nothing has to be healed by hand (Property 1, Peer 1)", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"south": south.apiServer})
		toHub, trouble := newWire(hub), newFaults(1)
		toHub.mend()
		access := rest.CopyConfig(operatorAccess)
		access.Host = "https://" + toHub.at
		access.Wrap(trouble.sparingDiscovery)
		o := &operator{access: access, id: "hub", namespace: namespace, grace: grace}
		o.instead()
		gc := europe(namespace, "south")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		uids := south.uids(ctx, namespace)
		audit := south.fromNow()

		toHub.cut() // the watches of the running operator end, and it cannot list again
		trouble.fail(1)
		toHub.mend()
		Eventually(trouble.failures, soon).Should(BeNumerically(">", 3))
		back := south.stripped(ctx, namespace)
		Eventually(back, soon).Should(BeTrue(), "drift is repaired by what the operator knows already")
		o.restart() // now it knows nothing
		listed := trouble.failures()
		Eventually(trouble.failures, soon).Should(BeNumerically(">", listed+3))
		Expect(south.uids(ctx, namespace)).To(Equal(uids))

		trouble.fail(0)
		back = south.stripped(ctx, namespace)
		Eventually(back, healed).Should(BeTrue())
		Expect(south.uids(ctx, namespace)).To(Equal(uids))
		Expect(audit.in(namespace, "delete", "deletecollection")).To(BeEmpty())
		Eventually(now(ctx, gc), healed).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
	})
})

// paces are how long eight changes of the spec take, one after the other, until each is applied in a cluster.
func paces(ctx context.Context, gc *v1alpha1.GeoConsole, cluster string) []time.Duration {
	GinkgoHelper()
	var took []time.Duration
	for range 8 {
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Console.Scaling = scaled(1 + int32(gc.Generation%5)) })
		began, generation := time.Now(), now(ctx, gc)(Default).Generation
		Eventually(func(g Gomega) {
			c := meta.FindStatusCondition(row(ctx, gc, cluster)(g).Conditions, v1alpha1.ConditionApplied)
			g.Expect(c).To(And(HaveField("Status", metav1.ConditionTrue), HaveField("ObservedGeneration", generation)))
		}, soon, 10*time.Millisecond).Should(Succeed())
		took = append(took, time.Since(began).Round(time.Millisecond))
	}
	return took
}

func median(of []time.Duration) time.Duration { return slices.Sorted(slices.Values(of))[len(of)/2] }

// transition is when a condition of a cluster last changed its status.
func transition(of v1alpha1.ClusterStatus, condition string) time.Time {
	GinkgoHelper()
	c := meta.FindStatusCondition(of.Conditions, condition)
	Expect(c).NotTo(BeNil())
	return c.LastTransitionTime.Time
}

// uids are those of everything of ours in a namespace: what was deleted and made again has another.
func (s *apiServer) uids(ctx context.Context, namespace string) map[string]string {
	GinkgoHelper()
	uids := map[string]string{}
	for _, object := range s.objects(ctx, namespace, client.MatchingLabels{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy}) {
		uids[nameOf(&object)] = string(object.GetUID())
	}
	Expect(uids).NotTo(BeEmpty())
	return uids
}

func (s *apiServer) replicas(ctx context.Context, namespace string) int32 {
	GinkgoHelper()
	d, err := s.deployment(ctx, namespace)
	Expect(err).NotTo(HaveOccurred())
	return ptr.Deref(d.Spec.Replicas, 0)
}

// stripped takes a field of ours away and tells, asked again, whether it is back.
func (s *apiServer) stripped(ctx context.Context, namespace string) func(Gomega) bool {
	GinkgoHelper()
	service := &corev1.Service{}
	key := client.ObjectKey{Namespace: namespace, Name: "europe"}
	Expect(s.Get(ctx, key, service)).To(Succeed())
	before := service.DeepCopy()
	delete(service.Annotations, v1alpha1.AnnotationRevision)
	Expect(s.Patch(ctx, service, client.MergeFrom(before))).To(Succeed())
	return func(g Gomega) bool {
		g.Expect(s.Get(ctx, key, service)).To(Succeed())
		return service.Annotations[v1alpha1.AnnotationRevision] != ""
	}
}

// repaired waits until the operator has repaired a cluster, and so is up again.
func repaired(ctx context.Context, namespace string, s *apiServer) {
	GinkgoHelper()
	Eventually(s.stripped(ctx, namespace), soon).Should(BeTrue())
}
