package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
	driver "github.com/geoconsole/geoconsole-operator/test/e2e/browser"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// hubUser is who the operator is in the geography's cluster.
const hubUser = "system:serviceaccount:geoconsole:geoconsole-hub"

var _ = Describe("One geography", Ordered, ContinueOnFailure, func() {
	It("shows the clusters of three regions in a browser", func() {
		Expect(page.Open(geography.URL)).To(Succeed())
		Expect(page.SignIn(dex.Users[0])).To(Succeed())
		Expect(page.See("120 clusters from 3 regions", 20)).To(Succeed())
		rows, err := page.Count(driver.Element{Role: "row"})
		Expect(err).NotTo(HaveOccurred())
		Expect(rows).To(Equal(21), "a header and a page of 20")
		for _, scheme := range []string{"light", "dark"} {
			Expect(page.Colors(scheme)).To(Succeed())
			Expect(page.Axe()).To(BeEmpty())
			keep("clusters-" + scheme)
		}
		Expect(page.Complaints()).To(BeEmpty())
		Expect(page.Kept()).To(HaveEach(0), "the browser keeps nothing")
	})

	It("shows one cluster", func() {
		Expect(page.Click(driver.Element{Role: "button", Name: "Name"})).To(Succeed())
		Expect(page.Fill(driver.Element{Role: "textbox", Name: "Filter by name"}, "analytics")).To(Succeed())
		Expect(page.Click(driver.Element{Role: "link", Name: "analytics"})).To(Succeed())
		Expect(page.See("Control plane type", 10)).To(Succeed())
		Expect(page.Axe()).To(BeEmpty())
		keep("cluster")
		Expect(page.Complaints()).To(BeEmpty())
	})

	It("repairs a Deployment that was deleted or edited, while nobody notices", func(ctx context.Context) {
		deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: environment.GeographyNamespace, Name: europe.Name}}
		key := client.ObjectKeyFromObject(deployment)
		Expect(geography.GeographyClient.Get(ctx, key, deployment)).To(Succeed())
		polled := startPoller("/config.json")
		edited := client.MergeFrom(deployment.DeepCopy())
		deployment.Spec.Template.Spec.Containers[0].Args = []string{"--help"}
		Expect(geography.GeographyClient.Patch(ctx, deployment, edited)).To(Succeed())
		Eventually(func(g Gomega) []string {
			g.Expect(geography.GeographyClient.Get(ctx, key, deployment)).To(Succeed())
			return deployment.Spec.Template.Spec.Containers[0].Args
		}, "10s").Should(ContainElement(ContainSubstring("--config")))
		Eventually(func(g Gomega) int32 {
			g.Expect(geography.GeographyClient.Get(ctx, key, deployment)).To(Succeed())
			g.Expect(deployment.Status.ObservedGeneration).To(Equal(deployment.Generation))
			return deployment.Status.UpdatedReplicas
		}, "60s").Should(BeEquivalentTo(2))
		Eventually(current(ctx), "60s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		polled.stop()

		uid := deployment.UID
		Expect(geography.GeographyClient.Delete(ctx, deployment)).To(Succeed())
		Eventually(func(g Gomega) bool {
			g.Expect(geography.GeographyClient.Get(ctx, key, deployment)).To(Succeed())
			return deployment.UID != uid
		}, "10s").Should(BeTrue())
		Eventually(func(g Gomega) int32 { // Ready is still what it was before, for a moment
			g.Expect(geography.GeographyClient.Get(ctx, key, deployment)).To(Succeed())
			return deployment.Status.ReadyReplicas
		}, "90s").Should(BeEquivalentTo(2))
		Eventually(current(ctx), "90s").Should(And(
			haveCondition(v1alpha1.ConditionReady, "True Ready"),
			HaveField("Status.Clusters", ConsistOf(HaveField("ReadyReplicas", BeEquivalentTo(2)))),
		))
	})

	It("says the same after a restart of the operator", func(ctx context.Context) {
		operator := client.MatchingLabels{"app.kubernetes.io/name": "geoconsole-operator"}
		before := meta.FindStatusCondition(current(ctx)(Default).Status.Conditions, v1alpha1.ConditionReady)
		Expect(before.Status).To(Equal(metav1.ConditionTrue))
		var pods corev1.PodList
		Expect(geography.HubClient.List(ctx, &pods, client.InNamespace(environment.HubNamespace), operator)).To(Succeed())
		former := pods.Items[0].UID
		Expect(geography.HubClient.Delete(ctx, &pods.Items[0])).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(geography.HubClient.List(ctx, &pods, client.InNamespace(environment.HubNamespace), operator)).To(Succeed())
			g.Expect(pods.Items).To(HaveLen(1))
			g.Expect(pods.Items[0].UID).NotTo(Equal(former))
			g.Expect(pods.Items[0].Status.Conditions).To(ContainElement(And(HaveField("Type", corev1.PodReady), HaveField("Status", corev1.ConditionTrue))))
		}, "60s").Should(Succeed())
		Consistently(func(g Gomega) *metav1.Condition {
			return meta.FindStatusCondition(current(ctx)(g).Status.Conditions, v1alpha1.ConditionReady)
		}, "20s", "200ms").Should(Equal(before))
	})

	It("names a region that is down, keeps the others, and stays Ready", func(ctx context.Context) {
		Expect(page.Open(geography.URL)).To(Succeed())
		Expect(page.SignIn(dex.Users[0])).To(Succeed())
		Expect(page.See("120 clusters from 3 regions", 20)).To(Succeed())
		Expect(geography.Regions["aws.eu-west-3"].Stop()).To(Succeed())
		Eventually(current(ctx), "20s").Should(haveCondition(v1alpha1.ConditionRegionsHealthy, "False "+v1alpha1.ReasonSomeUnhealthy))
		Consistently(current(ctx), "3s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		Expect(current(ctx)(Default).Status.Summary.Regions).To(Equal("2/3"))
		Expect(page.See("Paris (aws.eu-west-3) is unhealthy", 30)).To(Succeed())
		Expect(page.Text()).To(ContainSubstring("eu-central-1"))
		Expect(page.Axe()).To(BeEmpty())
		keep("region-down")

		Expect(geography.Regions["aws.eu-west-3"].Start()).To(Succeed())
		Eventually(current(ctx), "20s").Should(haveCondition(v1alpha1.ConditionRegionsHealthy, "True "+v1alpha1.ReasonAllHealthy))
		Expect(page.Miss("Paris (aws.eu-west-3) is unhealthy", 30)).To(Succeed())
		Expect(page.See("120 clusters from 3 regions", 60)).To(Succeed())
	})

	It("brings a fourth region to an open page within 60 s, and no request fails", func(ctx context.Context) {
		polled := startPoller("/config.json")
		added := time.Now()
		change(ctx, func(gc *v1alpha1.GeoConsole) {
			fourth := *gc.Spec.Regions[0].DeepCopy()
			fourth.ID, fourth.DisplayName = "aws.eu-north-1", "Stockholm"
			fourth.Endpoints[0].URL = "https://" + geography.Regions["aws.eu-north-1"].Host
			gc.Spec.Regions = append(gc.Spec.Regions, fourth)
		})
		Expect(page.See("160 clusters from 4 regions", 60)).To(Succeed())
		AddReportEntry("a fourth region on the page after", time.Since(added).Round(time.Second).String())
		Eventually(current(ctx), "60s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		polled.stop()
	})

	It("shows a bad image as such, while the old pods serve", func(ctx context.Context) {
		polled := startPoller("/config.json")
		change(ctx, func(gc *v1alpha1.GeoConsole) {
			gc.Spec.Console.Image = "registry.local/none@sha256:" + strings.Repeat("0", 64)
		})
		Eventually(current(ctx), "60s").Should(haveCondition(v1alpha1.ConditionServed, "False "+v1alpha1.ReasonImagePullFailed))
		Expect(current(ctx)(Default)).To(haveStatus(v1alpha1.ConditionReady, metav1.ConditionFalse))
		change(ctx, func(gc *v1alpha1.GeoConsole) { gc.Spec.Console.Image = "" })
		Eventually(current(ctx), "90s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		polled.stop()
	})

	It("asks the geography's API server for nothing but what the verdicts need, when nothing changes", func(ctx context.Context) {
		idle := lasting("E2E_IDLE", 45*time.Second)
		var from int64
		unsteady := func() (unsteady []request) { // since it was asked last
			var fresh []request
			fresh, from = requestsOf(hubUser, from)
			for _, r := range fresh {
				if !r.steady() {
					unsteady = append(unsteady, r)
				}
			}
			return unsteady
		}
		Eventually(unsteady, "120s", "10s").Should(BeEmpty(), "what the changes before have caused comes to an end")
		version, began := current(ctx)(Default).ResourceVersion, from
		Consistently(unsteady, idle, "5s").Should(BeEmpty())
		count := map[string]int{}
		seen, _ := requestsOf(hubUser, began)
		for _, r := range seen {
			path, _, _ := strings.Cut(r.RequestURI, "?")
			count[r.Verb+" "+path]++
		}
		AddReportEntry(fmt.Sprintf("requests in %s", idle), fmt.Sprint(count))
		Expect(count).To(HaveKey("get /api/v1/namespaces/kube-system"), "the probe must be there, or nothing was looked at")
		Expect(current(ctx)(Default).ResourceVersion).To(Equal(version), "no write on the hub")
	})

	It("tells that a cluster cannot be reached, and heals", func(ctx context.Context) {
		polled := startPoller("/config.json")
		Expect(cluster.Disconnect(geography.Hub, geography.Geography)).To(Succeed())
		cut := time.Now()
		Eventually(current(ctx), "40s").Should(haveStatus(v1alpha1.ConditionReachable, metav1.ConditionFalse))
		AddReportEntry("the cut is told after", time.Since(cut).Round(time.Second).String())
		if until := cut.Add(lasting("E2E_CUT", 0)); time.Now().Before(until) {
			Eventually(current(ctx), time.Until(until)).Should(haveCondition(v1alpha1.ConditionServed, "Unknown "+v1alpha1.ReasonUnreachable))
			AddReportEntry("what cannot be observed is Unknown after", time.Since(cut).Round(time.Second).String())
			Consistently(current(ctx), max(time.Second, time.Until(until)), "1s").Should(haveStatus(v1alpha1.ConditionReady, metav1.ConditionUnknown))
		}
		Expect(cluster.Connect(geography.Hub, geography.Geography)).To(Succeed())
		mended := time.Now()
		Eventually(current(ctx), "60s").Should(haveStatus(v1alpha1.ConditionReachable, metav1.ConditionTrue))
		Eventually(current(ctx), "60s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		AddReportEntry("healed after", time.Since(mended).Round(time.Second).String())
		polled.stop()
	})

	It("leaves the geography's cluster empty when the GeoConsole is deleted", func(ctx context.Context) {
		Expect(geography.HubClient.Delete(ctx, europe)).To(Succeed())
		Eventually(func() error {
			return geography.HubClient.Get(ctx, client.ObjectKeyFromObject(europe), &v1alpha1.GeoConsole{})
		}, "90s").Should(MatchError(ContainSubstring("not found")))
		left, err := geography.Kubectl(ctx, geography.Geography, "-n", environment.GeographyNamespace, "get",
			"all,configmaps,secrets,serviceaccounts,networkpolicies,poddisruptionbudgets,routes,ingresses",
			"-l", v1alpha1.LabelManagedBy+"="+v1alpha1.ManagedBy, "-o", "name")
		Expect(err).NotTo(HaveOccurred())
		Expect(left).To(BeEmpty())
	})
})

// lasting is a time that is short in every run and that a person may make longer by an environment variable.
func lasting(variable string, usually time.Duration) time.Duration {
	GinkgoHelper()
	asked := os.Getenv(variable)
	if asked == "" {
		return usually
	}
	long, err := time.ParseDuration(asked)
	Expect(err).NotTo(HaveOccurred())
	return long
}

// keep writes a screenshot for a person to look at, where E2E_ARTIFACTS says.
func keep(name string) {
	folder := os.Getenv("E2E_ARTIFACTS")
	if folder == "" {
		return
	}
	Expect(os.MkdirAll(folder, 0o750)).To(Succeed())
	Expect(page.Screenshot(filepath.Join(folder, name+".png"))).To(Succeed())
}
