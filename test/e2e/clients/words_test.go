package clients_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
)

// chooseWords gives names to what command lines speak of: a cluster by its name, and what else is known of it after a dot.
func (s *stage) chooseWords() map[string]string {
	s.Helper()
	const plain = "state = 'ready' and hypershift.enabled = 'f' and delete_protection.enabled = 'f' and cloud_provider.id = 'aws'"
	words := map[string]string{"url": s.url(), "issuer": loginURL, "client": clientID, "token": s.token, "password": dex.Password}
	for word, id := range map[string]string{"paris": paris, "frankfurt": frankfurt} {
		words[word+".url"] = geography.PublicURL(geography.RegionHost(s.host, id))
	}
	words["foreign.token"] = s.token[:strings.LastIndex(s.token, ".")+1] + strings.Repeat("A", 342) // the signature is another
	for word, search := range map[string]string{
		"irish":    plain + " and region.id = 'eu-west-1'",
		"german":   plain + " and region.id = 'eu-central-1'",
		"french":   plain + " and region.id = 'eu-west-3'",
		"hosted":   "state = 'ready' and hypershift.enabled = 't' and region.id = 'eu-west-3'",
		"google":   "state = 'ready' and cloud_provider.id = 'gcp' and region.id = 'europe-west3'",
		"sleeping": "state = 'hibernating' and region.id = 'eu-central-1'",
	} {
		found := s.clusters(search)
		if len(found) == 0 {
			s.Fatalf("no cluster is %s: %s", word, search)
		}
		words[word], words[word+".id"] = found[0].Name, found[0].ID
		words[word+".external"], words[word+".subscription"] = found[0].External, found[0].Subscription.ID
	}
	return words
}

// learn makes words of a cluster that was just made.
func (s *stage) learn(name string) {
	s.Helper()
	if name == "" {
		return
	}
	found := s.clusters("name = '" + name + "'")
	if len(found) != 1 {
		s.Fatalf("%d clusters have the name %s", len(found), name)
	}
	s.words[name], s.words[name+".id"] = name, found[0].ID
}

// braced is a word in a command line.
var braced = regexp.MustCompile(`\{([a-z.-]+)\}`)

// spoken fills in the words of a text. The token is only spoken aloud where the command runs.
func (s *stage) spoken(text string, aloud bool) string {
	s.Helper()
	return braced.ReplaceAllStringFunc(text, func(word string) string {
		word = strings.Trim(word, "{}")
		said, known := s.words[word]
		if !known {
			s.Fatalf("{%s} stands for nothing in: %s", word, text)
		}
		if !aloud && strings.HasSuffix(word, "token") {
			return "$" + strings.ToUpper(strings.ReplaceAll(word, ".", "_"))
		}
		return said
	})
}

// plainer are what differs from run to run, or says nothing to a reader, and the word in its place. Ids of clusters have 32
// characters, those of accounts_mgmt 27.
var plainer = []struct {
	what *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`\beyJ[\w-]+\.[\w-]+\.[\w-]+\b`), "TOKEN"},
	{regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`), "UUID"},
	{regexp.MustCompile(`\b[0-9a-v]{32}\b`), "ID"},
	{regexp.MustCompile(`\b[0-9A-Za-z]{27}\b`), "ID"},
	{regexp.MustCompile(`(/ingresses/)[0-9a-v]{4}\b`), "${1}ID"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`), "TIME"},
	{regexp.MustCompile(`\b\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\b`), "TIME"},
}

// plain puts words in place of ids and times. A cell of a table keeps its width.
func plain(text string) string {
	for _, p := range plainer {
		cell := regexp.MustCompile(`(?:` + p.what.String() + `)( {2,})?`)
		text = cell.ReplaceAllStringFunc(text, func(found string) string {
			said := p.what.ReplaceAllString(found, p.word)
			if kept := strings.TrimRight(found, " "); kept != found {
				return said + strings.Repeat(" ", len(found)-len(said))
			}
			return said
		})
	}
	return text
}

// target words what a request asks for: below /api without that, the query as a person would write it.
func target(text string) string {
	path, query, _ := strings.Cut(text, "?")
	path = strings.TrimPrefix(path, "/api/")
	if said, err := url.QueryUnescape(query); err == nil {
		query = said
	}
	if query == "" {
		return plain(path)
	}
	return plain(path + "?" + query)
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"ID                                NAME\n0123456789abcdefghijklmnopqrstuv  web": "ID                                NAME\nID                                web",
		"identifier is 'fcc5ab3a-3bd5-4c5a-8b1c-5cbb5b0b2f6f'":                          "identifier is 'UUID'",
		"created 2026-01-28T07:00:00Z, 2Qn5EG5YgKdvgqBxZkFGqSyUnSx":                     "created TIME, ID",
		"2026/11/26 01:07:53 Request for method GET":                                    "TIME Request for method GET",
		"warehouse-prod-euw1 in aws.eu-west-1 with openshift-v4.20.8":                   "warehouse-prod-euw1 in aws.eu-west-1 with openshift-v4.20.8",
	} {
		if got := plain(text); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	if got, want := target(clustersAPI+"/0123456789abcdefghijklmnopqrstuv/ingresses/3f0a?page=1&search=name+%3D+%27x%27"),
		"clusters_mgmt/v1/clusters/ID/ingresses/ID?page=1&search=name = 'x'"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
