package geography

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var update = flag.Bool("update", false, "rewrite testdata")

var caKey = v1alpha1.ConfigMapKey{Name: "xcm-ca", Key: "ca.crt"}

func withCA(gc *v1alpha1.GeoConsole) {
	gc.Spec.Regions[1].CABundle = &v1alpha1.CABundle{HubConfigMap: caKey}
}

func quantity(s string) *resource.Quantity {
	q := resource.MustParse(s)
	return &q
}

func TestFromSpecProblems(t *testing.T) {
	digest := strings.Repeat("0123456789abcdef", 4)
	tests := []struct {
		name   string
		change func(*v1alpha1.GeoConsole, *Facts)
		// reason and the start of the message, which names the field; no problem when empty.
		reason, field string
		// cure is a part of the message.
		cure string
	}{
		{name: "the sample", change: func(*v1alpha1.GeoConsole, *Facts) {}},

		{
			name:   "host name held by an older one",
			change: func(_ *v1alpha1.GeoConsole, f *Facts) { f.HostnameHolder = "other/europe" },
			reason: v1alpha1.ReasonHostnameTaken, field: "spec.hostname", cure: "other/europe; choose another name",
		},
		{
			name: "custom geography named like a built-in one",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				gc.Spec.Geography = v1alpha1.Geography{Type: v1alpha1.GeographyCustom, Custom: &v1alpha1.CustomGeography{
					Name: "EU", Partition: v1alpha1.PartitionCommercial, Countries: []v1alpha1.Country{"IE", "DE"},
				}}
			},
			reason: v1alpha1.ReasonGeographyNameTaken, field: "spec.geography.custom.name", cure: "choose another name",
		},
		{
			name:   "geography of a later release",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.Geography.BuiltIn = "ATLANTIS" },
			reason: v1alpha1.ReasonConfigRefused, field: "spec, as the console's config: geography", cure: "name one that this release knows",
		},
		{
			name: "union without its member",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				gc.Spec.Geography = v1alpha1.Geography{Type: v1alpha1.GeographyCustom}
			},
			reason: v1alpha1.ReasonConfigRefused, field: "spec, as the console's config: geography", cure: "spell one out",
		},

		{
			name: "two clusters by one kubeconfig into one namespace",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				twin := *gc.Spec.Clusters[0].DeepCopy()
				twin.Name = "twin"
				gc.Spec.Clusters = append(gc.Spec.Clusters, twin)
			},
			reason: v1alpha1.ReasonClusterTwice, field: "spec.clusters[1]", cure: "keep one",
		},
		{
			name: "two clusters on the hub",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				hub := v1alpha1.Cluster{Name: "a", Connection: v1alpha1.Connection{Type: v1alpha1.ConnectionHub}}
				gc.Spec.Clusters = []v1alpha1.Cluster{hub, hub}
			},
			reason: v1alpha1.ReasonClusterTwice, field: "spec.clusters[1]", cure: "keep one",
		},
		{
			name: "one kubeconfig, two namespaces",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				twin := *gc.Spec.Clusters[0].DeepCopy()
				twin.Name, twin.Namespace = "twin", "other"
				gc.Spec.Clusters = append(gc.Spec.Clusters, twin)
			},
		},
		{
			name: "one namespace, two keys of a Secret",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				twin := *gc.Spec.Clusters[0].DeepCopy()
				twin.Name, twin.Connection.Kubeconfig.Key = "twin", "other"
				gc.Spec.Clusters = append(gc.Spec.Clusters, twin)
			},
		},

		{
			name: "host that names no cloud region",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				gc.Spec.Regions[1] = region("lab", "https://api.aws.eu-west-3.xcm.example.com", "https://xcm.lab.example.com")
			},
			reason: v1alpha1.ReasonCountryMissing, field: "spec.regions[1].endpoints[1].country", cure: "declare the country",
		},
		{
			name: "host that names two cloud regions",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				gc.Spec.Regions[0] = region("lab", "https://eu-west-1.eu-west-3.example.com")
			},
			reason: v1alpha1.ReasonCountryMissing, field: "spec.regions[0].endpoints[0].country", cure: "declare the country",
		},
		{
			name: "host that names none, with a country",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				gc.Spec.Regions[0] = region("lab", "https://xcm.lab.example.com")
				gc.Spec.Regions[0].Endpoints[0].Country = "FI"
			},
		},
		{
			name:   "declared country that the host name contradicts",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.Regions[0].Endpoints[0].Country = "FR" },
			reason: v1alpha1.ReasonCountryContradicted, field: "spec.regions[0].endpoints[0].country", cure: "remove country or correct the url",
		},
		{
			name:   "declared country that the host name confirms",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.Regions[0].Endpoints[0].Country = "IE" },
		},
		{
			name: "port that does not exist",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				gc.Spec.Regions[1].Endpoints[0].URL += ":65536"
			},
			reason: v1alpha1.ReasonConfigRefused, field: "spec, as the console's config: regions[1].endpoints[0].url", cure: "choose 1 to 65535",
		},
		{
			name: "endpoint that is not a URL",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				gc.Spec.Regions[1].Endpoints[0].URL = "https://a b"
			},
			reason: v1alpha1.ReasonConfigRefused, field: "spec, as the console's config: regions[1].endpoints[0].url", cure: "leave out",
		},

		{
			name:   "CA bundle whose ConfigMap is not there",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { withCA(gc) },
			reason: v1alpha1.ReasonCABundleMissing, field: "spec.regions[1].caBundle.hubConfigMap", cure: "create it",
		},
		{
			name: "CA bundle without a certificate",
			change: func(gc *v1alpha1.GeoConsole, f *Facts) {
				withCA(gc)
				_, key := certificate(t)
				f.CABundles = map[v1alpha1.ConfigMapKey]string{caKey: key}
			},
			reason: v1alpha1.ReasonCABundleInvalid, field: "spec.regions[1].caBundle.hubConfigMap", cure: "give PEM blocks",
		},
		{
			name: "CA bundles that no ConfigMap holds",
			change: func(gc *v1alpha1.GeoConsole, f *Facts) {
				withCA(gc)
				cert, _ := certificate(t)
				f.CABundles = map[v1alpha1.ConfigMapKey]string{caKey: strings.Repeat(cert, maxConfigBytes/len(cert)+1)}
			},
			reason: v1alpha1.ReasonConfigRefused, field: "spec, as the console's config", cure: "leave certificates that no endpoint needs out",
		},

		{
			name:   "no image at all",
			change: func(_ *v1alpha1.GeoConsole, f *Facts) { f.DefaultImage = "" },
			reason: v1alpha1.ReasonImageMissing, field: "spec.console.image", cure: "RELATED_IMAGE_CONSOLE",
		},
		{
			name:   "image by tag",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.Console.Image = "registry.example.com/other:v1" },
			reason: v1alpha1.ReasonImageNotAllowed, field: "spec.console.image", cure: "use <repository>@sha256:<digest>",
		},
		{
			name: "image by digest",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				gc.Spec.Console.Image = "registry.example.com/other@sha256:" + digest
			},
		},
		{
			name: "image by something that only looks like a digest",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) {
				gc.Spec.Console.Image = "registry.example.com/other@sha256:" + strings.ToUpper(digest)
			},
			reason: v1alpha1.ReasonImageNotAllowed, field: "spec.console.image", cure: "use <repository>@sha256:<digest>",
		},
		{
			name:   "the operator's own image, spelled out",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.Console.Image = sampleImage },
		},
		{
			name: "image under an allowed prefix",
			change: func(gc *v1alpha1.GeoConsole, f *Facts) {
				gc.Spec.Console.Image, f.AllowedImagePrefixes = "registry.example.com/team/console:v2", []string{"", "registry.example.com/team"}
			},
		},
		{
			name: "image whose path only begins like an allowed prefix",
			change: func(gc *v1alpha1.GeoConsole, f *Facts) {
				gc.Spec.Console.Image, f.AllowedImagePrefixes = "registry.example.com/team-of-others/console:v2", []string{"", "/", "registry.example.com/team"}
			},
			reason: v1alpha1.ReasonImageNotAllowed, field: "spec.console.image", cure: "--allowed-image-prefixes",
		},

		{
			name:   "no CPU",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.Console.Resources.CPU = quantity("0") },
			reason: v1alpha1.ReasonResourcesInvalid, field: "spec.console.resources.cpu", cure: "such as 50m",
		},
		{
			name:   "memory of a fraction of a byte",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.Console.Resources.Memory = quantity("128m") },
			reason: v1alpha1.ReasonResourcesInvalid, field: "spec.console.resources.memory", cure: "give at least 32Mi",
		},
		{
			name:   "memory that is enough",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.Console.Resources.Memory = quantity("32Mi") },
		},
		{
			name:   "timeout longer than the interval",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.HealthChecks.IntervalSeconds = 2 },
			reason: v1alpha1.ReasonConfigRefused, field: "spec, as the console's config: healthChecks.timeoutSeconds", cure: "shorten it",
		},
		{
			name:   "auth of a later release",
			change: func(gc *v1alpha1.GeoConsole, _ *Facts) { gc.Spec.Auth.Type = "Mutual" },
			reason: v1alpha1.ReasonConfigRefused, field: "spec, as the console's config: auth.type", cure: "choose OIDC or None",
		},
	}
	given := map[string]bool{}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			gc, f := sample(), facts()
			test.change(gc, &f)
			_, problems := FromSpec(gc, f)
			if test.reason == "" {
				if len(problems) > 0 {
					t.Errorf("got problems %v, want none", problems)
				}
				return
			}
			given[test.reason] = true
			if len(problems) != 1 {
				t.Fatalf("got problems %v, want one", problems)
			}
			p := problems[0]
			if p.Reason != test.reason || !strings.HasPrefix(p.Message, test.field+": ") || !strings.Contains(p.Message, test.cure) {
				t.Errorf("got %s %q\nwant %s %s: ... %s", p.Reason, p.Message, test.reason, test.field, test.cure)
			}
			if len(p.Message) > 1024 {
				t.Errorf("the message has %d bytes, a condition holds 1024 characters", len(p.Message))
			}
		})
	}
	for _, reason := range []string{
		v1alpha1.ReasonImageNotAllowed, v1alpha1.ReasonImageMissing, v1alpha1.ReasonHostnameTaken, v1alpha1.ReasonCountryMissing,
		v1alpha1.ReasonCountryContradicted, v1alpha1.ReasonCABundleMissing, v1alpha1.ReasonCABundleInvalid,
		v1alpha1.ReasonGeographyNameTaken, v1alpha1.ReasonClusterTwice, v1alpha1.ReasonConfigRefused, v1alpha1.ReasonResourcesInvalid,
	} {
		if !given[reason] {
			t.Errorf("no case gives %s", reason)
		}
	}
}

