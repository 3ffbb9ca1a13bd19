package render

import (
	"cmp"
	"slices"
	"strings"

	authorization "k8s.io/api/authorization/v1"
	rbac "k8s.io/api/rbac/v1"
)

// maxRights bounds how many single rights of an answer are looked at: many times what any role of a cluster gives. An
// answer with more could keep the hub busy for ever, and is too much by that alone.
const maxRights = 100_000

// right is one verb on one resource; an empty name stands for all names.
type right struct{ verb, group, resource, name string }

// Excess is one right, in closed words, that a credential has beside those that are published and those that everybody
// has; empty when there is none. Of several it names the gravest, and always the same one: an API server lists rights in
// no order. A list that is incomplete is judged by what it holds.
func Excess(granted authorization.SubjectRulesReviewStatus) string {
	var found []excess
	seen := 0
	for _, rule := range granted.ResourceRules {
		if seen += len(rule.Verbs) * len(rule.APIGroups) * len(rule.Resources) * max(1, len(rule.ResourceNames)); seen > maxRights {
			return "more than can be listed"
		}
		for r := range rightsOf(rule) {
			if !isGiven(r) {
				found = append(found, r.excess())
			}
		}
	}
	for _, rule := range granted.NonResourceRules {
		if slices.Contains(rule.NonResourceURLs, "*") || slices.Contains(rule.NonResourceURLs, "/*") {
			found = append(found, excess{grave, "use any URL"})
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.MinFunc(found, excess.compare).words
}

func rightsOf(rule authorization.ResourceRule) func(func(right) bool) {
	names := rule.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	return func(yield func(right) bool) {
		for _, verb := range rule.Verbs {
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					for _, name := range names {
						if !yield(right{verb, group, resource, name}) {
							return
						}
					}
				}
			}
		}
	}
}

func isGiven(r right) bool {
	covering := func(rule rbac.PolicyRule) bool { return covers(rule, r) }
	return slices.ContainsFunc(published, covering) || slices.ContainsFunc(everybodys, covering) || r.isReadingOpenShift()
}

func covers(rule rbac.PolicyRule, r right) bool {
	return slices.Contains(rule.Verbs, r.verb) && slices.Contains(rule.APIGroups, r.group) && slices.Contains(rule.Resources, r.resource) &&
		(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, r.name))
}

var published = append(ConsoleRules(), SurveyRules()...)

// isReadingOpenShift tells a read of OpenShift's own APIs. Releases differ in what they let everybody see there.
func (r right) isReadingOpenShift() bool {
	return strings.HasSuffix(r.group, ".openshift.io") && slices.Contains(readVerbs, r.verb) &&
		!strings.Contains(r.resource, "*") && !slices.Contains(private, r.resource)
}

// excess is a right that is too much. The graver it is, the lower its grade.
type excess struct {
	grade int
	words string
}

const (
	wildcard = iota
	grave    // leads to further rights, or to what a geography keeps to itself
	writing
	reading
)

func (e excess) compare(other excess) int {
	return cmp.Or(cmp.Compare(e.grade, other.grade), strings.Compare(e.words, other.words))
}

func (r right) excess() excess { return excess{r.grade(), r.words()} }

func (r right) grade() int {
	switch {
	case strings.Contains(r.verb+r.group+r.resource, "*"):
		return wildcard
	case slices.Contains(graveVerbs, r.verb), r.group == "" && slices.Contains(graveResources, r.resource):
		return grave
	case slices.Contains(readVerbs, r.verb):
		return reading
	default:
		return writing
	}
}

// words are of closed lists: what an API server calls its verbs and resources ends in a condition.
func (r right) words() string {
	verb, resource := "use another verb on", "another resource"
	switch {
	case r.verb == "*":
		verb = "use any verb on"
	case slices.Contains(knownVerbs, r.verb):
		verb = r.verb
	}
	switch {
	case r.resource == "*":
		resource = "any resource"
	case strings.Contains(r.resource, "*"):
		resource = "any subresource"
	case r.group == "*":
		resource = "resources of any group"
	case slices.Contains(knownResources[r.group], r.resource):
		resource = strings.TrimSuffix(r.resource+"."+r.group, ".")
	}
	return verb + " " + resource
}
