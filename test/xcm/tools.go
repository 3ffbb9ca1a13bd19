package xcm

import (
	"net/http"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	oidcConfigKind = kind[cmv1.OidcConfig]{
		name: "OidcConfig", write: cmv1.MarshalOidcConfig, read: cmv1.UnmarshalOidcConfig, openAPI: clustersSchemas, hidden: []string{"aws.account_id"},
	}
	dnsDomainKind = kind[cmv1.DNSDomain]{name: "DNSDomain", write: cmv1.MarshalDNSDomain, read: cmv1.UnmarshalDNSDomain, openAPI: clustersSchemas}
)

// createEvent takes what a client tells of itself, such as a login, and keeps nothing of it.
func createEvent(_ *state, c call) (answer, error) {
	event, err := cmv1.UnmarshalEvent(c.body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "The body is not an event: %v", err)
	}
	if event.Key() == "" {
		return answer{}, refuse(http.StatusBadRequest, "Attribute 'key' is missing: name the event")
	}
	return answer{status: http.StatusCreated, body: marshalled(event, cmv1.MarshalEvent)}, nil
}

// oidcConfigs are those of the region's clusters, as they were made together with them, and those that were made for others.
func (s *state) oidcConfigs() *collection[cmv1.OidcConfig] {
	configs := newCollection(oidcConfigKind)
	for _, d := range s.clusters.documents {
		id, isSet := d.leaf("aws.sts.oidc_config.id").(string)
		if !isSet || configs.find(id) != nil {
			continue
		}
		cluster := clusterKind.object(d)
		sts, made := cluster.AWS().STS(), cluster.CreationTimestamp()
		configs.put(id, built(cmv1.NewOidcConfig().ID(id).HREF(clustersAPI+"/oidc_configs/"+id).IssuerUrl(sts.OIDCEndpointURL()).
			Managed(true).Reusable(true).OrganizationId(organizationID).
			CreationTimestamp(made).LastUpdateTimestamp(made).LastUsedTimestamp(made).Build()))
		configs.hide(id, "aws.account_id", cluster.AWS().AccountID())
	}
	for _, config := range s.newOIDCConfigs {
		configs.put(config.ID(), config)
		configs.hide(config.ID(), "aws.account_id", "") // whose it is shows with its first cluster
	}
	return configs
}

func listOIDCConfigs(s *state, c call) (answer, error) {
	return s.oidcConfigs().list(c.URL.Query())
}

// createOIDCConfig makes one that the service keeps the keys of, for clusters to come.
func createOIDCConfig(s *state, c call) (answer, error) {
	request, err := cmv1.UnmarshalOidcConfig(c.body)
	if err != nil {
		return answer{}, refuse(http.StatusBadRequest, "The body is not an OIDC config: %v", err)
	}
	if !request.Managed() {
		return answer{}, refuse(http.StatusBadRequest, "Attribute 'managed': use true, as no keys are taken here")
	}
	id, now := newClusterID(s.random), c.now.UTC()
	s.newOIDCConfigs = append(s.newOIDCConfigs, built(cmv1.NewOidcConfig().ID(id).HREF(clustersAPI+"/oidc_configs/"+id).
		IssuerUrl("https://oidc.xcm.example.com/"+id).Managed(true).Reusable(true).OrganizationId(organizationID).
		CreationTimestamp(now).LastUpdateTimestamp(now).Build()))
	d, err := s.oidcConfigs().get(id)
	return answer{status: http.StatusCreated, body: d.body}, err
}

func getOIDCConfig(s *state, c call) (answer, error) {
	return found(s.oidcConfigs().get(c.PathValue("id")))
}

// dnsDomains are those that the region's clusters take up. Those of hosted control planes were reserved by the customer.
func (s *state) dnsDomains() *collection[cmv1.DNSDomain] {
	domains := newCollection(dnsDomainKind)
	for _, d := range s.clusters.documents {
		id, isSet := d.leaf("dns.base_domain").(string)
		if !isSet || d.leaf("product.id") != "rosa" {
			continue
		}
		cluster := clusterKind.object(d)
		domains.put(id, built(cmv1.NewDNSDomain().ID(id).HREF(clustersAPI+"/dns_domains/"+id).
			Cluster(cmv1.NewClusterLink().ID(cluster.ID()).HREF(cluster.HREF())).
			Organization(cmv1.NewOrganizationLink().ID(organizationID).HREF(accountsAPI+"/organizations/"+organizationID)).
			ReservedAtTimestamp(cluster.CreationTimestamp()).UserDefined(cluster.Hypershift().Enabled()).Build()))
	}
	return domains
}

func listDNSDomains(s *state, c call) (answer, error) {
	return s.dnsDomains().list(c.URL.Query())
}

func getDNSDomain(s *state, c call) (answer, error) {
	return found(s.dnsDomains().get(c.PathValue("id")))
}
