package clients_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"github.com/geoconsole/geoconsole-operator/hack/clients"
)

func buildOcm(ctx context.Context, _ string) (string, error) { return clients.Ocm(ctx) }

// ocmLoginCommand is how the console shows it, with a token in its place.
const ocmLoginCommand = "ocm login --url {url} --token-url {issuer}/token --client-id {client} --token {token}"

// subscriptionSearch is how ocm looks for a cluster first.
var subscriptionSearch = regexp.MustCompile(`^accounts_mgmt/v1/subscriptions\?search=\(display_name = '([^']+)' or cluster_id = `)

// ocmFinds knows the two requests of Finding a cluster.
func ocmFinds(requests []request) (count int, cluster string) {
	if len(requests) < 2 || requests[0].status != http.StatusOK || requests[0].missing != "" {
		return 0, ""
	}
	found := subscriptionSearch.FindStringSubmatch(target(requests[0].target))
	if found == nil || requests[1].status != http.StatusOK || !strings.HasPrefix(requests[1].target, clustersAPI+"/") {
		return 0, ""
	}
	return 2, found[1]
}

var ocm = client{
	name: "ocm", part: "ocm", title: "ocm v1.0.15", build: buildOcm, finds: ocmFinds,
	about: "Built from its Go module, unmodified. Most commands find their cluster first; `> (finds NAME)` stands for the two requests\n" +
		"of [Finding a cluster](#finding-a-cluster).",
	chapters: []chapter{
		{title: "Logging in", drives: ocmLogin},
		{title: "Lists and catalogues", drives: ocmLists},
		{title: "Finding a cluster", drives: ocmFinding},
		{title: "What belongs to a cluster", drives: ocmParts},
		{title: "New clusters", drives: ocmCreates},
		{title: "Changes", drives: ocmChanges},
		{
			title: "One region alone", about: "Each region has a host of its own when `spec.exposure.regionHosts` is Enabled. These commands run with `OCM_CONFIG` set to\n" +
				"a file of their own.", drives: ocmRegionHost,
		},
		{
			title: "What is refused, or leads out of the geography",
			about: "Not tried, for they do something else than ask the API: `ocm cluster login` (runs `oc`), `ocm tunnel` (runs `sshuttle`), `ocm gcp create`\n" +
				"and the like (ask Google Cloud), `ocm login --use-auth-code` (a browser, and sso.redhat.com as below).",
			drives: ocmRefused,
		},
	},
}

var ocmLogin = []drive{
	{
		about:   "With a token of the geography's issuer, as the console shows the command. ocm sends nothing; it keeps what it was told.",
		command: ocmLoginCommand,
	},
	{about: "Who that is.", command: "ocm whoami | grep -e username -e '\"name\"'", shows: []string{`"username": "user-07"`, `"name": "Example Organization"`}},
	{
		about:   "With a name and a password, where the issuer takes them: they go to the issuer, and nothing of it to the console.",
		command: "OCM_CONFIG=password.json ocm login --url {url} --token-url {issuer}/token --client-id {client} --user user-07@example.com --password {password}",
		shows:   []string{"deprecated"}, quotes: -1,
	},
	{
		about:   "A token that another has signed is refused by the console, before any region is asked.",
		command: "OCM_CONFIG=foreign.json ocm login --url {url} --token-url {issuer}/token --client-id {client} --token {foreign.token} && OCM_CONFIG=foreign.json ocm whoami",
		fails:   true, shows: []string{"401", "is not one that the issuer"},
	},
}

