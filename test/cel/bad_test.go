package cel

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// refused expects complaints about this field alone, of which one holds this piece of the cure.
func refused(broken change, field, cure string) {
	GinkgoHelper()
	expectRefusal(create(good(broken)), field, cure)
}

func expectRefusal(err error, field, cure string) {
	GinkgoHelper()
	Expect(err).To(HaveOccurred(), "the API server takes it")
	found := causes(err)
	Expect(found).To(HaveEach(HaveField("Field", field)), "%v", err)
	Expect(found).To(ContainElement(HaveField("Message", ContainSubstring(cure))), "%v", err)
}

var _ = DescribeTable("a bad resource is refused, with the field and the cure", refused,
	Entry("name with a dot", set("metadata.name", "eu.rope"), "<nil>", "metadata.name must be a DNS-1035 label"),
	Entry("name beginning with a digit", set("metadata.name", "1europe"), "<nil>", "start with a letter"),
	Entry("name too long", set("metadata.name", strings.Repeat("e", 41)), "<nil>", "at most 40 characters"),
	Entry("no spec", unset("spec"), "spec", "Required value"),

	Entry("no geography", unset("spec.geography"), "spec.geography", "Required value"),
	Entry("geography without type", set("spec.geography", "{builtIn: EU}"), "spec.geography.type", "Required value"),
	Entry("geography of unknown type", set("spec.geography.type", "Legal"), "spec.geography.type", `supported values: "BuiltIn", "Custom"`),
	Entry("geography without its member", set("spec.geography", "{type: BuiltIn}"), "spec.geography.builtIn", "must be set when type is BuiltIn"),
	Entry("geography that nobody knows", set("spec.geography.builtIn", "MARS"), "spec.geography.builtIn", `supported values: "AU", "BR"`),
	Entry("geography with both members", set("spec.geography.custom", "{name: NORDICS, partition: Commercial, countries: [SE]}"), "spec.geography.custom", "and only then"),
	Entry("custom geography without its member", set("spec.geography", "{type: Custom}"), "spec.geography.custom", "must be set when type is Custom"),
	Entry("custom geography in lower case", set("spec.geography", "{type: Custom, custom: {name: nordics, partition: Commercial, countries: [SE]}}"), "spec.geography.custom.name", "upper-case letters, digits and dashes, such as NORDICS"),
	Entry("custom geography of unknown partition", set("spec.geography", "{type: Custom, custom: {name: NORDICS, partition: Sea, countries: [SE]}}"), "spec.geography.custom.partition", `supported values: "Commercial", "USGov", "China"`),
	Entry("custom geography without countries", set("spec.geography", "{type: Custom, custom: {name: NORDICS, partition: Commercial, countries: []}}"), "spec.geography.custom.countries", "at least 1 items"),
	Entry("custom geography with too many countries", set("spec.geography", "{type: Custom, custom: {name: NORDICS, partition: Commercial, countries: ["+countries(65)+"]}}"), "spec.geography.custom.countries", "at most 64 items"),
	Entry("country twice", set("spec.geography", "{type: Custom, custom: {name: NORDICS, partition: Commercial, countries: [SE, SE]}}"), "spec.geography.custom.countries[1]", "Duplicate value"),
	Entry("country in lower case", set("spec.geography", "{type: Custom, custom: {name: NORDICS, partition: Commercial, countries: [se]}}"), "spec.geography.custom.countries[0]", "ISO 3166-1 alpha-2 code in upper case"),
	Entry("country by its long code", set("spec.geography", "{type: Custom, custom: {name: NORDICS, partition: Commercial, countries: [SWE]}}"), "spec.geography.custom.countries[0]", "2"),

	Entry("no host name", unset("spec.hostname"), "spec.hostname", "Required value"),
	Entry("host name in upper case", set("spec.hostname", "Console.eu.example.com"), "spec.hostname", "lower-case DNS name"),
	Entry("host name with a scheme", set("spec.hostname", "https://console.eu.example.com"), "spec.hostname", "without scheme, port or path"),
	Entry("host name with a port", set("spec.hostname", "console.eu.example.com:443"), "spec.hostname", "without scheme, port or path"),
	Entry("host name of one label", set("spec.hostname", "console"), "spec.hostname", "at least two labels"),
	Entry("host name with a wildcard", set("spec.hostname", `"*.eu.example.com"`), "spec.hostname", "such as console.eu.example.com"),
	Entry("host name with a dot at its end", set("spec.hostname", "console.eu.example.com."), "spec.hostname", "lower-case DNS name"),
	Entry("host name with a label too long", set("spec.hostname", strings.Repeat("c", 64)+".example.com"), "spec.hostname", "lower-case DNS name"),
	Entry("host name that is an IP address", set("spec.hostname", "192.0.2.1"), "spec.hostname", "lower-case DNS name"),
	Entry("host name too long", set("spec.hostname", strings.Repeat("c.", 100)+"com"), "spec.hostname", "200"),

	Entry("no clusters", set("spec.clusters", "[]"), "spec.clusters", "at least 1 items"),
	Entry("too many clusters", set("spec.clusters", manyClusters(9)), "spec.clusters", "at most 8 items"),
	Entry("cluster twice", set("spec.clusters[1].name", "eu-central"), "spec.clusters[1]", "Duplicate value"),
	Entry("cluster without name", unset("spec.clusters[0].name"), "spec.clusters[0].name", "Required value"),
	Entry("cluster's name in upper case", set("spec.clusters[0].name", "EU"), "spec.clusters[0].name", "DNS-1035 label"),
	Entry("cluster's name too long", set("spec.clusters[0].name", strings.Repeat("c", 41)), "spec.clusters[0].name", "40"),
	Entry("cluster without connection", unset("spec.clusters[0].connection"), "spec.clusters[0].connection", "Required value"),
	Entry("connection without type", set("spec.clusters[1].connection", "{}"), "spec.clusters[1].connection.type", "Required value"),
	Entry("connection of unknown type", set("spec.clusters[1].connection.type", "Tunnel"), "spec.clusters[1].connection.type", `supported values: "Hub", "Kubeconfig"`),
	Entry("connection without its member", unset("spec.clusters[0].connection.kubeconfig"), "spec.clusters[0].connection.kubeconfig", "must be set when type is Kubeconfig"),
	Entry("connection to the hub by a kubeconfig", set("spec.clusters[1].connection.kubeconfig", "{secretName: s, key: k}"), "spec.clusters[1].connection.kubeconfig", "and only then"),
	Entry("kubeconfig without Secret", unset("spec.clusters[0].connection.kubeconfig.secretName"), "spec.clusters[0].connection.kubeconfig.secretName", "Required value"),
	Entry("kubeconfig without key", set("spec.clusters[0].connection.kubeconfig.key", `""`), "spec.clusters[0].connection.kubeconfig.key", "at least 1 chars"),
	Entry("cluster without namespace", unset("spec.clusters[0].namespace"), "spec.clusters[0].namespace", "must be set for a cluster that is reached by a kubeconfig"),
	Entry("namespace on the hub", set("spec.clusters[1].namespace", "elsewhere"), "spec.clusters[1].namespace", "must not be set with Hub"),
	Entry("namespace in upper case", set("spec.clusters[0].namespace", "GeoConsole"), "spec.clusters[0].namespace", "lower-case letters, digits and dashes"),
	Entry("namespace too long", set("spec.clusters[0].namespace", strings.Repeat("n", 64)), "spec.clusters[0].namespace", "63"),
	Entry("cluster in a country in lower case", set("spec.clusters[0].country", "de"), "spec.clusters[0].country", "in upper case, such as DE"),

	Entry("no regions", unset("spec.regions"), "spec.regions", "Required value"),
	Entry("too many regions", set("spec.regions", repeated(65, "{id: r%d, endpoints: [{url: 'https://r%d.example.com'}]}")), "spec.regions", "at most 64 items"),
	Entry("region twice", set("spec.regions[1].id", "aws.eu-west-1"), "spec.regions[1]", "Duplicate value"),
	Entry("regions that differ by dots only", set("spec.regions[1].id", "aws-eu.west-1"), "spec.regions", "stay different when dots are read as dashes"),
	Entry("region without id", unset("spec.regions[0].id"), "spec.regions[0].id", "Required value"),
	Entry("region's id in upper case", set("spec.regions[0].id", "AWS.eu-west-1"), "spec.regions[0].id", "such as aws.eu-west-1"),
	Entry("region's id with a slash", set("spec.regions[0].id", "aws/eu-west-1"), "spec.regions[0].id", "in parts divided by dots"),
	Entry("region's id beginning with a dot", set("spec.regions[0].id", ".eu-west-1"), "spec.regions[0].id", "in parts divided by dots"),
	Entry("region's id too long", set("spec.regions[0].id", strings.Repeat("r", 49)), "spec.regions[0].id", "48"),
	Entry("region's display name empty", set("spec.regions[0].displayName", `""`), "spec.regions[0].displayName", "at least 1 chars"),
	Entry("region's display name too long", set("spec.regions[0].displayName", strings.Repeat("d", 65)), "spec.regions[0].displayName", "64"),
	Entry("region without endpoints", set("spec.regions[0].endpoints", "[]"), "spec.regions[0].endpoints", "at least 1 items"),
	Entry("region with too many endpoints", set("spec.regions[0].endpoints", repeated(5, "{url: 'https://e%d.example.com'}")), "spec.regions[0].endpoints", "at most 4 items"),
	Entry("authorities from nowhere", set("spec.regions[0].caBundle", "{}"), "spec.regions[0].caBundle.hubConfigMap", "Required value"),
	Entry("authorities without key", set("spec.regions[0].caBundle.hubConfigMap", "{name: xcm-ca}"), "spec.regions[0].caBundle.hubConfigMap.key", "Required value"),
	Entry("no cloud regions", set("spec.regions[0].cloudRegions", "[]"), "spec.regions[0].cloudRegions", "at least 1 items"),
	Entry("too many cloud regions", set("spec.regions[0].cloudRegions", repeated(33, "r%d")), "spec.regions[0].cloudRegions", "at most 32 items"),
	Entry("cloud region twice", set("spec.regions[0].cloudRegions", "[eu-west-1, eu-west-1]"), "spec.regions[0].cloudRegions[1]", "Duplicate value"),
	Entry("cloud region in upper case", set("spec.regions[0].cloudRegions", "[EU-West-1]"), "spec.regions[0].cloudRegions[0]", "in lower case, such as eu-west-1"),
	Entry("cloud region with a dot", set("spec.regions[0].cloudRegions", "[aws.eu-west-1]"), "spec.regions[0].cloudRegions[0]", "code of a cloud region"),
	Entry("cloud region without a name", set("spec.regions[0].cloudRegions", `[""]`), "spec.regions[0].cloudRegions[0]", "at least 1 chars"),
	Entry("cloud region's code too long", set("spec.regions[0].cloudRegions", "["+strings.Repeat("r", 33)+"]"), "spec.regions[0].cloudRegions[0]", "32"),
	Entry("authorities by a name too long", set("spec.regions[0].caBundle.hubConfigMap.name", strings.Repeat("c", 254)), "spec.regions[0].caBundle.hubConfigMap.name", "253"),

	endpoint("without url", `""`, "at least 1 chars"),
	endpoint("by http", "http://api.example.com", "must start with https://; a token would cross the network in clear"),
	endpoint("by IPv4", "https://192.0.2.1", "give an IP address a DNS name"),
	endpoint("by IPv4 and port", "https://192.0.2.1:443", "give an IP address a DNS name"),
	endpoint("by IPv6", "https://[2001:db8::1]", "give an IP address a DNS name"),
	endpoint("by IPv4 as one number", "https://3221225985", "give an IP address a DNS name"),
	endpoint("by IPv4 in octal", "https://0300.0.02.01", "give an IP address a DNS name"),
	endpoint("by IPv4 in hexadecimal", "https://0xc0.0x0.0x2.0x1", "give an IP address a DNS name"),
	endpoint("of one label", "https://localhost", "https://<lower-case DNS name>[:port]"),
	endpoint("in upper case", "https://API.example.com", "lower-case DNS name"),
	endpoint("with a dot at its end", "https://api.example.com.", "lower-case DNS name"),
	endpoint("with an underscore", "https://my_api.example.com", "lower-case DNS name"),
	endpoint("with a path", "https://api.example.com/v1", "without path, query or user"),
	endpoint("with a slash at its end", "https://api.example.com/", "without path, query or user"),
	endpoint("with a query", "https://api.example.com?a=b", "without path, query or user"),
	endpoint("with a fragment", "https://api.example.com#a", "without path, query or user"),
	endpoint("with a user", "https://api.example.com@evil.example.net", "without path, query or user"),
	endpoint("with a line break", `"https://api.example.com\nhttps://b.example.com"`, "without path, query or user"),
	endpoint("with a space", `"https://api.example.com "`, "without path, query or user"),
	endpoint("with a port that is none", "https://api.example.com:https", "[:port]"),
	endpoint("with port 0", "https://api.example.com:0", "1 to 65535"),
	endpoint("with a port too high", "https://api.example.com:65536", "1 to 65535"),
	endpoint("with a port too long", "https://api.example.com:100000", "1 to 65535"),
	endpoint("too long", "https://"+strings.Repeat("a.", 122)+"com4", "255"),
	Entry("endpoint in a country in lower case", set("spec.regions[0].endpoints[1].country", "ie"), "spec.regions[0].endpoints[1].country", "in upper case, such as DE"),
	Entry("endpoint twice in a region", set("spec.regions[0].endpoints[1].url", "https://api.aws.eu-west-1.xcm.example.com"), "spec.regions[0].endpoints", "an endpoint url may be given once; remove the second"),
	Entry("endpoint of two regions, first of both", set("spec.regions[1].endpoints[0].url", "https://api.aws.eu-west-1.xcm.example.com"), "spec.regions", "an endpoint url belongs to one region only; remove it from the other"),
	Entry("endpoint of two regions, second and first", set("spec.regions[1].endpoints[0].url", "https://standby.xcm.example.com:8443"), "spec.regions", "an endpoint url belongs to one region only"),
	Entry("endpoint of two regions, last of both", set("spec.regions", lastShared), "spec.regions", "an endpoint url belongs to one region only"),
	Entry("endpoint of two regions, third of both", set("spec.regions", thirdShared), "spec.regions", "an endpoint url belongs to one region only"),

	Entry("region in a state that nobody knows", set("spec.regions[0].state", "Shadow"), "spec.regions[0].state", `supported values: "Active", "Maintenance", "Drained"`),
	Entry("region in a state in lower case", set("spec.regions[0].state", "drained"), "spec.regions[0].state", `supported values: "Active", "Maintenance", "Drained"`),
	Entry("region in no state", set("spec.regions[0].state", `""`), "spec.regions[0].state", `supported values: "Active", "Maintenance", "Drained"`),
	Entry("region's message too long", set("spec.regions[0].message", strings.Repeat("m", 513)), "spec.regions[0].message", "512"),
	Entry("region's message of two lines", set("spec.regions[0].message", `"a\nb"`), "spec.regions[0].message", "must be one line without tabs or other control characters; in YAML, write several lines after >-"),
	Entry("region's message that deletes", set("spec.regions[0].message", `"a\x7f"`), "spec.regions[0].message", "must be one line"),
	Entry("maintenance without a message", set("spec.maintenance", "{}"), "spec.maintenance.message", "Required value"),
	Entry("maintenance that says nothing", set("spec.maintenance.message", `""`), "spec.maintenance.message", "at least 1 chars"),
	Entry("maintenance's message too long", set("spec.maintenance.message", strings.Repeat("m", 513)), "spec.maintenance.message", "512"),
	Entry("maintenance's message with a tab", set("spec.maintenance.message", `"a\tb"`), "spec.maintenance.message", "must be one line"),

	Entry("no auth", unset("spec.auth"), "spec.auth", "Required value"),
	Entry("auth that this release does not know", set("spec.auth.type", "Basic"), "spec.auth.type", `supported values: "OIDC", "None"`),
	Entry("OIDC without its member", set("spec.auth", "{type: OIDC}"), "spec.auth.oidc", "must be set when type is OIDC"),
	Entry("None with OIDC's member", set("spec.auth.type", "None"), "spec.auth.oidc", "and only then"),
	Entry("issuer without url", unset("spec.auth.oidc.issuerURL"), "spec.auth.oidc.issuerURL", "Required value"),
	issuer("by http", "http://login.example.com", "must start with https://; keys that cross the network in clear can be exchanged"),
	issuer("by IPv4", "https://192.0.2.1/dex", "give an IP address a DNS name"),
	issuer("by IPv6", "https://[2001:db8::1]/dex", "give an IP address a DNS name"),
	issuer("with a user", "https://a:b@login.example.com", "without query or user"),
	issuer("with a query", "https://login.example.com/?tenant=a", "without query or user"),
	issuer("with a fragment", "https://login.example.com/#a", "without query or user"),
	issuer("in upper case", "https://Login.example.com", "lower-case DNS name"),
	issuer("of one label", "https://login/dex", "lower-case DNS name"),
	issuer("that climbs", "https://login.example.com/a/../b", "[/path]"),
	issuer("with two slashes", "https://login.example.com//a", "[/path]"),
	issuer("with port 0", "https://login.example.com:0/dex", "1 to 65535"),
	issuer("with a port too high", "https://login.example.com:65536", "1 to 65535"),
	issuer("too long", "https://login.example.com/"+strings.Repeat("a", 230), "255"),
	Entry("issuer in a country in lower case", set("spec.auth.oidc.country", "ie"), "spec.auth.oidc.country", "in upper case, such as DE"),
	Entry("issuer without client", unset("spec.auth.oidc.clientID"), "spec.auth.oidc.clientID", "Required value"),
	Entry("client that is an option", set("spec.auth.oidc.clientID", "--insecure"), "spec.auth.oidc.clientID", "beginning with a letter or digit"),
	Entry("client for a shell", set("spec.auth.oidc.clientID", "a;b"), "spec.auth.oidc.clientID", "part of a command that users copy"),
	Entry("client too long", set("spec.auth.oidc.clientID", strings.Repeat("c", 256)), "spec.auth.oidc.clientID", "255"),
	Entry("no audiences", set("spec.auth.oidc.audiences", "[]"), "spec.auth.oidc.audiences", "at least 1 items"),
	Entry("too many audiences", set("spec.auth.oidc.audiences", repeated(9, "a%d")), "spec.auth.oidc.audiences", "at most 8 items"),
	Entry("audience twice", set("spec.auth.oidc.audiences", "[a, a]"), "spec.auth.oidc.audiences[1]", "Duplicate value"),
	Entry("audience of nothing", set("spec.auth.oidc.audiences", `[""]`), "spec.auth.oidc.audiences[0]", "at least 1 chars"),
	Entry("audience with a space", set("spec.auth.oidc.audiences", `["a b"]`), "spec.auth.oidc.audiences[0]", "without spaces"),
	Entry("audience too long", set("spec.auth.oidc.audiences", "["+strings.Repeat("a", 256)+"]"), "spec.auth.oidc.audiences[0]", "255"),
	Entry("no scopes", set("spec.auth.oidc.scopes", "[]"), "spec.auth.oidc.scopes", "at least 1 items"),
	Entry("too many scopes", set("spec.auth.oidc.scopes", repeated(17, "s%d")), "spec.auth.oidc.scopes", "at most 16 items"),
	Entry("scopes that tell nobody's name", set("spec.auth.oidc.scopes", "[profile]"), "spec.auth.oidc.scopes", "must name openid"),
	Entry("scope twice", set("spec.auth.oidc.scopes", "[openid, openid]"), "spec.auth.oidc.scopes[1]", "Duplicate value"),
	Entry("two scopes in one", set("spec.auth.oidc.scopes", "[openid profile, openid]"), "spec.auth.oidc.scopes[0]", "without spaces"),
	Entry("scope with a backslash", set("spec.auth.oidc.scopes", `['a\', openid]`), "spec.auth.oidc.scopes[0]", "without spaces"),
	Entry("scope too long", set("spec.auth.oidc.scopes", "[openid, "+strings.Repeat("s", 129)+"]"), "spec.auth.oidc.scopes[1]", "128"),
	Entry("authorities of the issuer without key", set("spec.auth.oidc.caBundle.hubConfigMap", "{name: xcm-ca}"), "spec.auth.oidc.caBundle.hubConfigMap.key", "Required value"),

	Entry("accounts without type", set("spec.accounts", "{}"), "spec.accounts.type", "Required value"),
	Entry("accounts of unknown type", set("spec.accounts", "{type: Federated}"), "spec.accounts.type", `supported values: "Regional", "Endpoint"`),
	Entry("accounts without their member", set("spec.accounts", "{type: Endpoint}"), "spec.accounts.endpoint", "must be set when type is Endpoint"),
	Entry("regional accounts with an endpoint", set("spec.accounts.type", "Regional"), "spec.accounts.endpoint", "and only then"),
	Entry("accounts without url", unset("spec.accounts.endpoint.url"), "spec.accounts.endpoint.url", "Required value"),
	Entry("accounts by http", set("spec.accounts.endpoint.url", "http://accounts.example.com"), "spec.accounts.endpoint.url", "must start with https://"),
	Entry("accounts with a path", set("spec.accounts.endpoint.url", "https://accounts.example.com/api"), "spec.accounts.endpoint.url", "without path, query or user"),
	Entry("accounts by IPv4", set("spec.accounts.endpoint.url", "https://192.0.2.1"), "spec.accounts.endpoint.url", "give an IP address a DNS name"),
	Entry("accounts in a country in lower case", set("spec.accounts.endpoint.country", "de"), "spec.accounts.endpoint.country", "in upper case, such as DE"),
	Entry("accounts' authorities from nowhere", set("spec.accounts.endpoint.caBundle", "{}"), "spec.accounts.endpoint.caBundle.hubConfigMap", "Required value"),
	Entry("no exposure", unset("spec.exposure"), "spec.exposure", "Required value"),
	Entry("exposure that this release does not know", set("spec.exposure.type", "NodePort"), "spec.exposure.type", `supported values: "Route", "Ingress"`),
	Entry("Route without its member", set("spec.exposure", "{type: Route}"), "spec.exposure.route", "must be set when type is Route"),
	Entry("Route with Ingress's member", set("spec.exposure.ingress", "{className: nginx, tls: {type: ClusterDefault}}"), "spec.exposure.ingress", "and only then"),
	Entry("Ingress without its member", set("spec.exposure", "{type: Ingress}"), "spec.exposure.ingress", "must be set when type is Ingress"),
	Entry("Ingress without class", set("spec.exposure", "{type: Ingress, ingress: {tls: {type: ClusterDefault}}}"), "spec.exposure.ingress.className", "Required value"),
	Entry("Ingress of a class in upper case", set("spec.exposure", "{type: Ingress, ingress: {className: Nginx, tls: {type: ClusterDefault}}}"), "spec.exposure.ingress.className", "name of an IngressClass"),
	Entry("region hosts of an unknown choice", set("spec.exposure.regionHosts", "Wildcard"), "spec.exposure.regionHosts", `supported values: "Enabled", "Disabled"`),
	Entry("region hosts by a boolean", set("spec.exposure.regionHosts", "true"), "spec.exposure.regionHosts", "string"),
	Entry("exposure without TLS", set("spec.exposure.route", "{}"), "spec.exposure.route.tls", "Required value"),
	Entry("TLS that this release does not know", set("spec.exposure.route.tls.type", "Edge"), "spec.exposure.route.tls.type", `supported values: "ClusterDefault"`),

	Entry("image with a scheme", set("spec.console.image", "docker://quay.io/geoconsole/console"), "spec.console.image", "image reference without scheme"),
	Entry("image with a space", set("spec.console.image", `"quay.io/geoconsole/console latest"`), "spec.console.image", "such as quay.io/org/console@sha256:<digest>"),
	Entry("image too long", set("spec.console.image", strings.Repeat("i", 513)), "spec.console.image", "512"),
	Entry("too many pull secrets", set("spec.console.imagePullSecrets", repeated(5, "{name: s%d}")), "spec.console.imagePullSecrets", "at most 4 items"),
	Entry("pull secret twice", set("spec.console.imagePullSecrets", "[{name: s}, {name: s}]"), "spec.console.imagePullSecrets[1]", "Duplicate value"),
	Entry("scaling of unknown type", set("spec.console.scaling.type", "Wild"), "spec.console.scaling.type", `supported values: "Fixed"`),
	Entry("scaling without its member", set("spec.console.scaling", "{type: Fixed}"), "spec.console.scaling.fixed", "must be set when type is Fixed"),
	Entry("no pods", set("spec.console.scaling.fixed.replicas", "0"), "spec.console.scaling.fixed.replicas", "greater than or equal to 1"),
	Entry("too many pods", set("spec.console.scaling.fixed.replicas", "51"), "spec.console.scaling.fixed.replicas", "less than or equal to 50"),
	Entry("a pod and a half", set("spec.console.scaling.fixed.replicas", "1.5"), "spec.console.scaling.fixed.replicas", "must be of type integer"),
	Entry("pods in words", set("spec.console.scaling.fixed.replicas", "two"), "spec.console.scaling.fixed.replicas", "must be of type integer"),
	Entry("CPU below zero", set("spec.console.resources.cpu", "-1"), "spec.console.resources.cpu", "more than 0, such as 100m"),
	Entry("no CPU", set("spec.console.resources.cpu", `"0"`), "spec.console.resources.cpu", "more than 0, such as 100m"),
	Entry("memory without unit", set("spec.console.resources.memory", "128"), "spec.console.resources.memory", "at least 32Mi; write the unit, such as 128Mi"),
	Entry("memory in thousandths", set("spec.console.resources.memory", "128m"), "spec.console.resources.memory", "at least 32Mi"),
	Entry("log level that nobody knows", set("spec.console.logLevel", "Trace"), "spec.console.logLevel", `supported values: "Error", "Info", "Debug"`),

	Entry("health path that is relative", set("spec.healthChecks.path", "api"), "spec.healthChecks.path", "absolute path without query, such as /api/clusters_mgmt/v1"),
	Entry("health path with a query", set("spec.healthChecks.path", "/api?deep=true"), "spec.healthChecks.path", "absolute path without query"),
	Entry("health path that climbs", set("spec.healthChecks.path", "/api/../secret"), "spec.healthChecks.path", "absolute path without query"),
	Entry("health path that is a host", set("spec.healthChecks.path", "//evil.example.net"), "spec.healthChecks.path", "absolute path without query"),
	Entry("probes too often", set("spec.healthChecks", "{intervalSeconds: 1, timeoutSeconds: 1}"), "spec.healthChecks.intervalSeconds", "greater than or equal to 2"),
	Entry("probes too seldom", set("spec.healthChecks.intervalSeconds", "301"), "spec.healthChecks.intervalSeconds", "less than or equal to 300"),
	Entry("no time for a probe", set("spec.healthChecks.timeoutSeconds", "0"), "spec.healthChecks.timeoutSeconds", "greater than or equal to 1"),
	Entry("probes that overlap", set("spec.healthChecks.timeoutSeconds", "11"), "spec.healthChecks.timeoutSeconds", "must not be longer than intervalSeconds"),
	Entry("probes that overlap by default", set("spec.healthChecks", "{timeoutSeconds: 11}"), "spec.healthChecks.timeoutSeconds", "10 when it is not set"),
	Entry("no failures needed", set("spec.healthChecks.failureThreshold", "0"), "spec.healthChecks.failureThreshold", "greater than or equal to 1"),
	Entry("too many successes needed", set("spec.healthChecks.successThreshold", "11"), "spec.healthChecks.successThreshold", "less than or equal to 10"),

	Entry("requests in no time", set("spec.proxy.requestTimeoutSeconds", "4"), "spec.proxy.requestTimeoutSeconds", "greater than or equal to 5"),
	Entry("requests without an end", set("spec.proxy.requestTimeoutSeconds", "301"), "spec.proxy.requestTimeoutSeconds", "less than or equal to 300"),
	Entry("requests with a unit", set("spec.proxy.requestTimeoutSeconds", "60s"), "spec.proxy.requestTimeoutSeconds", "must be of type integer"),
	Entry("no bodies", set("spec.proxy.maxRequestBodyBytes", "0"), "spec.proxy.maxRequestBodyBytes", "greater than or equal to 1024"),
	Entry("bodies too long", set("spec.proxy.maxRequestBodyBytes", "16777217"), "spec.proxy.maxRequestBodyBytes", "less than or equal to 16777216"),
	Entry("bodies with a unit", set("spec.proxy.maxRequestBodyBytes", "1Mi"), "spec.proxy.maxRequestBodyBytes", "must be of type integer"),
	Entry("slots that have no quarter", set("spec.proxy.maxConcurrentRequests", "3"), "spec.proxy.maxConcurrentRequests", "greater than or equal to 4"),
	Entry("too many slots", set("spec.proxy.maxConcurrentRequests", "1025"), "spec.proxy.maxConcurrentRequests", "less than or equal to 1024"),

	Entry("paused in words", set("spec.paused", `"yes"`), "spec.paused", "must be of type boolean"),
	Entry("deletion policy that nobody knows", set("spec.deletionPolicy", "Keep"), "spec.deletionPolicy", `supported values: "Delete", "Orphan"`),
	Entry("deletion policy in lower case", set("spec.deletionPolicy", "orphan"), "spec.deletionPolicy", `supported values: "Delete", "Orphan"`),
	Entry("deletion policy that says nothing", set("spec.deletionPolicy", `""`), "spec.deletionPolicy", `supported values: "Delete", "Orphan"`),

	Entry("a list where one is wanted", set("spec.hostname", "[a, b]"), "spec.hostname", "must be of type string"),
)

