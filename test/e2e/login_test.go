package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	consoles "github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// A second console beside the first, for users of a real issuer, whose first region has two endpoints.
var _ = Describe("A console with users, and a region with two endpoints", Ordered, func() {
	const clusters = "/api/clusters_mgmt/v1/clusters?size=1"
	var (
		at     users
		second *v1alpha1.GeoConsole
		token  string
	)

	BeforeAll(func(ctx context.Context) {
		var err error
		at.url = strings.Replace(geography.URL, environment.Hostname, environment.LoginHostname, 1)
		at.issuer, err = geography.StartLogin(ctx, environment.LoginOptions{Consoles: []string{at.url}})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(at.issuer.Stop()).To(Succeed()) })
		token, err = at.issuer.Token(ctx, dex.Users[0])
		Expect(err).NotTo(HaveOccurred())

		second, err = geography.Sample()
		Expect(err).NotTo(HaveOccurred())
		at.console = second
		second.Name, second.Spec.Hostname = "login", environment.LoginHostname
		second.Spec.HealthChecks = v1alpha1.HealthChecks{IntervalSeconds: 2, TimeoutSeconds: 1, FailureThreshold: 2, SuccessThreshold: 2}
		second.Spec.Regions[0].Endpoints = append(second.Spec.Regions[0].Endpoints, v1alpha1.Endpoint{URL: "https://" + geography.Regions[ireland].Standby.Host})
		second.Spec.Auth = at.issuer.Auth()
		Expect(geography.Apply(ctx, second)).To(Succeed())
		DeferCleanup(func(ctx context.Context) {
			Expect(geography.HubClient.Delete(ctx, second)).To(Succeed())
			Eventually(func() error {
				return geography.HubClient.Get(ctx, client.ObjectKeyFromObject(second), &v1alpha1.GeoConsole{})
			}, "120s").Should(Satisfy(apierrors.IsNotFound))
		})
		Expect(geography.AwaitReady(ctx, second)).To(Succeed())
	})

	It("lists the clusters of all regions to who has a token of the issuer, and nothing to others", func() {
		Eventually(func(g Gomega) {
			status, body := at.ask(g, clusters, token)
			g.Expect(status).To(Equal(http.StatusOK), body)
			g.Expect(body).To(ContainSubstring(`"total":120`))
		}, "30s").Should(Succeed())
		status, body := at.ask(Default, "/regions/"+ireland+clusters, token)
		Expect(status).To(Equal(http.StatusOK), body)
		for _, bad := range []string{"", strings.TrimSuffix(token, token[len(token)-8:]) + "AAAAAAAA"} {
			for _, path := range []string{clusters, "/regions/" + ireland + clusters} {
				status, body = at.ask(Default, path, bad)
				Expect(status).To(Equal(http.StatusUnauthorized), body)
				Expect(body).To(ContainSubstring("--token-url " + at.issuer.Options.URL + "/token"))
			}
		}
	})

	It("takes a region's state and message over without a restart", func(ctx context.Context) {
		paris := "/regions/aws.eu-west-3" + clusters
		before := podsOf(ctx, second.Name)
		for _, change := range []struct {
			patch, cause string
			status       int
		}{
			{`{"op": "add", "path": "/spec/regions/2/state", "value": "Maintenance"}, {"op": "add", "path": "/spec/regions/2/message", "value": "Back at noon."}`, "RegionMaintenance", http.StatusServiceUnavailable},
			{`{"op": "add", "path": "/spec/regions/2/state", "value": "Drained"}, {"op": "add", "path": "/spec/regions/2/message", "value": "Moved to Frankfurt."}`, "RegionDrained", http.StatusServiceUnavailable},
			{`{"op": "remove", "path": "/spec/regions/2/state"}, {"op": "remove", "path": "/spec/regions/2/message"}`, `"total":40`, http.StatusOK},
		} {
			live := liveDigest(ctx, second.Name)
			_, err := geography.Kubectl(ctx, geography.Hub, "-n", environment.HubNamespace, "patch", "geoconsole", second.Name, "--type=json", "-p", "["+change.patch+"]")
			Expect(err).NotTo(HaveOccurred())
			patched := time.Now()
			Eventually(func(g Gomega) {
				for _, report := range reportsOf(ctx, g, second.Name) {
					g.Expect(report.Live).NotTo(Equal(live))
				}
			}, "150s").Should(Succeed(), "every pod takes it over")
			AddReportEntry(change.cause+" in every pod after", time.Since(patched).Round(100*time.Millisecond).String())
			Eventually(func(g Gomega) {
				status, body := at.ask(g, paris, token)
				g.Expect(status).To(Equal(change.status), body)
				g.Expect(body).To(ContainSubstring(change.cause))
			}, "10s").Should(Succeed())
		}
		after := podsOf(ctx, second.Name)
		Expect(after).To(HaveLen(len(before)))
		for uid, pod := range after {
			Expect(before).To(HaveKey(uid))
			Expect(pod.Status.ContainerStatuses).To(HaveEach(HaveField("RestartCount", BeZero())))
		}
	})

	It("Property 10: leaves an endpoint that is killed: no read fails, and no write arrives twice", func(ctx context.Context) {
		awaitEndpoint(ctx, second.Name, 0)
		l := startLoad(door{url: at.url, at: listen, token: token}, 40)
		l.awaitMore(ctx, 120)
		region := geography.Regions[ireland]
		killed := time.Now()
		Expect(region.Stop()).To(Succeed())
		DeferCleanup(func() { _ = region.Start() }) // a second time is an error
		awaitEndpoint(ctx, second.Name, 1)
		left := time.Now()
		AddReportEntry("every pod had left the endpoint after", left.Sub(killed).Round(100*time.Millisecond).String())
		l.awaitMore(ctx, 120)
		deeds := l.end()

		lost, lostReads := 0, 0
		for _, d := range deeds {
			switch {
			case d.trouble == "":
			case d.write && d.begun.Before(left):
				lost++ // it was on its way, and is never sent again
			case !d.write && d.begun.Before(killed):
				lostReads++ // half of its answer had come
			default:
				Fail(fmt.Sprintf("begun %s after the kill: %s", d.begun.Sub(killed), d.trouble))
			}
		}
		AddReportEntry("an endpoint is killed", fmt.Sprintf("%d asked, %d of them writes; %d writes and %d reads that were on their way failed", l.asked.Load(), l.written.Load(), lost, lostReads))
		arrivedOnce(deeds, killed)

		Expect(region.Start()).To(Succeed())
		awaitEndpoint(ctx, second.Name, 0)
		l = startLoad(door{url: at.url, at: listen, token: token}, 40)
		l.awaitMore(ctx, 120)
		l.succeeded("when the first endpoint is back")
	})

	Context("in a browser", func() { signIns(&at) })
})