var ocmLists = []drive{
	{
		about: "All clusters of all regions, in pages of 100.", command: "ocm list clusters --columns name,region.id,openshift_version,state",
		lines: 251, shows: []string{"{irish}", "{german}", "{french}"},
	},
	{
		about: "In one order over all regions.", command: "ocm list clusters --parameter order='name desc' --no-headers --columns name,region.id",
		lines: 250, quotes: 3,
	},
	{
		about:   "By a search.",
		command: `ocm list clusters --parameter search="state = 'ready' and openshift_version like '4.20.%'" --columns name,region.id,openshift_version`,
		shows:   []string{"eu-west-1", "eu-central-1", "eu-west-3", "4.20."}, hides: []string{"4.19."},
	},
	{
		about: "By a part of the name.", command: "ocm list clusters payments --managed --columns name,region.id",
		shows: []string{"payments-prod-euc1", "payments-perf-euw3"}, hides: []string{"warehouse"},
	},
	{
		about: "The cloud regions that any region makes clusters in. Stockholm (eu-north-1) has no instance of its own.", command: "ocm list regions --provider aws",
		lines: 5, shows: []string{"eu-north-1", "eu-west-1", "eu-central-1", "eu-west-3"},
	},
	{about: "Versions.", command: "ocm list versions", shows: []string{"4.20.8"}, quotes: 2},
	{about: "The default one.", command: "ocm list versions --default", shows: []string{"4.20.8"}, lines: 1},
	{
		about: "Quota: two lines of each of the three regions. Nothing is summed, and ocm does not show the `rh_region_id` that tells them apart.", command: "ocm list quota",
		shows: []string{"cluster|byoc|moa", "cluster|rhinfra|osd"}, lines: 7,
	},
	{about: "The same with the organization.", command: "ocm account quota", shows: []string{"Example Organization"}, quotes: 2},
	{about: "Organizations.", command: "ocm list orgs", shows: []string{"Example Organization"}},
	{
		about: "Any path of the API. The console itself tells the regions.", command: "ocm get /api/accounts_mgmt/v1/regions | grep '\"id\"'",
		shows: []string{ireland, frankfurt, paris}, lines: 3,
	},
	{about: "By ocm's short names.", command: `ocm get subs --parameter search="rh_region_id = 'aws.eu-west-3'" --parameter size=1 | grep -e total -e rh_region_id`, shows: []string{`"total": 60`, paris}},
}

var ocmFinding = []drive{
	{
		about: "By its name.", command: "ocm describe cluster {irish}", whole: true,
		shows: []string{"{irish.id}", "eu-", "example.com"}, quotes: 4,
	},
	{about: "By its id.", command: "ocm describe cluster {german.id}", whole: true, shows: []string{"{german}"}, quotes: 4},
	{about: "By its external id.", command: "ocm describe cluster {french.external}", whole: true, shows: []string{"{french}", "{french.id}"}, quotes: 4},
	{about: "One with a hosted control plane.", command: "ocm describe cluster {hosted}", shows: []string{"{hosted.id}"}, quotes: 4},
	{about: "One on Google Cloud.", command: "ocm describe cluster {google}", shows: []string{"{google.id}", "europe-west3"}, quotes: 4},
	{about: "As JSON.", command: "ocm describe cluster {french} --json", shows: []string{`"id": "{french.id}"`}, quotes: 3},
	{about: "Its state and use.", command: "ocm cluster status {french.id}", shows: []string{"State:   ready", "Memory:"}},
	{
		about: "One that no region has: all have said so.", command: "ocm describe cluster not-there", fails: true, whole: true,
		shows: []string{"There are no subscriptions or clusters with identifier or name 'not-there'"},
	},
}

var ocmParts = []drive{
	{about: "Machine pools.", command: "ocm list machinepools --cluster {irish}", shows: []string{"worker"}},
	{about: "Ingresses.", command: "ocm list ingresses --cluster {irish}", shows: []string{"https://apps."}},
	{about: "One of them.", command: "ocm describe ingress {irish} --ingress apps", shows: []string{"Default:                    true"}, quotes: 4},
	{about: "Identity providers.", command: "ocm list idps --cluster {irish}", shows: []string{"AUTH URL"}},
	{about: "Administrators.", command: "ocm list users --cluster {irish}", shows: []string{"GROUP"}},
	{about: "Planned upgrades.", command: "ocm list upgradepolicies --cluster {irish}", shows: []string{"SCHEDULE TYPE"}},
	{about: "Add-ons. A quota that any region reports counts.", command: "ocm list addons --cluster {irish}", shows: []string{"Cluster Logging Operator"}},
	{
		about: "The kubelets' settings, of which it has none.", command: "ocm describe kubeletconfig --cluster {irish}", fails: true,
		shows: []string{"No KubeletConfig exists for cluster '{irish}'"},
	},
}

