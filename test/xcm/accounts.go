package xcm

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	amv1 "github.com/openshift-online/ocm-sdk-go/accountsmgmt/v1"
	slv1 "github.com/openshift-online/ocm-sdk-go/servicelogs/v1"
)

var (
	subscriptionKind = kind[amv1.Subscription]{
		name: "Subscription", write: amv1.MarshalSubscription, read: amv1.UnmarshalSubscription, openAPI: accountsSchemas,
		writable: []string{"display_name"},
	}
	accountKind      = kind[amv1.Account]{name: "Account", write: amv1.MarshalAccount, read: amv1.UnmarshalAccount, openAPI: accountsSchemas}
	organizationKind = kind[amv1.Organization]{name: "Organization", write: amv1.MarshalOrganization, read: amv1.UnmarshalOrganization, openAPI: accountsSchemas}
	quotaCostKind    = kind[amv1.QuotaCost]{name: "QuotaCost", write: amv1.MarshalQuotaCost, read: amv1.UnmarshalQuotaCost, openAPI: accountsSchemas}
	billingModelKind = kind[amv1.BillingModelItem]{name: "BillingModelItem", write: amv1.MarshalBillingModelItem, read: amv1.UnmarshalBillingModelItem, openAPI: accountsSchemas}
	logEntryKind     = kind[slv1.LogEntry]{name: "LogEntry", write: slv1.MarshalLogEntry, read: slv1.UnmarshalLogEntry, openAPI: logsSchemas}
)

// users is how many people the organization has: user-01 and on. The first is who asks without a token.
const users = 24

func username(number int) string { return fmt.Sprintf("user-%02d", number) }

// organizationID is the same in all regions, as they serve the same customer.
var organizationID = newAccountsID(randomOf(0, "organization"))

func newOrganizations() *collection[amv1.Organization] {
	organizations := newCollection(organizationKind)
	organizations.put(organizationID, built(newOrganization().
		CreatedAt(founded).UpdatedAt(founded).EbsAccountID("7000001").ExternalID("17000001").Name("Example Organization").
		Capabilities(amv1.NewCapability().Name("capability.organization.hibernate_cluster").Value("true").Inherited(false)).Build()))
	return organizations
}

// founded is when the organization and its people were registered: before all clusters.
var founded = time.Date(2023, time.March, 1, 9, 0, 0, 0, time.UTC)

func newOrganization() *amv1.OrganizationBuilder {
	return amv1.NewOrganization().ID(organizationID).HREF(accountsAPI + "/organizations/" + organizationID)
}

// accountOf makes the account with a user name; its id follows from the name, so that all regions agree on it.
func accountOf(name string) *amv1.Account {
	id := newAccountsID(randomOf(0, "account "+name))
	return built(amv1.NewAccount().ID(id).HREF(accountsAPI + "/accounts/" + id).Username(name).
		FirstName("Example").LastName(name).Email(name + "@example.com").Banned(false).ServiceAccount(false).
		CreatedAt(founded).UpdatedAt(founded).
		Organization(newOrganization().EbsAccountID("7000001").ExternalID("17000001").Name("Example Organization")).Build())
}

func newAccounts() *collection[amv1.Account] {
	accounts := newCollection(accountKind)
	for number := 1; number <= users; number++ {
		account := accountOf(username(number))
		accounts.put(account.ID(), account)
	}
	return accounts
}

// caller is who sent a request: the user that its token names, or user-01.
func (s *state) caller(c call) *amv1.Account {
	if claims, err := bearerClaims(c.Request); err == nil {
		for _, claim := range []string{"preferred_username", "username", "sub"} {
			if name, ok := claims[claim].(string); ok && name != "" {
				return accountOf(name)
			}
		}
	}
	return accountOf(username(1))
}

func getCurrentAccount(s *state, c call) (answer, error) {
	account := s.caller(c)
	return found(accountKind.document(account.ID(), account), nil)
}

