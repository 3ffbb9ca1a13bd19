package render

import (
	"slices"
	"strings"
	"testing"

	authorization "k8s.io/api/authorization/v1"
	rbac "k8s.io/api/rbac/v1"
)

// review is what an API server says of rules.
func review(rules ...rbac.PolicyRule) authorization.SubjectRulesReviewStatus {
	var status authorization.SubjectRulesReviewStatus
	for _, rule := range rules {
		if len(rule.NonResourceURLs) > 0 {
			status.NonResourceRules = append(status.NonResourceRules, authorization.NonResourceRule{Verbs: rule.Verbs, NonResourceURLs: rule.NonResourceURLs})
			continue
		}
		status.ResourceRules = append(status.ResourceRules, authorization.ResourceRule{
			Verbs: rule.Verbs, APIGroups: rule.APIGroups, Resources: rule.Resources, ResourceNames: rule.ResourceNames,
		})
	}
	return status
}

// rule reads "verbs groups resources names", each a list with commas; "core" is the empty group.
func rule(text string) rbac.PolicyRule {
	fields := strings.Fields(text)
	r := rbac.PolicyRule{Verbs: strings.Split(fields[0], ","), Resources: strings.Split(fields[2], ",")}
	for group := range strings.SplitSeq(fields[1], ",") {
		r.APIGroups = append(r.APIGroups, strings.TrimPrefix(group, "core"))
	}
	if len(fields) > 3 {
		r.ResourceNames = strings.Split(fields[3], ",")
	}
	return r
}

// kubernetesDefaults are what Kubernetes 1.34 gives to every ServiceAccount: system:basic-user, system:discovery,
// system:public-info-viewer, system:service-account-issuer-discovery.
var kubernetesDefaults = []rbac.PolicyRule{
	rule("create authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews"),
	rule("create authentication.k8s.io selfsubjectreviews"),
	{Verbs: []string{"get"}, NonResourceURLs: []string{"/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/"}},
	{Verbs: []string{"get"}, NonResourceURLs: []string{"/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/"}},
}

// openShiftDefaults are what OpenShift 4 gives besides.
var openShiftDefaults = []rbac.PolicyRule{
	rule("get user.openshift.io,core users ~"),
	rule("list project.openshift.io,core projectrequests"),
	rule("list,watch project.openshift.io,core projects"),
	rule("get,list authorization.openshift.io,core clusterroles"),
	rule("get,list,watch rbac.authorization.k8s.io clusterroles"),
	rule("get,list storage.k8s.io storageclasses"),
	rule("get,list,watch snapshot.storage.k8s.io volumesnapshotclasses"),
	rule("create authorization.openshift.io,core selfsubjectrulesreviews"),
	rule("get,create build.openshift.io,core buildconfigs/webhooks"),
	rule("create build.openshift.io,core builds/docker,builds/optimizeddocker,builds/jenkinspipeline,builds/source"),
	rule("impersonate authentication.k8s.io userextras/scopes.authorization.openshift.io"),
	rule("delete oauth.openshift.io,core oauthaccesstokens,oauthauthorizetokens"),
	rule("use security.openshift.io securitycontextconstraints restricted-v2"),
	rule("use security.openshift.io securitycontextconstraints restricted-v3"),
	rule("get image.openshift.io,core imagestreams/layers"),
	rule("get,list,watch console.openshift.io consoleclidownloads,consolelinks,consoleplugins,consolequickstarts"),
	rule("get,list,watch helm.openshift.io helmchartrepositories"),
	{Verbs: []string{"get"}, NonResourceURLs: []string{"/", "/version/openshift", "/.well-known", "/.well-known/*", "/healthz/"}},
}

func TestProperty11_WhatEverybodyHasIsNoExcess(t *testing.T) {
	hub := append(ConsoleRules(), SurveyRules()...)
	for name, rules := range map[string][]rbac.PolicyRule{
		"nothing":                     nil,
		"the published rights":        hub,
		"on Kubernetes":               slices.Concat(hub, kubernetesDefaults),
		"on OpenShift":                slices.Concat(hub, kubernetesDefaults, openShiftDefaults),
		"less than what is published": {rule("get core configmaps"), rule("get core pods/proxy europe-1"), rule("create,patch route.openshift.io routes")},
	} {
		if got := Excess(review(rules...)); got != "" {
			t.Errorf("%s: %q is called too much", name, got)
		}
	}
}

