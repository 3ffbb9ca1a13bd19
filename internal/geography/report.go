package geography

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// Verdict is what a console's prober says of one region.
type Verdict string

// The verdicts.
const (
	Healthy   Verdict = "Healthy"
	Unhealthy Verdict = "Unhealthy"
	Unknown   Verdict = "Unknown"
)

// ReportFormat is the format of Report that this version writes and reads.
const ReportFormat = 1

// MaxReportBytes bounds what the operator reads of one report.
const MaxReportBytes = 64 << 10

// probeReasons is the closed list of reasons that a console may give for a verdict; nothing else that a pod says
// reaches a condition (safety property 13).
var probeReasons = []string{
	"", "NotProbed", "NameNotFound", "ConnectionRefused", "ConnectTimeout", "TLSFailed", "CertificateInvalid", "Timeout",
	"UnexpectedStatus", "LeavesGeography", "DestinationRefused", "ConnectionFailed",
}

// Report is what one console pod tells the operator on its internal port: scalars about itself and its regions,
// never data of a cluster or a user.
type Report struct {
	Format int `json:"format"`
	// Version is the console's release.
	Version string `json:"version"`
	// Config is the Digest of the config file that the pod loaded.
	Config string `json:"config"`
	// Live is the Digest of the live config that the pod serves by; empty when it has none yet.
	Live string `json:"live,omitempty"`
	// LiveProblem is why the live config that the pod finds is another one; empty when it is the same.
	LiveProblem LiveProblem `json:"liveProblem,omitempty"`
	// Digest changes when the live config does, or any region's verdict, reason or endpoint; a long poll waits for that.
	Digest  string         `json:"digest"`
	Regions []RegionReport `json:"regions"`
}

// RegionReport is the verdict on one region. Endpoint is the index of the endpoint that serves.
type RegionReport struct {
	ID       string  `json:"id"`
	Verdict  Verdict `json:"verdict"`
	Reason   string  `json:"reason"`
	Endpoint int32   `json:"endpoint"`
}

// DecodeReport reads a report from a pod that is not trusted: bounded, strict, with closed vocabularies. Its errors
// never quote the input.
func DecodeReport(body []byte) (Report, error) {
	if len(body) > MaxReportBytes {
		return Report{}, fmt.Errorf("the report is longer than %d bytes", MaxReportBytes)
	}
	var r Report
	if err := decodeStrictly(body, &r); err != nil {
		return Report{}, errors.New("the report is not JSON of the known form") // the library's text quotes the input
	}
	if r.Format != ReportFormat {
		return Report{}, fmt.Errorf("the report is not of format %d", ReportFormat)
	}
	if !isDigest(r.Config) || !isDigest(r.Digest) {
		return Report{}, errors.New("the report's digests are not lower-case hex of 8 bytes")
	}
	if r.Live != "" && !isDigest(r.Live) {
		return Report{}, errors.New("the live config's digest is not lower-case hex of 8 bytes")
	}
	if r.LiveProblem != "" && !slices.Contains(LiveProblems(), r.LiveProblem) {
		return Report{}, errors.New("the live config's problem is not in the closed list")
	}
	if !versionForm.MatchString(r.Version) {
		return Report{}, errors.New("the version is not 1 to 64 letters, digits, dots, dashes, underscores and plus signs")
	}
	if len(r.Regions) > maxRegions {
		return Report{}, fmt.Errorf("the report has more than %d regions", maxRegions)
	}
	seen := map[string]bool{}
	for i, region := range r.Regions {
		if err := region.check(); err != nil {
			return Report{}, fmt.Errorf("regions[%d]: %w", i, err)
		}
		if seen[region.ID] {
			return Report{}, fmt.Errorf("regions[%d]: the id is there twice", i)
		}
		seen[region.ID] = true
	}
	return r, nil
}

// versionForm is what a release may be called: a word that may stand in a log.
var versionForm = regexp.MustCompile(`^[-A-Za-z0-9._+]{1,64}$`)

func (r RegionReport) check() error {
	if len(r.ID) > maxRegionIDLength || !regionIDForm.MatchString(r.ID) {
		return errors.New("the id is not one of a region")
	}
	if !slices.Contains([]Verdict{Healthy, Unhealthy, Unknown}, r.Verdict) {
		return errors.New("the verdict is none of Healthy, Unhealthy, Unknown")
	}
	if !slices.Contains(probeReasons, r.Reason) {
		return errors.New("the reason is not in the closed list")
	}
	if (r.Verdict == Healthy) != (r.Reason == "") {
		return errors.New("a reason belongs to a verdict that is not Healthy, and only to that")
	}
	if r.Endpoint < 0 || r.Endpoint >= maxEndpoints {
		return fmt.Errorf("the endpoint is not an index below %d", maxEndpoints)
	}
	return nil
}

func isDigest(s string) bool {
	decoded, err := hex.DecodeString(s)
	return err == nil && len(decoded) == 8 && s == hex.EncodeToString(decoded)
}
