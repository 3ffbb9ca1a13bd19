package xcm

import (
	asv1 "github.com/openshift-online/ocm-sdk-go/addonsmgmt/v1"
)

const addonsAPI = "/api/addons_mgmt/v1"

var (
	addonKind        = kind[asv1.Addon]{name: "Addon", write: asv1.MarshalAddon, read: asv1.UnmarshalAddon, openAPI: addonsSchemas}
	installationKind = kind[asv1.AddonInstallation]{name: "AddonInstallation", write: asv1.MarshalAddonInstallation, read: asv1.UnmarshalAddonInstallation, openAPI: addonsSchemas}
)

// newAddons are what can be installed in a cluster. Both are free, and so offered without a quota.
func newAddons() *collection[asv1.Addon] {
	addons := newCollection(addonKind)
	for _, a := range []struct{ id, name string }{
		{"cluster-logging-operator", "Cluster Logging Operator"},
		{"dba-operator", "Database Backup Operator"},
	} {
		addons.put(a.id, built(asv1.NewAddon().ID(a.id).HREF(addonsAPI+"/addons/"+a.id).Name(a.name).Label("api.openshift.com/addon-"+a.id).
			Enabled(true).Hidden(false).ResourceName("addon-"+a.id).ResourceCost(0).TargetNamespace("openshift-"+a.id).
			InstallMode(asv1.AddonInstallModeOwnNamespace).OperatorName(a.id).Build()))
	}
	return addons
}

// listInstallations answers that a cluster has no add-ons: none is ever installed here.
func listInstallations(s *state, c call) (answer, error) {
	if _, err := s.clusters.get(c.PathValue("cluster")); err != nil {
		return answer{}, err
	}
	return newCollection(installationKind).list(c.URL.Query())
}
