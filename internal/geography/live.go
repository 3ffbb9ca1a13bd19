package geography

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// LiveFormat is the format of Live that this version writes and reads.
const LiveFormat = 1

// Live is what a running console takes over without a restart. The operator writes it into a ConfigMap that changes, the
// console reads it again and again. It names the regions of the spec; a console that has not been replaced yet by one of
// the newest config may know others.
type Live struct {
	Format int `json:"format"`
	// Maintenance is of the whole geography; nil when there is none.
	Maintenance *LiveMaintenance `json:"maintenance,omitempty"`
	Regions     []LiveRegion     `json:"regions"`
}

// LiveMaintenance keeps users out and tells them why.
type LiveMaintenance struct {
	Message string `json:"message"`
}

// LiveRegion is what a region is for now. Message may be empty.
type LiveRegion struct {
	ID      string               `json:"id"`
	State   v1alpha1.RegionState `json:"state"`
	Message string               `json:"message,omitempty"`
}

// LiveProblem is why the live config that a console finds is not the one that it serves by. The list is closed.
type LiveProblem string

// The problems of a live config.
const (
	// LiveMissing means that there is no file, or that it cannot be read.
	LiveMissing LiveProblem = "Missing"
	// LiveRefused means that the file does not check out.
	LiveRefused LiveProblem = "Refused"
)

// LiveProblems lists every problem of a live config.
func LiveProblems() []LiveProblem { return []LiveProblem{LiveMissing, LiveRefused} }

// Live is what the console of every cluster takes over at once.
func (m Model) Live() Live {
	l := Live{Format: LiveFormat}
	if m.Maintenance != nil {
		l.Maintenance = &LiveMaintenance{Message: m.Maintenance.Message}
	}
	for _, r := range m.Regions {
		l.Regions = append(l.Regions, LiveRegion{ID: r.ID, State: r.State, Message: r.Message})
	}
	return l
}

// Encode renders the live config as the bytes of its file. Equal ones give equal bytes.
func (l Live) Encode() ([]byte, error) {
	encoded, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the console's live config: %w", err)
	}
	return append(encoded, '\n'), nil
}

// ReadLive decodes and checks a live config, as strictly as ReadConfig.
func ReadLive(file []byte) (Live, error) {
	if len(file) > maxConfigBytes {
		return Live{}, fmt.Errorf("the live config is longer than the %d bytes that a ConfigMap holds", maxConfigBytes)
	}
	var l Live
	if err := decodeStrictly(file, &l); err != nil {
		return Live{}, fmt.Errorf("the live config is not JSON of format %d: %w", LiveFormat, err)
	}
	if err := l.check(); err != nil {
		return Live{}, err
	}
	return l, nil
}

func (l Live) check() error {
	if l.Format != LiveFormat {
		return fmt.Errorf("format: is %d, this release reads %d; run the operator and the console of one release", l.Format, LiveFormat)
	}
	if l.Maintenance != nil {
		if l.Maintenance.Message == "" {
			return errors.New("maintenance.message: is empty; tell users why they are kept out, or leave maintenance out")
		}
		if err := checkMessage(l.Maintenance.Message); err != nil {
			return fmt.Errorf("maintenance.%w", err)
		}
	}
	if len(l.Regions) == 0 || len(l.Regions) > maxRegions {
		return fmt.Errorf("regions: there are %d; give 1 to %d", len(l.Regions), maxRegions)
	}
	ids := map[string]bool{}
	for i, region := range l.Regions {
		if err := region.check(); err != nil {
			return fmt.Errorf("regions[%d].%w", i, err)
		}
		if ids[region.ID] {
			return fmt.Errorf("regions[%d].id: %q is there twice; remove one", i, region.ID)
		}
		ids[region.ID] = true
	}
	return nil
}

func (r LiveRegion) check() error {
	if len(r.ID) > maxRegionIDLength || !regionIDForm.MatchString(r.ID) {
		return fmt.Errorf("id: is %q; use at most %d lower-case letters, digits and dashes in parts divided by dots", r.ID, maxRegionIDLength)
	}
	switch r.State {
	case v1alpha1.RegionActive, v1alpha1.RegionMaintenance, v1alpha1.RegionDrained:
		return checkMessage(r.Message)
	default:
		return fmt.Errorf("state: is %q; choose Active, Maintenance or Drained", r.State)
	}
}

// maxMessageLength is in characters, as the API server counts them.
const maxMessageLength = 512

var controlCharacter = regexp.MustCompile(`[[:cntrl:]]`)

func checkMessage(message string) error {
	if n := utf8.RuneCountInString(message); n > maxMessageLength {
		return fmt.Errorf("message: has %d characters; use at most %d", n, maxMessageLength)
	}
	if controlCharacter.MatchString(message) {
		return errors.New("message: must be one line without tabs or other control characters; in YAML, write several lines after >-")
	}
	return nil
}

// liveProblems reads the live config back, as a console will: one that no console would load is never applied (safety
// property 6).
func liveProblems(m Model) []Problem {
	file, err := m.Live().Encode()
	if err == nil {
		_, err = ReadLive(file)
	}
	if err == nil {
		return nil
	}
	return []Problem{{v1alpha1.ReasonConfigRefused, fmt.Sprintf("spec, as the console's live config: %v", err)}}
}
