package geography

import (
	"maps"
	"testing"
)

func TestConsents(t *testing.T) {
	for annotation, want := range map[string]map[string]string{
		"":                            {},
		"eu-central":                  {},
		"@1f2e":                       {},
		"eu-central@":                 {},
		"eu-central@1f2e":             {"eu-central": "1f2e"},
		"eu-central@1f2e, eu-west@3d": {"eu-central": "1f2e", "eu-west": "3d"},
		"*@*":                         {"*": "*"}, // a cluster of that name cannot be
	} {
		if got := consents(annotation); !maps.Equal(got, want) {
			t.Errorf("%q agrees to %v, want %v", annotation, got, want)
		}
	}
}
