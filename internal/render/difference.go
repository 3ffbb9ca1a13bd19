package render

import (
	"slices"
	"strings"

	authorization "k8s.io/api/authorization/v1"
	rbac "k8s.io/api/rbac/v1"
)

// Difference compares rules that were granted with those that should be: what is granted beside them and what everybody
// has, and what of them is not granted, both in closed words, the gravest first.
func Difference(granted, should []rbac.PolicyRule) (more, less []string) {
	var beside, missing []excess
	for _, rule := range granted {
		if slices.Contains(rule.NonResourceURLs, "*") || slices.Contains(rule.NonResourceURLs, "/*") {
			beside = append(beside, excess{grave, "use any URL"})
		}
		for r := range rightsOf(resourceRule(rule)) {
			covering := func(given rbac.PolicyRule) bool { return covers(given, r) }
			if !slices.ContainsFunc(should, covering) && !slices.ContainsFunc(everybodys, covering) && !r.isReadingOpenShift() {
				beside = append(beside, r.excess())
			}
		}
	}
	for _, rule := range should {
		for r := range rightsOf(resourceRule(rule)) {
			if !slices.ContainsFunc(granted, func(g rbac.PolicyRule) bool { return grants(g, r) }) {
				missing = append(missing, r.excess())
			}
		}
	}
	return wordsOf(beside), wordsOf(missing)
}

func resourceRule(rule rbac.PolicyRule) authorization.ResourceRule {
	return authorization.ResourceRule{Verbs: rule.Verbs, APIGroups: rule.APIGroups, Resources: rule.Resources, ResourceNames: rule.ResourceNames}
}

// grants is covers as an API server sees it, which knows wildcards.
func grants(rule rbac.PolicyRule, r right) bool {
	has := func(list []string, wanted string) bool {
		return slices.Contains(list, wanted) || slices.Contains(list, "*")
	}
	_, subresource, hasOne := strings.Cut(r.resource, "/")
	resource := has(rule.Resources, r.resource) || hasOne && slices.Contains(rule.Resources, "*/"+subresource)
	return has(rule.Verbs, r.verb) && has(rule.APIGroups, r.group) && resource &&
		(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, r.name))
}

func wordsOf(found []excess) []string {
	slices.SortFunc(found, excess.compare)
	var words []string
	for _, one := range found {
		words = append(words, one.words)
	}
	return slices.Compact(words)
}
