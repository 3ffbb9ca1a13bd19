package xcm

import (
	"strings"
	"testing"
	"time"

	amv1 "github.com/openshift-online/ocm-sdk-go/accountsmgmt/v1"
	cmv1 "github.com/openshift-online/ocm-sdk-go/clustersmgmt/v1"
)

// searched are a few clusters that differ in everything that is searched by.
func searched() *collection[cmv1.Cluster] {
	clusters := newCollection(clusterKind)
	for _, builder := range []*cmv1.ClusterBuilder{
		cmv1.NewCluster().ID("a1").Name("alpha").ExternalID("x-alpha").Managed(true).State(cmv1.ClusterStateReady).
			Product(cmv1.NewProduct().ID("rosa")).CloudProvider(cmv1.NewCloudProvider().ID("aws")).
			Nodes(cmv1.NewClusterNodes().Compute(3)).MultiAZ(true).
			CreationTimestamp(time.Date(2025, time.March, 1, 0, 0, 0, 0, time.UTC)).
			Properties(map[string]string{"rosa_creator_arn": "arn:aws:iam::111122223333:user/user-07", "my-key": "yes", "a.b": "dotted"}),
		cmv1.NewCluster().ID("b2").Name("beta_1").ExternalID("x-beta").Managed(true).State(cmv1.ClusterStateInstalling).
			Product(cmv1.NewProduct().ID("rosa")).CloudProvider(cmv1.NewCloudProvider().ID("aws")).
			Nodes(cmv1.NewClusterNodes().Compute(12)).MultiAZ(false).
			CreationTimestamp(time.Date(2025, time.June, 1, 0, 0, 0, 0, time.UTC)).
			AWS(cmv1.NewAWS().STS(cmv1.NewSTS().RoleARN("arn:aws:iam::444455556666:role/Installer").
				InstanceIAMRoles(cmv1.NewInstanceIAMRoles().MasterRoleARN("arn:aws:iam::444455556666:role/Master")))),
		cmv1.NewCluster().ID("c3").Name("it's").Managed(false).State(cmv1.ClusterStateError).
			Product(cmv1.NewProduct().ID("osd")).CloudProvider(cmv1.NewCloudProvider().ID("gcp")).
			Nodes(cmv1.NewClusterNodes().Compute(6)).MultiAZ(true).
			CreationTimestamp(time.Date(2024, time.December, 31, 23, 0, 0, 0, time.UTC)),
		cmv1.NewCluster().ID("d4").Name("100%").State(cmv1.ClusterStateReady).
			Product(cmv1.NewProduct().ID("osd")).CloudProvider(cmv1.NewCloudProvider().ID("gcp")),
	} {
		cluster := built(builder.Build())
		clusters.put(cluster.ID(), cluster)
	}
	return clusters
}

// matches lists the ids of the documents that a search finds.
func matches[T any](t *testing.T, c *collection[T], search string) string {
	t.Helper()
	match, err := compileSearch(search, func(path string) bool { return c.kind.openAPI().has(c.kind.name, path) })
	if err != nil {
		t.Fatalf("%s: %v", search, err)
	}
	var ids []string
	for _, d := range c.documents {
		if match(d) == yes {
			ids = append(ids, d.id)
		}
	}
	return strings.Join(ids, " ")
}

