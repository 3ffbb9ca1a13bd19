// Package clients_test drives the released command-line clients and the SDK of OCM against a geography: its console, three
// regions and an issuer as processes of this machine. docs/clients.md is written by that run.
package clients_test

import (
	"bytes"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// driven are those that run. Another one is a variable in a file of its own, a line here, and a part in docs/clients.md.
var driven = []client{ocm, ocmAway, rosa, ocmSDK}

func TestClients(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("the clients trust the authorities of the system here, and not those of SSL_CERT_FILE")
	}
	programs := buildPrograms(t)
	for _, c := range driven {
		t.Run(c.part, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, programs, c.console())
			results := s.performAll(c)
			s.searchLog(results)
			if !t.Failed() {
				s.compare(c, s.part(c, results))
				s.compareHosts(c.dialled(results))
			}
		})
	}
}

// performAll performs all that a client is driven to, by chapters.
func (s *stage) performAll(c client) [][]result {
	s.Helper()
	if c.before != nil {
		c.before(s)
	}
	for _, command := range c.prepare {
		s.perform(c, drive{command: command})
	}
	results := make([][]result, len(c.chapters))
	for i, chapter := range c.chapters {
		results[i] = s.play(c, chapter)
	}
	return results
}

// searchLog wants nothing in the console's log of what the clients sent or got: no token, no query, no name, no id, no key.
func (s *stage) searchLog(results [][]result) {
	s.Helper()
	asked := 0
	for _, r := range slices.Concat(results...) {
		asked += len(slices.DeleteFunc(slices.Clone(r.requests), func(q request) bool { return q.host == loginHost }))
	}
	log, err := os.ReadFile(s.path("console.log"))
	if err != nil {
		s.Fatal(err)
	}
	if requests := bytes.Count(log, []byte(`"msg":"request"`)); requests < asked || asked == 0 {
		s.Errorf("the console's log tells of %d requests of %d: it is not the one to look into", requests, asked)
	}
	marks := []string{"eyJ", user, "search", "AKIAEXAMPLE", "EXAMPLEKEY", "Long-enough-Passw0rd"}
	for word, said := range s.words {
		if word != "url" && word != "issuer" && word != "client" && !strings.HasSuffix(word, ".url") {
			marks = append(marks, said)
		}
	}
	for _, mark := range marks {
		if bytes.Contains(log, []byte(mark)) {
			s.Errorf("the console's log holds %q", mark)
		}
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
