package remote

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func TestProperty13NodesKeepOnlyARegion(t *testing.T) {
	for name, c := range map[string]struct{ label, want string }{
		"a region":           {"eu-central-1", "eu-central-1"},
		"nothing":            {"", ""},
		"words":              {"call 555!", ""},
		"more than a label":  {strings.Repeat("a", 64), ""},
		"as much as a label": {strings.Repeat("a", 63), strings.Repeat("a", 63)},
	} {
		t.Run(name, func(t *testing.T) {
			node := &metav1.PartialObjectMetadata{}
			node.Labels = map[string]string{v1alpha1.LabelRegion: c.label, "other": "label"}
			kept, err := stripNode(node)
			if err != nil || regionLabel(kept) != c.want || len(kept.(*metav1.PartialObjectMetadata).Labels) > 1 {
				t.Errorf("kept %v, %v; want %q", kept, err, c.want)
			}
		})
	}
}
