package xcm

import (
	"fmt"
	"slices"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

// awsAccounts are the account numbers that AWS uses in its own documentation.
var awsAccounts = []string{"111122223333", "123456789012", "444455556666", "777788889999"}

// request makes up what somebody could have sent to create a cluster.
func (s *state) request(made mould, name, creator string) *cmv1.Cluster {
	account := pick(s.random, awsAccounts)
	builder := cmv1.NewCluster().Name(name).
		MultiAZ(s.random.IntN(3) > 0).
		Version(cmv1.NewVersion().ID(s.someRelease().id())).
		FIPS(s.random.IntN(10) == 0).EtcdEncryption(s.random.IntN(4) == 0).
		DeleteProtection(cmv1.NewDeleteProtection().Enabled(s.random.IntN(5) == 0))
	switch made {
	case hostedROSA, classicROSA:
		builder.Product(cmv1.NewProduct().ID("rosa")).CCS(cmv1.NewCCS().Enabled(true)).
			Hypershift(cmv1.NewHypershift().Enabled(made == hostedROSA)).
			Properties(map[string]string{
				"rosa_creator_arn": fmt.Sprintf("arn:aws:iam::%s:user/%s", account, creator),
				"rosa_cli_version": "1.2.64",
			}).AWS(s.awsSettings(made, name, account))
		s.place(builder, "aws")
		if made == hostedROSA {
			builder.BillingModel(cmv1.BillingModelMarketplaceAWS)
		}
	case osdOnAWS:
		builder.Product(cmv1.NewProduct().ID("osd")).CCS(cmv1.NewCCS().Enabled(s.random.IntN(2) == 0)).
			AWS(cmv1.NewAWS().AccountID(account))
		s.place(builder, "aws")
	case osdOnGCP:
		builder.Product(cmv1.NewProduct().ID("osd")).CCS(cmv1.NewCCS().Enabled(true)).
			GCP(cmv1.NewGCP().ProjectID("example-project-" + account[8:]).Type("service_account")).
			BillingModel(cmv1.BillingModelMarketplaceGCP)
		s.place(builder, "gcp")
	case aro:
		builder.Product(cmv1.NewProduct().ID("aro")).CCS(cmv1.NewCCS().Enabled(true)).
			Azure(cmv1.NewAzure().ResourceGroupName(name + "-rg").ResourceName(name)).
			BillingModel(cmv1.BillingModelMarketplaceAzure).
			CloudProvider(cmv1.NewCloudProvider().ID("azure")).Region(cmv1.NewCloudRegion().ID(s.region.azure))
	}
	request := built(builder.Build())
	return built(cmv1.NewCluster().Copy(request).Nodes(s.someNodes(request)).Build())
}

// place puts a cluster into one of the region's cloud regions.
func (s *state) place(builder *cmv1.ClusterBuilder, provider string) {
	cloud := pick(s.random, s.region.of(provider))
	builder.CloudProvider(cmv1.NewCloudProvider().ID(provider)).Region(cmv1.NewCloudRegion().ID(cloud.id))
}

// someRelease prefers later ones, of those that can be installed and are meant for production.
func (s *state) someRelease() release {
	stable := slices.DeleteFunc(slices.Clone(releases), func(r release) bool { return !r.enabled() || r.channelGroup != "stable" })
	return stable[max(s.random.IntN(len(stable)), s.random.IntN(len(stable)))]
}

// someNodes sizes a cluster: a fixed number of compute nodes, or one that follows the load.
func (s *state) someNodes(request *cmv1.Cluster) *cmv1.ClusterNodesBuilder {
	compute := leastCompute(request) * (1 + s.random.IntN(4))
	nodes := cmv1.NewClusterNodes()
	if provider := requestedProvider(request); provider != "azure" {
		types := slices.DeleteFunc(slices.Clone(machines), func(m machine) bool {
			return m.provider != provider || m.category != cmv1.MachineTypeCategoryGeneralPurpose
		})
		nodes.ComputeMachineType(cmv1.NewMachineType().ID(pick(s.random, types).id))
	}
	if s.random.IntN(4) == 0 {
		return nodes.AutoscaleCompute(cmv1.NewMachinePoolAutoscaling().MinReplicas(compute).MaxReplicas(compute * 2))
	}
	return nodes.Compute(compute)
}

// operators are those of a cluster that reach its cloud by a role of their own.
var operators = []struct{ namespace, name string }{
	{"openshift-ingress-operator", "cloud-credentials"},
	{"openshift-image-registry", "installer-cloud-credentials"},
	{"openshift-cluster-csi-drivers", "ebs-cloud-credentials"},
}

// awsSettings are the roles and the network of a ROSA cluster.
func (s *state) awsSettings(made mould, name, account string) *cmv1.AWSBuilder {
	roles := "ManagedOpenShift"
	if made == hostedROSA {
		roles = "ManagedOpenShift-HCP-ROSA"
	}
	arn := func(role string) string { return fmt.Sprintf("arn:aws:iam::%s:role/%s", account, role) }
	prefix := name + "-" + newID(s.random, clusterIDs[:10], 4)
	oidc := newClusterID(s.random)
	var operatorRoles []*cmv1.OperatorIAMRoleBuilder
	for _, operator := range operators {
		operatorRoles = append(operatorRoles, cmv1.NewOperatorIAMRole().Name(operator.name).Namespace(operator.namespace).
			RoleARN(arn(prefix+"-"+operator.namespace)))
	}
	return cmv1.NewAWS().AccountID(account).PrivateLink(s.random.IntN(5) == 0).
		SubnetIDs("subnet-0"+newID(s.random, clusterIDs[:16], 16), "subnet-0"+newID(s.random, clusterIDs[:16], 16)).
		Ec2MetadataHttpTokens(cmv1.Ec2MetadataHttpTokensRequired).
		STS(cmv1.NewSTS().RoleARN(arn(roles + "-Installer-Role")).SupportRoleARN(arn(roles + "-Support-Role")).
			InstanceIAMRoles(cmv1.NewInstanceIAMRoles().MasterRoleARN(arn(roles + "-ControlPlane-Role")).WorkerRoleARN(arn(roles + "-Worker-Role"))).
			OperatorIAMRoles(operatorRoles...).OperatorRolePrefix(prefix).ManagedPolicies(made == hostedROSA).AutoMode(true).
			OIDCEndpointURL("https://oidc.xcm.example.com/" + oidc).OidcConfig(cmv1.NewOidcConfig().ID(oidc)))
}
