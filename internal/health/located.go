package health

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Located is the condition Sovereign of a geography that has this one cluster, as Fold tells it. It is for who looks at a
// cluster without a hub.
func Located(m geography.Model, c geography.Cluster, s Survey) metav1.Condition {
	f := &fold{Input: Input{Model: m}}
	return f.together(v1alpha1.ConditionSovereign, append(f.placed(), said{c.Name, LocatedCluster(m, c, s)}))
}

// LocatedCluster is the condition Sovereign of one cluster, by the country that was declared for it and where its nodes are.
func LocatedCluster(m geography.Model, c geography.Cluster, s Survey) metav1.Condition {
	found, _ := decide(sovereignRules, subject{boundary: m.Geography, cluster: c, seen: Observation{Survey: s}})
	return found.condition(v1alpha1.ConditionSovereign, 0)
}
