package render

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

var update = flag.Bool("update", false, "rewrite testdata/*.out.yaml")

func TestGoldens(t *testing.T) {
	for _, in := range inputs(t) {
		t.Run(filepath.Base(in), func(t *testing.T) {
			model := readModel(t, in)
			var got bytes.Buffer
			for _, bundle := range bundles(t, model) {
				document, err := bundle.YAML()
				if err != nil {
					t.Fatal(err)
				}
				got.Write(document)
			}
			out := strings.TrimSuffix(in, ".in.yaml") + ".out.yaml"
			if *update {
				if err := os.WriteFile(out, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s differs (run with -update after reading this):\n%s", out, diff)
			}
		})
	}
}

// inputs are the GeoConsoles of testdata.
func inputs(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.in.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 5 {
		t.Fatalf("found %d inputs in testdata, expected at least 5", len(files))
	}
	return files
}

// readModel reads a GeoConsole that has no problems.
func readModel(t *testing.T, file string) geography.Model {
	t.Helper()
	document, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var gc v1alpha1.GeoConsole
	if err := yaml.UnmarshalStrict(document, &gc); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile("testdata/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	model, problems := geography.FromSpec(&gc, geography.Facts{
		Hub:          "6b1c0e3a-hub",
		DefaultImage: "registry.example.com/geoconsole/console:v1",
		CABundles:    map[v1alpha1.ConfigMapKey]string{{Name: "xcm-ca", Key: "ca.crt"}: string(ca)},
	})
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Reason, problem.Message)
	}
	return model
}

// bundles renders every cluster of a model.
func bundles(t *testing.T, model geography.Model) []Bundle {
	t.Helper()
	var all []Bundle
	for _, cluster := range model.Clusters {
		bundle, err := Objects(model, cluster)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bundle)
	}
	return all
}
