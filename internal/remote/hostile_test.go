package remote_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("A hostile pod", func() {
	var (
		s         *site
		connected *remote.Cluster
		g         geoConsole
		c         *consoles
	)
	BeforeEach(func() {
		s = newSite(geo)
		front := newGate(geo)
		front.behind(s)
		c = newConsoles(front)
		connected = newOperator().connect(s.place)
		g = newGeoConsole(s)
		g.apply(connected)
	})

	observe := func() health.Observation {
		GinkgoHelper()
		seen, err := remote.Observe(suite, connected, g.model.Owner, g.bundle)
		Expect(err).NotTo(HaveOccurred())
		return seen
	}
	regions := func() []geography.RegionReport { return observe().Regions }
	newPod := func(name string) *corev1.Pod { return g.newPod(name) }

	DescribeTable("Property 13: takes nothing from a pod but closed values:",
		func(answer http.HandlerFunc) {
			caught := make(chan string, 100)
			thief := newThief(caught)
			c.answerWith(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", thief)
				answer(w, r)
			})
			s.ready(newPod("europe-1"), true)
			Eventually(func() int { observe(); return len(c.requests()) }, soon).Should(BeNumerically(">", 1))
			Expect(regions()).To(BeNil())
			Expect(caught).NotTo(Receive())
		},
		Entry("a redirect", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) }),
		Entry("a permanent redirect", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPermanentRedirect) }),
		Entry("something else than a report", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<script>")) }),
		Entry("a report with a word of its own", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, `{"format":1,"version":"v","config":"0123456789abcdef","digest":"0123456789abcdef","regions":[{"id":"r","verdict":"Healthy","reason":"call 555"}]}`)
		}),
		Entry("more than a report can be", func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				_, _ = w.Write([]byte(strings.Repeat(" ", 1024)))
			}
			_, _ = fmt.Fprint(w, `{"format":1,"version":"v","config":"0123456789abcdef","digest":"0123456789abcdef","regions":[]}`)
		}),
	)

	DescribeTable("Property 13: reads no more of an answer without end than a report can be:",
		func(status int) {
			var mu sync.Mutex
			most, ended := 0, 0
			c.answerWith(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(status)
				sent, chunk := 0, []byte(strings.Repeat(" ", 1<<10))
				for r.Context().Err() == nil && sent < 64<<20 {
					n, err := w.Write(chunk)
					if err != nil {
						break
					}
					sent += n
				}
				mu.Lock()
				defer mu.Unlock()
				if most = max(most, sent); r.URL.Query().Has("wait") {
					ended++
				}
			})
			s.ready(newPod("europe-1"), true)
			Eventually(func() int {
				observe()
				mu.Lock()
				defer mu.Unlock()
				return ended
			}, soon).Should(BeNumerically(">", 0))
			mu.Lock()
			defer mu.Unlock()
			Expect(most).To(BeNumerically("<", 16<<20)) // what buffers on the way hold
			Expect(regions()).To(BeNil())
		},
		Entry("an error", http.StatusInternalServerError),
		Entry("not found", http.StatusNotFound),
		Entry("a redirect", http.StatusFound),
		Entry("a success", http.StatusOK),
	)

	It("speaks for no console by its labels alone", func() {
		c.say("europe-1", g.bundle.ConfigDigest, geography.Healthy, "")
		c.say("forged", g.bundle.ConfigDigest, geography.Unhealthy, "Timeout")
		forged := consolePod("forged", g.find("ConfigMap").GetName())
		forged.Namespace = s.namespace
		Expect(s.server.admin.Create(suite, forged)).To(Succeed())
		s.ready(forged, true)
		s.ready(newPod("europe-1"), true)
		Eventually(regions, soon).Should(HaveLen(1))
		Consistently(regions, 2*time.Second).Should(HaveEach(HaveField("Verdict", geography.Healthy)))
		Expect(c.requests()).To(HaveEach(HavePrefix("europe-1?")))
	})

	It("is not kept busy by a pod that always has news at once", func() {
		var n atomic.Int32
		c.answerWith(func(w http.ResponseWriter, _ *http.Request) {
			region := geography.RegionReport{ID: "aws.eu-west-1", Verdict: geography.Healthy}
			asked := n.Add(1)
			if asked%2 == 0 {
				region.Verdict, region.Reason = geography.Unhealthy, "Timeout"
			}
			_ = json.NewEncoder(w).Encode(geography.Report{
				Format: geography.ReportFormat, Version: "v1", Config: g.bundle.ConfigDigest,
				Digest: geography.Digest([]byte{byte(asked)}), Regions: []geography.RegionReport{region},
			})
		})
		s.ready(newPod("europe-1"), true)
		Eventually(regions, soon).Should(HaveLen(1))
		Expect(n.Load()).To(BeNumerically("<", 4))
		Consistently(func() int32 { observe(); return n.Load() }, 9*time.Second).Should(BeNumerically("<", 7))
	})
})
