package cel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

var _ = DescribeTable("a good resource is taken",
	func(changes ...change) {
		Expect(create(good(changes...))).To(Succeed())
	},
	Entry("with every field"),
	Entry("with required fields only", unset("spec.console"), unset("spec.healthChecks"), unset("spec.proxy"), unset("spec.maintenance"), unset("spec.paused"), unset("spec.deletionPolicy"),
		unset("spec.regions[0].displayName"), unset("spec.regions[0].caBundle"), unset("spec.regions[0].cloudRegions"), unset("spec.regions[0].state"), unset("spec.regions[0].message"), unset("spec.clusters[0].country"), unset("spec.exposure.regionHosts"), unset("spec.accounts")),
	Entry("in a custom geography", set("spec.geography", "{type: Custom, custom: {name: NORDICS, partition: Commercial, countries: [DK, FI, SE]}}")),
	Entry("for US-GOV, which is not US", set("spec.geography.builtIn", "US-GOV")),
	Entry("without asking who its users are", set("spec.auth", "{type: None}")),
	Entry("with an issuer of the fewest fields", set("spec.auth", "{type: OIDC, oidc: {issuerURL: 'https://login.example.com', clientID: a}}")),
	Entry("with an issuer that ends in a slash", set("spec.auth.oidc.issuerURL", "https://login.example.com/")),
	Entry("with an issuer of a long path", set("spec.auth.oidc.issuerURL", "https://login.example.com:65535/a-b/c_d/~e/f.g/")),
	Entry("with accounts of every region", set("spec.accounts", "{type: Regional}")),
	Entry("with an accounts service of the fewest fields", set("spec.accounts", "{type: Endpoint, endpoint: {url: 'https://accounts.eu-west-1.example.com'}}")),
	Entry("by Ingress", set("spec.exposure", "{type: Ingress, ingress: {className: traefik.internal, tls: {type: ClusterDefault}}}")),
	Entry("by Ingress, every region on a host of its own", set("spec.exposure", "{type: Ingress, ingress: {className: traefik, tls: {type: ClusterDefault}}, regionHosts: Enabled}")),
	Entry("without region hosts", set("spec.exposure.regionHosts", "Disabled")),
	Entry("on the hub alone", set("spec.clusters", "[{name: hub, connection: {type: Hub}}]")),
	Entry("paused", set("spec.paused", "true")),
	Entry("with a region that is drained, without a message", set("spec.regions[0].state", "Drained"), unset("spec.regions[0].message")),
	Entry("with a region that is Active and says nothing", set("spec.regions[0].state", "Active"), set("spec.regions[0].message", `""`)),
	Entry("with the longest messages", set("spec.regions[0].message", strings.Repeat("ä", 512)), set("spec.maintenance.message", strings.Repeat("<", 512))),
	Entry("to be deleted with its consoles", set("spec.deletionPolicy", "Delete")),
	Entry("to be deleted without its consoles", set("spec.deletionPolicy", "Orphan")),
	Entry("with the image of the operator", unset("spec.console.image")),
	Entry("with an image by tag and port", set("spec.console.image", "registry.example.com:5000/console:v1.2.3")),
	Entry("with a highest port", set("spec.regions[0].endpoints[0].url", "https://api.example.com:65535")),
	Entry("with a host name of digits and dashes", set("spec.regions[0].endpoints[0].url", "https://api-1.2.3-4.xn--p1ai")),
	Entry("with one url at two ports", set("spec.regions[0].endpoints", "[{url: 'https://api.example.com'}, {url: 'https://api.example.com:8443'}]")),
	Entry("with whole cores and bytes", set("spec.console.resources", "{cpu: 2, memory: 134217728}")),
	Entry("with fractions", set("spec.console.resources", `{cpu: "0.25", memory: 0.5Gi}`)),
	Entry("with the slowest probes", set("spec.healthChecks", "{path: /healthz, intervalSeconds: 300, timeoutSeconds: 30, failureThreshold: 10, successThreshold: 10}")),
	Entry("with the fastest probes", set("spec.healthChecks", "{intervalSeconds: 2, timeoutSeconds: 2, failureThreshold: 1, successThreshold: 1}")),
	Entry("with the widest bounds of a region", set("spec.proxy", "{requestTimeoutSeconds: 300, maxRequestBodyBytes: 16777216, maxConcurrentRequests: 1024}")),
	Entry("with the narrowest bounds of a region", set("spec.proxy", "{requestTimeoutSeconds: 5, maxRequestBodyBytes: 1024, maxConcurrentRequests: 4}")),
	Entry("with the longest names", set("metadata.name", strings.Repeat("e", 40)), set("spec.hostname", longHost(200)),
		set("spec.clusters[0].name", strings.Repeat("c", 40)), set("spec.clusters[0].namespace", strings.Repeat("n", 63)),
		set("spec.regions[0].id", strings.Repeat("r", 48)), set("spec.regions[0].displayName", strings.Repeat("ä", 64))),
	Entry("with 8 clusters", set("spec.clusters", manyClusters(8))),
	Entry("with 64 countries", set("spec.geography", "{type: Custom, custom: {name: WIDE, partition: Commercial, countries: ["+countries(64)+"]}}")),
	Entry("with 64 regions of 4 endpoints of 255 characters", set("spec.regions", manyRegions())),
	Entry("with everything at its bound", set("metadata.name", strings.Repeat("e", 40)), set("spec.hostname", longHost(200)),
		set("spec.geography", "{type: Custom, custom: {name: "+strings.Repeat("W", 40)+", partition: Commercial, countries: ["+countries(64)+"]}}"),
		set("spec.clusters", manyClusters(8)), set("spec.regions", manyRegions()), set("spec.maintenance.message", strings.Repeat("m", 512)),
		set("spec.auth.oidc", "{issuerURL: 'https://"+longHost(247)+"', country: DE, clientID: "+strings.Repeat("c", 255)+", audiences: ["+
			strings.Join(manyWords(8, 255), ", ")+"], scopes: [openid, "+strings.Join(manyWords(15, 128), ", ")+"], caBundle: {hubConfigMap: {name: "+strings.Repeat("n", 253)+", key: "+strings.Repeat("k", 253)+"}}}"),
		set("spec.console.image", strings.Repeat("i", 512)), set("spec.console.imagePullSecrets", repeated(4, "{name: s%d}")),
		set("spec.console.resources.memory", strings.Repeat("9", 18)+"Ki"), set("spec.healthChecks.path", strings.Repeat("/a", 64))),
)

