package controllers_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

var _ = Describe("A change of a live field", func() {
	It("reaches all clusters at once and restarts nothing", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		gc := europe(namespace, "east", "west")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), 2*soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		Expect(now(ctx, gc)(Default).Status.Regions).To(HaveEach(HaveField("State", v1alpha1.RegionActive)))
		before, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		revision := row(ctx, gc, "east")(Default).Revision

		change(ctx, gc, func(gc *v1alpha1.GeoConsole) {
			gc.Spec.Regions[1].State, gc.Spec.Regions[1].Message = v1alpha1.RegionDrained, "Moved to Ireland."
			gc.Spec.Maintenance = &v1alpha1.Maintenance{Message: "Back at 12:00 UTC."}
		})
		for _, cluster := range []*apiServer{east, west} {
			Eventually(func(g Gomega) geography.Live {
				var stored corev1.ConfigMap
				g.Expect(cluster.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "europe-live"}, &stored)).To(Succeed())
				live, err := geography.ReadLive([]byte(stored.Data["live.json"]))
				g.Expect(err).NotTo(HaveOccurred())
				return live
			}, soon).Should(Equal(geography.Live{
				Format: geography.LiveFormat, Maintenance: &geography.LiveMaintenance{Message: "Back at 12:00 UTC."},
				Regions: []geography.LiveRegion{
					{ID: "aws.eu-west-1", State: v1alpha1.RegionActive},
					{ID: "aws.eu-central-1", State: v1alpha1.RegionDrained, Message: "Moved to Ireland."},
				},
			}))
		}
		Eventually(now(ctx, gc), soon).Should(HaveField("Status.Regions", ConsistOf(
			HaveField("State", v1alpha1.RegionActive), And(HaveField("ID", "aws.eu-central-1"), HaveField("State", v1alpha1.RegionDrained)))))
		Eventually(row(ctx, gc, "east"), soon).Should(haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		after, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(after.Generation).To(Equal(before.Generation))
		Expect(row(ctx, gc, "east")(Default).Revision).To(Equal(revision))
	})
})
