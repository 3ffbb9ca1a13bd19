package xcm

import (
	"maps"
	"net/http"
	"net/url"
)

const (
	clustersAPI = "/api/clusters_mgmt/v1"
	accountsAPI = "/api/accounts_mgmt/v1"
	logsAPI     = "/api/service_logs/v1"
	accessAPI   = "/api/access_transparency/v1"
)

// newRoutes is all that the region serves; anything else is a 404.
func (i *Instance) newRoutes() *http.ServeMux {
	cluster := clustersAPI + "/clusters/{cluster}"
	operations := map[string]operation{
		"GET " + clustersAPI: serveRoot,

		"GET " + clustersAPI + "/clusters":  list(func(s *state) lister { return s.clusters }),
		"POST " + clustersAPI + "/clusters": createCluster,
		"GET " + cluster:                    getCluster,
		"PATCH " + cluster:                  patchCluster,
		"DELETE " + cluster:                 deleteCluster,
		"GET " + cluster + "/status":        getClusterStatus,

		"GET " + cluster + "/provision_shard":         getProvisionShard,
		"GET " + cluster + "/machine_pools":           machinePools.list,
		"POST " + cluster + "/machine_pools":          machinePools.create,
		"GET " + cluster + "/machine_pools/{pool}":    machinePools.get,
		"PATCH " + cluster + "/machine_pools/{pool}":  machinePools.patch,
		"DELETE " + cluster + "/machine_pools/{pool}": machinePools.remove,
		"GET " + cluster + "/node_pools":              nodePools.list,
		"POST " + cluster + "/node_pools":             nodePools.create,
		"GET " + cluster + "/node_pools/{pool}":       nodePools.get,
		"PATCH " + cluster + "/node_pools/{pool}":     nodePools.patch,
		"DELETE " + cluster + "/node_pools/{pool}":    nodePools.remove,

		"GET " + clustersAPI + "/cloud_providers":                               listCloudProviders,
		"GET " + clustersAPI + "/cloud_providers/{provider}":                    getCloudProvider,
		"GET " + clustersAPI + "/cloud_providers/{provider}/regions":            listCloudRegions,
		"POST " + clustersAPI + "/cloud_providers/{provider}/available_regions": listCloudRegions,
		"GET " + clustersAPI + "/versions":                                      list(func(s *state) lister { return s.versions }),
		"GET " + clustersAPI + "/versions/{id}":                                 get(func(s *state) lister { return s.versions }),
		"GET " + clustersAPI + "/flavours":                                      list(func(s *state) lister { return s.flavours }),
		"GET " + clustersAPI + "/flavours/{id}":                                 get(func(s *state) lister { return s.flavours }),
		"GET " + clustersAPI + "/machine_types":                                 list(func(s *state) lister { return s.machineTypes }),
		"GET " + clustersAPI + "/machine_types/{id}":                            get(func(s *state) lister { return s.machineTypes }),

		"GET " + accountsAPI + "/current_account":               getCurrentAccount,
		"GET " + accountsAPI + "/accounts/{id}":                 getAccount,
		"POST " + accountsAPI + "/access_token":                 createAccessToken,
		"GET " + accountsAPI + "/organizations":                 list(func(s *state) lister { return s.organizations }),
		"GET " + accountsAPI + "/organizations/{id}":            get(func(s *state) lister { return s.organizations }),
		"GET " + accountsAPI + "/organizations/{id}/quota_cost": listQuotaCost,
		"GET " + accountsAPI + "/subscriptions":                 list(func(s *state) lister { return s.subscriptions }),
		"GET " + accountsAPI + "/subscriptions/{id}":            get(func(s *state) lister { return s.subscriptions }),
		"PATCH " + accountsAPI + "/subscriptions/{id}":          patchSubscription,
		"GET " + accountsAPI + "/billing_models":                list(func(s *state) lister { return s.billingModels }),
		"GET " + accountsAPI + "/billing_models/{id}":           get(func(s *state) lister { return s.billingModels }),
		"GET " + accountsAPI + "/regions":                       listRegions,

		"GET " + logsAPI + "/clusters/cluster_logs": listClusterLogs,

		"GET " + addonsAPI + "/addons":                    list(func(s *state) lister { return s.addons }),
		"GET " + addonsAPI + "/addons/{id}":               get(func(s *state) lister { return s.addons }),
		"GET " + addonsAPI + "/clusters/{cluster}/addons": listInstallations,
	}
	maps.Copy(operations, partOperations(cluster))
	maps.Copy(operations, upgradeOperations(cluster))
	maps.Copy(operations, detailOperations(cluster))
	maps.Copy(operations, sharedOperations())
	mux := http.NewServeMux()
	for pattern, operation := range operations {
		mux.Handle(pattern, i.handle(operation))
	}
	return mux
}

