package controllers_test

import (
	"context"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var _ = Describe("A cluster that is gone for good", func() {
	var (
		line      *wire
		namespace string
		gc        *v1alpha1.GeoConsole
		uid       string
	)
	BeforeEach(func(ctx context.Context) {
		line = newWire(west)
		line.mend()
		namespace = newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		line.rewrite(ctx, namespace, "west")
		gc = europe(namespace, "east", "west")
		stand(ctx, gc)
		uid = row(ctx, gc, "west")(Default).ClusterUID
	})

	It("Property 4: blocks the deletion until it is abandoned by name and UID, and an Event lists what is left", func(ctx context.Context) {
		line.cut()
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(And(
			WithTransform(rowNames, Equal([]string{"west"})),
			haveCondition(v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonUnreachable),
			WithTransform(messageOf(v1alpha1.ConditionStalled), HaveSuffix(v1alpha1.AnnotationAbandon+"=west@"+uid))))
		Expect(east.ours(ctx, namespace)).To(BeEmpty())

		for _, wrong := range []string{"west", "west@" + strings.Repeat("0", len(uid)), "east@" + uid} {
			abandon(ctx, gc, wrong)
			Consistently(now(ctx, gc), "500ms").Should(WithTransform(rowNames, Equal([]string{"west"})), wrong)
		}
		abandon(ctx, gc, "west@"+uid)
		Eventually(reading(ctx, gc), soon).Should(beGone())
		Expect(west.ours(ctx, namespace)).To(ContainElements("Deployment/europe", "ConfigMap/europe-inventory"))
		Eventually(notes(ctx, namespace, v1alpha1.ReasonAbandoned), soon).Should(ConsistOf(And(
			HavePrefix("west: "), ContainSubstring(namespace), ContainSubstring(uid), ContainSubstring("ConfigMap/europe-inventory"),
			ContainSubstring("Deployment/europe"), ContainSubstring(v1alpha1.LabelManagedBy+"="+v1alpha1.ManagedBy))))
	})

	It("Property 4: is not abandoned while it answers, however it is annotated", func(ctx context.Context) {
		abandon(ctx, gc, "west@"+uid)
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters = gc.Spec.Clusters[:1] })
		Eventually(now(ctx, gc), soon).Should(WithTransform(rowNames, Equal([]string{"east"})))
		Expect(west.ours(ctx, namespace)).To(BeEmpty(), "what answers is emptied")
		Expect(notes(ctx, namespace, v1alpha1.ReasonAbandoned)(Default)).To(BeEmpty())
	})

	It("is no longer called once it is abandoned", func(ctx context.Context) {
		line.cut()
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters = gc.Spec.Clusters[:1] })
		abandon(ctx, gc, "west@"+uid)
		Eventually(now(ctx, gc), soon).Should(WithTransform(rowNames, Equal([]string{"east"})))
		line.mend()
		Consistently(line.calls, "6s").Should(BeZero())
		Expect(now(ctx, gc)(Default)).To(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
	})
})

// notes are those of the Events of one reason in a namespace.
func notes(ctx context.Context, namespace, reason string) func(Gomega) []string {
	return func(g Gomega) []string {
		var all eventsv1.EventList
		g.Expect(hub.List(ctx, &all, client.InNamespace(namespace))).To(Succeed())
		var told []string
		for _, e := range all.Items {
			if e.Reason == reason {
				told = append(told, e.Note)
			}
		}
		return told
	}
}

// calls counts the connections through the wire since it was cut last.
func (w *wire) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.ends)
}
