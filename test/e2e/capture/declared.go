package capture

import (
	"encoding/json"
	"net/netip"
	"os"
	"slices"
)

// Declared are flows that may be.
type Declared struct {
	// What says it to people.
	What string `json:"what"`
	// Sources and Destinations are the addresses, and Ports the ports, from and to which.
	Sources      []netip.Prefix `json:"sources"`
	Destinations []netip.Prefix `json:"destinations"`
	Protocol     string         `json:"protocol"`
	Ports        []uint16       `json:"ports,omitempty"`
	// Names are the only ones that may be named, and one must be each time. None means that names are not looked at.
	Names []string `json:"names,omitempty"`
	// May tells that it can well be missing. Of all else at least one flow must be seen: who looks where nothing passes
	// finds nothing.
	May bool `json:"may,omitempty"`
}

// covers tells whether a flow is one of those declared.
func (d Declared) covers(f Flow) bool {
	within := func(address netip.Addr) func(netip.Prefix) bool {
		return func(p netip.Prefix) bool { return p.Contains(address) }
	}
	if f.Protocol != d.Protocol || !slices.ContainsFunc(d.Sources, within(f.Source)) || !slices.ContainsFunc(d.Destinations, within(f.Destination)) {
		return false
	}
	if f.Port != 0 && !slices.Contains(d.Ports, f.Port) {
		return false
	}
	if len(d.Names) == 0 {
		return true
	}
	return !f.Unnamed && len(f.Names) > 0 && !slices.ContainsFunc(f.Names, func(name string) bool { return !slices.Contains(d.Names, name) })
}

// Single are the prefixes that hold one address each.
func Single(addresses ...netip.Addr) []netip.Prefix {
	prefixes := make([]netip.Prefix, 0, len(addresses))
	for _, address := range addresses {
		prefixes = append(prefixes, netip.PrefixFrom(address, address.BitLen()))
	}
	return prefixes
}

// A Judged is a flow and what declares it; nothing does when As is empty.
type Judged struct {
	Flow
	As string `json:"declaredAs,omitempty"`
}

// A Verdict is what a capture comes to.
type Verdict struct {
	Declared []Declared `json:"declared"`
	Flows    []Judged   `json:"flows"`
	// Undeclared are the flows that nothing declares, Unseen what is declared and did not happen.
	Undeclared []Flow   `json:"undeclared"`
	Unseen     []string `json:"unseen"`
}

// Judge holds flows against what is declared.
func Judge(flows []Flow, declared []Declared) Verdict {
	v := Verdict{Declared: declared, Flows: []Judged{}, Undeclared: []Flow{}, Unseen: []string{}}
	seen := make([]bool, len(declared))
	for _, f := range flows {
		at := slices.IndexFunc(declared, func(d Declared) bool { return d.covers(f) })
		if at < 0 {
			v.Undeclared = append(v.Undeclared, f)
			v.Flows = append(v.Flows, Judged{Flow: f})
			continue
		}
		seen[at] = true
		v.Flows = append(v.Flows, Judged{Flow: f, As: declared[at].What})
	}
	for i, d := range declared {
		if !seen[i] && !d.May {
			v.Unseen = append(v.Unseen, d.What)
		}
	}
	return v
}

// Write writes the verdict as JSON.
func (v Verdict) Write(file string) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}
