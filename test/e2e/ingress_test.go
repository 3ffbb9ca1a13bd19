package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// A second GeoConsole beside the first: in the same namespaces, with the same regions, behind Traefik. It asks nobody who
// they are, as in an air-gapped lab; the first one does.
var _ = Describe("Exposure by Ingress", Ordered, func() {
	const hostname = "console.ingress.localhost"
	var (
		second   *v1alpha1.GeoConsole
		customer *http.Client
		url      string
		address  string
		before   []string
		polled   *poller // of the first one, all the while
	)

	get := func(g Gomega, path, host string, into any) int {
		request, err := http.NewRequest(http.MethodGet, url+path, nil)
		g.Expect(err).NotTo(HaveOccurred())
		request.Host = host
		response, err := customer.Do(request)
		g.Expect(err).NotTo(HaveOccurred())
		defer func() { _ = response.Body.Close() }()
		if into != nil && response.StatusCode == http.StatusOK {
			g.Expect(json.NewDecoder(response.Body).Decode(into)).To(Succeed())
		}
		return response.StatusCode
	}

	BeforeAll(func(ctx context.Context) {
		awaitEurope(ctx)
		before = ours(ctx)
		var err error
		address, err = geography.InstallTraefik(ctx, hostname)
		Expect(err).NotTo(HaveOccurred())
		url = "https://" + strings.Replace(address, "127.0.0.1", hostname, 1)
		customer = customerAt(address)

		second, err = geography.Sample()
		Expect(err).NotTo(HaveOccurred())
		second.Name, second.Spec.Hostname = "ingress", hostname
		second.Spec.Exposure = v1alpha1.Exposure{Type: v1alpha1.ExposureIngress, Ingress: &v1alpha1.IngressExposure{
			ClassName: environment.TraefikClass, TLS: v1alpha1.ExposureTLS{Type: v1alpha1.TLSClusterDefault},
		}}
		polled = startPoller("/api/geo/v1/health")
		DeferCleanup(func() { polled.cancel() })
		Expect(geography.Apply(ctx, second)).To(Succeed())
		Expect(geography.AwaitReady(ctx, second)).To(Succeed())
	})

	It("leads its host name, and no other, to the console", func() {
		var config struct{ Hostname string }
		Eventually(func(g Gomega) int { return get(g, "/config.json", "", &config) }, "20s").Should(Equal(http.StatusOK))
		Expect(config.Hostname).To(Equal(hostname))
		var clusters struct{ Total int }
		Expect(get(Default, "/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters?size=1", "", &clusters)).To(Equal(http.StatusOK))
		Expect(clusters.Total).To(Equal(40))
		Expect(get(Default, "/config.json", "console.elsewhere.localhost", nil)).To(Equal(http.StatusNotFound))
		Expect(second.Status.Clusters).To(HaveExactElements(HaveField("Address", geography.Geography.Network().Node.String())))
	})

	It("leads the host of a region to that region alone", func(ctx context.Context) {
		changeOf(ctx, second, func(gc *v1alpha1.GeoConsole) { gc.Spec.Exposure.RegionHosts = v1alpha1.RegionHostsEnabled })
		const west = "aws-eu-west-1." + hostname
		var clusters struct{ Total int }
		Eventually(func(g Gomega) int {
			return get(g, "/api/clusters_mgmt/v1/clusters?size=1", west, &clusters)
		}, "60s").Should(Equal(http.StatusOK))
		Expect(clusters.Total).To(Equal(40), "of the 120 of all regions")
		Eventually(currentOf(ctx, second), "90s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		Expect(get(Default, "/config.json", west, nil)).To(Equal(http.StatusNotFound))
		Expect(get(Default, "/api/clusters_mgmt/v1/clusters", "aws-eu-west-9."+hostname, nil)).To(Equal(http.StatusNotFound))
		var config struct{ Hostname string }
		Expect(get(Default, "/config.json", "", &config)).To(Equal(http.StatusOK))
		Expect(config.Hostname).To(Equal(hostname))
	})

	It("is exposed by the class that it names, and by no former one", func(ctx context.Context) {
		changeOf(ctx, second, func(gc *v1alpha1.GeoConsole) { gc.Spec.Exposure.Ingress.ClassName = "nobody" })
		Eventually(currentOf(ctx, second), "30s").Should(haveCondition(v1alpha1.ConditionExposed, "False "+v1alpha1.ReasonNotAdmitted))
		Consistently(func(g Gomega) int { return get(g, "/config.json", "", nil) }, "4s", "100ms").
			Should(Equal(http.StatusOK), "the former one serves until another is admitted")

		changeOf(ctx, second, func(gc *v1alpha1.GeoConsole) { gc.Spec.Exposure.Ingress.ClassName = environment.TraefikClass })
		Eventually(currentOf(ctx, second), "30s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		Expect(get(Default, "/config.json", "", nil)).To(Equal(http.StatusOK))
	})

	It("leads to pods that are replaced one by one, and no request fails", func(ctx context.Context) {
		l := startLoad(door{url: url, at: address}, busy)
		l.awaitMore(ctx, 200)
		replaced(ctx, second, func() {
			changeOf(ctx, second, func(gc *v1alpha1.GeoConsole) { gc.Spec.Regions[0].DisplayName = "Ireland (Dublin)" })
		})
		l.awaitMore(ctx, 200)
		l.succeeded("a rolling update behind Traefik")
		Eventually(currentOf(ctx, second), "60s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
	})

	It("takes all of its own along when it goes, and nothing else", func(ctx context.Context) {
		Expect(len(ours(ctx))).To(BeNumerically(">", len(before)))
		Expect(geography.HubClient.Delete(ctx, second)).To(Succeed())
		Eventually(func() error {
			return geography.HubClient.Get(ctx, client.ObjectKeyFromObject(second), &v1alpha1.GeoConsole{})
		}, "90s").Should(Satisfy(apierrors.IsNotFound))
		polled.stop()
		Expect(ours(ctx)).To(Equal(before))
		Eventually(func(g Gomega) int { return get(g, "/config.json", "", nil) }, "20s").Should(Equal(http.StatusNotFound))
	})
})

// awaitEurope makes sure that the first GeoConsole is there, in whatever order the containers of this suite run, and that
// no pod of it is on its way out: one that ends is still listed, and no longer answers.
func awaitEurope(ctx context.Context) {
	err := geography.HubClient.Get(ctx, client.ObjectKeyFromObject(europe), &v1alpha1.GeoConsole{})
	if apierrors.IsNotFound(err) {
		anew, err := geography.Sample()
		Expect(err).NotTo(HaveOccurred())
		anew.Spec.Auth = europe.Spec.Auth
		Expect(geography.Apply(ctx, anew)).To(Succeed())
	} else {
		Expect(err).NotTo(HaveOccurred())
	}
	Expect(geography.AwaitReady(ctx, europe.DeepCopy())).To(Succeed())
	Eventually(func() map[types.UID]corev1.Pod { return podsOf(ctx, europe.Name) }, "90s").Should(And(
		HaveLen(usualPods), HaveEach(HaveField("DeletionTimestamp", BeNil())),
	))
}

// ours lists what GeoConsoles have put into the geography's cluster: kind, name and uid of each object.
func ours(ctx context.Context) []string {
	out, err := geography.Kubectl(ctx, geography.Geography, "-n", environment.GeographyNamespace, "get",
		"deployments,services,configmaps,secrets,serviceaccounts,networkpolicies,poddisruptionbudgets,routes,ingresses",
		"-l", v1alpha1.LabelManagedBy+"="+v1alpha1.ManagedBy,
		"-o", `jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}{"\n"}{end}`)
	Expect(err).NotTo(HaveOccurred())
	return strings.Fields(strings.ReplaceAll(out, " ", "="))
}
