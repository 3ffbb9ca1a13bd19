package e2e_test

import (
	"context"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// Pods come and go under customers who keep their connections, through the router.
var _ = Describe("Pods that come and go under 200 requests a second", Ordered, func() {
	BeforeAll(func(ctx context.Context) {
		awaitEurope(ctx)
		replicas(ctx, europe, usualPods)
	})

	It("are all replaced when the regions get another authority, and no request fails", func(ctx context.Context) {
		next, err := pki.NewAuthority("the one that follows")
		Expect(err).NotTo(HaveOccurred())
		l := startLoad(door{url: geography.URL, at: listen, token: token}, busy)
		l.awaitMore(ctx, 200)
		replaced(ctx, europe, func() { trust(ctx, geography.CA, next) })
		l.awaitMore(ctx, 200)
		l.succeeded("a rolling update")

		Expect(geography.Regions[ireland].Renew(next)).To(Succeed())
		// Both authorities stay in the bundle.
		DeferCleanup(func() { Expect(geography.Regions[ireland].Renew(geography.CA)).To(Succeed()) })
		Consistently(current(ctx), "8s").Should(haveCondition(v1alpha1.ConditionRegionsHealthy, "True "+v1alpha1.ReasonAllHealthy),
			"every probe opens a connection and sees the new certificate")
	})

	It("become fewer, and no request fails", func(ctx context.Context) {
		replicas(ctx, europe, 4)
		l := startLoad(door{url: geography.URL, at: listen, token: token}, busy)
		l.awaitMore(ctx, 400)
		replicas(ctx, europe, 1)
		l.awaitMore(ctx, 200)
		l.succeeded("a scale-down from four pods to one")
		replicas(ctx, europe, usualPods)
	})
})

// trust makes the bundle of the regions' authorities.
func trust(ctx context.Context, authorities ...*pki.Authority) {
	GinkgoHelper()
	var bundle strings.Builder
	for _, authority := range authorities {
		bundle.Write(authority.CAPEM())
	}
	held := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: environment.HubNamespace, Name: "xcm-ca"}}
	Expect(geography.HubClient.Get(ctx, client.ObjectKeyFromObject(held), held)).To(Succeed())
	held.Data["ca.crt"] = bundle.String()
	Expect(geography.HubClient.Update(ctx, held)).To(Succeed())
}

// usualPods is how many a console has when nobody says.
const usualPods = 2

// replaced waits until all pods of a console are others than before a change, and the former ones are gone.
func replaced(ctx context.Context, gc *v1alpha1.GeoConsole, change func()) {
	GinkgoHelper()
	before, begun := podsOf(ctx, gc.Name), time.Now()
	change()
	Eventually(func(g Gomega) {
		now := podsOf(ctx, gc.Name)
		g.Expect(now).To(HaveLen(usualPods), "before, some may have been on their way out")
		for uid := range now {
			g.Expect(before).NotTo(HaveKey(uid))
		}
	}, "180s").Should(Succeed())
	AddReportEntry("all pods replaced after", time.Since(begun).Round(time.Second).String())
}

var _ = Describe("What runs in pods", func() {
	It("works by the validated cryptographic module", func(ctx context.Context) {
		awaitEurope(ctx)
		for _, pod := range podsOf(ctx, europe.Name) {
			metrics, err := geography.Kubectl(ctx, geography.Geography, "get", "--raw",
				"/api/v1/namespaces/"+environment.GeographyNamespace+"/pods/http:"+pod.Name+":8081/proxy/metrics")
			Expect(err).NotTo(HaveOccurred())
			Expect(metrics).To(ContainSubstring(`geoconsole_fips140_enabled{module="` + environment.FIPS + `"} 1`))
		}
		log, err := geography.Kubectl(ctx, geography.Hub, "-n", environment.HubNamespace, "logs", "deployment/geoconsole-operator")
		Expect(err).NotTo(HaveOccurred())
		Expect(log).To(ContainSubstring(`"fips140":true,"fips140_module":"` + environment.FIPS + `"`))
	})
})

// replicas scales a console and waits until there are that many pods, all ready.
func replicas(ctx context.Context, gc *v1alpha1.GeoConsole, n int32) {
	GinkgoHelper()
	changeOf(ctx, gc, func(gc *v1alpha1.GeoConsole) {
		gc.Spec.Console.Scaling = &v1alpha1.Scaling{Type: v1alpha1.ScalingFixed, Fixed: &v1alpha1.FixedScaling{Replicas: n}}
	})
	Eventually(func(g Gomega) {
		g.Expect(podsOf(ctx, gc.Name)).To(HaveLen(int(n)))
		g.Expect(podsOf(ctx, gc.Name)).To(HaveEach(HaveField("Status.Conditions", ContainElement(And(
			HaveField("Type", corev1.PodReady), HaveField("Status", corev1.ConditionTrue),
		)))))
	}, "180s").Should(Succeed())
	Eventually(currentOf(ctx, gc), "60s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
}

// podsOf are all pods of a console, those that are ending too.
func podsOf(ctx context.Context, name string) map[types.UID]corev1.Pod {
	GinkgoHelper()
	var pods corev1.PodList
	Expect(geography.GeographyClient.List(ctx, &pods, client.InNamespace(environment.GeographyNamespace), client.MatchingLabels{
		v1alpha1.LabelName: v1alpha1.ConsoleName, v1alpha1.LabelInstance: name,
	})).To(Succeed())
	found := map[types.UID]corev1.Pod{}
	for _, pod := range pods.Items {
		found[pod.UID] = pod
	}
	return found
}
