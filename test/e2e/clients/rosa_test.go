package clients_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/geoconsole/geoconsole-operator/hack/clients"
	"github.com/geoconsole/geoconsole-operator/test/e2e/clients/aws"
)

// awsAccount is the one whose clusters rosa works on: it finds no other's.
const awsAccount = "111122223333"

var rosa = client{
	name: "rosa", part: "rosa", title: "rosa v1.2.64", finds: rosaFinds, before: (*stage).prepareRosa,
	build: func(ctx context.Context, _ string) (string, error) { return clients.Rosa(ctx) },
	host:  "console.eu.openshift.com", habit: "mirror.openshift.com:443",
	environment: []string{"AWS_ENDPOINT_URL={aws}", "AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=EXAMPLEKEY"},
	about: "Built from its Go module, unmodified. Its upgrades refuse a host whose name does not end in openshift.com, so the console has\n" +
		"the name `console.eu.openshift.com` here. A stand-in for AWS answers who calls (`GetCallerIdentity`) and refuses all else: what\n" +
		"needs more of AWS is in the last chapter. With `> (finds NAME)` begin the commands that find their cluster as\n" +
		"[here](#finding-a-cluster-by-rosa).\n\n" +
		"Every command but those with `-o` first asks mirror.openshift.com, outside of the geography, for the latest version of rosa, sends no\n" +
		"token there, and goes on when it gets no answer. Nothing turns that off but closing the way, as here.",
	chapters: []chapter{
		{title: "Logging in with rosa", drives: rosaLogin},
		{title: "Catalogues for rosa", drives: rosaCatalogues},
		{title: "Finding a cluster by rosa", drives: rosaFinding},
		{title: "Machine pools", drives: rosaPools},
		{title: "Upgrades", drives: rosaUpgrades},
		{title: "Changes by rosa", drives: rosaChanges},
		{
			title: "One region alone, by rosa", about: "At a region's own host, with `OCM_CONFIG` set to a file of its own, is also what the geography's host does not serve.",
			drives: rosaRegionHost,
		},
		{title: "One region is down for rosa", about: "Paris refuses connections.", before: refusing(paris), drives: rosaOneDown},
		{
			title: "What needs AWS, or leads out of the geography",
			about: "Each was tried once, to see what it says. The requests before it gives up are those that the console serves.", drives: rosaBeyond,
		},
	},
}

// rosaSearch is how rosa looks for a cluster: by whatever a person may call it, with the account or without.
var rosaSearch = regexp.MustCompile(`^clusters_mgmt/v1/clusters\?page=1&search=product\.id = 'rosa' AND .*\(id = '([^']+)' OR name = `)

// rosaFinds knows the requests of finding a cluster: whether the cloud region is one of the geography's, and the search.
func rosaFinds(requests []request) (count int, cluster string) {
	for i, r := range requests[:min(2, len(requests))] {
		if r.status != http.StatusOK || r.missing != "" {
			break
		}
		if found := rosaSearch.FindStringSubmatch(target(r.target)); found != nil {
			return i + 1, found[1]
		}
		if target(r.target) != "clusters_mgmt/v1/cloud_providers/aws/regions" {
			break
		}
	}
	return 0, ""
}

// startAWS starts the stand-in for AWS.
func (s *stage) startAWS() {
	s.Helper()
	standIn, err := aws.Start(aws.Caller{Account: awsAccount, ARN: "arn:aws:iam::" + awsAccount + ":user/" + user, UserID: "AIDAEXAMPLE"})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = standIn.Close() })
	s.words["aws"] = standIn.URL
}

// prepareRosa starts what rosa needs, and gives names to the clusters of its account.
func (s *stage) prepareRosa() {
	s.Helper()
	s.startAWS()
	const (
		mine    = "product.id = 'rosa' and aws.account_id = '" + awsAccount + "'"
		useable = mine + " and state = 'ready' and delete_protection.enabled = 'f'"
	)
	for word, search := range map[string]string{
		"classic":      useable + " and hypershift.enabled = 'f' and region.id = 'eu-central-1'",
		"hcp":          useable + " and hypershift.enabled = 't' and region.id = 'eu-west-3'",
		"other.hcp":    useable + " and hypershift.enabled = 't' and region.id = 'eu-central-1'",
		"installing":   mine + " and state = 'installing' and region.id = 'eu-west-1'",
		"starting":     mine + " and state in ('installing', 'waiting') and region.id = 'eu-west-1'",
		"uninstalling": mine + " and state = 'uninstalling'",
		"asleep":       mine + " and state = 'hibernating'",
		"degraded":     "status.limited_support_reason_count > 0 and region.id = 'eu-central-1'",
	} {
		found := s.clusters(search)
		if len(found) == 0 {
			s.Fatalf("no cluster is %s: %s", word, search)
		}
		s.words[word], s.words[word+".id"] = found[0].Name, found[0].ID
	}
	s.words["request"] = s.accessRequest(s.words["degraded.id"])
	// Two things that rosa cannot make here: a cluster that works by keys and not by roles, and a pool that lags behind.
	s.make(clustersAPI, `{"name":"by-keys","product":{"id":"rosa"},"ccs":{"enabled":true},"region":{"id":"eu-central-1"},"version":{"id":"openshift-v4.19.11"},
		"properties":{"rosa_creator_arn":"arn:aws:iam::`+awsAccount+`:user/`+user+`"},"aws":{"account_id":"`+awsAccount+`"}}`)
	if status, answer, err := s.ask(http.MethodPost, s.controls[frankfurt]+"/hasten", ""); err != nil || status != http.StatusNoContent {
		s.Fatalf("hasten: %d %s %v", status, answer, err)
	}
	s.learn("by-keys")
	s.make(clustersAPI+"/"+s.words["hcp.id"]+"/node_pools", `{"id":"behind","replicas":1,"version":{"id":"openshift-v4.16.50"}}`)
}

// make creates something by the geography's API.
func (s *stage) make(path, body string) {
	s.Helper()
	if status, answer, err := s.ask(http.MethodPost, s.url()+path, body); err != nil || status != http.StatusCreated {
		s.Fatalf("%s: %d %s %v", path, status, answer, err)
	}
}

// accessRequest is the id of the support's request to look into a cluster.
func (s *stage) accessRequest(cluster string) string {
	s.Helper()
	query := url.Values{"search": {"cluster_id = '" + cluster + "'"}}
	status, answer, err := s.ask(http.MethodGet, s.url()+"/api/access_transparency/v1/access_requests?"+query.Encode(), "")
	var list struct{ Items []struct{ ID string } }
	if err == nil {
		err = json.Unmarshal(answer, &list)
	}
	if err != nil || status != http.StatusOK || len(list.Items) != 1 {
		s.Fatalf("access requests: %d %s %v", status, answer, err)
	}
	return list.Items[0].ID
}

// expected are the hosts outside of the geography that a command wants to reach.
func (c client) expected(d drive) []string {
	if c.habit == "" || strings.Contains(d.command, " -o ") {
		return d.strays
	}
	return append([]string{c.habit}, d.strays...)
}
