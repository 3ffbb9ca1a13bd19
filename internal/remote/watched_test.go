package remote_test

import (
	"fmt"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("What the hub watches in a cluster", func() {
	It("Peer 17, Property 7: is what is labelled as ours, in one namespace; nothing else is asked for or kept", func() {
		o, s := newOperator(), newSite(geo)
		for i := range 20 {
			pod := consolePod(fmt.Sprintf("tenant-%d", i), "none")
			pod.Namespace, pod.Labels = s.namespace, map[string]string{"app": "tenant"}
			Expect(geo.admin.Create(suite, pod)).To(Succeed())
		}
		c := o.connect(s.place)
		g := newGeoConsole(s)
		g.apply(c)
		Eventually(func() int { return remote.Watched(c) }, soon).Should(BeZero())
		g.newPod("europe-1")
		Eventually(func() int { return remote.Watched(c) }, soon).Should(Equal(2), "a pod and its replica set")

		listed := 0
		for _, r := range geo.audited(s.user()) {
			if r.Verb != "list" && r.Verb != "watch" {
				continue
			}
			listed++
			asked, err := url.Parse(r.RequestURI)
			Expect(err).NotTo(HaveOccurred())
			if r.ObjectRef.Resource == "nodes" {
				continue // of a node its region is kept
			}
			Expect(r.ObjectRef.Namespace).To(Equal(s.namespace), r.String())
			Expect(asked.Query().Get("labelSelector")).To(Or(
				Equal(v1alpha1.LabelManagedBy+"="+v1alpha1.ManagedBy), Equal(v1alpha1.LabelName+"="+v1alpha1.ConsoleName)), r.String())
			Expect(strings.HasSuffix(asked.Path, "/secrets")).To(BeFalse(), r.String())
		}
		Expect(listed).To(BeNumerically(">", 10))
	})
})
