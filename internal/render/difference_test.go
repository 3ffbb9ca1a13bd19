package render

import (
	"slices"
	"strings"
	"testing"

	rbac "k8s.io/api/rbac/v1"
)

func TestDifferenceNamesWhatIsMoreAndLess(t *testing.T) {
	without := func(resource string) []rbac.PolicyRule {
		return slices.DeleteFunc(ConsoleRules(), func(r rbac.PolicyRule) bool { return slices.Contains(r.Resources, resource) })
	}
	with := func(more ...rbac.PolicyRule) []rbac.PolicyRule { return append(ConsoleRules(), more...) }
	for name, test := range map[string]struct {
		granted    []rbac.PolicyRule
		more, less []string
	}{
		"as published":                        {granted: ConsoleRules()},
		"and what everybody has":              {granted: with(append(kubernetesDefaults, openShiftDefaults...)...)},
		"Secrets and a shell":                 {granted: with(rule("list core secrets"), rule("create core pods/exec")), more: []string{"create pods/exec", "list secrets"}},
		"everything":                          {granted: []rbac.PolicyRule{rule("* * *")}, more: []string{"use any verb on any resource"}},
		"any URL":                             {granted: with(rbac.PolicyRule{Verbs: []string{"get"}, NonResourceURLs: []string{"*"}}), more: []string{"use any URL"}},
		"no pod":                              {granted: without("pods"), less: []string{"list pods", "watch pods"}},
		"no verdicts":                         {granted: without("pods/proxy"), less: []string{"get pods/proxy"}},
		"one ConfigMap":                       {granted: append(without("configmaps"), rule("get,list,watch,create,update,patch,delete core configmaps europe-live")), less: []string{"create configmaps", "delete configmaps", "patch configmaps", "update configmaps", "get configmaps", "list configmaps", "watch configmaps"}},
		"a subresource by a wildcard":         {granted: append(without("pods/proxy"), rule("get core */proxy")), more: []string{"get any subresource"}},
		"the same twice, in any order":        {granted: with(rule("list core secrets"), rule("list core secrets"), rule("get core nodes")), more: []string{"list secrets", "get nodes"}},
		"what nobody knows the name of":       {granted: with(rule("frob example.com widgets")), more: []string{"use another verb on another resource"}},
		"a Secret by its name is one as well": {granted: with(rule("get core secrets hub")), more: []string{"get secrets"}},
	} {
		t.Run(name, func(t *testing.T) {
			more, less := Difference(test.granted, ConsoleRules())
			if !slices.Equal(more, test.more) || !slices.Equal(less, test.less) {
				t.Errorf("more is %s, want %s; less is %s, want %s", strings.Join(more, ", "), test.more, strings.Join(less, ", "), test.less)
			}
		})
	}
}
