package evidence

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

// assessment is one look at the facts.
type assessment struct {
	Question
	Facts

	model    geography.Model
	problems []geography.Problem
	cluster  geography.Cluster
}

// Assess makes the report of what was read. Equal facts give equal reports but for the time.
func Assess(q Question, f Facts, at time.Time) Record {
	a := assessment{Question: q, Facts: f, cluster: q.clusterOf(f.Cluster)}
	a.model, a.problems = f.Config.Content.Located(q.declared())
	if given, fits := a.given(); fits {
		a.model.Geography = given
	}
	var items []Item
	for _, part := range []func() []Item{
		a.place, a.resource, a.identity, a.endpoints, a.counterparts, a.nodes,
		a.owner, a.config, a.image, a.pods, a.guards, a.egress, a.firewalls, a.exposure, a.rights,
	} {
		items = append(items, part()...)
	}
	report := summed(items, a.sovereign(), at)
	report.Cluster, report.Namespace, report.Name = f.Cluster, q.Namespace, q.Name
	return report
}

// given is the boundary by the resource, where that is the one of the config: it knows the partition of a custom geography.
func (a assessment) given() (geography.Boundary, bool) {
	if a.Resource == nil {
		return geography.Boundary{}, false
	}
	wanted, _ := geography.FromSpec(a.Resource, geography.Facts{})
	return wanted.Geography, wanted.Geography.Name == a.model.Geography.Name && slices.Equal(wanted.Geography.Countries, a.model.Geography.Countries)
}

// sovereign is the condition as the operator would tell it.
func (a assessment) sovereign() Sovereign {
	if a.model.Geography.Partition == "" {
		return Sovereign{string(metav1.ConditionUnknown), v1alpha1.ReasonEvidenceMissing, unknownPartition + "; " + giveResource}
	}
	c := health.Located(a.model, a.cluster, a.survey())
	return Sovereign{string(c.Status), c.Reason, c.Message}
}
