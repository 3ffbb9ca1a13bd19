package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

var update = flag.Bool("update", false, "rewrite testdata")

const (
	europe = "../../config/samples/europe.yaml"
	image  = "--image-default=registry.example.com/geoconsole/console:v1"
	ca     = "--ca=xcm-ca/ca.crt=../../internal/render/testdata/ca.pem"
)

// execute runs the command with arguments and returns what it writes.
func execute(stdin string, args ...string) (string, error) {
	var out bytes.Buffer
	command := root()
	command.SetArgs(args)
	command.SetIn(strings.NewReader(stdin))
	command.SetOut(&out)
	command.SetErr(&out)
	err := command.Execute()
	return out.String(), err
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (run with -update after reading this):\n%s", golden, diff)
	}
}

func TestEverySampleRenders(t *testing.T) {
	samples, err := filepath.Glob("../../config/samples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rendered := 0
	for _, sample := range samples {
		name := strings.TrimSuffix(filepath.Base(sample), ".yaml")
		if name == "kustomization" {
			continue
		}
		rendered++
		t.Run(name, func(t *testing.T) {
			objects, err := execute("", "render", "-f", sample, image, ca)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "testdata/"+name+".yaml", objects)
			config, err := execute("", "render", "-f", sample, ca, "--config-only")
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "testdata/"+name+".json", config)
			if _, err := geography.ReadConfig([]byte(config)); err != nil {
				t.Errorf("no console loads it: %v", err)
			}
			if digest := geography.Digest([]byte(config)); !strings.Contains(objects, "name: "+name+"-config-"+digest) {
				t.Errorf("the objects name another config than %s", digest)
			}
		})
	}
	if rendered == 0 {
		t.Fatal("there is no sample")
	}
}