func TestSearchClusters(t *testing.T) {
	clusters := searched()
	for search, want := range map[string]string{
		// What the clients send, word for word but for the values.
		"id = 'a1' or name = 'a1' or external_id = 'a1'":         "a1",
		"id = 'alpha' or name = 'alpha' or external_id = 'x'":    "a1",
		"id = 'x-beta' or name = 'K' or external_id ='x-beta'":   "b2",
		"name like '%eta%' or id like '%eta%'":                   "b2",
		"(name like '%a%' or id like '%3%') and (managed='t')":   "a1 b2",
		"(name like '%1%' or id like '%1%') and (managed = 't')": "a1 b2",
		"product.id = 'rosa'":                                    "a1 b2",
		"product.id = 'rosa' AND (properties.rosa_creator_arn LIKE 'arn:%:111122223333:%' OR aws.sts.role_arn LIKE 'arn:%:111122223333:%') AND (id = 'alpha' OR name = 'alpha' OR external_id = 'alpha')": "a1",
		"product.id = 'rosa' AND (properties.rosa_creator_arn LIKE 'arn:%:444455556666:%' OR aws.sts.role_arn LIKE 'arn:%:444455556666:%') AND (id = 'b2' OR name = 'b2' OR external_id = 'b2')":          "b2",
		"product.id = 'rosa' AND (properties.rosa_creator_arn LIKE 'arn:%:444455556666:%' OR aws.sts.role_arn LIKE 'arn:%:444455556666:%') AND (id = 'a1' OR name = 'a1' OR external_id = 'a1')":          "",
		"managed='f'": "c3",

		// Comparisons.
		"name = 'alpha'": "a1", "name='alpha'": "a1", "name != 'alpha'": "b2 c3 d4", "name <> 'alpha'": "b2 c3 d4",
		"name < 'b'": "a1 d4", "name > 'b'": "b2 c3", "name <= 'alpha'": "a1 d4", "name >= 'beta_1'": "b2 c3",
		"nodes.compute > 5": "b2 c3", "nodes.compute >= 6": "b2 c3", "nodes.compute = '12'": "b2", "nodes.compute < 12": "a1 c3",
		"creation_timestamp >= '2025-01-01'":                "a1 b2",
		"creation_timestamp < '2025-01-01T00:00:00+02:00'":  "", // 22:00 of the day before in UTC
		"creation_timestamp <= '2025-01-01T01:00:00+02:00'": "c3",
		"creation_timestamp > '2025-03-01T00:00:00Z'":       "b2",

		// Booleans, in all their spellings.
		"managed = 't'": "a1 b2", "managed = true": "a1 b2", "managed = 'true'": "a1 b2", "managed = 'f'": "c3", "managed = false": "c3",
		"managed = TRUE": "a1 b2", "managed != 't'": "c3", "name = 'true'": "",

		// Text.
		"name like 'al%'": "a1", "name like 'AL%'": "", "name ilike 'AL%'": "a1", "name like 'beta_1'": "b2", "name like 'bet_1'": "",
		"name like '%\\_%'": "b2", "name like '100\\%'": "d4", "name not like '%a%'": "c3 d4", "name = 'it''s'": "c3", "name like '%''%'": "c3",

		"name ~= 'lph'": "a1", "name ~= '^(alpha|beta)'": "a1 b2", "name ~! 'a'": "c3 d4", "external_id ~! 'alpha'": "b2",

		// Sets, and what is not there.
		"id in ('a1','c3')": "a1 c3", "id in ( 'a1' , 'nope' )": "a1", "id not in ('a1', 'b2')": "c3 d4", "id in ()": "",
		"nodes.compute in (3, 6)": "a1 c3", "external_id is null": "c3 d4", "external_id is not null": "a1 b2",
		"aws.sts is not null": "b2", "external_id != 'x-alpha'": "b2", "not external_id = 'x-alpha'": "b2", "external_id not in ('x-beta')": "a1",
		"not (external_id = 'x-alpha' or managed = 'f')": "b2",

		// Logic: not binds tighter than and, and tighter than or.
		"name = 'alpha' or name = 'it''s' and managed = 't'":   "a1",
		"(name = 'alpha' or name = 'it''s') and managed = 'f'": "c3",
		"not name = 'alpha' and product.id = 'rosa'":           "b2",
		"NOT (product.id = 'rosa') AND state = 'error'":        "c3",
		"(((name = 'alpha')))":                                 "a1",

		// Paths: keys of maps, and more parts than the grammar has.
		"properties.rosa_creator_arn is not null": "a1", "properties.`my-key` = 'yes'": "a1", "properties.[my-key] = 'yes'": "a1",
		"properties.a.b = 'dotted'": "a1", "properties.unheard_of = 'x'": "",
		"aws.sts.instance_iam_roles.master_role_arn like '%Master'": "b2",
		`"aws.sts.role_arn" like '%Installer'`:                      "b2",
	} {
		t.Run(search, func(t *testing.T) {
			if got := matches(t, clusters, search); got != want {
				t.Errorf("found %q, want %q", got, want)
			}
		})
	}
}

