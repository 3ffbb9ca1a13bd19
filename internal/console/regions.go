package console

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// uiSettings is /config.json: what the user interface needs, and nothing more.
type uiSettings struct {
	Geography    uiGeography `json:"geography"`
	Hostname     string      `json:"hostname"`
	Version      string      `json:"version"`
	ConfigDigest string      `json:"configDigest"`
	Auth         uiAuth      `json:"auth"`
	// Maintenance is there while users are kept out of the whole geography.
	Maintenance *geography.LiveMaintenance `json:"maintenance,omitempty"`
	Regions     []uiRegion                 `json:"regions"`
}

type uiGeography struct {
	Name      string   `json:"name"`
	Countries []string `json:"countries"`
}

type uiRegion struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	liveWords
}

// liveWords are what the live config says of a region.
type liveWords struct {
	State   v1alpha1.RegionState `json:"state,omitempty"`
	Message string               `json:"message,omitempty"`
}

func (s liveStanding) wordsOn(region string) liveWords {
	return liveWords{State: s.regions[region].State, Message: s.regions[region].Message}
}

func (c *Console) serveSettings(w http.ResponseWriter, _ *http.Request) {
	standing, _ := c.live.now()
	settings := uiSettings{
		Geography:    uiGeography{Name: c.config.Geography, Countries: append([]string{}, c.config.Countries...)},
		Hostname:     c.config.Hostname,
		Version:      Version,
		ConfigDigest: c.digest,
		Auth:         c.auth(),
		Maintenance:  standing.maintenance,
	}
	for _, region := range c.config.Regions {
		settings.Regions = append(settings.Regions, uiRegion{ID: region.ID, DisplayName: region.DisplayName, liveWords: standing.wordsOn(region.ID)})
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
	liveWords
}

type regionStatusList struct {
	Kind  string         `json:"kind"`
	Items []regionStatus `json:"items"`
}

func (c *Console) serveRegions(w http.ResponseWriter, _ *http.Request) {
	list := regionStatusList{Kind: "RegionStatusList"}
	live, _ := c.live.now()
	standings, _ := c.regions.Standings()
	for i, standing := range standings {
		list.Items = append(list.Items, regionStatus{
			ID: standing.Region, DisplayName: c.config.Regions[i].DisplayName, // both are in the order of the config
			Verdict: standing.Verdict, Reason: standing.Reason, Since: standing.Since.UTC().Format(time.RFC3339),
			liveWords: live.wordsOn(standing.Region),
		})
	}
	writeJSON(w, http.StatusOK, list)
}

// serveHealth is for a health check in front of several consoles: it fails when another cluster's console could only do
// better, that is when every Active region is Unhealthy here. What is in maintenance or drained is so in every cluster,
// and users shall get to where they read why.
func (c *Console) serveHealth(w http.ResponseWriter, _ *http.Request) {
	live, _ := c.live.now()
	standings, _ := c.regions.Standings()
	active, unhealthy := 0, 0
	for _, standing := range standings {
		if live.holds(c.config.Geography, standing.Region) != nil {
			continue
		}
		active++
		if standing.Verdict == proxy.Unhealthy {
			unhealthy++
		}
	}
	if !live.loaded || active > 0 && unhealthy == active {
		writeJSON(w, http.StatusServiceUnavailable, health{"unavailable"})
		return
	}
	writeJSON(w, http.StatusOK, health{"ok"})
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
