package remote_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	routev1 "github.com/openshift/api/route/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// onHosts has two regions, each on a host of its own.
func onHosts(gc *v1alpha1.GeoConsole) {
	gc.Spec.Regions = append(gc.Spec.Regions[:1:1], v1alpha1.Region{
		ID: "aws.eu-west-3", Endpoints: []v1alpha1.Endpoint{{URL: "https://api.aws.eu-west-3.xcm.example.com"}},
	})
	gc.Spec.Exposure.RegionHosts = v1alpha1.RegionHostsEnabled
}

func oneRegion(gc *v1alpha1.GeoConsole) { gc.Spec.Regions = gc.Spec.Regions[:1] }

func noHosts(gc *v1alpha1.GeoConsole) { gc.Spec.Exposure.RegionHosts = v1alpha1.RegionHostsDisabled }

const (
	ownRoute   = "europe"
	westRoute  = "europe.aws-eu-west-1"
	parisRoute = "europe.aws-eu-west-3"
	westHost   = "aws-eu-west-1.console.eu.example.com"
	parisHost  = "aws-eu-west-3.console.eu.example.com"
)

// aRoute is the Route of a name in the namespace of a GeoConsole's console.
func aRoute(g geoConsole, name string) *unstructured.Unstructured {
	route := &unstructured.Unstructured{}
	route.SetGroupVersionKind(routev1.GroupVersion.WithKind("Route"))
	route.SetNamespace(g.site.namespace)
	route.SetName(name)
	return route
}

// decideOn does what a router does: it admits a Route, "True", or refuses it, "False".
func decideOn(g geoConsole, name, admitted string) {
	GinkgoHelper()
	route := g.read(aRoute(g, name))
	host, _, err := unstructured.NestedString(route.Object, "spec", "host")
	Expect(err).NotTo(HaveOccurred())
	Expect(unstructured.SetNestedSlice(route.Object, []any{map[string]any{
		"host": host, "routerName": "default", "routerCanonicalHostname": "router." + name + ".example.com",
		"conditions": []any{map[string]any{"type": "Admitted", "status": admitted}},
	}}, "status", "ingress")).To(Succeed())
	Expect(g.site.server.admin.Status().Update(suite, route)).To(Succeed())
}

