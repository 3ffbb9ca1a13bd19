package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// serveMachineInquiry sends the question which machine types a role can use to the one region that makes clusters in the
// cloud region it names, as a new cluster is. One that holds more of an AWS account than a role is asked of a region by name.
func (c *call) serveMachineInquiry() {
	if !c.posts("Machine types are inquired by POST; those of all regions are at machine_types.") {
		return
	}
	body, ok := c.readBody(maxQueryBody)
	if !ok {
		return
	}
	var asked map[string]json.RawMessage
	if json.Unmarshal(body, &asked) != nil || asked == nil {
		c.fail(http.StatusBadRequest, bodyRefused, "The body must be a JSON object, with the cloud region in region.id.")
		return
	}
	if !holdsNoKeys(asked) {
		c.refuseUnnamed()
		return
	}
	cloud := identityOf(asked["region"]).ID
	if cloud == "" || !isPlainID(cloud) {
		c.fail(http.StatusBadRequest, bodyRefused, "Attribute 'region.id' must name the cloud region in lower-case letters, digits and dashes; it decides which region is asked.")
		return
	}
	// What was looked at is what is sent: of a member that comes twice, a region could take the other.
	body, err := json.Marshal(asked)
	if err != nil {
		c.fail(http.StatusBadRequest, bodyRefused, "The body must be a JSON object, with the cloud region in region.id.")
		return
	}
	if region, ok := c.regionFor(defaultProvider, cloud); ok {
		c.r.Body, c.r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		c.dispatch(c.w, region)
	}
}

// holdsNoKeys tells whether all that an inquiry says of the customer's cloud account is a role of AWS.
func holdsNoKeys(asked map[string]json.RawMessage) bool {
	for name, value := range asked {
		switch name {
		case "kind", "region", "availability_zones", "version":
		case "aws":
			var account map[string]json.RawMessage
			if json.Unmarshal(value, &account) != nil {
				return false
			}
			for inner := range account {
				if inner != "kind" && inner != "sts" {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

// serveThumbprint sends the question for the fingerprint of an issuer's certificate to the owner of what it names.
func (c *call) serveThumbprint() {
	if !c.posts("A thumbprint is inquired by POST.") {
		return
	}
	body, ok := c.readBody(maxQueryBody)
	if !ok {
		return
	}
	var asked struct {
		Cluster string `json:"cluster_id"`
		Config  string `json:"oidc_config_id"`
	}
	if json.Unmarshal(body, &asked) != nil || (asked.Cluster == "") == (asked.Config == "") || !isPlainID(asked.Cluster+asked.Config) {
		c.fail(http.StatusBadRequest, bodyRefused, "The body must be a JSON object with one of cluster_id and oidc_config_id; it decides which region is asked.")
		return
	}
	c.r.Body, c.r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if asked.Cluster != "" {
		c.serveBelow(clusters, asked.Cluster)
		return
	}
	c.serveBelow(oidcConfigs, asked.Config)
}

// serveRegionInquiry answers which cloud regions a role can use from the catalogue. The body stays unread.
func (c *call) serveRegionInquiry() {
	if c.posts("Regions are inquired by POST; the body is not used.") {
		c.asks = true
		c.unite(clustersAPI + "/cloud_providers/" + defaultProvider + "/regions")
	}
}

// posts lets POST pass, and answers all else by saying how it is done.
func (c *call) posts(how string) bool {
	if c.r.Method == http.MethodPost {
		return true
	}
	c.w.Header().Set("Allow", "POST")
	c.fail(http.StatusMethodNotAllowed, proxy.MethodRefused, how)
	return false
}
