package v1alpha1

// The conditions of a GeoConsole and of its clusters. A message is one of a closed set of texts.
const (
	// ConditionAccepted is True when the spec resolves. It is never Unknown.
	ConditionAccepted = "Accepted"
	// ConditionSovereign is True when every endpoint and every cluster lies inside the geography, with evidence.
	ConditionSovereign = "Sovereign"
	// ConditionReachable is True when the last probe of the cluster succeeded.
	ConditionReachable = "Reachable"
	// ConditionApplied is True when all objects in the cluster are ours and as rendered.
	ConditionApplied = "Applied"
	// ConditionServed is True when all ready console pods are of this revision.
	ConditionServed = "Served"
	// ConditionExposed is True when the public host name is admitted.
	ConditionExposed = "Exposed"
	// ConditionRegionsHealthy is True when no Active region is Unhealthy. It is not part of Ready.
	ConditionRegionsHealthy = "RegionsHealthy"
	// ConditionReady is True when Accepted, Sovereign, Applied, Served and Exposed are, for every cluster and this generation.
	ConditionReady = "Ready"
	// ConditionReconciling is present, and True, only while the operator works towards the spec (kstatus).
	ConditionReconciling = "Reconciling"
	// ConditionStalled is present, and True, only while a person has to act (kstatus).
	ConditionStalled = "Stalled"
	// ConditionPaused is present, and True, only while spec.paused is.
	ConditionPaused = "Paused"
)

// Reasons of Accepted.
const (
	// ReasonAccepted means that the spec resolves.
	ReasonAccepted = "Accepted"
	// ReasonAcceptedWithoutAuth means that the spec resolves and that anybody who reaches the console may use it.
	ReasonAcceptedWithoutAuth = "AcceptedWithoutAuth"
	// ReasonImageNotAllowed means that spec.console.image is neither a digest nor under an allowed prefix.
	ReasonImageNotAllowed = "ImageNotAllowed"
	// ReasonImageMissing means that neither spec.console.image nor the operator names an image.
	ReasonImageMissing = "ImageMissing"
	// ReasonHostnameTaken means that another GeoConsole holds the host name, or one above or below it.
	ReasonHostnameTaken = "HostnameTaken"
	// ReasonCountryMissing means that an endpoint's host names no known cloud region and no country is declared.
	ReasonCountryMissing = "CountryMissing"
	// ReasonCountryContradicted means that a declared country is not the one that the host name tells.
	ReasonCountryContradicted = "CountryContradicted"
	// ReasonCABundleMissing means that the ConfigMap or key of a caBundle is not there.
	ReasonCABundleMissing = "CABundleMissing"
	// ReasonCABundleInvalid means that a caBundle holds no certificate.
	ReasonCABundleInvalid = "CABundleInvalid"
	// ReasonGeographyNameTaken means that a custom geography has the name of a built-in one.
	ReasonGeographyNameTaken = "GeographyNameTaken"
	// ReasonConfigRefused means that no console would load the config that follows from the spec.
	ReasonConfigRefused = "ConfigRefused"
	// ReasonResourcesInvalid means that a pod could not run with spec.console.resources.
	ReasonResourcesInvalid = "ResourcesInvalid"
	// ReasonClusterTwice means that two clusters name the same place.
	ReasonClusterTwice = "ClusterTwice"
)

// Reasons of Sovereign.
const (
	// ReasonInside means that everything lies inside, with evidence.
	ReasonInside = "Inside"
	// ReasonEndpointOutside means that an endpoint lies outside the geography.
	ReasonEndpointOutside = "EndpointOutside"
	// ReasonAccountsOutside means that the accounts service of spec.accounts lies outside the geography.
	ReasonAccountsOutside = "AccountsOutside"
	// ReasonIssuerOutside means that the issuer of spec.auth lies outside the geography.
	ReasonIssuerOutside = "IssuerOutside"
	// ReasonClusterOutside means that a cluster lies outside the geography.
	ReasonClusterOutside = "ClusterOutside"
	// ReasonEvidenceMissing means that a cluster's nodes cannot be read, or do not tell their region and no country is declared.
	ReasonEvidenceMissing = "EvidenceMissing"
	// ReasonEvidenceContradicted means that a cluster's nodes tell another country than the declared one.
	ReasonEvidenceContradicted = "EvidenceContradicted"
)

// Reasons of Reachable.
const (
	// ReasonConnected means that the last probe succeeded.
	ReasonConnected = "Connected"
	// ReasonNotProbed means that no probe has ended yet.
	ReasonNotProbed = "NotProbed"
	// ReasonSecretMissing means that the kubeconfig's Secret or key is not there, or lacks the label.
	ReasonSecretMissing = "SecretMissing"
	// ReasonKubeconfigRefused means that the kubeconfig holds what is not allowed.
	ReasonKubeconfigRefused = "KubeconfigRefused"
	// ReasonCredentialExpiring means that the last probe succeeded, and that the credential ends soon.
	ReasonCredentialExpiring = "CredentialExpiring" //nolint:gosec // a reason, no credential
	// ReasonKubeconfigNotTaken means that the last probe succeeded, by a kubeconfig that the Secret no longer holds: what
	// it holds now makes no connection to this cluster.
	ReasonKubeconfigNotTaken = "KubeconfigNotTaken"
	// ReasonCredentialTooBroad means that the credential may do more than the published rights give.
	ReasonCredentialTooBroad = "CredentialTooBroad" //nolint:gosec // a reason, no credential
	// ReasonUnauthorized means that the cluster refused the credential.
	ReasonUnauthorized = "Unauthorized"
	// ReasonConnectionLost means that the cluster does not answer.
	ReasonConnectionLost = "ConnectionLost"
	// ReasonClusterChanged means that another cluster answers than the one that was written into.
	ReasonClusterChanged = "ClusterChanged"
)

