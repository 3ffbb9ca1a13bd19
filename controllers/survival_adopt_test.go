package controllers_test

import (
	"context"
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var _ = Describe("What a former GeoConsole left in a cluster (Property 5)", func() {
	It("is taken over by who names it, and what is not wanted goes when the annotation does", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		former, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		stopOperator()
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Finalizers = nil })
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		startOperator()

		anew := europe(namespace, "east")
		anew.Spec.Regions[0].DisplayName = "another" // so that the former config is not wanted
		Expect(hub.Create(ctx, anew)).To(Succeed())
		Eventually(row(ctx, anew, "east"), soon).Should(haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse))
		Eventually(eastApplied(ctx, anew), soon).Should(ContainSubstring(v1alpha1.AnnotationAdopt + "=east@"))
		named := regexp.MustCompile(v1alpha1.AnnotationAdopt + `=(\S+)$`).FindStringSubmatch(eastApplied(ctx, anew)(Default))
		Expect(named).To(HaveLen(2), "the message ends with the annotation to copy")

		annotate := func(value string) {
			change(ctx, anew, func(gc *v1alpha1.GeoConsole) {
				metav1.SetMetaDataAnnotation(&gc.ObjectMeta, v1alpha1.AnnotationAdopt, value)
			})
		}
		annotate(named[1])
		Eventually(now(ctx, anew), 2*soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		Eventually(eastApplied(ctx, anew), soon).Should(MatchRegexp("ConfigMap/europe-config-[0-9a-f]+: taken over and not wanted"))
		Expect(configs(ctx, namespace)).To(Equal(2), "nothing is deleted before a person has read what will be")
		adopted, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(adopted.UID).To(Equal(former.UID))

		annotate("")
		Eventually(func() int { return configs(ctx, namespace) }, soon).Should(Equal(1))
		Eventually(eastApplied(ctx, anew), soon).Should(Equal("all objects are ours and as rendered"))
	})
})

// eastApplied is what the row of the eastern cluster says of Applied.
func eastApplied(ctx context.Context, gc *v1alpha1.GeoConsole) func(Gomega) string {
	return func(g Gomega) string {
		c := meta.FindStatusCondition(row(ctx, gc, "east")(g).Conditions, v1alpha1.ConditionApplied)
		g.Expect(c).NotTo(BeNil())
		return c.Message
	}
}

// configs counts the consoles' configs that stand in a namespace of the eastern cluster.
func configs(ctx context.Context, namespace string) int {
	GinkgoHelper()
	found := 0
	for _, name := range east.ours(ctx, namespace) {
		if regexp.MustCompile("^ConfigMap/europe-config-").MatchString(name) {
			found++
		}
	}
	return found
}
