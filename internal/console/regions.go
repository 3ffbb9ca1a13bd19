package console

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// uiSettings is /config.json: what the user interface needs, and nothing more.
type uiSettings struct {
	Geography    uiGeography `json:"geography"`
	Hostname     string      `json:"hostname"`
	Version      string      `json:"version"`
	ConfigDigest string      `json:"configDigest"`
	Auth         uiAuth      `json:"auth"`
	Regions      []uiRegion  `json:"regions"`
}

type uiGeography struct {
	Name      string   `json:"name"`
	Countries []string `json:"countries"`
}

type uiRegion struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

func (c *Console) serveSettings(w http.ResponseWriter, _ *http.Request) {
	settings := uiSettings{
		Geography:    uiGeography{Name: c.config.Geography, Countries: append([]string{}, c.config.Countries...)},
		Hostname:     c.config.Hostname,
		Version:      Version,
		ConfigDigest: c.digest,
		Auth:         c.auth(),
	}
	for _, region := range c.config.Regions {
		settings.Regions = append(settings.Regions, uiRegion{ID: region.ID, DisplayName: region.DisplayName})
	}
	writeJSON(w, http.StatusOK, settings)
}

// regionStatus is one region in the banner. Since is RFC 3339.
type regionStatus struct {
	ID          string        `json:"id"`
	DisplayName string        `json:"displayName"`
	Verdict     proxy.Verdict `json:"verdict"`
	Reason      proxy.Cause   `json:"reason"`
	Since       string        `json:"since"`
}

type regionStatusList struct {
	Kind  string         `json:"kind"`
	Items []regionStatus `json:"items"`
}

func (c *Console) serveRegions(w http.ResponseWriter, _ *http.Request) {
	list := regionStatusList{Kind: "RegionStatusList"}
	standings, _ := c.regions.Standings()
	for i, standing := range standings {
		list.Items = append(list.Items, regionStatus{
			ID: standing.Region, DisplayName: c.config.Regions[i].DisplayName, // both are in the order of the config
			Verdict: standing.Verdict, Reason: standing.Reason, Since: standing.Since.UTC().Format(time.RFC3339),
		})
	}
	writeJSON(w, http.StatusOK, list)
}

// serveHealth is for a health check in front of several consoles: it fails when another cluster's console could only do
// better, that is when every region is Unhealthy here.
func (c *Console) serveHealth(w http.ResponseWriter, _ *http.Request) {
	standings, _ := c.regions.Standings()
	for _, standing := range standings {
		if standing.Verdict != proxy.Unhealthy {
			writeJSON(w, http.StatusOK, health{"ok"})
			return
		}
	}
	writeJSON(w, http.StatusServiceUnavailable, health{"unavailable"})
}

type health struct {
	Status string `json:"status"`
}

// writeJSON answers with a value that always encodes.
func writeJSON(w http.ResponseWriter, status int, value any) {
	proxy.MarkAsData(w.Header())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The headers are out: a write that fails means that nobody is listening any more.
	_ = json.NewEncoder(w).Encode(value)
}
