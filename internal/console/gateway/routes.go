package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

const (
	clustersAPI = "/api/clusters_mgmt/v1"
	accountsAPI = "/api/accounts_mgmt/v1"
	addonsAPI   = "/api/addons_mgmt/v1"
	logsAPI     = "/api/service_logs/v1"
	fleetAPI    = "/api/osd_fleet_mgmt/v1"
	accessAPI   = "/api/access_transparency/v1"
)

// An owned is a collection each of whose objects lives in exactly one region.
type owned struct {
	name       string
	collection string
	kind       string
}

var (
	clusters      = owned{name: "cluster", collection: clustersAPI + "/clusters", kind: "ClusterList"}
	subscriptions = owned{name: "subscription", collection: accountsAPI + "/subscriptions", kind: "SubscriptionList"}

	oidcConfigs = owned{name: "OIDC config", collection: clustersAPI + "/oidc_configs", kind: "OidcConfigList"}

	// keptByRegions are what else each region has of its own. Nothing in a new one names a region, so it is made in one
	// that the user names.
	keptByRegions = []owned{
		oidcConfigs,
		{name: "DNS domain", collection: clustersAPI + "/dns_domains", kind: "DNSDomainList"},
		{name: "access request", collection: accessAPI + "/access_requests", kind: "AccessRequestList"},
	}
)

// served is the sentence of what there is, for those who ask for something else.
const served = "lists of clusters and subscriptions and all that is below one of them, new clusters, the catalogues " +
	"(versions, version_gates, cloud_providers and their regions, machine_types, flavours, products, addons), current_account, accounts, " +
	"organizations with their quota_cost, billing_models, regions, oidc_configs, dns_domains, access_requests, events, " +
	"and cluster_logs of one cluster"

// newRoutes is all that the geography's API serves.
func (g *Gateway) newRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, serve := range patternsWith(g.settings.Accounts) {
		mux.HandleFunc(pattern, handler(serve))
	}
	return mux
}

// everythingElse is the pattern of what is not served.
const everythingElse = "/"

