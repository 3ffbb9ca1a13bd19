package browser

import (
	"maps"
	"slices"
	"strings"
)

// Place is where a browser runs. The zero value is this machine's own network, with its names.
type Place struct {
	// Space is the network namespace that the browser and its driver see; nil is that of this process.
	Space interface{ Inside(do func() error) error }
	// Hosts leads host names to IP addresses. All others are asked of the machine's DNS, by way of Space.
	Hosts map[string]string
}

func (p Place) inside(start func() error) error {
	if p.Space == nil {
		return start()
	}
	return p.Space.Inside(start)
}

// rules are Hosts in Chromium's words.
func (p Place) rules() string {
	var rules []string
	for _, host := range slices.Sorted(maps.Keys(p.Hosts)) {
		rules = append(rules, "MAP "+host+" "+p.Hosts[host])
	}
	return strings.Join(rules, ",")
}