// endpoint is an entry with one bad url.
func endpoint(name, url, cure string) TableEntry {
	return Entry("endpoint "+name, set("spec.regions[0].endpoints[0].url", url), "spec.regions[0].endpoints[0].url", cure)
}

// issuer is an entry with one bad url.
func issuer(name, url, cure string) TableEntry {
	return Entry("issuer "+name, set("spec.auth.oidc.issuerURL", url), "spec.auth.oidc.issuerURL", cure)
}

const lastShared = `
- {id: a, endpoints: [{url: "https://a.example.com"}, {url: "https://b.example.com"}, {url: "https://c.example.com"}, {url: "https://d.example.com"}]}
- {id: b, endpoints: [{url: "https://e.example.com"}, {url: "https://f.example.com"}, {url: "https://g.example.com"}, {url: "https://d.example.com"}]}`

const thirdShared = `
- {id: a, endpoints: [{url: "https://a.example.com"}, {url: "https://b.example.com"}, {url: "https://c.example.com"}]}
- {id: b, endpoints: [{url: "https://e.example.com"}, {url: "https://f.example.com"}, {url: "https://c.example.com"}]}`

// countries is a comma-separated list of n codes.
func countries(n int) string {
	var list []string
	for i := range n {
		list = append(list, string([]byte{'"', byte('A' + i/26), byte('A' + i%26), '"'}))
	}
	return strings.Join(list, ", ")
}

var _ = Describe("a field that does not exist", func() {
	It("is named", func() {
		for _, path := range []string{"spec.region", "spec.clusters[0].secret", "spec.exposure.route.tls.insecure", "spec.regions[0].endpoints[0].insecureSkipTLSVerify"} {
			err := create(good(set(path, "true")))
			Expect(err).To(MatchError(ContainSubstring(`unknown field "`+path+`"`)), path)
		}
	})
})
