package xcm

import (
	"fmt"
	"slices"
	"strings"
)

// A region is the XCM region that an instance plays.
type region struct {
	id           string        // aws.eu-west-1
	provider     string        // aws
	cloudRegions []cloudRegion // where it creates clusters, its own provider's first
	azure        string        // the cloud region of its Azure clusters, which are listed and never created
}

// A cloudRegion is where clusters can be made.
type cloudRegion struct {
	provider    string
	id          string
	displayName string
	hypershift  bool
	gov         bool
}

// A site is a cloud region of AWS with the nearest ones of the other providers in the same geography; the same city where there
// is one.
type site struct {
	aws, name      string
	gcp, gcpName   string
	azure          string
	withHypershift bool
}

// sites are some of the providers' public regions, with the names that they publish.
var sites = []site{
	{"eu-west-1", "EU, Ireland", "europe-west1", "Belgium", "northeurope", true},
	{"eu-west-2", "EU, London", "europe-west2", "London", "uksouth", true},
	{"eu-west-3", "EU, Paris", "europe-west9", "Paris", "francecentral", true},
	{"eu-central-1", "EU, Frankfurt", "europe-west3", "Frankfurt", "germanywestcentral", true},
	{"eu-central-2", "EU, Zurich", "europe-west6", "Zurich", "switzerlandnorth", true},
	{"eu-north-1", "EU, Stockholm", "europe-north2", "Stockholm", "swedencentral", true},
	{"eu-south-1", "EU, Milan", "europe-west8", "Milan", "italynorth", true},
	{"eu-south-2", "EU, Spain", "europe-southwest1", "Madrid", "spaincentral", true},
	{"us-east-1", "US East, N. Virginia", "us-east4", "N. Virginia", "eastus", true},
	{"us-east-2", "US East, Ohio", "us-east5", "Columbus", "eastus2", true},
	{"us-west-2", "US West, Oregon", "us-west1", "Oregon", "westus2", true},
	{"ca-central-1", "Canada, Central", "northamerica-northeast1", "Montreal", "canadaeast", true},
	{"sa-east-1", "South America, Sao Paulo", "southamerica-east1", "Sao Paulo", "brazilsouth", true},
	{"ap-south-1", "Asia Pacific, Mumbai", "asia-south1", "Mumbai", "centralindia", true},
	{"ap-southeast-1", "Asia Pacific, Singapore", "asia-southeast1", "Singapore", "southeastasia", true},
	{"ap-southeast-2", "Asia Pacific, Sydney", "australia-southeast1", "Sydney", "australiaeast", true},
	{"ap-northeast-1", "Asia Pacific, Tokyo", "asia-northeast1", "Tokyo", "japaneast", true},
	{"us-gov-west-1", "AWS GovCloud, US-West", "", "", "", true},
	{"us-gov-east-1", "AWS GovCloud, US-East", "", "", "", false},
}

// newRegion works out what the region with an id serves. cloudRegions are ids of its own provider; none stands for the one in
// the id. A cloud region that is not among the sites serves too, under its id.
func newRegion(id string, cloudRegions []string) (region, error) {
	provider, rest, hasDot := strings.Cut(id, ".")
	home, _, _ := strings.Cut(rest, ".") // an environment may follow, as in aws.eu-west-1.stage
	if !hasDot || home == "" || provider != "aws" && provider != "gcp" {
		return region{}, fmt.Errorf("region %q: use aws. or gcp. and a cloud region, as in aws.eu-west-1", id)
	}
	if len(cloudRegions) == 0 {
		cloudRegions = []string{home}
	}
	made := region{id: id, provider: provider}
	var neighbours []cloudRegion
	for _, cloud := range cloudRegions {
		index := slices.IndexFunc(sites, func(s site) bool {
			return provider == "aws" && s.aws == cloud || provider == "gcp" && s.gcp == cloud
		})
		if index < 0 {
			made.cloudRegions = append(made.cloudRegions, cloudRegion{provider: provider, id: cloud, displayName: cloud, hypershift: provider == "aws"})
			continue
		}
		at := sites[index]
		aws := cloudRegion{provider: "aws", id: at.aws, displayName: at.name, hypershift: at.withHypershift, gov: strings.HasPrefix(at.aws, "us-gov-")}
		gcp := cloudRegion{provider: "gcp", id: at.gcp, displayName: at.gcpName}
		if provider == "gcp" {
			aws, gcp = gcp, aws
		}
		made.cloudRegions = append(made.cloudRegions, aws)
		if gcp.id != "" {
			neighbours = append(neighbours, gcp)
		}
		if made.azure == "" {
			made.azure = at.azure
		}
	}
	made.cloudRegions = append(made.cloudRegions, neighbours...)
	return made, nil
}

// of lists the cloud regions of one provider.
func (r region) of(provider string) []cloudRegion {
	var regions []cloudRegion
	for _, candidate := range r.cloudRegions {
		if candidate.provider == provider {
			regions = append(regions, candidate)
		}
	}
	return regions
}

// find returns a cloud region by provider and id.
func (r region) find(provider, id string) (cloudRegion, bool) {
	for _, candidate := range r.of(provider) {
		if candidate.id == id {
			return candidate, true
		}
	}
	return cloudRegion{}, false
}
