package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	routev1 "github.com/openshift/api/route/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// Every region on a host of its own, by Routes: what a user is told of is what answers.
var _ = Describe("Region hosts", Ordered, func() {
	fetch := func(g Gomega, url string, into any) int {
		request, err := http.NewRequest(http.MethodGet, url, nil)
		g.Expect(err).NotTo(HaveOccurred())
		response, err := userAt(listen).Do(request)
		g.Expect(err).NotTo(HaveOccurred())
		defer func() { _ = response.Body.Close() }()
		if into != nil && response.StatusCode == http.StatusOK {
			g.Expect(json.NewDecoder(response.Body).Decode(into)).To(Succeed())
		}
		return response.StatusCode
	}
	routes := func(ctx context.Context) func(Gomega) []string {
		return func(g Gomega) []string {
			var list routev1.RouteList
			g.Expect(geography.GeographyClient.List(ctx, &list, client.InNamespace(environment.GeographyNamespace),
				client.MatchingLabels{v1alpha1.LabelInstance: europe.Name})).To(Succeed())
			var hosts []string
			for _, route := range list.Items {
				hosts = append(hosts, route.Spec.Host)
			}
			return hosts
		}
	}
	port := func() string { return geography.URL[strings.LastIndex(geography.URL, ":"):] }

	BeforeAll(func(ctx context.Context) {
		awaitEurope(ctx)
		change(ctx, func(gc *v1alpha1.GeoConsole) { gc.Spec.Exposure.RegionHosts = v1alpha1.RegionHostsEnabled })
		Eventually(routes(ctx), "30s").Should(HaveLen(4))
		Eventually(current(ctx), "90s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
	})

	It("answer for their region alone, as discovery tells", func(ctx context.Context) {
		var found struct{ Items []struct{ ID, URL string } }
		Eventually(func(g Gomega) { // Ready may still be what it was before, for a moment
			g.Expect(fetch(g, geography.URL+"/api/accounts_mgmt/v1/regions", &found)).To(Equal(http.StatusOK))
			g.Expect(found.Items).To(HaveLen(3))
			g.Expect(found.Items[0].URL).To(HaveSuffix("." + environment.Hostname))
		}, "90s").Should(Succeed())
		Eventually(current(ctx), "90s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		// The router keeps connections to pods that are ending, which know of no region hosts.
		Eventually(func() map[types.UID]corev1.Pod { return podsOf(ctx, europe.Name) }, "60s", "200ms").Should(HaveLen(2))
		for _, region := range found.Items {
			Expect(region.URL).To(Equal("https://" + strings.ReplaceAll(region.ID, ".", "-") + "." + environment.Hostname))
			var clusters struct{ Total int }
			// A router passes a Route's host on once it has learnt of it.
			Eventually(func(g Gomega) int {
				return fetch(g, region.URL+port()+"/api/clusters_mgmt/v1/clusters?size=1", &clusters)
			}, "10s").Should(Equal(http.StatusOK))
			Expect(clusters.Total).To(Equal(40), "of the 120 of all regions")
			Expect(fetch(Default, region.URL+port()+"/config.json", nil)).To(Equal(http.StatusNotFound))
			Expect(fetch(Default, region.URL+port()+"/", nil)).To(Equal(http.StatusNotFound))
		}
		Expect(fetch(Default, "https://aws-eu-west-9."+environment.Hostname+port()+"/api/clusters_mgmt/v1/clusters", nil)).
			To(Equal(http.StatusServiceUnavailable), "no Route has this host")
	})

	It("go when they are not wanted any more, and nobody of the console's own host notices", func(ctx context.Context) {
		polled := startPoller("/api/geo/v1/health")
		change(ctx, func(gc *v1alpha1.GeoConsole) { gc.Spec.Exposure.RegionHosts = "" })
		Eventually(routes(ctx), "60s").Should(ConsistOf(environment.Hostname))
		Eventually(current(ctx), "90s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		polled.stop()
	})
})
