package geography

import (
	"fmt"
	"regexp"
	"slices"
)

const (
	maxCloudRegions      = 32
	maxCloudRegionLength = 32
)

var cloudRegionForm = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// checkCloudRegions holds the cloud regions of a region to their form. Whether they exist is for the instance to say.
func checkCloudRegions(clouds []string) error {
	if len(clouds) > maxCloudRegions {
		return fmt.Errorf("cloudRegions: there are %d; give at most %d", len(clouds), maxCloudRegions)
	}
	for i, cloud := range clouds {
		if len(cloud) > maxCloudRegionLength || !cloudRegionForm.MatchString(cloud) {
			return fmt.Errorf("cloudRegions[%d]: is %q; give the code of a cloud region, such as eu-west-1", i, cloud)
		}
		if slices.Contains(clouds[:i], cloud) {
			return fmt.Errorf("cloudRegions[%d]: %q is there twice; remove one", i, cloud)
		}
	}
	return nil
}
