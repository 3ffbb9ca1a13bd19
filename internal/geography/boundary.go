package geography

import (
	"slices"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// Boundary is a geography: a partition of the clouds and the countries inside it, sorted.
type Boundary struct {
	Name      string
	Partition v1alpha1.Partition
	Countries []v1alpha1.Country
}

// Contains tells whether a place lies inside the boundary. A place that was only declared has no partition of its
// own to contradict the boundary's.
func (b Boundary) Contains(p Place) bool {
	return slices.Contains(b.Countries, p.Country) && (p.Partition == b.Partition || p.Evidence == Declared)
}

// builtIn are the geographies that the operator knows. EU is the member states of the European Union (27, as of
// 2020-02-01); every other one is a single country. US-GOV shares the country with US, not the partition.
var builtIn = map[v1alpha1.BuiltInGeography]Boundary{
	"AU": single("AU", v1alpha1.PartitionCommercial, "AU"),
	"BR": single("BR", v1alpha1.PartitionCommercial, "BR"),
	"CA": single("CA", v1alpha1.PartitionCommercial, "CA"),
	"CH": single("CH", v1alpha1.PartitionCommercial, "CH"),
	"CN": single("CN", v1alpha1.PartitionChina, "CN"),
	"EU": {Name: "EU", Partition: v1alpha1.PartitionCommercial, Countries: []v1alpha1.Country{
		"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
		"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
	}},
	"IN":     single("IN", v1alpha1.PartitionCommercial, "IN"),
	"JP":     single("JP", v1alpha1.PartitionCommercial, "JP"),
	"KR":     single("KR", v1alpha1.PartitionCommercial, "KR"),
	"SG":     single("SG", v1alpha1.PartitionCommercial, "SG"),
	"UK":     single("UK", v1alpha1.PartitionCommercial, "GB"),
	"US":     single("US", v1alpha1.PartitionCommercial, "US"),
	"US-GOV": single("US-GOV", v1alpha1.PartitionUSGov, "US"),
}

func single(name string, partition v1alpha1.Partition, country v1alpha1.Country) Boundary {
	return Boundary{Name: name, Partition: partition, Countries: []v1alpha1.Country{country}}
}

// boundaryOf resolves the union; the API server has checked that exactly the member of its type is set. What this
// release does not know, or nobody checked, has no name and contains nothing; configProblems refuses it.
func boundaryOf(g v1alpha1.Geography) Boundary {
	if g.Custom == nil {
		return builtIn[g.BuiltIn]
	}
	countries := slices.Sorted(slices.Values(g.Custom.Countries))
	return Boundary{Name: g.Custom.Name, Partition: g.Custom.Partition, Countries: countries}
}
