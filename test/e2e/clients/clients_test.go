// Package clients_test drives the released command-line clients and the SDK of OCM against a geography: its console, three
// regions and an issuer as processes of this machine. docs/clients.md is written by that run.
package clients_test

import (
	"runtime"
	"testing"
)

// driven are those that run. Another one is a variable in a file of its own, a line here, and a part in docs/clients.md.
var driven = []client{ocm, ocmAway, ocmSDK}

func TestClients(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("the clients trust the authorities of the system here, and not those of SSL_CERT_FILE")
	}
	programs := buildPrograms(t)
	for _, c := range driven {
		t.Run(c.part, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, programs)
			for _, command := range c.prepare {
				s.perform(c, drive{command: command})
			}
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
	s.awaitHealthy() // what an earlier chapter has done is over
	if chapter.before != nil {
		defer chapter.before(s)()
	}
	for _, d := range chapter.drives {
		results = append(results, s.perform(c, d))
	}
	return results
}