// getAccount knows the organization's people, and who asks.
func getAccount(s *state, c call) (answer, error) {
	if account := s.caller(c); account.ID() == c.PathValue("id") {
		return found(accountKind.document(account.ID(), account), nil)
	}
	return found(s.accounts.get(c.PathValue("id")))
}

func patchSubscription(s *state, c call) (answer, error) {
	d, err := s.subscriptions.get(c.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	patched, err := subscriptionKind.patched(d, c.body)
	if err != nil {
		return answer{}, err
	}
	s.subscriptions.put(d.id, built(amv1.NewSubscription().Copy(patched).UpdatedAt(c.now.UTC()).Build()))
	return found(s.subscriptions.get(d.id))
}

// listRegions is how clients of accounts_mgmt discover regions. The SDK has no type for it; the shape is the portal's. A region
// knows only itself, under the address that it was asked at.
func listRegions(s *state, c call) (answer, error) {
	scheme := "http"
	if c.TLS != nil {
		scheme = "https"
	}
	body := fmt.Sprintf(`{"kind":"RegionList","page":1,"size":1,"total":1,"items":[{"kind":"Region","id":%q,"href":%q,"cloud_provider_id":%q,"url":%q}]}`,
		s.region.id, accountsAPI+"/regions/"+s.region.id, s.region.provider, scheme+"://"+c.Host)
	return answer{status: http.StatusOK, body: []byte(body)}, nil
}

// listQuotaCost answers what the organization may have, and what of it the region's clusters use.
func listQuotaCost(s *state, c call) (answer, error) {
	organization, err := s.organizations.get(c.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	used := map[string]int{}
	for _, d := range s.clusters.documents {
		if product, ok := d.leaf("product.id").(string); ok {
			used[product]++
		}
	}
	quotas := newCollection(quotaCostKind)
	for _, product := range []struct{ id, name, byoc, quota string }{
		{"rosa", "MOA", "byoc", "cluster|byoc|moa"},
		{"osd", "OSD", "rhinfra", "cluster|rhinfra|osd"},
	} {
		quotas.put(product.quota, built(amv1.NewQuotaCost().QuotaID(product.quota).OrganizationID(organization.id).
			Allowed(20_000).Consumed(used[product.id]).
			RelatedResources(amv1.NewRelatedResource().Product(product.name).ResourceType("cluster").ResourceName("any").
				BYOC(product.byoc).AvailabilityZoneType("any").BillingModel("standard").CloudProvider("any").Cost(1)).Build()))
	}
	return quotas.list(c.URL.Query())
}

func newBillingModels() *collection[amv1.BillingModelItem] {
	models := newCollection(billingModelKind)
	for _, model := range []struct{ id, name, group, marketplace string }{
		{"standard", "Standard", "standard", ""},
		{"marketplace-aws", "AWS Marketplace", "marketplace", "aws"},
		{"marketplace-gcp", "Google Cloud Marketplace", "marketplace", "gcp"},
		{"marketplace-rhm", "Red Hat Marketplace", "marketplace", "rhm"},
		{"marketplace-azure", "Azure Marketplace", "marketplace", "azure"},
	} {
		models.put(model.id, built(amv1.NewBillingModelItem().ID(model.id).HREF(accountsAPI+"/billing_models/"+model.id).
			DisplayName(model.name).Description(model.name).BillingModelType(model.group).Marketplace(model.marketplace).Build()))
	}
	return models
}

// listClusterLogs answers the service log of the cluster that cluster_id or cluster_uuid names, or of all.
func listClusterLogs(s *state, c call) (answer, error) {
	id, external := c.URL.Query().Get("cluster_id"), c.URL.Query().Get("cluster_uuid")
	entries := newCollection(logEntryKind)
	for _, cluster := range slices.Sorted(maps.Keys(s.logs)) {
		if (id == "" || id == cluster) && (external == "" || external == externalID(cluster)) {
			entries.documents = append(entries.documents, s.logs[cluster].documents...)
		}
	}
	return entries.list(c.URL.Query())
}