var ocmCreates = []drive{
	{
		about: "A dry run is answered by the region that would make the cluster.", writes: frankfurt,
		command: "ocm create cluster made-by-ocm --provider aws --region eu-central-1 --dry-run", shows: []string{"Would be successful"},
	},
	{
		about: "In Frankfurt.", writes: frankfurt, learns: "made-by-ocm", quotes: 4,
		command: "ocm create cluster made-by-ocm --provider aws --region eu-central-1", shows: []string{"made-by-ocm", "pending"},
	},
	{
		about: "In Stockholm, which Ireland serves, in the customer's own account. `available_regions` carries the cloud keys: the console\n" +
			"answers it from the catalogues, and the body goes nowhere. The new cluster's goes to Ireland alone.",
		writes: ireland, learns: "in-stockholm", quotes: 4,
		command: "ocm create cluster in-stockholm --provider aws --region eu-north-1 --version 4.20.8 --ccs --aws-account-id 111122223333 " +
			"--aws-access-key-id AKIAEXAMPLE --aws-secret-access-key EXAMPLEKEY",
		shows: []string{"in-stockholm", "eu-north-1", "4.20.8"},
	},
	{
		about: "On Google Cloud.", writes: paris, learns: "on-google", quotes: 4,
		command: "ocm create cluster on-google --provider gcp --region europe-west9", shows: []string{"on-google", "europe-west9"},
	},
	{
		about: "Outside of the geography: ocm itself sees that no region offers it.", fails: true,
		command: "ocm create cluster nowhere --provider aws --region us-east-1", shows: []string{"A valid --region must be specified", "eu-north-1", "eu-west-3"}, hides: []string{"us-east-1"},
	},
}

var ocmChanges = []drive{
	{about: "Its API made private.", command: "ocm edit cluster {irish} --private", writes: ireland},
	{about: "The channel group.", command: "ocm edit cluster {irish} --channel-group stable", writes: ireland},
	{about: "Protection from deletion.", command: "ocm edit cluster {irish} --enable-delete-protection", writes: ireland},
	{about: "The region's refusal arrives as it is.", command: "ocm delete cluster {irish.id}", fails: true, writes: ireland, shows: []string{"protected from deletion"}},
	{about: "And off again.", command: "ocm edit cluster {irish} --enable-delete-protection=false", writes: ireland},
	{
		about: "A machine pool.", writes: frankfurt, shows: []string{"web"},
		command: "ocm create machinepool --cluster {german} --instance-type m5.xlarge --replicas 2 --labels team=web --taints dedicated=web:NoSchedule web",
	},
	{
		about: "One that follows the load.", writes: frankfurt,
		command: "ocm create machinepool --cluster {german} --instance-type r5.xlarge --enable-autoscaling --min-replicas 1 --max-replicas 4 cache",
	},
	{about: "More replicas.", command: "ocm edit machinepool --cluster {german} --replicas 4 web", writes: frankfurt},
	{about: "What there is now.", command: "ocm list machinepools --cluster {german}", shows: []string{"team=web", "dedicated=web:NoSchedule", "1-4"}},
	{about: "One less.", command: "ocm delete machinepool --cluster {german} web", writes: frankfurt, shows: []string{"Deleted machine pool 'web'"}},
	{
		about: "An identity provider. The password goes to the region of the cluster and to no other.", writes: frankfurt, quotes: 2,
		command: "ocm create idp --cluster {german} --type htpasswd --name people --username ann --password Long-enough-Passw0rd",
		shows:   []string{"Identity Provider 'people' has been created"},
	},
	{
		about: "Another.", writes: frankfurt, quotes: 2, shows: []string{"Identity Provider 'code' has been created"},
		command: "ocm create idp --cluster {german} --type github --name code --client-id example --client-secret example --organizations xcm",
	},
	{about: "Both.", command: "ocm list idps --cluster {german}", shows: []string{"people", "code"}},
	{about: "Without the second.", command: "ocm delete idp --cluster {german} code", writes: frankfurt, shows: []string{"Deleted identity provider 'code'"}},
	{about: "An administrator.", command: "ocm create user --cluster {german} --group dedicated-admins bob", writes: frankfurt},
	{about: "Who they are.", command: "ocm list users --cluster {german}", shows: []string{"dedicated-admins    bob"}},
	{about: "None again.", command: "ocm delete user --cluster {german} --group dedicated-admins bob", writes: frankfurt},
	{about: "A second ingress.", command: "ocm create ingress --cluster {german} --private --label-match shard=internal", writes: frankfurt},
	{about: "The first one made private.", command: "ocm edit ingress --cluster {german} --private apps", writes: frankfurt},
	{about: "The second one removed.", command: "ocm delete ingress --cluster {german} apps2", writes: frankfurt, shows: []string{"Deleted ingress 'apps2'"}},
	{about: "The kubelets' settings.", command: "echo y | ocm create kubeletconfig --cluster {german} --pod-pids-limit 5000", writes: frankfurt, quotes: -1},
	{about: "Changed.", command: "echo y | ocm edit kubeletconfig --cluster {german} --pod-pids-limit 6000", writes: frankfurt, quotes: -1},
	{about: "As they are.", command: "ocm describe kubeletconfig --cluster {german}", shows: []string{"6000"}},
	{
		about: "A planned upgrade, called off.", writes: frankfurt, shows: []string{"Deleted upgrade policy"},
		command: "ocm delete upgradepolicy --cluster {german} $(ocm list upgradepolicies --cluster {german} | awk '/manual/ {print $1}')",
	},
	{
		about: "Another one. ocm's own command for that is a dialogue; the API takes it from anybody.", writes: frankfurt,
		command: `echo '{"schedule_type":"automatic","schedule":"0 3 * * 0"}' | ocm post /api/clusters_mgmt/v1/clusters/{german.id}/upgrade_policies | grep '"schedule"'`,
		shows:   []string{`"schedule": "0 3 * * 0"`},
	},
	{about: "As planned.", command: "ocm list upgradepolicies --cluster {german}", shows: []string{"automatic"}, hides: []string{"manual"}},
	{about: "Sleep.", command: "ocm hibernate cluster {german}", writes: frankfurt},
	{about: "Wake up.", command: "ocm resume cluster {sleeping}", writes: frankfurt},
	{
		about: "Any change of the API: another display name.", writes: ireland, shows: []string{`"display_name": "Shop"`},
		command: `echo '{"display_name":"Shop"}' | ocm patch /api/accounts_mgmt/v1/subscriptions/{irish.subscription} | grep display_name`,
	},
	{about: "Deleted. ocm takes an id here, and does not look for the cluster.", command: "ocm delete cluster {made-by-ocm.id}", writes: frankfurt},
	{about: "It is on its way out.", command: "ocm describe cluster {made-by-ocm.id} | grep State", shows: []string{"uninstalling"}},
}

