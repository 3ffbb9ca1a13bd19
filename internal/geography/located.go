package geography

import (
	"slices"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// Located is what a console's config tells of the model that it was made from: the boundary and where each destination
// stands. It is for who looks at a cluster without a hub. declared are the countries of urls by the resource, which a
// config does not hold; a place that neither a host name nor the resource tells has no country. The problems are those of
// countries that contradict the host names.
func (c Config) Located(declared map[string]v1alpha1.Country) (Model, []Problem) {
	m := Model{Geography: c.boundary(), Hostname: c.Hostname, Auth: v1alpha1.AuthType(c.Auth.Type)}
	var problems []Problem
	at := func(url string) Endpoint {
		found, trouble := endpoint(v1alpha1.Endpoint{URL: url, Country: declared[url]}, url)
		for _, p := range trouble {
			if p.Reason != v1alpha1.ReasonCountryMissing { // the place tells
				problems = append(problems, p)
			}
		}
		return found
	}
	for _, configured := range c.Regions {
		region := Region{ID: configured.ID, DisplayName: configured.DisplayName, CloudRegions: configured.CloudRegions}
		for _, e := range configured.Endpoints {
			region.Endpoints = append(region.Endpoints, at(e.URL))
		}
		m.Regions = append(m.Regions, region)
	}
	if c.Accounts != nil {
		m.Accounts = &Accounts{Endpoint: at(c.Accounts.URL)}
	}
	if c.Auth.OIDC != nil {
		m.Issuer = &Issuer{Endpoint: at(c.Auth.OIDC.IssuerURL), ClientID: c.Auth.OIDC.ClientID, Audiences: c.Auth.OIDC.Audiences}
	}
	return m, problems
}

// boundary is the built-in one of the config's name, as no custom one has such a name. A custom one, and a built-in one
// of another release, has no partition, which a config does not hold: it contains only what was declared.
func (c Config) boundary() Boundary {
	b := Boundary{Name: c.Geography}
	for _, country := range c.Countries {
		b.Countries = append(b.Countries, v1alpha1.Country(country))
	}
	if known := builtIn[v1alpha1.BuiltInGeography(c.Geography)]; slices.Equal(known.Countries, b.Countries) {
		b.Partition = known.Partition
	}
	return b
}
