package health

import (
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// declaredOutside needs no observation: the spec itself is the proof.
func declaredOutside(s subject) (finding, bool) {
	declared := s.cluster.Declared
	place := geography.Place{Country: declared, Evidence: geography.Declared}
	return isFalse(v1alpha1.ReasonClusterOutside, fmt.Sprintf(
		"declared in %s, outside %s; correct country or take the cluster out", declared, s.boundary.Name,
	)), declared != "" && !s.boundary.Contains(place)
}

func nodesUnread(s subject) (finding, bool) {
	return isUnknown(v1alpha1.ReasonEvidenceMissing,
		"the nodes cannot be read, so nothing tells where they are; grant list and watch of nodes"), !s.seen.Survey.Read
}

func nodesOutside(s subject) (finding, bool) {
	var outside []string
	for _, place := range s.seen.Survey.places() {
		if !s.boundary.Contains(place) {
			outside = append(outside, place.CloudRegion)
		}
	}
	return isFalse(v1alpha1.ReasonClusterOutside, fmt.Sprintf(
		"nodes are in %s, outside %s; take the cluster out", named(outside), s.boundary.Name,
	)), len(outside) > 0
}

// nodesContradict is no proof of outside, both lie inside; but one of them is wrong.
func nodesContradict(s subject) (finding, bool) {
	var others []string
	for _, place := range s.seen.Survey.places() {
		if place.Country != s.cluster.Declared {
			others = append(others, place.CloudRegion)
		}
	}
	return isUnknown(v1alpha1.ReasonEvidenceContradicted, fmt.Sprintf(
		"declared in %s, but nodes are in %s; correct or remove country", s.cluster.Declared, named(others),
	)), s.cluster.Declared != "" && len(others) > 0
}

func nodesSilent(s subject) (finding, bool) {
	survey := s.seen.Survey
	if s.cluster.Declared != "" {
		return finding{}, false
	}
	if unknown := survey.unknown(); len(unknown) > 0 {
		return isUnknown(v1alpha1.ReasonEvidenceMissing, fmt.Sprintf(
			"the atlas does not know where %s is; declare country", named(unknown))), true
	}
	return isUnknown(v1alpha1.ReasonEvidenceMissing, fmt.Sprintf(
		"not every node carries the label %s; label them or declare country", v1alpha1.LabelRegion,
	)), survey.Unlabelled > 0 || len(survey.CloudRegions) == 0
}

func inside(s subject) (finding, bool) {
	survey := s.seen.Survey
	if len(survey.CloudRegions) > 0 && survey.Unlabelled == 0 && len(survey.unknown()) == 0 {
		return isTrue(v1alpha1.ReasonInside, fmt.Sprintf(
			"nodes are in %s, inside %s (%s)", named(survey.CloudRegions), s.boundary.Name, geography.Observed)), true
	}
	return isTrue(v1alpha1.ReasonInside, fmt.Sprintf(
		"in %s, inside %s (%s)", s.cluster.Declared, s.boundary.Name, geography.Declared)), true
}

// places are those of the nodes' cloud regions that the atlas knows.
func (s Survey) places() []geography.Place {
	var places []geography.Place
	for _, code := range s.CloudRegions {
		if place, known := geography.LocateCloudRegion(code); known {
			places = append(places, place)
		}
	}
	return places
}

// unknown are the nodes' cloud regions that the atlas does not know.
func (s Survey) unknown() []string {
	return slices.DeleteFunc(slices.Clone(s.CloudRegions), func(code string) bool {
		_, known := geography.LocateCloudRegion(code)
		return known
	})
}

// endpoints is the part of Sovereign that spec.regions alone decides.
func endpoints(m geography.Model) finding {
	var outside, unplaced []string
	count := map[geography.Evidence]int{}
	for _, region := range m.Regions {
		for _, e := range region.Endpoints {
			switch {
			case e.Place.Country == "":
				unplaced = append(unplaced, e.Host)
			case !m.Geography.Contains(e.Place):
				outside = append(outside, fmt.Sprintf("%s (%s)", e.Host, e.Place.Country))
			}
			count[e.Place.Evidence]++
		}
	}
	switch {
	case len(outside) > 0:
		return isFalse(v1alpha1.ReasonEndpointOutside, fmt.Sprintf(
			"%s outside %s; take the endpoints out", named(outside), m.Geography.Name))
	case len(unplaced) > 0:
		return isUnknown(v1alpha1.ReasonEvidenceMissing, fmt.Sprintf(
			"nothing tells where %s stands; declare country", named(unplaced)))
	}
	checked := "every endpoint"
	if m.Accounts != nil {
		checked += ", the accounts service"
	}
	if m.Issuer != nil {
		checked += ", the issuer"
	}
	return isTrue(v1alpha1.ReasonInside, fmt.Sprintf("%s and every cluster lies inside %s; of the endpoints, %d are %s and %d %s",
		checked, m.Geography.Name, count[geography.Derived], geography.Derived, count[geography.Declared], geography.Declared))
}

// issuer is the part of Sovereign that spec.auth alone decides, where there is an issuer.
func issuer(m geography.Model) []finding {
	if m.Issuer == nil {
		return nil
	}
	return placed(m.Geography, counterpart{"the issuer", m.Issuer.Host, m.Issuer.Place, v1alpha1.ReasonIssuerOutside})
}

// accounts is the part of Sovereign that spec.accounts alone decides, where there is one service for all.
func accounts(m geography.Model) []finding {
	if m.Accounts == nil {
		return nil
	}
	return placed(m.Geography, counterpart{"the accounts service", m.Accounts.Host, m.Accounts.Place, v1alpha1.ReasonAccountsOutside})
}

// A counterpart is a host that the console speaks to for all regions, and the reason when it stands outside.
type counterpart struct {
	name, host string
	place      geography.Place
	outside    string
}

// placed is the finding on where a counterpart stands.
func placed(in geography.Boundary, c counterpart) []finding {
	switch {
	case c.place.Country == "":
		return []finding{isUnknown(v1alpha1.ReasonEvidenceMissing, fmt.Sprintf("nothing tells where %s %s stands; declare country", c.name, c.host))}
	case !in.Contains(c.place):
		return []finding{isFalse(c.outside, fmt.Sprintf("%s %s (%s) is outside %s; choose one inside", c.name, c.host, c.place.Country, in.Name))}
	default:
		return []finding{isTrue(v1alpha1.ReasonInside, fmt.Sprintf("%s is in %s, inside %s (%s)", c.name, c.place.Country, in.Name, c.place.Evidence))}
	}
}

// Hold is the reason (of Applied) why nothing may be written into a cluster now, empty when writing is allowed. What is
// already there is never cut by it. Accepted and Sovereign False forbid every write, Sovereign Unknown only the first.
func Hold(m geography.Model, problems []geography.Problem, row v1alpha1.ClusterStatus, s Survey) string {
	if m.Paused {
		return v1alpha1.ReasonPaused
	}
	cluster, _ := m.Cluster(row.Name)
	place, _ := decide(sovereignRules, subject{boundary: m.Geography, cluster: cluster, seen: Observation{Survey: s}})
	first := row.Inventory != v1alpha1.InventoryPresent
	for _, f := range append(append(accounts(m), issuer(m)...), accepted(m, problems), endpoints(m), place) {
		if f.status == metav1.ConditionFalse || (first && f.status == metav1.ConditionUnknown) {
			return v1alpha1.ReasonBlocked
		}
	}
	return ""
}