// upgradeOperations are what plans the upgrades of clusters, control planes and node pools.
func upgradeOperations(cluster string) map[string]operation {
	control, pool := cluster+"/control_plane/upgrade_policies", cluster+"/node_pools/{pool}/upgrade_policies"
	return map[string]operation{
		"GET " + cluster + "/upgrade_policies":                clusterUpgrades.list,
		"POST " + cluster + "/upgrade_policies":               clusterUpgrades.create,
		"GET " + cluster + "/upgrade_policies/{policy}":       clusterUpgrades.get,
		"DELETE " + cluster + "/upgrade_policies/{policy}":    clusterUpgrades.remove,
		"GET " + cluster + "/upgrade_policies/{policy}/state": getUpgradeState,
		"GET " + control:                       controlPlaneUpgrades.list,
		"POST " + control:                      controlPlaneUpgrades.create,
		"GET " + control + "/{policy}":         controlPlaneUpgrades.get,
		"DELETE " + control + "/{policy}":      controlPlaneUpgrades.remove,
		"GET " + pool:                          nodePoolUpgrades.list,
		"POST " + pool:                         nodePoolUpgrades.create,
		"GET " + pool + "/{policy}":            nodePoolUpgrades.get,
		"DELETE " + pool + "/{policy}":         nodePoolUpgrades.remove,
		"GET " + cluster + "/gate_agreements":  listAgreements,
		"POST " + cluster + "/gate_agreements": createAgreement,
	}
}

// detailOperations are what a cluster has beside its pools and upgrades.
func detailOperations(cluster string) map[string]operation {
	return map[string]operation{
		"GET " + cluster + "/limited_support_reasons":                  derived(limitedSupportKind, limitedSupport),
		"GET " + cluster + "/inflight_checks":                          derived(inflightCheckKind, none),
		"GET " + cluster + "/migrations":                               derived(migrationKind, none),
		"GET " + cluster + "/tuning_configs":                           derived(tuningConfigKind, none),
		"GET " + cluster + "/kubelet_configs":                          listKubeletConfigs,
		"GET " + cluster + "/autoscaler":                               getAutoscaler,
		"GET " + cluster + "/image_mirrors":                            derived(imageMirrorKind, none),
		"GET " + cluster + "/control_plane/log_forwarders":             derived(logForwarderKind, none),
		"GET " + cluster + "/identity_providers/{part}/htpasswd_users": listHTPasswdUsers,
		"GET " + cluster + "/logs/install":                             getInstallLog,
		"GET " + cluster + "/logs/uninstall":                           getUninstallLog,
	}
}

// sharedOperations are what clusters of a region share, and clients ask for beside them.
func sharedOperations() map[string]operation {
	return map[string]operation{
		"POST " + clustersAPI + "/events":                                          createEvent,
		"POST " + clustersAPI + "/oidc_configs":                                    createOIDCConfig,
		"GET " + clustersAPI + "/aws_inquiries/sts_policies":                       listSTSPolicies,
		"GET " + clustersAPI + "/aws_inquiries/sts_credential_requests":            listCredentialRequests,
		"POST " + clustersAPI + "/aws_inquiries/machine_types":                     inquireMachineTypes,
		"POST " + clustersAPI + "/aws_inquiries/oidc_thumbprint":                   inquireThumbprint,
		"GET " + clustersAPI + "/products/{product}/technology_previews/{preview}": getTechnologyPreview,
		"GET " + clustersAPI + "/oidc_configs":                                     listOIDCConfigs,
		"GET " + clustersAPI + "/oidc_configs/{id}":                                getOIDCConfig,
		"GET " + clustersAPI + "/dns_domains":                                      listDNSDomains,
		"GET " + clustersAPI + "/dns_domains/{id}":                                 getDNSDomain,
		"GET " + clustersAPI + "/version_gates":                                    list(func(s *state) lister { return s.versionGates }),
		"GET " + clustersAPI + "/version_gates/{id}":                               get(func(s *state) lister { return s.versionGates }),

		"GET " + accessAPI + "/access_requests":                 list(func(s *state) lister { return s.accessRequests }),
		"GET " + accessAPI + "/access_requests/{id}":            get(func(s *state) lister { return s.accessRequests }),
		"POST " + accessAPI + "/access_requests/{id}/decisions": createDecision,
	}
}

// A lister is a collection of any kind.
type lister interface {
	list(url.Values) (answer, error)
	get(id string) (*document, error)
}

// list answers with a page of a collection.
func list(pick func(*state) lister) operation {
	return func(s *state, c call) (answer, error) { return pick(s).list(c.URL.Query()) }
}

// get answers with the object that the path's id names.
func get(pick func(*state) lister) operation {
	return func(s *state, c call) (answer, error) {
		d, err := pick(s).get(c.PathValue("id"))
		return found(d, err)
	}
}

// found answers with a document, or with the error of looking for it.
func found(d *document, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: d.body}, nil
}
