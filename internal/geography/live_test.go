package geography

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// withLive sets every live field of a GeoConsole.
func withLive(gc *v1alpha1.GeoConsole) {
	gc.Spec.Maintenance = &v1alpha1.Maintenance{Message: "Back at 12:00 UTC."}
	gc.Spec.Regions[0].Message = "An update comes on Friday."
	gc.Spec.Regions[1].State, gc.Spec.Regions[1].Message = v1alpha1.RegionDrained, "Moved to aws.eu-west-1."
}

// sampleLive is the live config of the sample with every live field set, as the bytes of its file.
func sampleLive(t testing.TB) []byte {
	t.Helper()
	gc := sample()
	withLive(gc)
	m, problems := FromSpec(gc, facts())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	file, err := m.Live().Encode()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLive(t *testing.T) {
	got, err := ReadLive(sampleLive(t))
	if err != nil {
		t.Fatal(err)
	}
	want := Live{
		Format: LiveFormat, Maintenance: &LiveMaintenance{Message: "Back at 12:00 UTC."},
		Regions: []LiveRegion{
			{ID: "aws.eu-west-1", State: v1alpha1.RegionActive, Message: "An update comes on Friday."},
			{ID: "aws.eu-central-1", State: v1alpha1.RegionDrained, Message: "Moved to aws.eu-west-1."},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What changes without a restart is no part of what a restart is for.
func TestLiveFieldsAreNotInTheConfig(t *testing.T) {
	changed := sample()
	withLive(changed)
	before, _ := FromSpec(sample(), facts())
	after, _ := FromSpec(changed, facts())
	if diff := cmp.Diff(before.Config(), after.Config()); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(before.Live(), after.Live()) {
		t.Error("the live config does not hold the live fields")
	}
}

func TestReadLiveNamesTheField(t *testing.T) {
	good := sampleLive(t)
	at := func(value any, path ...any) []byte { return edit(t, good, value, path...) }
	for _, test := range []struct {
		name  string
		file  []byte
		field string
	}{
		{"empty file", nil, "not JSON of format 1"},
		{"cut off", good[:len(good)/2], "not JSON of format 1"},
		{"data after the end", append(bytes.Clone(good), "{}"...), "not JSON of format 1"},
		{"too long", bytes.Repeat([]byte(" "), maxConfigBytes+1), "longer than the 1048576 bytes"},
		{"unknown field", at("x", "surprise"), `unknown field "surprise"`},
		{"unknown field, deep", at(true, "regions", 0, "hidden"), `unknown field "regions[0].hidden"`},
		{"field twice", bytes.Replace(good, []byte(`"format"`), []byte(`"format": 1, "format"`), 1), `duplicate field "format"`},
		{"field in other letters' case", bytes.Replace(good, []byte(`"regions"`), []byte(`"Regions"`), 1), `unknown field "Regions"`},
		{"other format", at(2, "format"), "format: is 2, this release reads 1"},
		{"maintenance without a message", at("", "maintenance", "message"), "maintenance.message: is empty"},
		{"maintenance of two lines", at("a\nb", "maintenance", "message"), "maintenance.message: must be one line"},
		{"no regions", at([]any{}, "regions"), "regions: there are 0; give 1 to 64"},
		{"no id", at(nil, "regions", 1, "id"), `regions[1].id: is ""`},
		{"id that climbs", at("../aws", "regions", 1, "id"), "regions[1].id: is"},
		{"id twice", at("aws.eu-west-1", "regions", 1, "id"), `regions[1].id: "aws.eu-west-1" is there twice`},
		{"no state", at(nil, "regions", 1, "state"), `regions[1].state: is ""; choose Active, Maintenance or Drained`},
		{"state of a later release", at("Shadow", "regions", 1, "state"), `regions[1].state: is "Shadow"`},
		{"message with a tab", at("a\tb", "regions", 1, "message"), "regions[1].message: must be one line"},
		{"message too long", at(strings.Repeat("ä", 513), "regions", 1, "message"), "regions[1].message: has 513 characters; use at most 512"},
	} {
		if _, err := ReadLive(test.file); err == nil || !strings.Contains(err.Error(), test.field) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.field)
		}
	}
	if _, err := ReadLive(at(strings.Repeat("ä", 512), "regions", 1, "message")); err != nil {
		t.Errorf("the longest message: %v", err)
	}
}

// A live config that no console would load is a problem of the spec, so that nothing is applied.
func TestProperty6_AnUnreadableLiveConfigIsNotApplied(t *testing.T) {
	for cure, change := range map[string]func(*v1alpha1.GeoConsole){
		"regions[1].state": func(gc *v1alpha1.GeoConsole) { gc.Spec.Regions[1].State = "Shadow" },
		"one line":         func(gc *v1alpha1.GeoConsole) { gc.Spec.Regions[1].Message = "a\nb" },
		"at most 512":      func(gc *v1alpha1.GeoConsole) { gc.Spec.Regions[1].Message = strings.Repeat("m", 513) },
		"is empty":         func(gc *v1alpha1.GeoConsole) { gc.Spec.Maintenance = &v1alpha1.Maintenance{} },
	} {
		gc := sample()
		change(gc)
		_, problems := FromSpec(gc, facts())
		if len(problems) != 1 || problems[0].Reason != v1alpha1.ReasonConfigRefused || !strings.Contains(problems[0].Message, cure) {
			t.Errorf("%s: problems %v", cure, problems)
		}
	}
}

func FuzzReadLive(f *testing.F) {
	f.Add(sampleLive(f))
	f.Add([]byte(`{"format":1,"regions":[{"id":"a","state":"Active"}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		live, err := ReadLive(file)
		if err != nil {
			return
		}
		again, err := live.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ReadLive(again); err != nil || !cmp.Equal(live, got) {
			t.Errorf("read, written and read again: %v %+v, was %+v", err, got, live)
		}
	})
}
