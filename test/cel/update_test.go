package cel

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// rows are what the operator promised for the two clusters of the good GeoConsole.
const rows = `
- name: eu-central
  namespace: geoconsole
  connection: {type: Kubeconfig, kubeconfig: {secretName: eu-central, key: kubeconfig}}
- name: hub
  namespace: geoconsoles
  connection: {type: Hub}
`

var _ = Describe("an update", func() {
	var gc *unstructured.Unstructured

	BeforeEach(func() {
		gc = good()
		Expect(hub.Create(ctx, gc)).To(Succeed())
		DeferCleanup(func() { Expect(hub.Delete(ctx, gc)).To(Succeed()) })
	})

	update := func(changes ...change) error {
		changed := gc.DeepCopy()
		for _, c := range changes {
			c(changed.Object)
		}
		return hub.Update(ctx, changed, client.DryRunAll)
	}
	promise := func() {
		GinkgoHelper()
		set("status", "{}")(gc.Object)
		set("status.clusters", rows)(gc.Object)
		Expect(hub.Status().Update(ctx, gc)).To(Succeed())
	}
	It("cannot change the geography", func() {
		expectRefusal(update(set("spec.geography.builtIn", "UK")), "spec.geography", "geography is immutable; create another GeoConsole")
		expectRefusal(update(set("spec.geography", "{type: Custom, custom: {name: NORDICS, partition: Commercial, countries: [SE]}}")), "spec.geography", "geography is immutable")
	})

	It("can change everything else", func() {
		Expect(update(
			set("spec.hostname", "console.emea.example.com"),
			set("spec.regions[0].endpoints[0].url", "https://api.example.com"), set("spec.regions[0].displayName", "Dublin"),
			set("spec.exposure", "{type: Ingress, ingress: {className: traefik, tls: {type: ClusterDefault}}}"),
			set("spec.paused", "true"), set("spec.deletionPolicy", "Orphan"), unset("spec.console"), unset("spec.healthChecks"), unset("spec.proxy"),
		)).To(Succeed())
	})

	It("can turn lists around", func() {
		changed := gc.DeepCopy()
		for _, list := range []string{"clusters", "regions"} {
			items, _, err := unstructured.NestedSlice(changed.Object, "spec", list)
			Expect(err).NotTo(HaveOccurred())
			items[0], items[1] = items[1], items[0]
			Expect(unstructured.SetNestedSlice(changed.Object, items, "spec", list)).To(Succeed())
		}
		Expect(hub.Update(ctx, changed)).To(Succeed())
		ids, _, err := unstructured.NestedSlice(changed.Object, "spec", "regions")
		Expect(err).NotTo(HaveOccurred())
		Expect(ids[0]).To(HaveKeyWithValue("id", "aws.eu-west-3"))
		gc = changed
	})

	It("can move a cluster until its place is promised", func() {
		Expect(update(set("spec.clusters[0].namespace", "other"))).To(Succeed())
		Expect(update(set("spec.clusters[0].connection.kubeconfig.secretName", "other"))).To(Succeed())
	})

	DescribeTable("cannot move a cluster while its row stands",
		func(changes ...change) {
			promise()
			expectRefusal(update(changes...), "spec.clusters", "to move it, give the new place a new name")
		},
		Entry("to another namespace", set("spec.clusters[0].namespace", "other")),
		Entry("by another Secret", set("spec.clusters[0].connection.kubeconfig.secretName", "other")),
		Entry("by another key", set("spec.clusters[0].connection.kubeconfig.key", "other")),
		Entry("to the hub", set("spec.clusters[0].connection", "{type: Hub}"), unset("spec.clusters[0].namespace")),
		Entry("away from the hub", set("spec.clusters[1].connection", "{type: Kubeconfig, kubeconfig: {secretName: s, key: k}}"), set("spec.clusters[1].namespace", "geoconsoles")),
		Entry("by taking the other's name", set("spec.clusters[0].name", "hub"), set("spec.clusters[1].name", "eu-central")),
	)

	It("can rename a cluster, and so move it", func() {
		promise()
		Expect(update(set("spec.clusters[0].name", "eu-central-2"), set("spec.clusters[0].namespace", "other"))).To(Succeed())
	})

	It("can take a cluster out, add one, and correct what is no part of its place", func() {
		promise()
		Expect(update(set("spec.clusters", "[{name: hub, connection: {type: Hub}}]"))).To(Succeed())
		Expect(update(set("spec.clusters[0].country", "FR"))).To(Succeed())
	})

	It("of the largest resource stays within what the API server spends", func() {
		Expect(update(set("spec.regions", manyRegions()), set("spec.clusters", manyClusters(8)))).To(Succeed())
		set("spec.regions", manyRegions())(gc.Object)
		set("spec.clusters", manyClusters(8))(gc.Object)
		Expect(hub.Update(ctx, gc)).To(Succeed())
		set("status", "{}")(gc.Object)
		set("status.clusters", manyClusters(16))(gc.Object)
		Expect(hub.Status().Update(ctx, gc)).To(Succeed())
		Expect(update(set("spec.hostname", longHost(200)))).To(Succeed())
		expectRefusal(update(set("spec.clusters[7].namespace", "other")), "spec.clusters", "cannot change while its row stands")
	})

	It("of the status cannot promise another place than the spec wants", func() {
		promise()
		set("status.clusters[0].namespace", "other")(gc.Object)
		expectRefusal(hub.Status().Update(ctx, gc, &client.SubResourceUpdateOptions{UpdateOptions: client.UpdateOptions{DryRun: []string{"All"}}}),
			"spec.clusters", "cannot change while its row stands")
	})

	DescribeTable("of the status keeps to its bounds",
		func(path, value, field, why string) {
			promise()
			changed := gc.DeepCopy()
			set(path, value)(changed.Object)
			expectRefusal(hub.Status().Update(ctx, changed), field, why)
		},
		Entry("rows", "status.clusters", repeated(17, "{name: c%d, namespace: geoconsole, connection: {type: Hub}}"), "status.clusters", "at most 16 items"),
		Entry("a row without a place", "status.clusters", "[{name: c, connection: {type: Hub}}]", "status.clusters[0].namespace", "Required value"),
		Entry("verdict", "status.regions", "[{id: r, verdict: Fine}]", "status.regions[0].verdict", `supported values: "Healthy", "Unhealthy", "Unknown"`),
		Entry("inventory", "status.clusters[0].inventory", "Lost", "status.clusters[0].inventory", `supported values: "Present", "Absent"`),
	)
})