func TestSearchOtherKinds(t *testing.T) {
	versions := newVersions()
	for search, want := range map[string]string{
		"enabled = 'true' AND channel_group = 'fast'": "openshift-v4.20.10-fast",
		"enabled='t' and default='t'":                 "openshift-v4.20.8",
		"enabled = 'false'":                           "openshift-v4.15.59",
		"enabled = 'true' AND rosa_enabled = 'true' AND channel_group = 'stable'": matches(t, versions, "channel_group = 'stable' and raw_id not like '4.15.%'"),
	} {
		if got := matches(t, versions, search); got != want {
			t.Errorf("%s: found %q, want %q", search, got, want)
		}
	}
	if got := matches(t, newMachineTypes(), "cloud_provider.id = 'gcp' and category = 'memory_optimized'"); got != "n2-highmem-4 n2-highmem-8" {
		t.Errorf("machine types: found %q", got)
	}
	subscriptions := newCollection(subscriptionKind)
	for _, id := range []string{"one", "two"} {
		subscriptions.put(id, built(amv1.NewSubscription().ID(id).DisplayName("cluster "+id).ClusterID("id-"+id).ExternalClusterID("x-"+id).
			Plan(amv1.NewPlan().ID("MOA")).Status("Active").RhRegionID("aws.eu-west-1").Build()))
	}
	for search, want := range map[string]string{
		"(display_name = 'cluster two' or cluster_id = 'cluster two' or external_cluster_id = 'cluster two')": "two",
		"(display_name = 'x-one' or cluster_id = 'x-one' or external_cluster_id = 'x-one')":                   "one",
		"cluster_id='id-one'": "one",
		"plan.id in ('MOA') and status in ('Active', 'Reserved') and rh_region_id = 'aws.eu-west-1'": "one two",
	} {
		if got := matches(t, subscriptions, search); got != want {
			t.Errorf("%s: found %q, want %q", search, got, want)
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	for search, wants := range map[string]string{
		"naem = 'x'":                          `"naem" is not an attribute`,
		"aws.sts.rolearn = 'x'":               `"aws.sts.rolearn" is not an attribute`,
		"aws.subnet_ids = 'x'":                `"aws.subnet_ids" is not an attribute`, // a list
		"properties. = 'x'":                   "can't parse",
		"name =":                              "can't parse",
		"name = 'x' and":                      "can't parse",
		"name = 'x":                           "can't parse",
		"name = x":                            "can't parse",
		"name = 'a' name = 'b'":               "can't parse",
		"'name' = 'x'":                        "can't parse",
		"name like 3":                         "can't parse",
		"name = 'x'; drop table":              "can't parse",
		"(name = 'x'":                         "can't parse",
		"nodes.compute / 2 = 3":               "plain attribute",
		"nodes.compute between 1 and 3":       `"between" is not supported`,
		"name ~= '('":                         `"(" is not a regular expression`,
		"name = 'x' or (status.nope is null)": `"status.nope" is not an attribute`,
	} {
		t.Run(search, func(t *testing.T) {
			_, err := compileSearch(search, func(path string) bool { return clustersSchemas().has("Cluster", path) })
			if err == nil || !strings.Contains(err.Error(), wants) {
				t.Errorf("got %v, want an error with %q", err, wants)
			}
		})
	}
}

// FuzzSearch looks for text that breaks the parser or the walk.
func FuzzSearch(f *testing.F) {
	for _, seed := range []string{"", "name = 'a' and (id in ('b') or managed = true)", "name =", "((", "not not name like '%_\\", "a.b.c.d is not null", "'"} {
		f.Add(seed)
	}
	clusters := searched()
	f.Fuzz(func(_ *testing.T, search string) {
		match, err := compileSearch(search, func(string) bool { return true })
		if err != nil {
			return
		}
		for _, d := range clusters.documents {
			match(d)
		}
	})
}
