package xcm

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

var (
	versionKind       = kind[cmv1.Version]{name: "Version", write: cmv1.MarshalVersion, read: cmv1.UnmarshalVersion, openAPI: clustersSchemas}
	flavourKind       = kind[cmv1.Flavour]{name: "Flavour", write: cmv1.MarshalFlavour, read: cmv1.UnmarshalFlavour, openAPI: clustersSchemas}
	machineTypeKind   = kind[cmv1.MachineType]{name: "MachineType", write: cmv1.MarshalMachineType, read: cmv1.UnmarshalMachineType, openAPI: clustersSchemas}
	cloudProviderKind = kind[cmv1.CloudProvider]{name: "CloudProvider", write: cmv1.MarshalCloudProvider, read: cmv1.UnmarshalCloudProvider, openAPI: clustersSchemas}
	cloudRegionKind   = kind[cmv1.CloudRegion]{name: "CloudRegion", write: cmv1.MarshalCloudRegion, read: cmv1.UnmarshalCloudRegion, openAPI: clustersSchemas}
)

// defaultVersion is what a cluster gets that names none.
const defaultVersion = "openshift-v4.20.8"

// A release is one z-stream of OpenShift. Which exist, and until when, is made up; the form is the real one.
type release struct {
	minor, patch int
	channelGroup string
	endOfLife    time.Time
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

var releases = []release{
	{15, 59, "stable", date(2025, 8, 27)}, // no longer enabled
	{16, 21, "stable", date(2026, 6, 27)},
	{16, 36, "stable", date(2026, 6, 27)},
	{16, 50, "stable", date(2026, 6, 27)},
	{17, 12, "stable", date(2026, 10, 1)},
	{17, 27, "stable", date(2026, 10, 1)},
	{17, 41, "stable", date(2026, 10, 1)},
	{18, 5, "stable", date(2027, 2, 25)},
	{18, 16, "stable", date(2027, 2, 25)},
	{18, 26, "stable", date(2027, 2, 25)},
	{19, 3, "stable", date(2027, 6, 17)},
	{19, 11, "stable", date(2027, 6, 17)},
	{19, 17, "stable", date(2027, 6, 17)},
	{20, 1, "stable", date(2027, 10, 21)},
	{20, 4, "stable", date(2027, 10, 21)},
	{20, 8, "stable", date(2027, 10, 21)},
	{20, 10, "fast", date(2027, 10, 21)},
	{20, 12, "candidate", date(2027, 10, 21)},
}

func (r release) rawID() string { return fmt.Sprintf("4.%d.%d", r.minor, r.patch) }

// id is the raw id with a prefix and, outside stable, the channel group, as in openshift-v4.20.12-candidate.
func (r release) id() string {
	if r.channelGroup == "stable" {
		return "openshift-v" + r.rawID()
	}
	return "openshift-v" + r.rawID() + "-" + r.channelGroup
}

func (r release) enabled() bool { return r.minor > 15 }

// upgrades are the raw ids that a cluster of this release can go to: later ones of its minor version, and the next minor's.
func (r release) upgrades() []string {
	var ids []string
	for _, later := range releases {
		sameMinor := later.minor == r.minor && later.patch > r.patch
		if later.channelGroup == r.channelGroup && (sameMinor || later.minor == r.minor+1) {
			ids = append(ids, later.rawID())
		}
	}
	return ids
}

func (r release) builder() *cmv1.VersionBuilder {
	channels := []string{fmt.Sprintf("%s-4.%d", r.channelGroup, r.minor)}
	if r.channelGroup == "stable" && r.minor%2 == 0 {
		channels = append(channels, fmt.Sprintf("eus-4.%d", r.minor))
	}
	return cmv1.NewVersion().ID(r.id()).HREF(clustersAPI + "/versions/" + r.id()).RawID(r.rawID()).
		ChannelGroup(r.channelGroup).Enabled(r.enabled()).Default(r.id() == defaultVersion).
		ROSAEnabled(true).HostedControlPlaneEnabled(true).HostedControlPlaneDefault(r.id() == defaultVersion).
		GCPMarketplaceEnabled(true).WifEnabled(r.minor >= 17).EndOfLifeTimestamp(r.endOfLife).
		AvailableChannels(channels...).AvailableUpgrades(r.upgrades()...)
}

// releaseOf finds a release by its id.
func releaseOf(id string) (release, bool) {
	index := slices.IndexFunc(releases, func(r release) bool { return r.id() == id })
	if index < 0 {
		return release{}, false
	}
	return releases[index], true
}

func newVersions() *collection[cmv1.Version] {
	versions := newCollection(versionKind)
	for _, r := range releases {
		versions.put(r.id(), built(r.builder().Build()))
	}
	return versions
}

func newFlavours() *collection[cmv1.Flavour] {
	flavours := newCollection(flavourKind)
	flavours.put(defaultFlavour, built(cmv1.NewFlavour().ID(defaultFlavour).HREF(clustersAPI+"/flavours/"+defaultFlavour).Name(defaultFlavour).
		Network(defaultNetwork()).
		Nodes(cmv1.NewFlavourNodes().Master(3)).
		AWS(cmv1.NewAWSFlavour().ComputeInstanceType("m5.xlarge").InfraInstanceType("r5.xlarge").MasterInstanceType("m5.2xlarge")).
		GCP(cmv1.NewGCPFlavour().ComputeInstanceType("n2-standard-4").InfraInstanceType("n2-highmem-4").MasterInstanceType("n2-standard-8")).
		Build()))
	return flavours
}

// A machine is a type of compute node: the providers' public ones.
type machine struct {
	provider, id string
	category     cmv1.MachineTypeCategory
	size         cmv1.MachineTypeSize
	vCPUs        int
	gibibytes    int
}

var machines = []machine{
	{"aws", "m5.xlarge", cmv1.MachineTypeCategoryGeneralPurpose, cmv1.MachineTypeSizeSmall, 4, 16},
	{"aws", "m5.2xlarge", cmv1.MachineTypeCategoryGeneralPurpose, cmv1.MachineTypeSizeMedium, 8, 32},
	{"aws", "m5.4xlarge", cmv1.MachineTypeCategoryGeneralPurpose, cmv1.MachineTypeSizeLarge, 16, 64},
	{"aws", "m6i.xlarge", cmv1.MachineTypeCategoryGeneralPurpose, cmv1.MachineTypeSizeSmall, 4, 16},
	{"aws", "m6i.2xlarge", cmv1.MachineTypeCategoryGeneralPurpose, cmv1.MachineTypeSizeMedium, 8, 32},
	{"aws", "c5.2xlarge", cmv1.MachineTypeCategoryComputeOptimized, cmv1.MachineTypeSizeMedium, 8, 16},
	{"aws", "c5.4xlarge", cmv1.MachineTypeCategoryComputeOptimized, cmv1.MachineTypeSizeLarge, 16, 32},
	{"aws", "r5.xlarge", cmv1.MachineTypeCategoryMemoryOptimized, cmv1.MachineTypeSizeSmall, 4, 32},
	{"aws", "r5.2xlarge", cmv1.MachineTypeCategoryMemoryOptimized, cmv1.MachineTypeSizeMedium, 8, 64},
	{"aws", "g4dn.xlarge", cmv1.MachineTypeCategoryAcceleratedComputing, cmv1.MachineTypeSizeSmall, 4, 16},
	{"gcp", "n2-standard-4", cmv1.MachineTypeCategoryGeneralPurpose, cmv1.MachineTypeSizeSmall, 4, 16},
	{"gcp", "n2-standard-8", cmv1.MachineTypeCategoryGeneralPurpose, cmv1.MachineTypeSizeMedium, 8, 32},
	{"gcp", "n2-highcpu-16", cmv1.MachineTypeCategoryComputeOptimized, cmv1.MachineTypeSizeLarge, 16, 16},
	{"gcp", "n2-highmem-4", cmv1.MachineTypeCategoryMemoryOptimized, cmv1.MachineTypeSizeSmall, 4, 32},
	{"gcp", "n2-highmem-8", cmv1.MachineTypeCategoryMemoryOptimized, cmv1.MachineTypeSizeMedium, 8, 64},
}

// machineOf finds a machine type of a provider by its id.
func machineOf(provider, id string) (machine, bool) {
	index := slices.IndexFunc(machines, func(m machine) bool { return m.provider == provider && m.id == id })
	if index < 0 {
		return machine{}, false
	}
	return machines[index], true
}

func newMachineTypes() *collection[cmv1.MachineType] {
	types := newCollection(machineTypeKind)
	for _, m := range machines {
		name := fmt.Sprintf("%s - %d vCPUs, %d GiB RAM", m.id, m.vCPUs, m.gibibytes)
		types.put(m.id, built(cmv1.NewMachineType().ID(m.id).HREF(clustersAPI+"/machine_types/"+m.id).Name(name).
			Category(m.category).Size(m.size).Architecture(cmv1.ProcessorTypeAMD64).GenericName(m.id).CCSOnly(false).
			CPU(cmv1.NewValue().Value(float64(m.vCPUs)).Unit("vCPU")).
			Memory(cmv1.NewValue().Value(float64(m.gibibytes<<30)).Unit("B")).
			CloudProvider(cloudProviderLink(m.provider)).Build()))
	}
	return types
}

// providerNames are the providers with regions to create clusters in, as shown to people.
var providerNames = map[string]string{"aws": "AWS", "gcp": "GCP"}

func cloudProviderLink(id string) *cmv1.CloudProviderBuilder {
	return cmv1.NewCloudProvider().Link(true).ID(id).HREF(clustersAPI + "/cloud_providers/" + id)
}

func cloudRegionLink(provider, id string) *cmv1.CloudRegionBuilder {
	return cmv1.NewCloudRegion().Link(true).ID(id).HREF(clustersAPI + "/cloud_providers/" + provider + "/regions/" + id)
}

func (c cloudRegion) builder() *cmv1.CloudRegionBuilder {
	return cmv1.NewCloudRegion().ID(c.id).HREF(clustersAPI + "/cloud_providers/" + c.provider + "/regions/" + c.id).
		Name(c.id).DisplayName(c.displayName).CloudProvider(cloudProviderLink(c.provider)).
		Enabled(true).CCSOnly(false).SupportsMultiAZ(true).SupportsHypershift(c.hypershift).GovCloud(c.gov)
}

// cloudProviders are those of the region, with their regions inside when the request asks by fetchRegions.
func (s *state) cloudProviders(withRegions bool) *collection[cmv1.CloudProvider] {
	providers := newCollection(cloudProviderKind)
	for _, id := range []string{"aws", "gcp"} {
		served := s.region.of(id)
		if len(served) == 0 {
			continue
		}
		builder := cmv1.NewCloudProvider().ID(id).HREF(clustersAPI + "/cloud_providers/" + id).Name(id).DisplayName(providerNames[id])
		if withRegions {
			var regions []*cmv1.CloudRegionBuilder
			for _, region := range served {
				regions = append(regions, region.builder())
			}
			builder.Regions(regions...)
		}
		providers.put(id, built(builder.Build()))
	}
	return providers
}

func listCloudProviders(s *state, c call) (answer, error) {
	return s.cloudProviders(c.URL.Query().Get("fetchRegions") == "true").list(c.URL.Query())
}

func getCloudProvider(s *state, c call) (answer, error) {
	d, err := s.cloudProviders(c.URL.Query().Get("fetchRegions") == "true").get(c.PathValue("provider"))
	return found(d, err)
}

// listCloudRegions answers the regions of a provider, and available_regions too: there the body carries the customer's cloud
// keys, with which the real service looks for more; here they are dropped unread.
func listCloudRegions(s *state, c call) (answer, error) {
	provider := c.PathValue("provider")
	if _, err := s.cloudProviders(false).get(provider); err != nil {
		return answer{}, err
	}
	regions := newCollection(cloudRegionKind)
	for _, region := range s.region.of(provider) {
		regions.put(region.id, built(region.builder().Build()))
	}
	return regions.list(c.URL.Query())
}

// serveRoot is the health path: it needs no token, and no state.
func serveRoot(*state, call) (answer, error) {
	return answer{status: http.StatusOK, body: []byte(`{"kind":"APIMetadata","id":"v1","href":"` + clustersAPI + `","server_version":"simulator"}`)}, nil
}