// reportsOf asks each ready pod of a console what it tells the operator.
func reportsOf(ctx context.Context, g Gomega, name string) []consoles.Report {
	var reports []consoles.Report
	for _, pod := range podsOf(ctx, name) {
		text, err := geography.Kubectl(ctx, geography.Geography, "get", "--raw",
			"/api/v1/namespaces/"+environment.GeographyNamespace+"/pods/http:"+pod.Name+":8081/proxy/status")
		g.Expect(err).NotTo(HaveOccurred())
		var report consoles.Report
		g.Expect(json.Unmarshal([]byte(text), &report)).To(Succeed())
		reports = append(reports, report)
	}
	g.Expect(reports).To(HaveLen(2))
	return reports
}

// liveDigest is the live config that the pods have now.
func liveDigest(ctx context.Context, name string) string {
	GinkgoHelper()
	return reportsOf(ctx, Default, name)[0].Live
}

// awaitEndpoint waits until every pod sends Ireland's requests to that endpoint.
func awaitEndpoint(ctx context.Context, name string, endpoint int32) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		for _, report := range reportsOf(ctx, g, name) {
			g.Expect(report.Regions).To(ContainElement(And(HaveField("ID", ireland), HaveField("Endpoint", endpoint), HaveField("Verdict", consoles.Verdict("Healthy")))))
		}
	}, "60s", "200ms").Should(Succeed())
}
