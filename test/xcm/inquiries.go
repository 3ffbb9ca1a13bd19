package xcm

import (
	"crypto/sha1" //nolint:gosec // what AWS asks for
	"fmt"
	"net/http"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	stsPolicyKind         = kind[cmv1.AWSSTSPolicy]{name: "AWSSTSPolicy", write: cmv1.MarshalAWSSTSPolicy, read: cmv1.UnmarshalAWSSTSPolicy, openAPI: clustersSchemas, hidden: []string{"policy_type"}}
	htpasswdUserKind      = kind[cmv1.HTPasswdUser]{name: "HTPasswdUser", write: cmv1.MarshalHTPasswdUser, read: cmv1.UnmarshalHTPasswdUser, openAPI: clustersSchemas}
	credentialRequestKind = kind[cmv1.STSCredentialRequest]{
		name: "STSCredentialRequest", write: cmv1.MarshalSTSCredentialRequest, read: cmv1.UnmarshalSTSCredentialRequest, openAPI: clustersSchemas,
	}
)

// stsPolicies are some of the policies of the roles that ROSA works by, by their real ids. What they allow is made up.
func stsPolicies() *collection[cmv1.AWSSTSPolicy] {
	policies := newCollection(stsPolicyKind)
	for _, policy := range []struct{ id, of, managed string }{
		{"osd_scp_policy", "OSDSCPPolicy", ""},
		{"sts_installer_permission_policy", "AccountRole", ""},
		{"sts_support_permission_policy", "AccountRole", ""},
		{"sts_instance_worker_permission_policy", "AccountRole", ""},
		{"sts_instance_controlplane_permission_policy", "AccountRole", ""},
		{"sts_hcp_installer_permission_policy", "AccountRole", "ROSAInstallerPolicy"},
		{"sts_hcp_support_permission_policy", "AccountRole", "ROSASRESupportPolicy"},
		{"sts_hcp_instance_worker_permission_policy", "AccountRole", "ROSAWorkerInstancePolicy"},
		{"openshift_ingress_operator_cloud_credentials_policy", "OperatorRole", ""},
	} {
		const details = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:DescribeInstances"],"Resource":"*"}]}`
		builder := cmv1.NewAWSSTSPolicy().ID(policy.id).Type(policy.of).Details(details)
		if policy.managed != "" {
			builder.ARN("arn:aws:iam::aws:policy/service-role/" + policy.managed)
		}
		policies.put(policy.id, built(builder.Build()))
		policies.hide(policy.id, "policy_type", policy.of)
	}
	return policies
}

func listSTSPolicies(_ *state, c call) (answer, error) {
	return stsPolicies().list(c.URL.Query())
}

// listCredentialRequests are the operators of a cluster that need a role each.
func listCredentialRequests(_ *state, c call) (answer, error) {
	requests := newCollection(credentialRequestKind)
	for _, operator := range operators {
		name := operator.namespace + "-" + operator.name
		requests.put(name, built(cmv1.NewSTSCredentialRequest().Name(name).
			Operator(cmv1.NewSTSOperator().Name(operator.name).Namespace(operator.namespace).ServiceAccounts(operator.name)).Build()))
	}
	return requests.list(c.URL.Query())
}

// inquireMachineTypes answers which machine types there are in the cloud region that the body names. With the role or the keys
// in it the real service looks into the customer's account; here they are dropped unread.
func inquireMachineTypes(s *state, c call) (answer, error) {
	asked, err := cmv1.UnmarshalCloudProviderData(c.body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "The body is not the data of a cloud provider: %v", err)
	}
	if _, served := s.region.find("aws", asked.Region().ID()); !served {
		return answer{}, refuse(http.StatusBadRequest, "Attribute 'region.id' is %q, which %s does not serve", asked.Region().ID(), s.region.id)
	}
	types := newCollection(machineTypeKind)
	for _, d := range s.machineTypes.documents {
		if d.leaf("cloud_provider.id") == "aws" {
			types.put(d.id, machineTypeKind.object(d))
		}
	}
	return types.list(c.URL.Query())
}

// inquireThumbprint answers the fingerprint of the certificate of a cluster's issuer, which follows from its address here.
func inquireThumbprint(s *state, c call) (answer, error) {
	asked, err := cmv1.UnmarshalOidcThumbprintInput(c.body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "The body is not the question for a thumbprint: %v", err)
	}
	id, made := asked.OidcConfigId(), cmv1.NewOidcThumbprint().OidcConfigId(asked.OidcConfigId())
	if asked.ClusterId() != "" {
		d, err := s.clusters.get(asked.ClusterId())
		if err != nil {
			return answer{}, err
		}
		id, made = clusterKind.object(d).AWS().STS().OidcConfig().ID(), cmv1.NewOidcThumbprint().ClusterId(d.id)
	}
	d, err := s.oidcConfigs().get(id)
	if err != nil {
		return answer{}, err
	}
	print := fmt.Sprintf("%x", sha1.Sum([]byte(oidcConfigKind.object(d).IssuerUrl()))) //nolint:gosec // what AWS asks for
	return answer{status: http.StatusOK, body: marshalled(built(made.Thumbprint(print).Build()), cmv1.MarshalOidcThumbprint)}, nil
}

// getTechnologyPreview answers that there is none any more, as the real service does for what is generally available.
func getTechnologyPreview(_ *state, c call) (answer, error) {
	return answer{}, refuse(http.StatusNotFound, "Technology preview '%s' not found", c.PathValue("preview"))
}

// listHTPasswdUsers are the people of an identity provider that knows them itself.
func listHTPasswdUsers(s *state, c call) (answer, error) {
	all, _, err := s.partsOf(c)
	if err != nil {
		return answer{}, err
	}
	d, err := all.identityProviders.get(c.PathValue("part"))
	if err != nil {
		return answer{}, err
	}
	users := newCollection(htpasswdUserKind)
	for _, user := range identityProviderKind.object(d).Htpasswd().Users().Slice() {
		id := user.Username()
		users.put(id, built(cmv1.NewHTPasswdUser().ID(id).Username(id).Build()))
	}
	return users.list(c.URL.Query())
}
