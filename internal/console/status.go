package console

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// maxWait bounds a long poll, so that a caller that vanished is noticed.
const maxWait = 300 * time.Second

// serveStatus reports to the operator: at once, or with ?wait=300s&after=<digest> when the digest is no longer that one
// or the wait is over. The headers go out before the wait, so that a timeout on them tells a pod that hangs from one
// that has nothing new. The end of the console ends the wait too.
func (c *Console) serveStatus(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	wait, err := waitOf(query)
	if err != nil {
		proxy.Problem{Status: http.StatusBadRequest, Reason: err.Error()}.Write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush()

	over := time.NewTimer(wait)
	defer over.Stop()
	for waiting := wait > 0; ; {
		report, verdicts, live := c.report()
		if !waiting || report.Digest != query.Get("after") {
			_ = json.NewEncoder(w).Encode(report)
			return
		}
		select {
		case <-verdicts:
		case <-live:
		case <-over.C:
			waiting = false
		case <-c.stopping:
			waiting = false
		case <-r.Context().Done():
			return
		}
	}
}

func waitOf(query url.Values) (time.Duration, error) {
	if !query.Has("wait") {
		return 0, nil
	}
	wait, err := time.ParseDuration(query.Get("wait"))
	if err != nil || wait < 0 || wait > maxWait {
		return 0, errors.New("wait must be a duration from 0s to 300s")
	}
	return wait, nil
}

// report is what the operator is told, and two channels of which one closes when that changes.
func (c *Console) report() (report geography.Report, verdicts, live <-chan struct{}) {
	standings, verdicts := c.regions.Standings()
	standing, live := c.live.now()
	report = geography.Report{
		Format: geography.ReportFormat, Version: Version, Config: c.digest,
		Live: standing.digest, LiveProblem: standing.problem,
	}
	for _, standing := range standings {
		report.Regions = append(report.Regions, geography.RegionReport{
			ID:       standing.Region,
			Verdict:  geography.Verdict(standing.Verdict),
			Reason:   string(standing.Reason),
			Endpoint: int32(standing.Endpoint), //nolint:gosec // an index below 4
		})
	}
	// Of what changes alone, so that pods that say the same have the same digest.
	encoded, _ := json.Marshal([]any{report.Live, report.LiveProblem, report.Regions}) // strings and numbers: it cannot fail
	report.Digest = geography.Digest(encoded)
	return report, verdicts, live
}
