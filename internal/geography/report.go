package geography

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	// Digest changes when any region's verdict, reason or endpoint does; a long poll waits for that.
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
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	var r Report
	if err := decoder.Decode(&r); err != nil {
		return Report{}, errors.New("the report is not JSON of the known form")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Report{}, errors.New("the report holds data after its end")
	}
	if r.Format != ReportFormat {
		return Report{}, fmt.Errorf("the report is not of format %d", ReportFormat)
	}
	if !isDigest(r.Config) || !isDigest(r.Digest) {
		return Report{}, errors.New("the report's digests are not lower-case hex of 8 bytes")
	}
	for i, region := range r.Regions {
		if err := region.check(); err != nil {
			return Report{}, fmt.Errorf("regions[%d]: %w", i, err)
		}
	}
	return r, nil
}

func (r RegionReport) check() error {
	if !slices.Contains([]Verdict{Healthy, Unhealthy, Unknown}, r.Verdict) {
		return errors.New("the verdict is none of Healthy, Unhealthy, Unknown")
	}
	if !slices.Contains(probeReasons, r.Reason) {
		return errors.New("the reason is not in the closed list")
	}
	if r.Endpoint < 0 || r.Endpoint >= maxEndpoints {
		return fmt.Errorf("the endpoint is not an index below %d", maxEndpoints)
	}
	return nil
}

// maxEndpoints is the most endpoints that a region may have; the API enforces the same bound.
const maxEndpoints = 4

func isDigest(s string) bool {
	decoded, err := hex.DecodeString(s)
	return err == nil && len(decoded) == 8 && s == hex.EncodeToString(decoded)
}