var ocmRefused = []drive{
	{
		about: "A pull secret is made by one region, which the user names.", command: "ocm post /api/accounts_mgmt/v1/access_token --body /dev/null", fails: true,
		shows: []string{"asked of one region that you name"},
	},
	{about: "Other accounts than one's own are not listed.", command: "ocm account users", fails: true, shows: []string{"does not serve this path"}},
	{about: "Neither are roles.", command: "ocm account roles", fails: true, shows: []string{"does not serve this path"}},
	{about: "Neither are queues of jobs,", command: "ocm push job any", fails: true, shows: []string{"404"}, quotes: 1},
	{about: "nor Google's identity federation.", command: "ocm gcp list wif-configs", fails: true, shows: []string{"404"}, skips: 1},
	{
		about: "A login without `--token-url` and `--client-id` hands the password, or a refresh token, to sso.redhat.com.", fails: true,
		command: "OCM_CONFIG=defaults.json ocm login --url {url} --user user-07@example.com --password {password}", strays: []string{"sso.redhat.com:443"}, quotes: -1,
	},
	{about: "A login by a code.", command: "ocm login --use-device-code --url {url}", fails: true, strays: []string{"sso.redhat.com:443"}},
	{
		about: "Regions by their name in api.openshift.com.", command: "ocm login --rh-region eu-west-1 --url {url} --token {token}", fails: true,
		strays: []string{"api.openshift.com:443"},
	},
	{about: "Their list.", command: "ocm list rh-regions", fails: true, strays: []string{"api.openshift.com:443"}, skips: 2},
	{
		about: "An upgrade is planned by a dialogue only, which needs a terminal.", command: "ocm create upgradepolicy --cluster {hosted}", fails: true,
		shows: []string{"Failed to get a policy type"}, quotes: -1,
	},
}

var ocmRegionHost = []drive{
	{
		about:   "Paris by its own host.",
		command: "OCM_CONFIG=paris.json ocm login --url {paris.url} --token-url {issuer}/token --client-id {client} --token {token}",
	},
	{about: "Its clusters only.", command: "OCM_CONFIG=paris.json ocm list clusters --columns name,region.id", lines: 62, shows: []string{"on-google"}, hides: []string{"euw1", "euc1"}, quotes: 3},
	{about: "One of Frankfurt is not there.", command: "OCM_CONFIG=paris.json ocm describe cluster {german}", fails: true, shows: []string{"There are no subscriptions or clusters"}},
	{
		about: "A new one.", command: "OCM_CONFIG=paris.json ocm create cluster made-in-paris --provider aws --region eu-west-3", writes: paris,
		shows: []string{"made-in-paris", "pending"}, quotes: 4,
	},
}
