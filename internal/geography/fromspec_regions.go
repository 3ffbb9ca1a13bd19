package geography

import (
	"cmp"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/url"
	"strconv"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func regions(specs []v1alpha1.Region, facts Facts) ([]Region, []Problem) {
	var out []Region
	var problems []Problem
	for i, r := range specs {
		region := Region{
			ID: r.ID, DisplayName: cmp.Or(r.DisplayName, r.ID),
			State: cmp.Or(r.State, v1alpha1.RegionActive), Message: r.Message,
		}
		for j, e := range r.Endpoints {
			endpoint, problem := endpoint(e, fmt.Sprintf("spec.regions[%d].endpoints[%d]", i, j))
			problems = append(problems, problem...)
			region.Endpoints = append(region.Endpoints, endpoint)
		}
		for _, cloud := range r.CloudRegions {
			region.CloudRegions = append(region.CloudRegions, string(cloud))
		}
		if r.CABundle != nil {
			pem, problem := caBundle(r.CABundle.HubConfigMap, facts, fmt.Sprintf("spec.regions[%d].caBundle", i))
			problems = append(problems, problem...)
			region.CABundle = pem
		}
		out = append(out, region)
	}
	return out, problems
}

// endpoint finds out where an endpoint stands: by its host name, else by the declared country. Both must agree.
// A url of another form stands nowhere; configProblems names it.
func endpoint(e v1alpha1.Endpoint, field string) (Endpoint, []Problem) {
	out := Endpoint{URL: e.URL, Port: httpsPort}
	u, err := url.Parse(e.URL)
	if err != nil {
		return out, nil
	}
	out.Host = u.Hostname()
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		out.Port = int32(port)
	}
	place, known := LocateHost(out.Host)
	switch {
	case known && e.Country != "" && e.Country != place.Country:
		return out, []Problem{{v1alpha1.ReasonCountryContradicted, fmt.Sprintf(
			"%s.country: is %s, but the host names %s, which is in %s; remove country or correct the url", field, e.Country, place.CloudRegion, place.Country)}}
	case known:
		out.Place = place
	case e.Country != "":
		out.Place = Place{Country: e.Country, Evidence: Declared}
	default:
		return out, []Problem{{v1alpha1.ReasonCountryMissing, fmt.Sprintf(
			"%s.country: is missing, and the host %s does not name one cloud region of the atlas; declare the country where the endpoint stands", field, out.Host)}}
	}
	return out, nil
}

func caBundle(key v1alpha1.ConfigMapKey, facts Facts, field string) (string, []Problem) {
	text, there := facts.CABundles[key]
	if !there {
		return "", []Problem{{v1alpha1.ReasonCABundleMissing, fmt.Sprintf(
			"%s.hubConfigMap: the ConfigMap %s has no key %s in this namespace; create it", field, key.Name, key.Key)}}
	}
	kept := certificates(text)
	if kept == "" {
		return "", []Problem{{v1alpha1.ReasonCABundleInvalid, fmt.Sprintf(
			"%s.hubConfigMap: key %s of ConfigMap %s holds no certificate; give PEM blocks of type CERTIFICATE", field, key.Key, key.Name)}}
	}
	return kept, nil
}

// certificates keeps those that a TLS client would trust and drops all else: a comment that changes restarts no
// console, and a private key that was left in the file is not copied into a geography.
func certificates(text string) string {
	var kept []byte
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" || len(block.Headers) > 0 {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err == nil {
			kept = append(kept, pem.EncodeToMemory(block)...)
		}
	}
	return string(kept)
}
