package health

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

var update = flag.Bool("update", false, "write testdata/*.out.yaml anew")

// start is when every story begins.
var start = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

const grace = 2 * time.Minute

// story is what happens to one GeoConsole, step by step; each step is folded over the status of the one before.
type story struct {
	Steps []step `json:"steps"`
}

type step struct {
	Name string `json:"name"`
	// After the step before.
	After metav1.Duration `json:"after"`
	// GeoConsole stays that of the step before when it is absent.
	GeoConsole *v1alpha1.GeoConsole `json:"geoConsole"`
	// Deleting begins, and goes on.
	Deleting bool `json:"deleting"`
	// Restart of the operator: all observations are forgotten.
	Restart bool `json:"restart"`
	// Observations that are new in this step.
	Observations map[string]Observation `json:"observations"`
}

// told is what a step shows.
type told struct {
	Step   string                    `json:"step"`
	Again  string                    `json:"again"`
	Status v1alpha1.GeoConsoleStatus `json:"status"`
}

func (s story) tell(t *testing.T) []told {
	in := Input{Observations: map[string]Observation{}, Now: start, Grace: grace}
	var out []told
	for _, step := range s.Steps {
		in.Now = in.Now.Add(step.After.Duration)
		if step.GeoConsole != nil {
			in.Generation = step.GeoConsole.Generation
			in.Model, in.Problems = geography.FromSpec(step.GeoConsole, geography.Facts{Hub: "hub", DefaultImage: "registry.example.com/console:v1"})
		}
		in.Deleting = in.Deleting || step.Deleting
		if step.Restart {
			in.Observations = map[string]Observation{}
		}
		for name, o := range step.Observations {
			in.Observations[name] = o
		}
		status, again := Fold(in)
		if next, _ := Fold(in); !reflect.DeepEqual(status, next) {
			t.Errorf("%s: folding the same input twice gives two statuses:\n%s", step.Name, cmp.Diff(status, next))
		}
		in.Previous = status
		if next, _ := Fold(in); !reflect.DeepEqual(status, next) {
			t.Errorf("%s: folding the result again changes it:\n%s", step.Name, cmp.Diff(status, next))
		}
		out = append(out, told{step.Name, again.String(), status})
	}
	return out
}

func TestGoldens(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.in.yaml")
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no stories in testdata: %v", err)
	}
	for _, input := range inputs {
		name := strings.TrimSuffix(input, ".in.yaml")
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			var s story
			if err := yaml.UnmarshalStrict(text, &s); err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			for _, step := range s.tell(t) {
				page, err := yaml.Marshal(step)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&got, "---\n%s", page)
			}
			golden := name + ".out.yaml"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; write it with -update and read it", err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s differs; when that is meant, run with -update and read the diff:\n%s", golden, diff)
			}
		})
	}
}
