package evidence

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Schema names the form of a Record. Within one, fields and items are added only.
const Schema = "geoconsole-evidence/v1"

// Known tells how an item is known, strongest first but the last, which is of rules.
type Known string

// The ways of knowing. An item that nothing tells has none.
const (
	// Observed was read in the cluster: a label of a node, an object as it stands, what a pod says.
	Observed Known = "Observed"
	// Derived follows from a host name and the atlas.
	Derived Known = "Derived"
	// Declared is written in the resource, or in the config that was made of it.
	Declared Known = "Declared"
	// Enforced is a rule that was read back and that the cluster's network keeps.
	Enforced Known = "Enforced"
)

// Enforcement tells by what an egress rule bounds where packets go.
type Enforcement string

// The kinds of enforcement.
const (
	ByAddress Enforcement = "ByAddress"
	ByName    Enforcement = "ByName"
	PortsOnly Enforcement = "PortsOnly"
)

// Verdict is what an item comes to.
type Verdict string

// The verdicts. One that Contradicts makes the command exit with 1.
const (
	Holds       Verdict = "Holds"
	Contradicts Verdict = "Contradicts"
	Unproven    Verdict = "Unproven"
)

// Item is one thing that an auditor wants to know.
type Item struct {
	ID          string      `json:"id"`
	Verdict     Verdict     `json:"verdict"`
	Says        string      `json:"says"`
	Known       Known       `json:"known,omitempty"`
	Enforcement Enforcement `json:"enforcement,omitempty"`
	// Source is what was read.
	Source string `json:"source,omitempty"`
	// CloudRegion and Country are where it stands, of an item that stands somewhere.
	CloudRegion string `json:"cloudRegion,omitempty"`
	Country     string `json:"country,omitempty"`
	// Names are the particulars, such as countries, pods, ports or rights.
	Names []string `json:"names,omitempty"`
	// Cure is what to do about an item that does not hold.
	Cure string `json:"cure,omitempty"`
}

// Record is the whole of the evidence.
type Record struct {
	Schema string `json:"schema"`
	// Time of the run, in UTC.
	Time string `json:"time"`
	// Cluster is the UID of the namespace kube-system, which stands for the cluster; empty when it could not be read.
	Cluster   string     `json:"cluster"`
	Namespace string     `json:"namespace"`
	Name      string     `json:"name"`
	Summary   Summary    `json:"summary"`
	Items     []Item     `json:"items"`
	DataMap   []Category `json:"dataMap"`
	Transfers []Transfer `json:"transfers"`
}

// Summary is what the items come to.
type Summary struct {
	Verdict Verdict `json:"verdict"`
	// Sovereign is the condition of that name, as the operator would tell it of this cluster.
	Sovereign Sovereign `json:"sovereign"`
	// Contradictions and Unproven are the ids of items.
	Contradictions []string `json:"contradictions"`
	Unproven       []string `json:"unproven"`
}

// Sovereign is a condition in short.
type Sovereign struct {
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// summed is a record of items. What one contradicts, all do.
func summed(items []Item, sovereign Sovereign, at time.Time) Record {
	record := Record{
		Schema: Schema, Time: at.UTC().Format(time.RFC3339), Items: items, DataMap: DataMap(), Transfers: Transfers(),
		Summary: Summary{Verdict: Holds, Sovereign: sovereign, Contradictions: []string{}, Unproven: []string{}},
	}
	for _, item := range items {
		switch item.Verdict {
		case Contradicts:
			record.Summary.Contradictions = append(record.Summary.Contradictions, item.ID)
		case Unproven:
			record.Summary.Unproven = append(record.Summary.Unproven, item.ID)
		}
	}
	switch {
	case len(record.Summary.Contradictions) > 0:
		record.Summary.Verdict = Contradicts
	case len(record.Summary.Unproven) > 0:
		record.Summary.Verdict = Unproven
	}
	return record
}

// Encode writes a record. Equal reports give equal bytes.
func (r Record) Encode() ([]byte, error) {
	encoded, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the evidence: %w", err)
	}
	return []byte(escaped(string(encoded)+"\n", '\n')), nil
}

// Printable escapes what does not print, so that nothing that a cluster says can steer a terminal or turn a line around.
func Printable(text string) string { return escaped(text, ' ') }

// escaped writes what does not print, but one rune, as JSON and Go do.
func escaped(text string, but rune) string {
	var out strings.Builder
	for _, r := range text {
		if r == but || strconv.IsPrint(r) {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&out, "\\u%04x", unit)
		}
	}
	return out.String()
}
