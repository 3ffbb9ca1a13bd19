package gateway

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

const (
	// bodyWithin is how long a body that is read here may take to come.
	bodyWithin = 20 * time.Second
	// defaultProvider is the cloud provider of a cluster that names none.
	defaultProvider = "aws"
	// maxNamedClouds is how many cloud regions an answer lists.
	maxNamedClouds = 40
)

// create sends a new cluster to the one region that serves its cloud region. The body is read to learn which that is, and
// sent once.
func (c *call) create() {
	body, ok := c.readBody(c.settings.MaxBody)
	if !ok {
		return
	}
	var wanted struct {
		Provider struct {
			ID string `json:"id"`
		} `json:"cloud_provider"`
		Region struct {
			ID string `json:"id"`
		} `json:"region"`
	}
	if json.Unmarshal(body, &wanted) != nil {
		c.fail(http.StatusBadRequest, bodyRefused, "The body must be a cluster as a JSON object, with the cloud region in region.id.")
		return
	}
	provider, cloud := cmp.Or(wanted.Provider.ID, defaultProvider), wanted.Region.ID
	if cloud == "" {
		c.fail(http.StatusBadRequest, bodyRefused, "Attribute 'region.id' is missing: name the cloud region, which decides where in the geography the cluster is made.")
		return
	}
	if !isPlainID(provider) || !isPlainID(cloud) {
		c.fail(http.StatusBadRequest, bodyRefused, "Attributes 'cloud_provider.id' and 'region.id' must be lower-case letters, digits and dashes.")
		return
	}
	if region, ok := c.regionFor(provider, cloud); ok {
		c.r.Body, c.r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		c.dispatch(c.w, region)
	}
}

// readBody holds a body of at most so many bytes whole. Not ok: the request is answered.
func (c *call) readBody(most int64) (body []byte, ok bool) {
	// A connection without deadlines, as tests have, is one where nobody stalls.
	connection := http.NewResponseController(c.w)
	_ = connection.SetReadDeadline(c.settings.Now().Add(bodyWithin))
	c.share.caller = c.settings.Caller(c.r)
	body, err := io.ReadAll(held{http.MaxBytesReader(c.w, c.r.Body, most), c.share})
	switch tooLong := (*http.MaxBytesError)(nil); {
	case err == nil:
		// In all other cases it stays: the server would wait for the rest of the body before it sends the answer.
		_ = connection.SetReadDeadline(time.Time{})
		return body, true
	case errors.As(err, &tooLong):
		c.fail(http.StatusRequestEntityTooLarge, proxy.BodyTooLarge, fmt.Sprintf("The body is longer than %d bytes, the most that this console takes here.", most))
	case errors.Is(err, errNoRoom):
		c.failBusy()
	case !errors.Is(err, os.ErrDeadlineExceeded):
		c.fail(http.StatusBadRequest, bodyRefused, "The body broke off, or its chunks are not well-formed; send it again.")
	default:
		c.fail(http.StatusRequestTimeout, proxy.BodyTooSlow, fmt.Sprintf("The body did not come whole within %s; send it again.", bodyWithin))
	}
	return nil, false
}

func isPlainID(id string) bool {
	return len(id) <= 64 && strings.IndexFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	}) < 0
}

// regionFor finds the one region that makes clusters in a cloud region. Not ok: the request is answered.
func (c *call) regionFor(provider, cloud string) (int, bool) {
	asked, maintained, drained := c.active()
	offers, troubles := c.offers(asked, provider, cloud)
	troubles = append(troubles, append(maintained, drained...)...)
	var serving []int
	var offered []string
	for _, o := range offers {
		offered = append(offered, o.clouds...)
		if slices.Contains(o.clouds, cloud) {
			serving = append(serving, o.region)
		}
	}
	switch {
	case len(serving) == 1:
		return serving[0], true
	case len(serving) > 1:
		c.failOfferedTwice(serving)
	case len(troubles) > 0:
		c.failWith(troubles, len(offers), cloudUnknown)
	default:
		c.failNotOffered(offered)
	}
	return 0, false
}

// An offer is the cloud regions in which a region makes clusters.
type offer struct {
	region int
	clouds []string
}

// offers asks every region what it serves, and narrows that to what the config lets it serve. Once one serves what is wanted,
// the others are waited for no longer than before any other change: a region that hangs counts as one that is silent.
func (c *call) offers(asked []int, provider, wanted string) (offers []offer, troubles []*trouble) {
	serves := func(r reply) bool {
		o, t := c.offerOf(r)
		return t == nil && slices.Contains(o.clouds, wanted)
	}
	for _, r := range c.askAll(asked, clustersAPI+"/cloud_providers/"+provider+"/regions", "page=1&size=-1", serves) {
		if o, t := c.offerOf(r); t != nil {
			troubles = append(troubles, t)
		} else {
			offers = append(offers, o)
		}
	}
	return offers, troubles
}

// offerOf reads a region's answer to what it serves.
func (c *call) offerOf(r reply) (offer, *trouble) {
	if r.trouble.notFound() { // no such provider there
		return offer{region: r.region}, nil
	}
	if r.trouble != nil {
		return offer{}, r.trouble
	}
	list, cause := readChunk(r.answer.Body, r.region, wholeList, nil)
	if cause == "" && len(list.rows) < list.total { // what is cut off might be what is asked for
		cause = proxy.UnexpectedContent
	}
	if cause != "" {
		return offer{}, &trouble{region: r.region, cause: cause}
	}
	return offer{region: r.region, clouds: c.narrowed(r.region, list.rows)}, nil
}

func (c *call) narrowed(region int, rows []row) []string {
	only := c.settings.Regions[region].CloudRegions
	var clouds []string
	for _, r := range rows {
		if len(only) == 0 || slices.Contains(only, r.id) {
			clouds = append(clouds, r.id)
		}
	}
	return clouds
}

func (c *call) failOfferedTwice(serving []int) {
	var both []*trouble
	for _, region := range serving {
		both = append(both, &trouble{region: region, cause: offeredTwice})
	}
	c.about(both, proxy.Problem{
		Status: http.StatusBadRequest,
		Reason: fmt.Sprintf("Attribute 'region.id' names a cloud region in which more than one region makes clusters: %s. "+
			"Send the cluster to one of them at /regions/{id}/api/clusters_mgmt/v1/clusters, or have their cloudRegions narrowed in the GeoConsole.", c.named(both)),
	}).Write(c.w)
}

func (c *call) failNotOffered(offered []string) {
	slices.Sort(offered)
	offered = slices.Compact(offered)
	offered = offered[:min(len(offered), maxNamedClouds)]
	c.fail(http.StatusBadRequest, notOffered, fmt.Sprintf("Attribute 'region.id' names a cloud region in which no region of geography %s makes clusters. "+
		"Use one of: %s.", c.settings.Geography, strings.Join(offered, ", ")))
}
