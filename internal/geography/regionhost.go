package geography

import (
	"fmt"
	"strings"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// RegionHost is the host on which the console at hostname serves one region by itself: clients that drop the path of
// their URL, as the SDK does, can be given a region only so. Within the bounds of both it is a DNS name: a label of at
// most 48 characters below a name of at most 200. It is below hostname, so it belongs to whoever holds that.
func RegionHost(hostname, region string) string {
	return RegionLabel(region) + "." + hostname
}

// RegionLabel is a region's id as a label of a host name. Ids stay different as labels, see checkRegions.
func RegionLabel(region string) string { return strings.ReplaceAll(region, ".", "-") }

// HasRegionHosts tells whether every region is served on a host of its own too.
func (m Model) HasRegionHosts() bool { return m.Exposure.RegionHosts == v1alpha1.RegionHostsEnabled }

// HasRegionHosts tells the same of a console that was told so.
func (c Config) HasRegionHosts() bool { return c.RegionHosts == string(v1alpha1.RegionHostsEnabled) }

// configRegionHosts is what a console is told: nothing where there are none.
func (m Model) configRegionHosts() string {
	if !m.HasRegionHosts() {
		return ""
	}
	return string(v1alpha1.RegionHostsEnabled)
}

func checkRegionHosts(choice string) error {
	if choice != "" && choice != string(v1alpha1.RegionHostsEnabled) {
		return fmt.Errorf("regionHosts: is %q; write Enabled, or leave it out", choice)
	}
	return nil
}
