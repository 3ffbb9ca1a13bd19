// Package geography holds the checked model of a GeoConsole, the atlas that tells where a cloud region lies, and what
// the operator and the console say to each other: the console's config and its report. It is pure.
package geography

import (
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// Model is a checked GeoConsole with every default filled in: all that rendering and assessing need.
type Model struct {
	Owner     Owner
	Geography Boundary
	Hostname  string
	Clusters  []Cluster
	Regions   []Region
	// Accounts answers accounts_mgmt for the whole geography; nil where every region does for itself.
	Accounts *Accounts
	Auth     v1alpha1.AuthType
	// Issuer makes the users' tokens; nil with auth None.
	Issuer       *Issuer
	Exposure     v1alpha1.Exposure
	Console      Console
	HealthChecks ConfigHealthChecks
	Proxy        ConfigProxy
	Maintenance  *v1alpha1.Maintenance
	Paused       bool
	Deletion     v1alpha1.DeletionPolicy
	// Adopt is, by the name of a cluster, the claim that may be taken over there; Abandon the UID of the cluster that may be
	// let go. Both may name clusters that the spec no longer has.
	Adopt, Abandon map[string]string
}

// Owner identifies the GeoConsole behind everything that is put into a cluster.
type Owner struct {
	// Hub is the UID of the hub's namespace kube-system, or what --hub-id says.
	Hub        string
	Namespace  string
	Name       string
	UID        string
	Generation int64
	// Adopt is the claim of somebody else that may be taken over; empty when none may.
	Adopt string
}

// Mark is the owner mark that every object carries. It holds no UID, so that a GeoConsole that was restored from a
// backup finds its objects again; the inventory decides whether it may touch them.
func (o Owner) Mark() string { return o.Hub + "/" + o.Namespace + "/" + o.Name }

// Cluster is one place where the console runs. Declared is the country of the spec, empty when it is not given.
type Cluster struct {
	Name       string
	Connection v1alpha1.Connection
	Namespace  string
	Declared   v1alpha1.Country
}

// Region is one XCM region. CABundle is PEM, empty for the system's roots.
type Region struct {
	ID          string
	DisplayName string
	Endpoints   []Endpoint
	CABundle    string
	State       v1alpha1.RegionState
	Message     string
	// CloudRegions are those in which it creates clusters; empty: all that the instance says it serves.
	CloudRegions []string
}

// Endpoint is one URL of a region and the place where it stands.
type Endpoint struct {
	URL   string
	Host  string
	Port  int32
	Place Place
}

// Console shapes the Deployment.
type Console struct {
	Image            string
	ImagePullSecrets []string
	Replicas         int32
	CPU              resource.Quantity
	Memory           resource.Quantity
	LogLevel         v1alpha1.LogLevel
}

// Cluster finds a cluster of the model by name.
func (m Model) Cluster(name string) (Cluster, bool) {
	for _, c := range m.Clusters {
		if c.Name == name {
			return c, true
		}
	}
	return Cluster{}, false
}

// OwnerIn is the owner as it stands before one cluster.
func (m Model) OwnerIn(cluster string) Owner {
	owner := m.Owner
	owner.Adopt = m.Adopt[cluster]
	return owner
}

// Destinations are the places that a console connects to: every endpoint of every region, the accounts service
// and the issuer.
func (m Model) Destinations() []Endpoint {
	var all []Endpoint
	for _, region := range m.Regions {
		all = append(all, region.Endpoints...)
	}
	if m.Accounts != nil {
		all = append(all, m.Accounts.Endpoint)
	}
	if m.Issuer != nil {
		all = append(all, m.Issuer.Endpoint)
	}
	return all
}

// Config is what the console of every cluster is told.
func (m Model) Config() Config {
	c := Config{
		Format:       ConfigFormat,
		Geography:    m.Geography.Name,
		Hostname:     m.Hostname,
		RegionHosts:  m.configRegionHosts(),
		Accounts:     m.configAccounts(),
		Auth:         m.configAuth(),
		LogLevel:     string(m.Console.LogLevel),
		HealthChecks: m.HealthChecks,
		Proxy:        m.Proxy,
	}
	for _, country := range m.Geography.Countries {
		c.Countries = append(c.Countries, string(country))
	}
	for _, r := range m.Regions {
		region := ConfigRegion{ID: r.ID, DisplayName: r.DisplayName, CABundle: r.CABundle, CloudRegions: r.CloudRegions}
		for _, e := range r.Endpoints {
			region.Endpoints = append(region.Endpoints, ConfigEndpoint{URL: e.URL})
		}
		c.Regions = append(c.Regions, region)
	}
	return c
}
