package clients_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/geoconsole/geoconsole-operator/test/e2e/residency"
)

// ocmMarked is what ocm is driven to with words that are looked for afterwards. It is in no document.
var ocmMarked = client{
	name: "ocm", title: "ocm with marks", build: buildOcm, prepare: []string{ocmLoginCommand, parisLogin},
	chapters: []chapter{{title: "Marks", drives: ocmMarks}},
}

var ocmMarks = []drive{
	{
		about: "A cluster with a marked name.", command: "ocm create cluster {mark.name} --provider aws --region eu-central-1", writes: frankfurt,
		shows: []string{"{mark.name}"}, carries: []residency.Category{residency.ClusterName, residency.Token},
	},
	{
		about: "A marked display name.", writes: frankfurt, carries: []residency.Category{residency.DisplayName},
		command: `echo '{"display_name":"{mark.display}"}' | ocm patch /api/accounts_mgmt/v1/subscriptions/{german.subscription}`,
	},
	{
		about: "A marked description among the properties.", writes: frankfurt, carries: []residency.Category{residency.Description},
		command: `echo '{"properties":{"description":"{mark.description}"}}' | ocm patch /api/clusters_mgmt/v1/clusters/{german.id}`,
	},
	{
		about: "A password and a user.", writes: ireland, carries: []residency.Category{residency.Password, residency.User},
		command: "ocm create idp --cluster {irish} --type htpasswd --name marked --username {mark.user} --password Passw0rd-{mark.password}",
	},
	{
		about: "A pull secret, of a region by its own host.", writes: paris, carries: []residency.Category{residency.PullSecret, residency.User},
		command: "OCM_CONFIG=paris.json ocm post /api/accounts_mgmt/v1/access_token --body /dev/null", shows: []string{"quay.io"},
	},
	{about: "Who asks.", command: "ocm whoami", shows: []string{user}, carries: []residency.Category{residency.User}},
	{about: "A search for a marked text.", command: "ocm list clusters {mark.search}", carries: []residency.Category{residency.Search}},
	{about: "The marked cluster.", command: "ocm describe cluster {mark.name}", shows: []string{"{mark.name}"}, carries: []residency.Category{residency.ClusterName}},
	{
		about: "All clusters.", command: "ocm list clusters --columns name,state", shows: []string{"{mark.name}", "{german}"},
		carries: []residency.Category{residency.ClusterName, residency.Identifier, residency.Description},
	},
	{
		about: "All subscriptions.", command: "ocm get /api/accounts_mgmt/v1/subscriptions --parameter size=-1", shows: []string{"{german}"},
		carries: []residency.Category{residency.DisplayName, residency.ClusterName, residency.User},
	},
}

// marks are what is looked for.
type marks struct {
	// words are those of them that commands speak of.
	words map[string]string
	list  []residency.Mark
	tap   *residency.Tap
}

// newMarks makes up those that are in no region yet.
func newMarks() *marks {
	m := &marks{words: map[string]string{}}
	for word, category := range map[string]residency.Category{
		"mark.name": residency.ClusterName, "mark.description": residency.Description, "mark.password": residency.Password,
		"mark.user": residency.User, "mark.secret": residency.PullSecret, "mark.search": residency.Search,
	} {
		m.words[word] = residency.Word()
		m.list = append(m.list, residency.Mark{Category: category, Text: m.words[word]})
	}
	m.words["mark.display"] = "Büro & <" + residency.Word() + ">"
	m.list = append(m.list, residency.Mark{Category: residency.DisplayName, Text: m.words["mark.display"]},
		residency.Mark{Category: residency.User, Text: user}, residency.Mark{Category: residency.Login, Text: user + "@example.com"})
	return m
}

// tap lets marks be counted on the street from now on: those that were made up, and of the words what the regions know their
// clusters by.
func (s *stage) tap(m *marks) {
	s.Helper()
	for _, word := range slices.Sorted(maps.Keys(s.words)) {
		said := residency.Mark{Category: residency.ClusterName, Text: s.words[word]}
		switch _, part, _ := strings.Cut(word, "."); part {
		case "id", "external", "subscription":
			said.Category = residency.Identifier
		case "":
			if slices.Contains([]string{"url", "issuer", "client", "token", "password"}, word) {
				continue
			}
		default:
			continue
		}
		m.list = append(m.list, said)
	}
	maps.Copy(s.words, m.words)
	matcher, err := residency.New(m.list...)
	if err != nil {
		s.Fatal(err)
	}
	m.tap = residency.NewTap(matcher)
	s.street.watch(m.tap)
}

// complete is all that is to be looked for: with the tokens that have passed, each by its signature, which no other has.
func (m *marks) complete() []residency.Mark {
	list := slices.Clone(m.list)
	for _, bearer := range m.tap.Bearers() {
		signature := bearer[strings.LastIndex(bearer, ".")+1:]
		if strings.Trim(signature, "A") == "" {
			continue // that of {foreign.token}: zeros, which are everywhere
		}
		list = append(list, residency.Mark{Category: residency.Token, Text: signature[:40]})
	}
	return list
}
