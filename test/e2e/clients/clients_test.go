// Package clients_test drives the released command-line clients and the SDK of OCM against a geography: its console, three
// regions and an issuer as processes of this machine. docs/clients.md is written by that run.
package clients_test

import (
	"testing"
)

// driven are those that run. Another one is a variable in a file of its own, a line here, and a part in docs/clients.md.
var driven = []client{ocm, ocmSDK}

func TestClients(t *testing.T) {
	programs := buildPrograms(t)
	for _, c := range driven {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, programs)
			results := make([][]result, len(c.chapters))
			for i, chapter := range c.chapters {
				results[i] = s.play(c, chapter)
			}
			if !t.Failed() {
				s.compare(c, s.part(c, results))
			}
		})
	}
}

// play performs the drives of a chapter.
func (s *stage) play(c client, chapter chapter) (results []result) {
	s.Helper()
	if chapter.before != nil {
		defer chapter.before(s)()
	}
	for _, d := range chapter.drives {
		results = append(results, s.perform(c, d))
	}
	return results
}