func TestClusterFlag(t *testing.T) {
	const twoClusters = "../../internal/render/testdata/custom.in.yaml"
	all, err := execute("", "render", "-f", twoClusters, image)
	if err != nil {
		t.Fatal(err)
	}
	var apart string
	for _, name := range []string{"stockholm", "oslo"} {
		one, err := execute("", "render", "-f", twoClusters, image, "--cluster", name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(one, "# Cluster "+name+",") || strings.Count(one, "# Cluster") != 1 {
			t.Errorf("--cluster %s prints\n%s", name, one)
		}
		apart += one
	}
	if diff := cmp.Diff(all, apart); diff != "" {
		t.Errorf("the clusters together differ from each by itself: %s", diff)
	}
}

func TestHubIDIsInTheMark(t *testing.T) {
	for hub, args := range map[string][]string{"offline": nil, "hub-1": {"--hub-id=hub-1"}} {
		out, err := execute("", append([]string{"render", "-f", europe, image, ca}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out, "xcm.openshift.io/owner: "+hub+"/geoconsoles/europe\n") {
			t.Errorf("%s is not in the owner mark", hub)
		}
	}
}

func TestProblems(t *testing.T) {
	sample, err := os.ReadFile(europe)
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(pairs ...string) string {
		text := string(sample)
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(text, pairs[i]) {
				t.Fatalf("%q is not in the sample", pairs[i])
			}
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		return text
	}
	tests := []struct {
		name  string
		stdin string
		args  []string
		want  []string // the lines' parts, in order
	}{
		{
			name: "all problems of a spec", stdin: string(sample), args: []string{"render", "-f", "-"},
			want: []string{
				"spec.regions[0].caBundle.hubConfigMap: the ConfigMap xcm-ca has no key ca.crt in this namespace; create it (here: --ca NAME/KEY=FILE)",
				"spec.regions[1].caBundle.hubConfigMap: ", "spec.regions[2].caBundle.hubConfigMap: ",
				"(here: --image-default IMAGE)",
			},
		},
		{
			name: "endpoint and cluster outside", args: []string{"render", "-f", "-", image, ca},
			stdin: replaced("builtIn: EU", "builtIn: UK", "api.aws.eu-west-1.xcm", "api.aws.us-gov-west-1.xcm", "api.aws.eu-west-3.xcm", "api.aws.eu-west-2.xcm"),
			want: []string{
				"spec.regions[0].endpoints[0].url: https://api.aws.us-gov-west-1.xcm.example.com stands in us-gov-west-1 (USGov, US), outside of UK; move",
				"spec.regions[1].endpoints[0].url: https://api.aws.eu-central-1.xcm.example.com stands in eu-central-1 (Commercial, DE), outside of UK; move",
				"spec.auth.oidc.issuerURL: https://login.example.eu/realms/ocm stands in DE, outside of UK; choose",
				"spec.clusters[0].country: DE lies outside of UK; run",
			},
		},
		{
			name: "declared endpoint outside", args: []string{"render", "-f", "-", image, ca},
			stdin: replaced("    - url: https://api.aws.eu-west-1.xcm.example.com", "    - url: https://xcm.oslo.example.com\n      country: \"NO\""),
			want:  []string{"spec.regions[0].endpoints[0].url: https://xcm.oslo.example.com stands in NO, outside of EU; move"},
		},
		{
			name: "accounts service outside", args: []string{"render", "-f", "-", "--config-only", ca},
			stdin: replaced("\nspec:\n", "\nspec:\n  accounts: {type: Endpoint, endpoint: {url: \"https://accounts.example.com\", country: US}}\n"),
			want:  []string{"spec.accounts.endpoint.url: https://accounts.example.com stands in US, outside of EU; choose"},
		},
		{
			name: "what no console loads", args: []string{"render", "-f", "-", "--config-only", ca},
			stdin: replaced("url: https://api.aws.eu-west-1", "url: http://api.aws.eu-west-1"),
			want:  []string{"spec, as the console's config: regions[0].endpoints[0].url: is not https://"},
		},
		{
			name: "geography that is not known", args: []string{"render", "-f", "-", image, ca},
			stdin: replaced("builtIn: EU", "builtIn: EUROPE"),
			want:  []string{"spec, as the console's config: geography: is empty; name one"},
		},
		{
			name: "union without its member", args: []string{"render", "-f", "-", image, ca},
			stdin: replaced("type: Route", "type: Ingress"),
			want:  []string{`spec.exposure: type "Ingress" without its member`},
		},
		{
			name: "image by tag", args: []string{"render", "-f", "-", image, ca, "--allowed-image-prefixes=a.example.com,b.example.com"},
			stdin: replaced("\nspec:\n", "\nspec:\n  console: {image: \"c.example.com/console:v1\"}\n"),
			want:  []string{"spec.console.image: c.example.com/console:v1 is neither"},
		},
		{
			name: "unknown fields", args: []string{"render", "-f", "-", image, ca},
			stdin: replaced("displayName: Ireland", "displayname: Ireland", "hostname:", "hostName:"),
			want: []string{
				"spec.hostName: is unknown; correct its name or remove it",
				"spec.regions[0].displayname: is unknown; correct its name or remove it",
			},
		},
		{
			name: "another kind", args: []string{"render", "-f", "-"}, stdin: "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n",
			want: []string{
				`apiVersion: is "v1"; write xcm.openshift.io/v1alpha1`, `kind: is "ConfigMap"; write GeoConsole`,
				"metadata.name: is empty;", "metadata.namespace: is empty;",
			},
		},
		{
			name: "two documents", args: []string{"render", "-f", "-"}, stdin: string(sample) + "---\n" + string(sample),
			want: []string{"-: holds more than one document; keep one GeoConsole in it"},
		},
		{name: "nothing", args: []string{"render", "-f", "-"}, stdin: "# later\n---\n", want: []string{"-: holds no document; write"}},
		{name: "not YAML", args: []string{"render", "-f", "-"}, stdin: "a: [", want: []string{"-: is not YAML: "}},
		{name: "key twice", args: []string{"render", "-f", "-"}, stdin: "a: 1\na: 2\n", want: []string{"-: is not YAML: ", `key "a" already set`}},
		{name: "wrong type", args: []string{"render", "-f", "-"}, stdin: "spec: 7\n", want: []string{"-: is not a GeoConsole: "}},
		{name: "no file", args: []string{"render"}, want: []string{`required flag(s) "filename" not set`}},
		{name: "file that is not there", args: []string{"render", "-f", "nowhere.yaml"}, want: []string{"read the GeoConsole: open nowhere.yaml"}},
		{
			name: "cluster that is not there", args: []string{"render", "-f", europe, image, ca, "--cluster=nowhere"},
			want: []string{"--cluster: nowhere is not in spec.clusters; choose one of eu-central"},
		},
		{
			name: "cluster of a config", args: []string{"render", "-f", europe, image, ca, "--cluster=eu-central", "--config-only"},
			want: []string{"[cluster config-only]"},
		},
		{name: "--ca without a file", args: []string{"render", "-f", europe, image, "--ca=xcm-ca/ca.crt"}, want: []string{"--ca: \"xcm-ca/ca.crt\" is not NAME/KEY=FILE; write"}},
		{name: "--ca without a key", args: []string{"render", "-f", europe, image, "--ca=xcm-ca=ca.pem"}, want: []string{"--ca: \"xcm-ca=ca.pem\" is not NAME/KEY=FILE; write"}},
		{
			name: "--ca that is not named", args: []string{"render", "-f", europe, image, ca, "--ca=xcm-ca/tls.crt=ca.pem"},
			want: []string{"--ca: no caBundle names xcm-ca/tls.crt; leave it out, or choose one of [xcm-ca/ca.crt]"},
		},
		{
			name: "--ca whose file is not there", args: []string{"render", "-f", europe, image, "--ca=xcm-ca/ca.crt=nowhere.pem"},
			want: []string{"--ca: read xcm-ca/ca.crt: open nowhere.pem"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := execute(test.stdin, test.args...)
			if err == nil {
				t.Fatalf("no problem is found; printed is\n%s", out)
			}
			if out != "" {
				t.Errorf("beside the problem, it prints\n%s", out)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got\n%v\nwant %d lines", err, len(test.want))
			}
			for i, want := range test.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("line %d is\n%s\nwant\n%s", i, lines[i], want)
				}
			}
		})
	}
}

func TestStandardInput(t *testing.T) {
	sample, err := os.ReadFile(europe)
	if err != nil {
		t.Fatal(err)
	}
	fromFile, err := execute("", "render", "-f", europe, ca, "--config-only")
	if err != nil {
		t.Fatal(err)
	}
	fromStdin, err := execute("---\n"+string(sample)+"---\n# the end\n", "render", "-f", "-", ca, "--config-only")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fromFile, fromStdin); diff != "" {
		t.Error(diff)
	}
	if !json.Valid([]byte(fromStdin)) {
		t.Error("the config is not JSON")
	}
}