var _ = Describe("Region hosts", func() {
	var (
		s         *site
		connected *remote.Cluster
		g         geoConsole
	)
	BeforeEach(func() {
		o := newOperator()
		s = newSite(geo)
		connected = o.connect(s.place)
		g = newGeoConsole(s, byRoute, onHosts)
		g.apply(connected)
	})

	seen := func() health.Exposure {
		GinkgoHelper()
		o, err := remote.Observe(suite, connected, g.model.Owner, g.bundle)
		Expect(err).NotTo(HaveOccurred())
		return o.Exposure
	}
	gone := func(name string) func() error {
		return func() error {
			g.apply(connected)
			_, err := g.tryRead(aRoute(g, name))
			return err
		}
	}

	It("are exposed when every one of them is, and the one that is not is named", func() {
		Expect(g.bundle.Objects).To(HaveLen(10))
		Eventually(seen, soon).Should(Equal(health.Exposure{Found: true}), "the own host comes first")

		By("the own host being admitted")
		decideOn(g, ownRoute, "True")
		const address = "router.europe.example.com"
		Eventually(seen, soon).Should(Equal(health.Exposure{Found: true, RegionHost: westHost, Address: address}))

		By("one being refused while another still waits")
		decideOn(g, parisRoute, "False")
		Eventually(seen, soon).Should(Equal(health.Exposure{Found: true, Rejected: true, RegionHost: parisHost, Address: address}))

		By("all being admitted")
		decideOn(g, westRoute, "True")
		decideOn(g, parisRoute, "True")
		Eventually(seen, soon).Should(Equal(health.Exposure{Found: true, Admitted: true, Address: address}))

		By("the own host being refused")
		decideOn(g, ownRoute, "False")
		Eventually(seen, soon).Should(Equal(health.Exposure{Found: true, Rejected: true}))
	})

	It("are made again when somebody deletes one", func() {
		for _, name := range []string{ownRoute, westRoute, parisRoute} {
			decideOn(g, name, "True")
		}
		Eventually(seen, soon).Should(HaveField("Admitted", true))
		Expect(s.server.admin.Delete(suite, aRoute(g, parisRoute))).To(Succeed())
		Eventually(seen, soon).Should(Equal(health.Exposure{RegionHost: parisHost, Address: "router.europe.example.com"}))
		g.apply(connected)
		Eventually(seen, soon).Should(Equal(health.Exposure{Found: true, RegionHost: parisHost, Address: "router.europe.example.com"}))
	})

	It("go at once when their region goes, or when they are not wanted any more", func() {
		before := g.read(aRoute(g, ownRoute)).GetUID()
		g = newGeoConsole(s, ofGeneration(2), byRoute, onHosts, oneRegion)
		Eventually(gone(parisRoute), soon).Should(Satisfy(isGone), "though nothing is admitted")
		Expect(g.read(aRoute(g, westRoute)).GetDeletionTimestamp()).To(BeNil())

		g = newGeoConsole(s, ofGeneration(3), byRoute, onHosts, noHosts)
		Eventually(gone(westRoute), soon).Should(Satisfy(isGone))
		Expect(g.read(aRoute(g, ownRoute)).GetUID()).To(Equal(before), "the console's own is the same")
		Eventually(func() any {
			g.apply(connected)
			return g.inventory()["objects"]
		}, soon).Should(HaveLen(len(g.bundle.Objects)))
	})

	It("keep the former exposure until the last of them is admitted", func() {
		former := newGeoConsole(s, ofGeneration(2), onHosts) // by Ingress
		former.apply(connected)
		_, err := g.tryRead(aRoute(g, westRoute))
		Expect(err).NotTo(HaveOccurred(), "the Ingress is not admitted")
		admitIngress(former)
		Eventually(func() error {
			former.apply(connected)
			_, err := g.tryRead(aRoute(g, westRoute))
			return err
		}, soon).Should(Satisfy(isGone))

		g = newGeoConsole(s, ofGeneration(3), byRoute, onHosts)
		g.apply(connected)
		decideOn(g, ownRoute, "True")
		decideOn(g, westRoute, "True")
		g.apply(connected)
		Consistently(func() error {
			g.apply(connected)
			_, err := former.tryRead(former.find("Ingress"))
			return err
		}, "1s").Should(Succeed(), "one host is not admitted")
		decideOn(g, parisRoute, "True")
		Eventually(func() error {
			g.apply(connected)
			_, err := former.tryRead(former.find("Ingress"))
			return err
		}, soon).Should(Satisfy(isGone))
	})

	It("of the largest geography are applied in one pass, each once", func() {
		g = newGeoConsole(s, ofGeneration(2), byRoute, func(gc *v1alpha1.GeoConsole) {
			gc.Spec.Exposure.RegionHosts = v1alpha1.RegionHostsEnabled
			gc.Spec.Regions = nil
			for i := range 64 {
				gc.Spec.Regions = append(gc.Spec.Regions, v1alpha1.Region{
					ID:        fmt.Sprintf("aws.eu-west-1.s%02d", i),
					Endpoints: []v1alpha1.Endpoint{{URL: fmt.Sprintf("https://s%02d.api.aws.eu-west-1.xcm.example.com", i)}},
				})
			}
		})
		Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(Succeed())
		g.apply(connected)
		g.apply(connected)
		applies := map[string]int{}
		for _, r := range s.server.requestsOf(s.user()) {
			for _, object := range g.bundle.Objects {
				if object.GetKind() == "Route" && object.GetName() != ownRoute && isPatchOf(r, object) {
					applies[object.GetName()]++
				}
			}
		}
		Expect(applies).To(HaveLen(64))
		Expect(applies).To(HaveEach(1))
	})
})
