package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// One accounts service for all regions: here it is the first region's instance, by the endpoint that the spec gives it.
var _ = Describe("The accounts service", Ordered, func() {
	total := func(path string) func(Gomega) int {
		return func(g Gomega) int {
			response, err := userAt(listen).Get(geography.URL + path)
			g.Expect(err).NotTo(HaveOccurred())
			defer func() { _ = response.Body.Close() }()
			g.Expect(response).To(HaveHTTPStatus(http.StatusOK))
			var list struct{ Total int }
			g.Expect(json.NewDecoder(response.Body).Decode(&list)).To(Succeed())
			return list.Total
		}
	}
	const subscriptions, clusters = "/api/accounts_mgmt/v1/subscriptions?size=1", "/api/clusters_mgmt/v1/clusters?size=1"

	BeforeAll(awaitEurope)

	It("answers accounts_mgmt for all regions, and clusters stay with their regions", func(ctx context.Context) {
		Eventually(total(subscriptions), "60s").Should(Equal(120))
		polled := startPoller("/api/geo/v1/health")
		change(ctx, func(gc *v1alpha1.GeoConsole) {
			first := gc.Spec.Regions[0]
			gc.Spec.Accounts = &v1alpha1.Accounts{Type: v1alpha1.AccountsEndpoint, Endpoint: &v1alpha1.AccountsService{
				Endpoint: first.Endpoints[0], CABundle: first.CABundle,
			}}
		})
		Eventually(current(ctx), "20s").Should(haveCondition(v1alpha1.ConditionServed, "False "+v1alpha1.ReasonRollingOut))
		Eventually(current(ctx), "90s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		// Connections that the router keeps lead to a pod that ends until it closes them.
		Eventually(total(subscriptions), "60s", "300ms").MustPassRepeatedly(20).Should(Equal(40))
		// A list wants every region, and a new pod may have waited in vain for one on a machine that is busy.
		Eventually(total(clusters), "90s").Should(Equal(120))
		polled.stop()
	})

	It("is refused outside of the geography, and nothing is changed by that", func(ctx context.Context) {
		change(ctx, func(gc *v1alpha1.GeoConsole) {
			gc.Spec.Accounts.Endpoint.URL = "https://accounts.us-east-1.example.com"
		})
		Eventually(current(ctx), "20s").Should(haveCondition(v1alpha1.ConditionSovereign, "False "+v1alpha1.ReasonAccountsOutside))
		Consistently(total(subscriptions), "3s").Should(Equal(40))
		change(ctx, func(gc *v1alpha1.GeoConsole) { gc.Spec.Accounts = nil })
		Eventually(total(subscriptions), "90s").Should(Equal(120))
		Eventually(current(ctx), "90s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
	})
})
