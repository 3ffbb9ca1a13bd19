package remote_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// consoles answer in place of console pods: no node runs any here. They keep the contract of the console's /status.
type consoles struct {
	mu      sync.Mutex
	reports map[string]geography.Report
	changed chan struct{}
	asked   []string
	// live is the digest of the live config that the pods have taken over, and liveProblem why not of the newest.
	live        string
	liveProblem geography.LiveProblem
	// instead answers for every pod when it is set.
	instead http.HandlerFunc
}

var statusPath = regexp.MustCompile(`/pods/http:([^:]+):8081/proxy/status$`)

func newConsoles(g *gate) *consoles {
	c := &consoles{reports: map[string]geography.Report{}, changed: make(chan struct{})}
	g.onRequest(func(w http.ResponseWriter, r *http.Request) bool {
		match := statusPath.FindStringSubmatch(r.URL.Path)
		if match == nil {
			return false
		}
		c.serve(w, r, match[1])
		return true
	})
	return c
}

func (c *consoles) serve(w http.ResponseWriter, r *http.Request, pod string) {
	c.mu.Lock()
	c.asked = append(c.asked, pod+"?"+r.URL.RawQuery)
	instead := c.instead
	c.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()
	for {
		c.mu.Lock()
		report, changed := c.reports[pod], c.changed
		c.mu.Unlock()
		if !r.URL.Query().Has("wait") || report.Digest != r.URL.Query().Get("after") {
			_ = json.NewEncoder(w).Encode(report)
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// say sets what a pod reports.
func (c *consoles) say(pod, config string, verdict geography.Verdict, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reports[pod] = geography.Report{
		Format: geography.ReportFormat, Version: "v1", Config: config, Live: c.live, LiveProblem: c.liveProblem,
		Digest:  geography.Digest([]byte(c.live + string(c.liveProblem) + string(verdict) + reason)),
		Regions: []geography.RegionReport{{ID: "aws.eu-west-1", Verdict: verdict, Reason: reason}},
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// take sets which live config the pods report from now on.
func (c *consoles) take(live string, problem geography.LiveProblem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live, c.liveProblem = live, problem
}

func (c *consoles) answerWith(instead http.HandlerFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.instead = instead
}

func (c *consoles) requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.asked...)
}

var _ = Describe("Observe", func() {
	var (
		o         *operator
		s         *site
		connected *remote.Cluster
		g         geoConsole
		c         *consoles
	)
	BeforeEach(func() {
		o = newOperator()
		s = newSite(geo)
		front := newGate(geo)
		front.behind(s)
		c = newConsoles(front)
		connected = o.connect(s.place)
		g = newGeoConsole(s)
		g.apply(connected)
		c.take(g.bundle.LiveDigest, "")
	})

	observe := func() health.Observation {
		GinkgoHelper()
		seen, err := remote.Observe(suite, connected, g.model.Owner, g.bundle)
		Expect(err).NotTo(HaveOccurred())
		return seen
	}
	newPod := func(name string) *corev1.Pod { return g.newPod(name) }
	// rollOut does what the Deployment's controller does.
	rollOut := func(ready int64, progress string) {
		GinkgoHelper()
		d := g.object("Deployment")
		d.Object["status"] = map[string]any{
			"observedGeneration": d.GetGeneration(), "replicas": int64(2), "updatedReplicas": int64(2), "readyReplicas": ready,
			"conditions": []any{map[string]any{"type": "Progressing", "status": "True", "reason": progress}},
		}
		Expect(s.server.admin.Status().Update(suite, d)).To(Succeed())
	}
	regions := func() []geography.RegionReport { return observe().Regions }
	healthy := []geography.RegionReport{{ID: "aws.eu-west-1", Verdict: geography.Healthy}}
	unhealthy := []geography.RegionReport{{ID: "aws.eu-west-1", Verdict: geography.Unhealthy, Reason: "Timeout"}}

	It("asks nobody while no pod is ready", func() {
		newPod("europe-1")
		for range 5 {
			Expect(observe()).To(And(
				HaveField("Workload", Equal(health.Workload{Found: true})),
				HaveField("Regions", BeNil()),
				HaveField("Inventory", v1alpha1.InventoryPresent),
				HaveField("ClusterUID", geo.uid)))
		}
		Expect(c.requests()).To(BeEmpty())
	})

	It("is current when every ready pod has loaded the config, and follows the verdicts as they change", func() {
		for _, name := range []string{"europe-1", "europe-2"} {
			c.say(name, g.bundle.ConfigDigest, geography.Healthy, "")
			s.ready(newPod(name), true)
		}
		rollOut(2, "NewReplicaSetAvailable")
		Eventually(regions, soon).Should(Equal(healthy))
		Eventually(func() health.Workload { return observe().Workload }, soon).
			Should(Equal(health.Workload{Found: true, Replicas: 2, ReadyReplicas: 2, Current: true}))

		By("one long request being open, and no other")
		Eventually(c.requests, soon).Should(ContainElement(ContainSubstring("wait=300s")))
		for len(o.events) > 0 {
			<-o.events
		}
		quiet := len(c.requests())
		Consistently(func() int { observe(); return len(c.requests()) }, 3*time.Second).Should(Equal(quiet))

		By("one console finding the region unhealthy")
		c.say("europe-1", g.bundle.ConfigDigest, geography.Unhealthy, "Timeout")
		c.say("europe-2", g.bundle.ConfigDigest, geography.Unhealthy, "Timeout")
		Eventually(o.events, soon).Should(Receive(HaveField("Object", s.place)))
		Eventually(regions, soon).Should(Equal(unhealthy))

		By("both finding it healthy again")
		c.say("europe-1", g.bundle.ConfigDigest, geography.Healthy, "")
		c.say("europe-2", g.bundle.ConfigDigest, geography.Healthy, "")
		Eventually(regions, soon).Should(Equal(healthy))
	})

	It("lets one console that finds a region unhealthy outweigh the others", func() {
		c.say("europe-1", g.bundle.ConfigDigest, geography.Healthy, "")
		c.say("europe-2", g.bundle.ConfigDigest, geography.Unhealthy, "Timeout")
		s.ready(newPod("europe-1"), true)
		s.ready(newPod("europe-2"), true)
		Eventually(regions, soon).Should(Equal(unhealthy))
	})

	It("is not current while a ready pod reports another config", func() {
		c.say("europe-1", g.bundle.ConfigDigest, geography.Healthy, "")
		c.say("europe-2", "0123456789abcdef", geography.Healthy, "")
		s.ready(newPod("europe-1"), true)
		s.ready(newPod("europe-2"), true)
		rollOut(2, "NewReplicaSetAvailable")
		Eventually(regions, soon).Should(Equal(healthy))
		Eventually(func() bool { return len(c.requests()) >= 2 }, soon).Should(BeTrue())
		Expect(observe().Workload.Current).To(BeFalse())
	})

	It("tells how far a change of the live config has come", func() {
		for _, name := range []string{"europe-1", "europe-2"} {
			c.say(name, g.bundle.ConfigDigest, geography.Healthy, "")
			s.ready(newPod(name), true)
		}
		rollOut(2, "NewReplicaSetAvailable")
		live := func() health.LiveState {
			workload := observe().Workload
			if !workload.Current {
				return "not current"
			}
			return workload.Live
		}
		Eventually(live, soon).Should(Equal(health.LiveTaken))

		By("a region being drained, of which no pod knows yet")
		drained := newGeoConsole(s, ofGeneration(2), drainFirst)
		Expect(drained.bundle.Revision).To(Equal(g.bundle.Revision))
		g = drained
		g.apply(connected)
		Eventually(live, soon).Should(Equal(health.LivePending))

		By("one of two having taken it over")
		c.take(g.bundle.LiveDigest, "")
		c.say("europe-1", g.bundle.ConfigDigest, geography.Healthy, "")
		Consistently(live, time.Second).Should(Equal(health.LivePending))

		By("both having")
		c.say("europe-2", g.bundle.ConfigDigest, geography.Healthy, "")
		Eventually(live, 20*time.Second).Should(Equal(health.LiveTaken))

		By("one refusing it")
		c.take("0011223344556677", geography.LiveRefused)
		c.say("europe-1", g.bundle.ConfigDigest, geography.Healthy, "")
		Eventually(live, 40*time.Second).Should(Equal(health.LiveRefused))
	})

	It("forgets what a pod said that is no longer ready", func() {
		c.say("europe-1", g.bundle.ConfigDigest, geography.Healthy, "")
		pod := newPod("europe-1")
		s.ready(pod, true)
		Eventually(regions, soon).Should(Equal(healthy))
		s.ready(pod, false)
		Eventually(regions, soon).Should(BeNil())
	})

	DescribeTable("names what keeps the console from serving:",
		func(suffer func(pod *corev1.Pod), trouble string) {
			pod := newPod("europe-1")
			suffer(pod)
			Expect(s.server.admin.Status().Update(suite, pod)).To(Succeed())
			Eventually(func() string { return observe().Workload.Trouble }, soon).Should(Equal(trouble))
		},
		Entry("an image that cannot be pulled", waitingFor("ImagePullBackOff"), v1alpha1.ReasonImagePullFailed),
		Entry("a container that keeps ending", waitingFor("CrashLoopBackOff"), v1alpha1.ReasonConsoleFailing),
		Entry("no node that takes the pod", func(pod *corev1.Pod) {
			pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable}}
		}, v1alpha1.ReasonUnschedulable),
	)

	It("calls a rollout that is complete without a ready pod by its name", func() {
		rollOut(0, "ReplicaSetUpdated")
		Eventually(func() int32 { return observe().Workload.Replicas }, soon).Should(BeEquivalentTo(2))
		Expect(observe().Workload.Trouble).To(BeEmpty(), "its pods are still starting")
		rollOut(0, "NewReplicaSetAvailable")
		Eventually(func() string { return observe().Workload.Trouble }, soon).Should(Equal(v1alpha1.ReasonNoReadyPods))
	})

	It("sees the address of an Ingress", func() {
		Eventually(func() health.Exposure { return observe().Exposure }, soon).Should(Equal(health.Exposure{Found: true}))
		admitIngress(g)
		Eventually(func() health.Exposure { return observe().Exposure }, soon).
			Should(Equal(health.Exposure{Found: true, Admitted: true, Address: "203.0.113.7"}))
	})

	It("sees what a router says of a Route", func() {
		g = newGeoConsole(s, ofGeneration(2), byRoute)
		g.apply(connected)
		admitRoute(g)
		Eventually(func() health.Exposure { return observe().Exposure }, soon).
			Should(Equal(health.Exposure{Found: true, Admitted: true, Address: "router.eu.example.com"}))
		route := g.object("Route")
		Expect(unstructured.SetNestedField(route.Object, "console.elsewhere.example.com", "spec", "host")).To(Succeed())
		Expect(s.server.admin.Update(suite, route)).To(Succeed())
		Eventually(func() health.Exposure { return observe().Exposure }, soon).
			Should(Equal(health.Exposure{Found: true}), "what was said of a former host does not count")
	})

	It("sees that the console is not there", func() {
		Expect(s.server.admin.DeleteAllOf(suite, g.find("Deployment"), client.InNamespace(s.namespace))).To(Succeed())
		Eventually(func() bool { return observe().Workload.Found }, soon).Should(BeFalse())
	})
})

func waitingFor(reason string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: "console", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}},
		}}
	}
}
