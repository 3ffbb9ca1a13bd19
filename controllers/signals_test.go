package controllers_test

import (
	"context"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var _ = Describe("What people and machines read", func() {
	It("tells every change of a condition by an Event and a series, which goes with the object", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		gc.Spec.Console.Image = "registry.example.com/console:tag"
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(events(ctx, namespace), soon).Should(ContainElement("Warning ImageNotAllowed"))
		Eventually(series, soon).WithArguments(namespace, v1alpha1.ConditionAccepted).Should(Equal("False"))
		Eventually(series, soon).WithArguments(namespace, v1alpha1.ConditionStalled).Should(Equal("True"))

		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Console.Image = "" })
		Eventually(events(ctx, namespace), soon).Should(ContainElements("Normal AcceptedWithoutAuth", "Normal Connected"))
		Eventually(series, soon).WithArguments(namespace, v1alpha1.ConditionAccepted).Should(Equal("True"))
		Eventually(series, soon).WithArguments(namespace, v1alpha1.ConditionStalled).Should(Equal("none"), "a condition that is over has no series")

		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(series, soon).WithArguments(namespace, v1alpha1.ConditionAccepted).Should(Equal("none"))
	})

	It("says in the columns what keeps it from being Ready", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		gc.Spec.Console.Image = "registry.example.com/console:tag"
		Expect(hub.Create(ctx, gc)).To(Succeed())
		columns := func() string { return table(ctx, gc) }
		Eventually(columns, soon).Should(Equal("NAME=europe  GEOGRAPHY=EU  READY=False  REASON=ImageNotAllowed  CLUSTERS=0/1  REGIONS=0/2"))
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Console.Image = "" })
		Eventually(columns, soon).Should(Equal("NAME=europe  GEOGRAPHY=EU  READY=False  REASON=RollingOut  CLUSTERS=0/1  REGIONS=0/2"))
	})

	It("leaves the spec as it was written", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		content, err := yaml.Marshal(europe(namespace, "east"))
		Expect(err).NotTo(HaveOccurred())
		written := &unstructured.Unstructured{}
		Expect(yaml.Unmarshal(content, &written.Object)).To(Succeed())
		written.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("GeoConsole"))
		unstructured.RemoveNestedField(written.Object, "status")
		Expect(unstructured.SetNestedMap(written.Object, map[string]any{}, "spec", "healthChecks")).To(Succeed()) // a typed update would drop it
		Expect(hub.Create(ctx, written)).To(Succeed())
		gc := europe(namespace, "east")
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		spec := written.Object["spec"]
		Expect(hub.Get(ctx, client.ObjectKeyFromObject(gc), written)).To(Succeed())
		Expect(written.Object["spec"]).To(Equal(spec))
		Expect(written.GetGeneration()).To(BeEquivalentTo(1))
	})

	It("runs where Pod Security is restricted", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		var console *appsv1.Deployment
		Eventually(func() (err error) { console, err = east.deployment(ctx, namespace); return err }, soon).Should(Succeed())
		text, err := os.ReadFile("../config/manager/manager.yaml")
		Expect(err).NotTo(HaveOccurred())
		operator := &appsv1.Deployment{}
		Expect(yaml.UnmarshalStrict(text, operator)).To(Succeed())

		restricted := &corev1.Namespace{}
		Expect(hub.Get(ctx, client.ObjectKey{Name: namespace}, restricted)).To(Succeed())
		metav1.SetMetaDataLabel(&restricted.ObjectMeta, "pod-security.kubernetes.io/enforce", "restricted")
		Expect(hub.Update(ctx, restricted)).To(Succeed())
		pod := func(d *appsv1.Deployment) *corev1.Pod {
			return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: d.Name, Namespace: namespace}, Spec: *d.Spec.Template.Spec.DeepCopy()}
		}
		Expect(hub.Create(ctx, pod(console), client.DryRunAll)).To(Succeed())
		Expect(hub.Create(ctx, pod(operator), client.DryRunAll)).To(Succeed())
		operator.Spec.Template.Spec.Containers[0].SecurityContext.AllowPrivilegeEscalation = ptr.To(true)
		Expect(hub.Create(ctx, pod(operator), client.DryRunAll)).To(MatchError(ContainSubstring("PodSecurity")))
	})
})

// events are the Events on the GeoConsoles of a namespace, as type and reason.
func events(ctx context.Context, namespace string) func(Gomega) []string {
	return func(g Gomega) []string {
		var all eventsv1.EventList
		g.Expect(hub.List(ctx, &all, client.InNamespace(namespace))).To(Succeed())
		var told []string
		for _, e := range all.Items {
			told = append(told, e.Type+" "+e.Reason)
		}
		return told
	}
}

// series is the status that the metrics give to a condition of the GeoConsole of a namespace.
func series(namespace, condition string) string {
	families, err := metrics.Registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	for _, family := range families {
		if family.GetName() != "geoconsole_status_condition" {
			continue
		}
		for _, m := range family.GetMetric() {
			if label(m, "namespace") == namespace && label(m, "condition") == condition && m.GetGauge().GetValue() == 1 {
				return label(m, "status")
			}
		}
	}
	return "none"
}