var _ = It("the samples are taken", func() {
	paths, err := filepath.Glob("../../config/samples/*.yaml")
	Expect(err).NotTo(HaveOccurred())
	taken := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		Expect(err).NotTo(HaveOccurred())
		sample := &unstructured.Unstructured{}
		Expect(yaml.Unmarshal(text, &sample.Object)).To(Succeed(), path)
		if sample.GetKind() == "GeoConsole" {
			Expect(create(sample)).To(Succeed(), path)
			taken++
		}
	}
	Expect(taken).To(BeNumerically(">", 0))
})

// manyWords are n different ones of a length.
func manyWords(n, length int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("%0*d", length, i))
		list[i] = "a" + list[i][1:]
	}
	return list
}

// longHost is a DNS name of exactly n characters.
func longHost(n int) string {
	host := "com"
	for len(host) < n {
		label := min(63, n-len(host)-1)
		if n-len(host)-1-label == 1 { // no room for a dot and a label after this one
			label--
		}
		host = strings.Repeat("h", label) + "." + host
	}
	return host
}

// manyClusters are n clusters, or rows of them, with the longest names.
func manyClusters(n int) string {
	return repeated(n, "{name: c"+strings.Repeat("c", 36)+"-%d, namespace: "+strings.Repeat("n", 63)+
		", connection: {type: Kubeconfig, kubeconfig: {secretName: "+strings.Repeat("s", 253)+", key: "+strings.Repeat("k", 253)+"}}}")
}

// manyClouds are as many cloud regions as a region may name, with the longest codes.
func manyClouds() string {
	var codes []string
	for n := range 32 {
		codes = append(codes, fmt.Sprintf("r%031d", n))
	}
	return strings.Join(codes, ", ")
}

// manyRegions is the largest list of regions that the bounds allow.
func manyRegions() string {
	var list strings.Builder
	for region := range 64 {
		id := fmt.Sprintf("%048d", region)
		fmt.Fprintf(&list, "- id: %q\n  displayName: %s\n  state: Maintenance\n  message: %s\n  caBundle: {hubConfigMap: {name: ca, key: ca.crt}}\n  cloudRegions: [%s]\n  endpoints:\n",
			id, strings.Repeat("d", 64), strings.Repeat("m", 512), manyClouds())
		for endpoint := range 4 {
			head := fmt.Sprintf("https://r%d-e%d.", region, endpoint)
			fmt.Fprintf(&list, "  - {url: %q, country: IE}\n", head+longHost(255-len(head)))
		}
	}
	return list.String()
}
