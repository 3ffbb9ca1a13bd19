package evidence

import (
	"fmt"
	"maps"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// everywhere is the scope of a ClusterRoleBinding.
const everywhere = ""

// granted are rules by the namespace that they are good in, and the bindings by which.
type granted struct {
	rules    map[string][]rbacv1.PolicyRule
	bindings []string
}

// rights compares what the hub's account may do with the published Role, here and in every other namespace.
func (a assessment) rights() []Item {
	if missing, unread := a.unread("hub-rights", PartRights); unread {
		return []Item{missing}
	}
	g := a.grants()
	account := fmt.Sprintf("ServiceAccount %s/%s", a.HubNamespace, a.HubAccount)
	if !a.Rights.Account || len(g.bindings) == 0 {
		return []Item{{
			ID: "hub-rights", Verdict: Unproven, Says: account + " is not there, or nothing is bound to it: that is not the account of the hub",
			Cure: "name it by --hub-account",
		}}
	}
	more, less := a.compared(g)
	item := Item{ID: "hub-rights", Verdict: Holds, Known: Observed, Source: account + " and all roles that are bound to it", Says: "the hub's account may do what is published, no more and no less"}
	bindings := Item{ID: "hub-bindings", Verdict: Holds, Known: Observed, Source: item.Source, Says: "these bindings are where the hub's account has its rights from", Names: g.bindings}
	switch {
	case len(more) > 0:
		item.Verdict, item.Names = Contradicts, more
		item.Says = "the hub's account may do more than is published"
		item.Cure = "take the rights away that are named; geoconsole rbac prints what is published"
	case len(less) > 0:
		item.Names = less
		item.Says = "the hub's account may do less than is published: what is named is missing, and the operator will say so in Applied"
	}
	return []Item{item, bindings}
}

// compared are the rights that are more, and less, than is published: the console's in its namespace, the survey's outside
// of it, nothing in any other namespace.
func (a assessment) compared(g granted) (more, less []string) {
	tell := func(words []string, where string) []string {
		var out []string
		for _, w := range words {
			out = append(out, w+where)
		}
		return out
	}
	beside, missing := render.Difference(g.rules[everywhere], render.SurveyRules())
	more, less = tell(beside, " in every namespace"), tell(missing, " outside of the namespace")
	for _, namespace := range slices.Sorted(maps.Keys(g.rules)) {
		if namespace != everywhere && namespace != a.Namespace {
			beside, _ := render.Difference(g.rules[namespace], nil)
			more = append(more, tell(beside, " in namespace "+namespace)...)
		}
	}
	own := slices.Concat(render.ConsoleRules(), render.SurveyRules())
	beside, _ = render.Difference(g.rules[a.Namespace], own)
	_, missing = render.Difference(slices.Concat(g.rules[a.Namespace], g.rules[everywhere]), render.ConsoleRules())
	return append(more, tell(beside, " in namespace "+a.Namespace)...), append(less, tell(missing, " in namespace "+a.Namespace)...)
}

// grants gathers the rules of the account. Those of groups that hold every account count for the whole cluster and for
// the console's namespace; what everybody may do in another namespace is not the hub's.
func (a assessment) grants() granted {
	g := granted{rules: map[string][]rbacv1.PolicyRule{}}
	roles, clusterRoles := map[string][]rbacv1.PolicyRule{}, map[string][]rbacv1.PolicyRule{}
	for _, role := range a.Rights.Roles {
		roles[role.Namespace+"/"+role.Name] = role.Rules
	}
	for _, role := range a.Rights.ClusterRoles {
		clusterRoles[role.Name] = role.Rules
	}
	for _, binding := range a.Rights.ClusterRoleBindings {
		own, everybodys := a.isBound(binding.Subjects, "")
		if own || everybodys {
			g.rules[everywhere] = append(g.rules[everywhere], clusterRoles[binding.RoleRef.Name]...)
		}
		if own {
			g.bindings = append(g.bindings, fmt.Sprintf("ClusterRoleBinding %s to ClusterRole %s", binding.Name, binding.RoleRef.Name))
		}
	}
	for _, binding := range a.Rights.RoleBindings {
		own, everybodys := a.isBound(binding.Subjects, binding.Namespace)
		if !own && (!everybodys || binding.Namespace != a.Namespace) {
			continue
		}
		rules := clusterRoles[binding.RoleRef.Name]
		if binding.RoleRef.Kind == "Role" {
			rules = roles[binding.Namespace+"/"+binding.RoleRef.Name]
		}
		g.rules[binding.Namespace] = append(g.rules[binding.Namespace], rules...)
		if own {
			g.bindings = append(g.bindings, fmt.Sprintf("RoleBinding %s/%s to %s %s", binding.Namespace, binding.Name, binding.RoleRef.Kind, binding.RoleRef.Name))
		}
	}
	return g
}

// isBound tells whether subjects name the hub's account itself, or the group of its namespace, or every account.
func (a assessment) isBound(subjects []rbacv1.Subject, namespace string) (own, everybodys bool) {
	for _, s := range subjects {
		switch s.Kind {
		case rbacv1.ServiceAccountKind:
			in := s.Namespace
			if in == "" {
				in = namespace
			}
			own = own || s.Name == a.HubAccount && in == a.HubNamespace
		case rbacv1.UserKind:
			own = own || s.Name == "system:serviceaccount:"+a.HubNamespace+":"+a.HubAccount
		case rbacv1.GroupKind:
			own = own || s.Name == "system:serviceaccounts:"+a.HubNamespace
			everybodys = everybodys || s.Name == "system:serviceaccounts" || s.Name == "system:authenticated"
		}
	}
	return own, everybodys
}
