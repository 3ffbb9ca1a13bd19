package clients_test

import (
	"maps"
	"net"
	"slices"
	"strings"
)

// hostsPart is the part of the document with who dials what.
const hostsPart = "hosts"

// dialled are the hosts that somebody turned to.
type dialled struct {
	who string
	// geography are those of the geography, habit is the one outside that is asked with every command, and led those that
	// only commands ask which lead out of it.
	geography, habit, led []string
}

// dialled tells the hosts that a client wanted to reach with its drives.
func (c client) dialled(results [][]result) dialled {
	var d dialled
	d.who = c.title
	own, habit, led := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range slices.Concat(results...) {
		for _, q := range r.requests {
			own[q.host] = true
		}
		for _, stray := range r.strays {
			host, _, err := net.SplitHostPort(stray)
			switch {
			case err != nil:
				led[stray] = true
			case stray == c.habit:
				habit[host] = true
			default:
				led[host] = true
			}
		}
	}
	d.geography, d.habit, d.led = slices.Sorted(maps.Keys(own)), slices.Sorted(maps.Keys(habit)), slices.Sorted(maps.Keys(led))
	return d
}

// row is the line of the document's table.
func (d dialled) row() string {
	cells := []string{d.who}
	for _, hosts := range [][]string{d.geography, d.habit, d.led} {
		if len(hosts) == 0 {
			cells = append(cells, "none")
			continue
		}
		cells = append(cells, "`"+strings.Join(hosts, "`, `")+"`")
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// compareHosts checks a row of the document's table, or writes it with -update.
func (s *stage) compareHosts(d dialled) {
	s.Helper()
	s.edit(hostsPart, func(was string) string {
		lines := slices.Collect(strings.Lines(was))
		at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "| "+d.who+" |") })
		if at < 0 {
			return was + d.row()
		}
		lines[at] = d.row()
		return strings.Join(lines, "")
	})
}
