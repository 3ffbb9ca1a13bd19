package clients_test

import (
	"os/exec"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/test/e2e/residency"
)

// markedOthers are the clients beside ocm whose marks are looked for. They are in no document, and log in to the console that
// ocm has worked with.
var markedOthers = []client{
	{
		name: rosa.name, title: "rosa with marks", before: (*stage).startAWS, build: rosa.build, habit: rosa.habit, environment: rosa.environment,
		chapters: []chapter{{title: "Marks of rosa", drives: rosaMarks}},
	},
	{
		name: ocmSDK.name, title: "the SDK with marks", before: (*stage).buildSDK, build: ocmSDK.build, environment: ocmSDK.environment,
		chapters: []chapter{{title: "Marks of the SDK", drives: sdkMarks}},
	},
}

var rosaMarks = []drive{
	{
		about: "A login, which the first Active region is told of.", command: rosaLogin[0].command, writes: ireland,
		carries: []residency.Category{residency.Token, residency.User},
	},
	{about: "Who asks.", command: "rosa whoami", shows: []string{user}, carries: []residency.Category{residency.User}},
	{about: "All clusters.", command: "rosa list clusters --all", shows: []string{"{rosa}"}, carries: []residency.Category{residency.ClusterName, residency.Identifier}},
	{
		about: "A cluster by its name.", command: "rosa describe cluster --cluster {rosa}", shows: []string{"{rosa.id}"},
		carries: []residency.Category{residency.ClusterName, residency.Identifier},
	},
	{about: "Its machine pools.", command: "rosa list machinepools --cluster {rosa}", carries: []residency.Category{residency.Identifier}},
	{
		about: "A user, whose password rosa hashes.", writes: frankfurt, carries: []residency.Category{residency.User},
		command: "rosa create idp --cluster {rosa} --type htpasswd --name marked --users {mark.user}:Long-enough-Passw0rd-{mark.password}",
	},
	{
		about: "A change.", writes: frankfurt, carries: []residency.Category{residency.Identifier},
		command: "rosa edit cluster --cluster {rosa} --enable-delete-protection --yes",
	},
}

var sdkMarks = []drive{
	{
		about: "A list in pages.", command: "sdk list", shows: []string{"page 1: 100 of "},
		carries: []residency.Category{residency.ClusterName, residency.Identifier, residency.Description, residency.Token},
	},
	{about: "A cluster.", command: "sdk show {german.id}", shows: []string{"{german}"}, carries: []residency.Category{residency.ClusterName, residency.Description}},
	{about: "Scaled.", command: "sdk scale {german.id} 12", writes: frankfurt, carries: []residency.Category{residency.ClusterName, residency.Identifier}},
	{about: "A new one.", command: "sdk create by-sdk eu-central-1", writes: frankfurt, learns: "by-sdk", carries: []residency.Category{residency.Token}},
	{about: "Deleted.", command: "sdk delete {by-sdk.id}", writes: frankfurt, carries: []residency.Category{residency.Token}},
}

// chooseRosas gives a name to a cluster that rosa finds by its AWS account.
func (s *stage) chooseRosas() {
	s.Helper()
	found := s.clusters("product.id = 'rosa' and aws.account_id = '" + awsAccount + "' and state = 'ready'" +
		" and delete_protection.enabled = 'f' and hypershift.enabled = 't' and region.id = 'eu-central-1'")
	if len(found) == 0 {
		s.Fatal("no cluster is one of rosa")
	}
	s.words["rosa"], s.words["rosa.id"] = found[0].Name, found[0].ID
}

// buildSDK builds the program of the SDK into a folder of the stage.
func (s *stage) buildSDK() {
	s.Helper()
	root, err := cache.Root()
	if err != nil {
		s.Fatal(err)
	}
	build := exec.CommandContext(s.Context(), "go", "build", "-o", s.dir, "./test/e2e/clients/sdk")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		s.Fatalf("build: %v\n%s", err, out)
	}
	s.programs = s.dir
}
