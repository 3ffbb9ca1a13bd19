package console

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// What the config says of the proxy is what every region has, by itself.
func TestBoundsOfTheConfig(t *testing.T) {
	reached, release := make(chan struct{}), make(chan struct{})
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A region that answers before it has the whole body is not to be seen here.
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		if strings.HasSuffix(r.URL.Path, "/slow") {
			reached <- struct{}{}
			<-release
		}
		aRegion(w, r)
	})})
	p.edit = func(config *geography.Config) {
		config.Proxy = geography.ConfigProxy{RequestTimeoutSeconds: 5, MaxRequestBodyBytes: 1024, MaxConcurrentRequests: 4}
	}
	c := p.build(t)
	post := func(region string, bytes int) (reply, string) {
		return ask(t, c.Public(), http.MethodPost, "/regions/"+region+"/api/clusters_mgmt/v1/clusters", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", bytes))), -1
		})
	}
	if response, text := post("aws.eu-west-1", 1025); response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(text, `"cause":"BodyTooLarge"`) {
		t.Errorf("a body that is too long: %d %s", response.StatusCode, text)
	}
	if response, text := post("aws.eu-west-1", 1024); response.StatusCode != http.StatusOK {
		t.Errorf("a body at the bound: %d %s", response.StatusCode, text)
	}

	slow := make(chan int, 4)
	for range 4 {
		go func() {
			response, _ := get(t, c.Public(), "/regions/aws.eu-west-1/api/clusters_mgmt/v1/slow")
			slow <- response.StatusCode
		}()
		<-reached
	}
	response, text := post("aws.eu-west-1", 1)
	if response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, `"cause":"RegionFull"`) || response.Header.Get("Retry-After") == "" {
		t.Errorf("beside as many requests as the region may have: %d %s", response.StatusCode, text)
	}
	if response, text := post("aws.eu-west-3", 1); response.StatusCode != http.StatusOK {
		t.Errorf("another region: %d %s", response.StatusCode, text)
	}
	close(release)
	for range 4 {
		if status := <-slow; status != http.StatusOK {
			t.Errorf("a slow request: %d", status)
		}
	}
}

func TestTheTimeoutOfTheConfigEndsARequest(t *testing.T) {
	p := threeRegions(map[string]http.Handler{"aws.eu-west-1": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })})
	p.edit = func(config *geography.Config) { config.Proxy.RequestTimeoutSeconds = 5 }
	response, text := get(t, p.build(t).Public(), "/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters")
	if response.StatusCode != http.StatusGatewayTimeout || !strings.Contains(text, `"cause":"Timeout"`) {
		t.Errorf("%d %s", response.StatusCode, text)
	}
}

// A region whose first endpoint is dead is served by the second: users see no difference, the report says which it is.
func TestTheReportNamesTheEndpointThatServes(t *testing.T) {
	p := threeRegions(nil)
	p.edit = func(config *geography.Config) {
		dead := geography.ConfigEndpoint{URL: "https://example.com:9009"}
		config.Regions[0].Endpoints = append([]geography.ConfigEndpoint{dead}, config.Regions[0].Endpoints...)
		p.demoDial["example.com:9009"] = netip.MustParseAddrPort("127.0.0.1:1")
	}
	c := p.build(t)
	before, _, _ := c.report()
	if response, text := get(t, c.Public(), "/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters"); response.StatusCode != http.StatusOK {
		t.Errorf("%d %s", response.StatusCode, text)
	}
	after, _, _ := c.report()
	if after.Regions[0].Endpoint != 1 || after.Regions[1].Endpoint != 0 || after.Digest == before.Digest {
		t.Errorf("after a request: %+v", after)
	}
	probing(t, c)
	awaitVerdicts(t, c, "Healthy", "Healthy", "Healthy")
	if report := readReport(t, poll(t, c.Internal(), "")); report.Regions[0] != (geography.RegionReport{ID: "aws.eu-west-1", Verdict: geography.Healthy, Endpoint: 1}) {
		t.Errorf("after a probe: %+v", report.Regions[0])
	}
	if log := p.log.String(); !strings.Contains(log, `"region":"aws.eu-west-1","verdict":"Healthy","reason":"","endpoint":1`) {
		t.Errorf("log: %s", log)
	}
}