// patterns are what is served, and by what. What ends in {rest...} stands here without it too: a mux that has only the
// longer one redirects to it.
func patterns() map[string]func(*call) {
	all := map[string]func(*call){
		everythingElse: func(c *call) { c.notServed().Write(c.w) },

		clusters.collection:                                 (*call).serveClusters,
		clusters.collection + "/{id}":                       func(c *call) { c.serveObject(clusters) },
		clusters.collection + "/{id}/{rest...}":             func(c *call) { c.serveBelow(clusters, c.r.PathValue("id")) },
		clusters.collection + "/{id}/credentials":           (*call).refuseUnnamed,
		subscriptions.collection:                            func(c *call) { c.serveList(subscriptions) },
		subscriptions.collection + "/{id}":                  func(c *call) { c.serveObject(subscriptions) },
		subscriptions.collection + "/{id}/{rest...}":        func(c *call) { c.serveBelow(subscriptions, c.r.PathValue("id")) },
		addonsAPI + "/clusters/{id}":                        func(c *call) { c.serveBelow(clusters, c.r.PathValue("id")) },
		addonsAPI + "/clusters/{id}/{rest...}":              func(c *call) { c.serveBelow(clusters, c.r.PathValue("id")) },
		logsAPI + "/clusters/cluster_logs":                  (*call).serveLogs,
		clustersAPI + "/cloud_providers":                    (*call).serveCatalogue,
		clustersAPI + "/cloud_providers/{id}":               (*call).serveEntry,
		clustersAPI + "/cloud_providers/{id}/regions":       (*call).serveCatalogue,
		clustersAPI + "/cloud_providers/{id}/regions/{sub}": (*call).serveEntry,
		// Its body holds the customer's cloud keys. It is dropped, and what any region offers is answered.
		clustersAPI + "/cloud_providers/{id}/available_regions": (*call).serveAvailableRegions,

		accountsAPI + "/current_account":                       (*call).serveFirst,
		accountsAPI + "/accounts/{id}":                         (*call).serveEntry,
		accountsAPI + "/organizations":                         (*call).serveFirst,
		accountsAPI + "/organizations/{id}":                    (*call).serveEntry,
		accountsAPI + "/organizations/{id}/{rest...}":          (*call).serveEntry,
		accountsAPI + "/organizations/{id}/quota_cost":         (*call).serveQuota,
		accountsAPI + "/organizations/{id}/resource_quota":     (*call).serveQuota,
		accountsAPI + "/billing_models":                        (*call).serveFirst,
		accountsAPI + "/billing_models/{id}":                   (*call).serveEntry,
		accountsAPI + "/regions":                               (*call).serveRegions,
		accountsAPI + "/regions/{id}":                          (*call).serveRegion,
		clustersAPI:                                            (*call).serveFirst,
		clustersAPI + "/aws_inquiries/sts_policies":            (*call).serveFirst,
		clustersAPI + "/aws_inquiries/sts_credential_requests": (*call).serveFirst,
		clustersAPI + "/products/{id}/{rest...}":               (*call).serveEntry,
		clustersAPI + "/events":                                (*call).serveEvents,
		clustersAPI + "/aws_inquiries/machine_types":           (*call).serveMachineInquiry,
		clustersAPI + "/aws_inquiries/regions":                 (*call).serveRegionInquiry,
		clustersAPI + "/aws_inquiries/oidc_thumbprint":         (*call).serveThumbprint,

		accountsAPI + "/access_token":                   (*call).refuseUnnamed,
		accountsAPI + "/pull_secrets":                   (*call).refuseUnnamed,
		accountsAPI + "/pull_secrets/{rest...}":         (*call).refuseUnnamed,
		accountsAPI + "/registry_credentials":           (*call).refuseUnnamed,
		accountsAPI + "/registry_credentials/{rest...}": (*call).refuseUnnamed,
		accountsAPI + "/token_authorization":            (*call).refuseUnnamed,
		clustersAPI + "/aws_inquiries":                  (*call).refuseUnnamed,
		clustersAPI + "/gcp_inquiries":                  (*call).refuseUnnamed,
		clustersAPI + "/aws_inquiries/{rest...}":        (*call).refuseUnnamed,
		clustersAPI + "/gcp_inquiries/{rest...}":        (*call).refuseUnnamed,
	}
	for _, collection := range []string{
		clustersAPI + "/versions", clustersAPI + "/version_gates", clustersAPI + "/flavours", clustersAPI + "/machine_types", clustersAPI + "/products",
		addonsAPI + "/addons", fleetAPI + "/management_clusters", fleetAPI + "/service_clusters",
	} {
		all[collection] = (*call).serveCatalogue
		all[collection+"/{id}"] = (*call).serveEntry
	}
	for _, of := range keptByRegions {
		all[of.collection] = func(c *call) { c.serveList(of) }
		all[of.collection+"/{id}"] = func(c *call) { c.serveObject(of) }
		all[of.collection+"/{id}/{rest...}"] = func(c *call) { c.serveBelow(of, c.r.PathValue("id")) }
	}
	return all
}

// callKey is under which a call travels through the mux.
type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func handler(serve func(*call)) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		c, _ := r.Context().Value(callKey{}).(*call)
		c.r = r
		if r.Pattern != everythingElse {
			proxy.WitnessOf(c.w).ByPattern(r.Pattern)
		}
		serve(c)
	}
}

func (g *Gateway) notServed() proxy.Problem {
	return proxy.Problem{
		Status: http.StatusNotFound, Cause: proxy.PathRefused,
		Reason: fmt.Sprintf("The API of geography %s does not serve this path. It serves %s. Everything else is at one region: %s",
			g.settings.Geography, served, g.oneRegion()),
	}
}

// refuseUnnamed answers for what holds or makes credentials: those are of one region, and the user says of which.
func (c *call) refuseUnnamed() {
	c.fail(http.StatusBadRequest, proxy.PathRefused, "What holds or makes credentials is asked of one region that you name: "+c.oneRegion())
}

// oneRegion says where a region is by itself. A command line can be given it only as a host.
func (g *Gateway) oneRegion() string {
	at := fmt.Sprintf("/regions/{id}/api/..., where id is one of: %s.", g.regionIDs())
	if g.settings.Regions[0].Host != "" {
		at += fmt.Sprintf(" For ocm and rosa it is https://<id, its dots as dashes>.%s.", g.settings.Hostname)
	}
	return at
}

func (g *Gateway) regionIDs() string {
	ids := make([]string, 0, len(g.settings.Regions))
	for _, region := range g.settings.Regions {
		ids = append(ids, region.ID)
	}
	return strings.Join(ids, ", ")
}
