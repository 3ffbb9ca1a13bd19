package remote_test

import (
	"errors"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("Property 5: what somebody else holds is taken over", func() {
	var (
		s         *site
		connected *remote.Cluster
		former    geoConsole
	)
	BeforeEach(func() {
		s = newSite(geo)
		connected = newOperator().connect(s.place)
		former = newGeoConsole(s, ofGeneration(7))
		former.apply(connected)
	})

	// successor is another owner, who wants another config and so does not want the former one.
	successor := func(alter func(*geography.Owner)) geoConsole {
		GinkgoHelper()
		g := newGeoConsole(s, ofGeneration(8), otherConfig)
		alter(&g.model.Owner)
		g.render()
		return g
	}
	claim := func(g geoConsole) string {
		GinkgoHelper()
		var refusal *remote.Refusal
		Eventually(func() error { return remote.Apply(suite, connected, g.model.Owner, g.bundle) }, soon).Should(Satisfy(func(err error) bool {
			return errors.As(err, &refusal) && refusal.Claim != ""
		}))
		return refusal.Claim
	}
	spared := func(g geoConsole) []string {
		GinkgoHelper()
		seen, err := remote.Observe(suite, connected, g.model.Owner, g.bundle)
		Expect(err).NotTo(HaveOccurred())
		return seen.Spared
	}

	DescribeTable("by whoever names the claim; nothing is deleted before the annotation goes:",
		func(alter func(*geography.Owner)) {
			g := successor(alter)
			config := former.find("ConfigMap")
			deployment := former.object("Deployment").GetUID()
			g.model.Owner.Adopt = claim(g)
			g.apply(connected)
			for range 3 {
				Eventually(func() []string { g.apply(connected); return spared(g) }, soon).Should(ConsistOf("ConfigMap/" + config.GetName()))
			}
			Expect(former.read(config).GetAnnotations()).To(HaveKeyWithValue(v1alpha1.AnnotationOwner, g.model.Owner.Mark()), "spared, and ours")
			Expect(g.object("Deployment").GetUID()).To(Equal(deployment), "written over, not made anew")
			for _, object := range g.bundle.Objects {
				Expect(g.read(object).GetAnnotations()).To(HaveKeyWithValue(v1alpha1.AnnotationOwner, g.model.Owner.Mark()))
			}
			Expect(remote.Apply(suite, connected, former.model.Owner, former.bundle)).To(refuse(v1alpha1.ReasonOwnedElsewhere, "ConfigMap/europe-inventory"))

			g.model.Owner.Adopt = ""
			Eventually(func() error {
				g.apply(connected)
				_, err := former.tryRead(config)
				return err
			}, soon).Should(Satisfy(isGone))
			Eventually(func() any { g.apply(connected); return g.inventory() }, soon).ShouldNot(HaveKey("adopted"))
			Expect(spared(g)).To(BeEmpty())
		},
		Entry("another hub", func(o *geography.Owner) { o.Hub = "uid-of-another-hub" }),
		Entry("another GeoConsole of the same name", func(o *geography.Owner) { o.UID = "uid-of-its-successor" }),
	)

	It("by a hub that was restored from an older backup", func() {
		g := newGeoConsole(s, ofGeneration(3))
		Expect(remote.Apply(suite, connected, g.model.Owner, g.bundle)).To(refuse(v1alpha1.ReasonHubRewound, "ConfigMap/europe-inventory"))
		g.model.Owner.Adopt = claim(g)
		g.apply(connected)
		g.model.Owner.Adopt = ""
		g.apply(connected)
		Expect(g.inventory()).To(And(HaveKeyWithValue("generation", BeEquivalentTo(3)), Not(HaveKey("adopted"))))
	})

	DescribeTable("by nobody who names anything else, and nothing is written or deleted:",
		func(alter func(g *geoConsole)) {
			g := successor(func(o *geography.Owner) { o.UID = "uid-of-its-successor" })
			g.model.Owner.Adopt = claim(g)
			alter(&g)
			versions := former.resourceVersions()
			Eventually(func() error { return remote.Apply(suite, connected, g.model.Owner, g.bundle) }, soon).Should(Satisfy(func(err error) bool {
				var refusal *remote.Refusal
				return errors.As(err, &refusal) && (refusal.Reason == v1alpha1.ReasonOwnedElsewhere || refusal.Reason == v1alpha1.ReasonOperatorOutdated)
			}))
			_, err := remote.Remove(suite, connected, g.model.Owner)
			Expect(err).To(HaveOccurred())
			Expect(former.resourceVersions()).To(Equal(versions))
		},
		Entry("half of the claim", func(g *geoConsole) { g.model.Owner.Adopt = g.model.Owner.Adopt[:8] }),
		Entry("a claim that was written again since", func(*geoConsole) {
			next := newGeoConsole(s, ofGeneration(9))
			next.apply(connected)
		}),
		Entry("a claim of a later format", func(*geoConsole) {
			alterInventory(former, func(record map[string]any) { record["format"] = 2 })
		}),
	)

	It("and nothing else: whoever may write the inventory cannot have objects of others taken for ours", func() {
		theirs := newGeoConsole(s, named("theirs", "uid-of-theirs"))
		theirs.apply(connected)
		versions := theirs.resourceVersions()
		alterInventory(former, func(record map[string]any) {
			entries := theirs.inventory()["objects"].([]any)
			record["objects"] = append(record["objects"].([]any), entries...)
			adopted := theirs.inventory()
			delete(adopted, "adopted")
			record["adopted"] = adopted
		})
		for _, annotation := range []string{"", "0123456789abcdef"} {
			former.model.Owner.Adopt = annotation
			former.apply(connected)
			former.apply(connected)
			Expect(theirs.resourceVersions()).To(Equal(versions))
		}
	})

	It("and is emptied by whoever names the claim and is being deleted", func() {
		g := successor(func(o *geography.Owner) { o.Hub = "uid-of-another-hub" })
		g.model.Owner.Adopt = claim(g)
		Eventually(func() (bool, error) { return remote.Remove(suite, connected, g.model.Owner) }, soon).Should(BeTrue())
		for _, object := range former.bundle.Objects {
			_, err := former.tryRead(object)
			Expect(err).To(Satisfy(isGone))
		}
	})
})