func TestProperty11_ExcessIsNamed(t *testing.T) {
	for given, want := range map[string]string{
		// any wildcard
		"* * *":                     "use any verb on any resource",
		"get core *":                "get any resource",
		"* core configmaps":         "use any verb on configmaps",
		"get * configmaps":          "get resources of any group",
		"get core pods/*":           "get any subresource",
		"get apps */scale":          "get any subresource",
		"* route.openshift.io *":    "use any verb on any resource",
		"get config.openshift.io *": "get any resource",

		// what leads further, or to what a geography keeps to itself
		"get core secrets":                              "get secrets",
		"list,watch,get core secrets":                   "get secrets",
		"get core secrets europe-tls":                   "get secrets",
		"create core pods/exec":                         "create pods/exec",
		"get core pods/exec":                            "get pods/exec",
		"create core pods/attach":                       "create pods/attach",
		"create core pods/portforward":                  "create pods/portforward",
		"create core serviceaccounts/token":             "create serviceaccounts/token",
		"escalate rbac.authorization.k8s.io roles":      "escalate roles.rbac.authorization.k8s.io",
		"bind rbac.authorization.k8s.io clusterroles":   "bind clusterroles.rbac.authorization.k8s.io",
		"impersonate core users":                        "impersonate users",
		"impersonate authentication.k8s.io userextras":  "impersonate userextras.authentication.k8s.io",
		"impersonate core serviceaccounts system-admin": "impersonate serviceaccounts",

		// writes
		"update apps deployments":                                             "update deployments.apps",
		"deletecollection core configmaps":                                    "deletecollection configmaps",
		"create core pods":                                                    "create pods",
		"create core pods/proxy":                                              "create pods/proxy",
		"create rbac.authorization.k8s.io rolebindings":                       "create rolebindings.rbac.authorization.k8s.io",
		"patch networking.k8s.io ingressclasses":                              "patch ingressclasses.networking.k8s.io",
		"delete policy poddisruptionbudgets,podsecuritypolicies":              "delete another resource",
		"create batch jobs":                                                   "create jobs.batch",
		"create admissionregistration.k8s.io validatingwebhookconfigurations": "create validatingwebhookconfigurations.admissionregistration.k8s.io",
		"patch apiextensions.k8s.io customresourcedefinitions":                "patch customresourcedefinitions.apiextensions.k8s.io",
		"patch core nodes":                                                    "patch nodes",
		"create core namespaces":                                              "create namespaces",

		// reads
		"get core pods":                      "get pods",
		"get core pods/log":                  "get pods/log",
		"get core namespaces":                "get namespaces",
		"get core namespaces kube-public":    "get namespaces",
		"get core nodes":                     "get nodes",
		"get apps replicasets":               "get replicasets.apps",
		"list batch cronjobs":                "list cronjobs.batch",
		"get,list storage.k8s.io csidrivers": "get another resource",

		// OpenShift's, which not everybody has
		"use security.openshift.io securitycontextconstraints privileged": "use another resource",
		"use security.openshift.io securitycontextconstraints":            "use another resource",
		"get user.openshift.io users":                                     "get another resource",
		"get user.openshift.io users admin":                               "get another resource",
		"list oauth.openshift.io oauthaccesstokens":                       "list another resource",
		"get image.openshift.io imagestreams/secrets":                     "get another resource",
		"create build.openshift.io buildconfigs":                          "create another resource",
		"update route.openshift.io routes":                                "update routes.route.openshift.io",
		"get openshift.io secrets":                                        "get another resource",
		"get fake-openshift.io.example.com things":                        "get another resource",
	} {
		t.Run(given, func(t *testing.T) {
			rules := slices.Concat(ConsoleRules(), SurveyRules(), kubernetesDefaults, []rbac.PolicyRule{rule(given)}, openShiftDefaults)
			if got := Excess(review(rules...)); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			incomplete := review(rules...)
			incomplete.Incomplete, incomplete.EvaluationError = true, "call 555"
			if got := Excess(incomplete); got != want {
				t.Errorf("of a list that is incomplete: got %q, want %q", got, want)
			}
		})
	}
	everywhere := rbac.PolicyRule{Verbs: []string{"*"}, NonResourceURLs: []string{"*"}}
	if got := Excess(review(everywhere)); got != "use any URL" {
		t.Errorf("any URL: got %q", got)
	}
}

// An API server lists rights in the order of its memory; a condition must not change with it.
func TestExcessIsTheSameInEveryOrder(t *testing.T) {
	rules := []rbac.PolicyRule{rule("get core pods"), rule("update apps deployments"), rule("get core secrets"), rule("create core pods/exec")}
	for range len(rules) {
		rules = append(rules[1:], rules[0])
		if got := Excess(review(rules...)); got != "create pods/exec" {
			t.Errorf("got %q", got)
		}
	}
}

func TestProperty13_ExcessIsInClosedWords(t *testing.T) {
	const said = "call-555"
	for _, r := range []rbac.PolicyRule{
		rule("get core " + said), rule(said + " core secrets"), rule("get " + said + " secrets"), rule("get core pods/" + said),
		rule(said + " " + said + " " + said), rule("get core */" + said), rule(said + "* core pods"), rule("get *" + said + " pods"),
	} {
		got := Excess(review(r))
		if got == "" || strings.Contains(got, said) {
			t.Errorf("of %v: %q", r, got)
		}
	}
}

func TestExcessIsBounded(t *testing.T) {
	many := make([]string, 50_000)
	for i := range many {
		many[i] = "get"
	}
	huge := rbac.PolicyRule{Verbs: many, APIGroups: many, Resources: many, ResourceNames: many}
	if got := Excess(review(huge)); got != "more than can be listed" {
		t.Errorf("got %q", got)
	}
}