// Reasons of Applied.
const (
	// ReasonApplied means that all objects are ours and as rendered.
	ReasonApplied = "Applied"
	// ReasonNotOurs means that an object of the wanted name exists and belongs to somebody else.
	ReasonNotOurs = "NotOurs"
	// ReasonOwnedElsewhere means that the inventory belongs to another GeoConsole or hub.
	ReasonOwnedElsewhere = "OwnedElsewhere"
	// ReasonHubRewound means that the inventory was written by a later generation than the hub knows.
	ReasonHubRewound = "HubRewound"
	// ReasonOperatorOutdated means that the inventory was written by a later release of the operator, in a format of its own.
	ReasonOperatorOutdated = "OperatorOutdated"
	// ReasonFieldContested means that somebody else takes a field each time it is applied.
	ReasonFieldContested = "FieldContested"
	// ReasonNamespaceMissing means that the namespace is not there; the operator never creates it.
	ReasonNamespaceMissing = "NamespaceMissing"
	// ReasonForbidden means that the credential lacks a right.
	ReasonForbidden = "Forbidden"
	// ReasonKindNotServed means that the cluster does not serve the API of the chosen exposure.
	ReasonKindNotServed = "KindNotServed"
	// ReasonRefused means that the cluster's API server refused an object.
	ReasonRefused = "Refused"
	// ReasonApplying means that not all objects are applied yet.
	ReasonApplying = "Applying"
	// ReasonBlocked means that Accepted or Sovereign forbids a first apply.
	ReasonBlocked = "Blocked"
	// ReasonPaused means that spec.paused forbids writes.
	ReasonPaused = "Paused"
	// ReasonRemoving means that the cluster is being emptied.
	ReasonRemoving = "Removing"
	// ReasonReleasing means that what stands in the cluster is being let go of, and stays.
	ReasonReleasing = "Releasing"
	// ReasonKindUnknown means that the inventory lists an object of a kind that only a later release knows.
	ReasonKindUnknown = "KindUnknown"
)

// Reasons of Served.
const (
	// ReasonServed means that all ready pods are of this revision.
	ReasonServed = "Served"
	// ReasonRollingOut means that pods of this revision are still starting.
	ReasonRollingOut = "RollingOut"
	// ReasonImagePullFailed means that the node cannot pull the image.
	ReasonImagePullFailed = "ImagePullFailed"
	// ReasonConsoleFailing means that the console's container keeps ending.
	ReasonConsoleFailing = "ConsoleFailing"
	// ReasonUnschedulable means that no node takes the pods.
	ReasonUnschedulable = "Unschedulable"
	// ReasonDeadlineExceeded means that the rollout took longer than its deadline.
	ReasonDeadlineExceeded = "DeadlineExceeded"
	// ReasonNoReadyPods means that the rollout is complete and no pod is ready.
	ReasonNoReadyPods = "NoReadyPods"
)

// Reasons of Exposed.
const (
	// ReasonExposed means that the host name is admitted.
	ReasonExposed = "Exposed"
	// ReasonNotAdmitted means that no router or ingress controller has taken the host name yet.
	ReasonNotAdmitted = "NotAdmitted"
	// ReasonRejected means that the router refused the host name.
	ReasonRejected = "Rejected"
)

// Reasons of RegionsHealthy.
const (
	// ReasonAllHealthy means that every Active region is Healthy.
	ReasonAllHealthy = "AllHealthy"
	// ReasonSomeUnhealthy means that an Active region is Unhealthy; the rows of status.regions name it.
	ReasonSomeUnhealthy = "SomeUnhealthy"
	// ReasonAllUnhealthy means that every Active region is Unhealthy. This one makes Ready False.
	ReasonAllUnhealthy = "AllUnhealthy"
	// ReasonNoVerdict means that no Active region is Unhealthy, and some have no verdict yet.
	ReasonNoVerdict = "NoVerdict"
	// ReasonNoneActive means that every region is in Maintenance or Drained, by the spec.
	ReasonNoneActive = "NoneActive"
)

// Reasons of Ready and of what follows from it.
const (
	// ReasonReady means that everything that Ready asks for is True.
	ReasonReady = "Ready"
	// ReasonUnreachable means that a cluster could not be observed for longer than the grace.
	ReasonUnreachable = "Unreachable"
	// ReasonProgressing means that the operator works towards the spec.
	ReasonProgressing = "Progressing"
)

// Reasons of Events that no condition has.
const (
	// ReasonAbandoned means that a cluster was let go of with all that stands in it, because it is gone for good.
	ReasonAbandoned = "Abandoned"
)
