package render

import rbac "k8s.io/api/rbac/v1"

// everybodys are the rights that Kubernetes and OpenShift give to every ServiceAccount: to look up one's own rights and
// name, to see what classes and roles there are, and OpenShift's self-service. OpenShift gives some of them also in the
// empty group, where its APIs once were.
var everybodys = []rbac.PolicyRule{
	{APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"selfsubjectaccessreviews", "selfsubjectrulesreviews"}, Verbs: []string{"create"}},
	{APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"selfsubjectreviews"}, Verbs: []string{"create"}},
	{APIGroups: []string{"certificates.k8s.io"}, Resources: []string{"clustertrustbundles"}, Verbs: readVerbs},
	{APIGroups: []string{"rbac.authorization.k8s.io"}, Resources: []string{"clusterroles"}, Verbs: readVerbs},
	{APIGroups: []string{"storage.k8s.io"}, Resources: []string{"storageclasses"}, Verbs: readVerbs},
	{APIGroups: []string{"snapshot.storage.k8s.io"}, Resources: []string{"volumesnapshotclasses"}, Verbs: readVerbs},

	{APIGroups: []string{"authorization.openshift.io", ""}, Resources: []string{"selfsubjectrulesreviews"}, Verbs: []string{"create"}},
	{APIGroups: []string{"authorization.openshift.io", ""}, Resources: []string{"clusterroles"}, Verbs: readVerbs},
	{APIGroups: []string{"user.openshift.io", ""}, Resources: []string{"users"}, ResourceNames: []string{"~"}, Verbs: []string{"get"}},
	{APIGroups: []string{"project.openshift.io", ""}, Resources: []string{"projects"}, Verbs: readVerbs},
	{APIGroups: []string{"project.openshift.io", ""}, Resources: []string{"projectrequests"}, Verbs: []string{"list", "create"}},
	{APIGroups: []string{"build.openshift.io", ""}, Resources: []string{"builds/docker", "builds/optimizeddocker", "builds/jenkinspipeline", "builds/source"}, Verbs: []string{"create"}},
	{APIGroups: []string{"build.openshift.io", ""}, Resources: []string{"buildconfigs/webhooks"}, Verbs: []string{"get", "create"}},
	{APIGroups: []string{"image.openshift.io", ""}, Resources: []string{"imagestreams/layers"}, Verbs: []string{"get"}},
	{APIGroups: []string{"oauth.openshift.io", ""}, Resources: []string{"oauthaccesstokens", "oauthauthorizetokens"}, Verbs: []string{"delete"}},
	{APIGroups: []string{"oauth.openshift.io"}, Resources: []string{"useroauthaccesstokens"}, Verbs: []string{"get", "list", "watch", "delete"}},
	{APIGroups: []string{"security.openshift.io"}, Resources: []string{"securitycontextconstraints"}, ResourceNames: []string{"restricted", "restricted-v2", "restricted-v3"}, Verbs: []string{"use"}},
	// The scopes that a user gives to a token of one's own.
	{APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"userextras/scopes.authorization.openshift.io"}, Verbs: []string{"impersonate"}},
}

// private are the resources of OpenShift's APIs that nobody reads by being authenticated: tokens, secrets, people.
var private = []string{
	"groups", "identities", "imagestreams/secrets", "oauthaccesstokens", "oauthauthorizetokens", "oauthclientauthorizations", "oauthclients",
	"useridentitymappings", "users",
}

var (
	graveVerbs     = []string{"bind", "escalate", "impersonate"}
	graveResources = []string{"pods/attach", "pods/exec", "pods/portforward", "secrets", "serviceaccounts/token"}
)

var knownVerbs = []string{
	"approve", "bind", "create", "delete", "deletecollection", "escalate", "get", "impersonate", "list", "patch", "sign", "update", "use", "watch",
}

// knownResources are the resources that are told by name, by their group.
var knownResources = map[string][]string{
	"": {
		"bindings", "configmaps", "endpoints", "events", "groups", "limitranges", "namespaces", "namespaces/finalize", "nodes", "nodes/proxy",
		"persistentvolumeclaims", "persistentvolumes", "pods", "pods/attach", "pods/ephemeralcontainers", "pods/eviction", "pods/exec",
		"pods/log", "pods/portforward", "pods/proxy", "pods/status", "podtemplates", "replicationcontrollers", "resourcequotas", "secrets",
		"serviceaccounts", "serviceaccounts/token", "services", "services/proxy", "services/status", "users",
	},
	"admissionregistration.k8s.io": {
		"mutatingwebhookconfigurations", "validatingadmissionpolicies", "validatingadmissionpolicybindings", "validatingwebhookconfigurations",
	},
	"apiextensions.k8s.io":   {"customresourcedefinitions"},
	"apiregistration.k8s.io": {"apiservices"},
	"apps": {
		"controllerrevisions", "daemonsets", "deployments", "deployments/scale", "deployments/status", "replicasets", "replicasets/scale", "statefulsets",
	},
	"authentication.k8s.io":     {"tokenreviews", "uids", "userextras"},
	"authorization.k8s.io":      {"localsubjectaccessreviews", "subjectaccessreviews"},
	"autoscaling":               {"horizontalpodautoscalers"},
	"batch":                     {"cronjobs", "jobs"},
	"certificates.k8s.io":       {"certificatesigningrequests", "certificatesigningrequests/approval", "signers"},
	"coordination.k8s.io":       {"leases"},
	"discovery.k8s.io":          {"endpointslices"},
	"events.k8s.io":             {"events"},
	"networking.k8s.io":         {"ingressclasses", "ingresses", "ingresses/status", "networkpolicies"},
	"policy":                    {"poddisruptionbudgets"},
	"rbac.authorization.k8s.io": {"clusterrolebindings", "clusterroles", "rolebindings", "roles"},
	"route.openshift.io":        {"routes", "routes/custom-host", "routes/status"},
	"scheduling.k8s.io":         {"priorityclasses"},
	"storage.k8s.io":            {"storageclasses", "volumeattachments"},
}
