package health

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Who looks without a hub is told what the hub tells.
func TestLocatedIsWhatFoldTells(t *testing.T) {
	dublin, _ := geography.LocateHost("api.eu-west-1.example.com")
	virginia, _ := geography.LocateHost("api.us-east-1.example.com")
	for name, test := range map[string]struct {
		place  geography.Place
		nodes  []string
		reason string
	}{
		"inside":               {dublin, []string{"eu-central-1"}, v1alpha1.ReasonInside},
		"an endpoint outside":  {virginia, []string{"eu-central-1"}, v1alpha1.ReasonEndpointOutside},
		"nodes outside":        {dublin, []string{"us-east-1"}, v1alpha1.ReasonClusterOutside},
		"nodes without labels": {dublin, nil, v1alpha1.ReasonEvidenceMissing},
	} {
		t.Run(name, func(t *testing.T) {
			o := serving()
			o.Survey.CloudRegions = test.nodes
			m := geography.Model{Geography: europe, Clusters: []geography.Cluster{frankfurt()}, Regions: []geography.Region{{
				ID: "aws.eu-west-1", Endpoints: []geography.Endpoint{{Host: "api", Place: test.place}},
			}}}
			status, _ := Fold(Input{Model: m, Observations: map[string]Observation{"frankfurt": o}})
			want := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionSovereign)
			got := Located(m, frankfurt(), o.Survey)
			if got.Reason != test.reason || got.Status != want.Status || got.Reason != want.Reason || got.Message != want.Message {
				t.Errorf("got %v, the hub says %v", got, want)
			}
		})
	}
}
