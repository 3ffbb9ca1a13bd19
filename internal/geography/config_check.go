package geography

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The forms and bounds of a config. The API server holds a GeoConsole to the same ones; a config that was written by
// hand, or by an operator of another release, meets them here.
const (
	maxRegions         = 64
	maxEndpoints       = 4
	maxRegionIDLength  = 48
	maxIntervalSeconds = 300
	maxTimeoutSeconds  = 30
	maxThreshold       = 10

	dnsName = `([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?`
)

var (
	hostnameForm = regexp.MustCompile(`^` + dnsName + `$`)
	endpointForm = regexp.MustCompile(`^https://` + dnsName + `(:([0-9]{1,5}))?$`)
	regionIDForm = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	pathForm     = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
)

func (c Config) check() error {
	switch {
	case c.Format != ConfigFormat:
		return fmt.Errorf("format: is %d, this release reads %d; run the operator and the console of one release", c.Format, ConfigFormat)
	case c.Geography == "":
		return errors.New("geography: is empty; name one that this release knows, or spell one out")
	case len(c.Countries) == 0:
		return errors.New("countries: is empty; list the countries of the geography")
	case !hostnameForm.MatchString(c.Hostname):
		return fmt.Errorf("hostname: is %q; give a lower-case DNS name of at least two labels", c.Hostname)
	case c.LogLevel != "Error" && c.LogLevel != "Info" && c.LogLevel != "Debug":
		return fmt.Errorf("logLevel: is %q; choose Error, Info or Debug", c.LogLevel)
	}
	for i, country := range c.Countries {
		if !countryForm.MatchString(country) {
			return fmt.Errorf("countries[%d]: is %q; give an ISO 3166-1 alpha-2 code in upper case", i, country)
		}
	}
	if err := checkRegionHosts(c.RegionHosts); err != nil {
		return err
	}
	if err := c.Accounts.check(); err != nil {
		return err
	}
	if err := c.Auth.check(); err != nil {
		return err
	}
	if err := c.HealthChecks.check(); err != nil {
		return err
	}
	if err := c.Proxy.check(); err != nil {
		return err
	}
	return checkRegions(c.Regions)
}

func (h ConfigHealthChecks) check() error {
	if !pathForm.MatchString(h.Path) || strings.Contains(h.Path, "..") {
		return fmt.Errorf("healthChecks.path: is %q; give an absolute path without query", h.Path)
	}
	for _, n := range []struct {
		field      string
		value, max int32
	}{
		{"intervalSeconds", h.IntervalSeconds, maxIntervalSeconds},
		{"timeoutSeconds", h.TimeoutSeconds, maxTimeoutSeconds},
		{"failureThreshold", h.FailureThreshold, maxThreshold},
		{"successThreshold", h.SuccessThreshold, maxThreshold},
	} {
		if n.value < 1 || n.value > n.max {
			return fmt.Errorf("healthChecks.%s: is %d; choose 1 to %d", n.field, n.value, n.max)
		}
	}
	if h.TimeoutSeconds > h.IntervalSeconds {
		return fmt.Errorf("healthChecks.timeoutSeconds: is %d, longer than the interval of %d; shorten it, else probes overlap", h.TimeoutSeconds, h.IntervalSeconds)
	}
	return nil
}

// checkRegions holds every region to its form, and ids and urls to being there once: an id becomes part of a path and a
// label of a host name, and an answer must come from one region only.
func checkRegions(regions []ConfigRegion) error {
	if len(regions) == 0 || len(regions) > maxRegions {
		return fmt.Errorf("regions: there are %d; give 1 to %d", len(regions), maxRegions)
	}
	ids, urls := map[string]bool{}, map[string]bool{}
	for i, region := range regions {
		if err := region.check(); err != nil {
			return fmt.Errorf("regions[%d].%w", i, err)
		}
		label := RegionLabel(region.ID)
		if ids[label] {
			return fmt.Errorf("regions[%d].id: %q is there twice when dots are read as dashes; rename or remove one", i, region.ID)
		}
		ids[label] = true
		for j, endpoint := range region.Endpoints {
			if urls[endpoint.URL] {
				return fmt.Errorf("regions[%d].endpoints[%d].url: %q is there twice; remove one", i, j, endpoint.URL)
			}
			urls[endpoint.URL] = true
		}
	}
	return nil
}

func (r ConfigRegion) check() error {
	if len(r.ID) > maxRegionIDLength || !regionIDForm.MatchString(r.ID) {
		return fmt.Errorf("id: is %q; use at most %d lower-case letters, digits and dashes in parts divided by dots", r.ID, maxRegionIDLength)
	}
	if r.DisplayName == "" {
		return errors.New("displayName: is empty; repeat the id where there is no other name")
	}
	if len(r.Endpoints) == 0 || len(r.Endpoints) > maxEndpoints {
		return fmt.Errorf("endpoints: there are %d; give 1 to %d", len(r.Endpoints), maxEndpoints)
	}
	for i, endpoint := range r.Endpoints {
		if err := endpoint.check(); err != nil {
			return fmt.Errorf("endpoints[%d].%w", i, err)
		}
	}
	if err := checkCloudRegions(r.CloudRegions); err != nil {
		return err
	}
	if r.CABundle != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(r.CABundle)) {
		return errors.New("caBundle: holds no certificate; give PEM blocks of type CERTIFICATE")
	}
	return nil
}

// check refuses everything that is not a DNS name reached by TLS. The url is quoted only when it has no place for a
// credential.
func (e ConfigEndpoint) check() error {
	parts := endpointForm.FindStringSubmatch(e.URL)
	if parts == nil {
		return errors.New("url: is not https://<lower-case DNS name>[:port]; leave out path, query and user, and give an IP address a DNS name")
	}
	if digits := parts[len(parts)-1]; digits != "" {
		if port, err := strconv.ParseUint(digits, 10, 16); err != nil || port == 0 {
			return fmt.Errorf("url: %s has no port that exists; choose 1 to 65535", e.URL)
		}
	}
	return nil
}