func TestFromSpecFindsAllProblems(t *testing.T) {
	gc, f := sample(), facts()
	f.HostnameHolder, f.DefaultImage = "other/europe", ""
	gc.Spec.Regions[0].Endpoints[0].Country = "FR"
	gc.Spec.Console.Resources.Memory = quantity("1")
	withCA(gc)
	_, problems := FromSpec(gc, f)
	var reasons []string
	for _, p := range problems {
		reasons = append(reasons, p.Reason)
	}
	want := []string{
		v1alpha1.ReasonHostnameTaken, v1alpha1.ReasonCountryContradicted, v1alpha1.ReasonCABundleMissing,
		v1alpha1.ReasonImageMissing, v1alpha1.ReasonResourcesInvalid,
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Error(diff)
	}
}

// The defaults belong to v1alpha1: a change of this golden changes every console that does not set the field.
func TestDefaults(t *testing.T) {
	model, problems := FromSpec(sample(), facts())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, err := json.MarshalIndent(model, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const golden = "testdata/defaults.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the defaults differ from %s (run with -update after reading this):\n%s", golden, diff)
	}
}

func TestEverythingThatIsSetOverridesItsDefault(t *testing.T) {
	gc := sample()
	paused := true
	gc.Spec.Paused = &paused
	gc.Spec.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
	gc.Spec.Regions[0].DisplayName = "Ireland"
	gc.Spec.Regions[0].CloudRegions = []v1alpha1.CloudRegion{"eu-west-1", "eu-north-1"}
	gc.Spec.HealthChecks = v1alpha1.HealthChecks{Path: "/ping", IntervalSeconds: 20, TimeoutSeconds: 20, FailureThreshold: 1, SuccessThreshold: 9}
	gc.Spec.Proxy = v1alpha1.Proxy{RequestTimeoutSeconds: 30, MaxRequestBodyBytes: 4096, MaxConcurrentRequests: 8}
	gc.Spec.Console = v1alpha1.Console{
		LogLevel:         v1alpha1.LogDebug,
		Scaling:          &v1alpha1.Scaling{Type: v1alpha1.ScalingFixed, Fixed: &v1alpha1.FixedScaling{Replicas: 5}},
		Resources:        v1alpha1.Resources{CPU: quantity("1"), Memory: quantity("1Gi")},
		ImagePullSecrets: []v1alpha1.LocalSecret{{Name: "pull"}},
	}
	m, problems := FromSpec(gc, facts())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if want := (ConfigHealthChecks{"/ping", 20, 20, 1, 9}); m.HealthChecks != want {
		t.Errorf("healthChecks are %v, want %v", m.HealthChecks, want)
	}
	if want := (ConfigProxy{30, 4096, 8}); m.Proxy != want {
		t.Errorf("proxy is %v, want %v", m.Proxy, want)
	}
	if got := m.Config().Regions[0].CloudRegions; !slices.Equal(got, []string{"eu-west-1", "eu-north-1"}) {
		t.Errorf("the config has the cloud regions %v", got)
	}
	c := m.Console
	if !m.Paused || m.Deletion != v1alpha1.DeletionPolicyOrphan || m.Regions[0].DisplayName != "Ireland" || c.LogLevel != v1alpha1.LogDebug || c.Replicas != 5 ||
		c.CPU.String() != "1" || c.Memory.String() != "1Gi" || !slices.Equal(c.ImagePullSecrets, []string{"pull"}) {
		t.Errorf("got %+v", m)
	}
}

func TestCABundleKeepsCertificatesOnly(t *testing.T) {
	first, key := certificate(t)
	second, _ := certificate(t)
	broken := "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	otherwise := strings.ReplaceAll(second, " CERTIFICATE", " X509 CERTIFICATE") // a label that Go's TLS does not read
	gc, f := sample(), facts()
	withCA(gc)
	f.CABundles = map[v1alpha1.ConfigMapKey]string{caKey: "# the first\n" + first + key + broken + otherwise + "\n\n# the second, \xff\n" + strings.TrimSpace(second)}
	m, problems := FromSpec(gc, f)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if diff := cmp.Diff(first+second, m.Regions[1].CABundle); diff != "" {
		t.Error(diff)
	}
}
