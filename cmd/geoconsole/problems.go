package main

import (
	"fmt"
	"strings"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// problems is an error of one line each, of the form "field: problem; cure".
type problems []string

func (p problems) Error() string { return strings.Join(p, "\n") }

// offlineCures say how to give this command what the operator reads from the hub.
var offlineCures = map[string]string{
	v1alpha1.ReasonCABundleMissing: "--ca NAME/KEY=FILE",
	v1alpha1.ReasonImageMissing:    "--image-default IMAGE",
}

func fromModel(found []geography.Problem) problems {
	var out problems
	for _, p := range found {
		line := p.Message
		if cure, ok := offlineCures[p.Reason]; ok {
			line += " (here: " + cure + ")"
		}
		out = append(out, line)
	}
	return out
}

// outside lists what lies over the border by what the resource says alone: the places of endpoints, accounts service and issuer, and the declared
// countries of clusters. The operator also asks the clusters' nodes.
func outside(m geography.Model) problems {
	var out problems
	for i, region := range m.Regions {
		for j, endpoint := range region.Endpoints {
			if m.Geography.Contains(endpoint.Place) {
				continue
			}
			out = append(out, fmt.Sprintf("spec.regions[%d].endpoints[%d].url: %s stands in %s, outside of %s; move the region to a GeoConsole of its own geography",
				i, j, endpoint.URL, standing(endpoint.Place), m.Geography.Name))
		}
	}
	if m.Issuer != nil && !m.Geography.Contains(m.Issuer.Place) {
		out = append(out, fmt.Sprintf("spec.auth.oidc.issuerURL: %s stands in %s, outside of %s; choose an issuer inside",
			m.Issuer.URL, standing(m.Issuer.Place), m.Geography.Name))
	}
	if m.Accounts != nil && !m.Geography.Contains(m.Accounts.Place) {
		out = append(out, fmt.Sprintf("spec.accounts.endpoint.url: %s stands in %s, outside of %s; choose a service inside",
			m.Accounts.URL, standing(m.Accounts.Place), m.Geography.Name))
	}
	for i, cluster := range m.Clusters {
		declared := geography.Place{Country: cluster.Declared, Evidence: geography.Declared}
		if cluster.Declared != "" && !m.Geography.Contains(declared) {
			out = append(out, fmt.Sprintf("spec.clusters[%d].country: %s lies outside of %s; run the console in a cluster inside",
				i, cluster.Declared, m.Geography.Name))
		}
	}
	return out
}

// standing is a place in words: its cloud region where one is known, and its country.
func standing(p geography.Place) string {
	if p.CloudRegion == "" {
		return string(p.Country)
	}
	return fmt.Sprintf("%s (%s, %s)", p.CloudRegion, p.Partition, p.Country)
}
