package clients_test

var rosaLogin = []drive{
	{
		about:   "With a token of the geography's issuer. rosa tells the API that somebody has logged in, with the name: the first Active region gets it.",
		command: "rosa login --url {url} --token-url {issuer}/token --client-id {client} --token {token}", writes: ireland,
		shows: []string{"Logged in as 'user-07' on '{url}'"},
	},
	{about: "Who that is, here and with AWS.", command: "rosa whoami", shows: []string{"OCM API:                      {url}", "OCM Account Username:         user-07", "AWS Account ID:               " + awsAccount}},
	{
		about: "A cloud region that is not the geography's is refused by rosa, as it is in no catalogue.", command: "AWS_REGION=us-east-1 rosa whoami", fails: true,
		shows: []string{"Unsupported region 'us-east-1', available regions: ["}, quotes: -1, // rosa lists them in any order
	},
}

var rosaCatalogues = []drive{
	{about: "The cloud regions that any region makes clusters in. The AWS keys in the request's body go nowhere.", command: "rosa list regions", lines: 5, shows: []string{"eu-north-1", "eu-west-1", "eu-central-1", "eu-west-3"}},
	{about: "By a role, which goes nowhere either.", command: "rosa list regions --role-arn arn:aws:iam::" + awsAccount + ":role/installer", lines: 5, shows: []string{"eu-north-1"}, quotes: 1},
	{about: "Versions.", command: "rosa list versions", shows: []string{"4.20.8"}, quotes: 2},
	{about: "Those of hosted control planes.", command: "rosa list versions --hosted-cp", shows: []string{"4.20.8"}, quotes: 3},
	{about: "Machine types. The quota is of all regions.", command: "rosa list instance-types", shows: []string{"m5.xlarge", "r5.2xlarge"}, quotes: 3},
	{about: "What has to be agreed to before an upgrade.", command: "rosa list gates --version 4.20 -o json | grep '\"id\"'", shows: []string{"ocp-4.20", "sts-4.20"}, lines: 2},
	{about: "OIDC configs of the account, from all regions.", command: "rosa list oidc-config", shows: []string{"https://oidc.xcm.example.com/"}, lines: 38, quotes: 3},
	{about: "DNS domains, from all regions.", command: "rosa list dns-domain", shows: []string{"Yes"}, quotes: 3},
	{about: "Add-ons.", command: "rosa list addons", shows: []string{"cluster-logging-operator"}},
}

var rosaFinding = []drive{
	{about: "The account's clusters of all regions.", command: "rosa list clusters", shows: []string{"{classic}", "{hcp}", "{installing}", "by-keys"}, quotes: 4},
	{about: "All clusters of ROSA.", command: "rosa list clusters --all", shows: []string{"{classic}", "{hcp}"}, lines: 176, quotes: 3},
	{
		about: "A classic one by its name.", command: "rosa describe cluster --cluster {classic}", whole: true, skips: 1, quotes: 4,
		shows: []string{"{classic.id}", "Control Plane:              Customer Hosted", "Region:                     eu-central-1"},
	},
	{
		about: "One with a hosted control plane, by its id.", command: "rosa describe cluster --cluster {hcp.id}", skips: 1, quotes: 3,
		shows: []string{"{hcp}", "Control Plane:              ROSA Service Hosted", "Region:                     eu-west-3"},
	},
	{about: "As JSON, without asking for the latest version of rosa.", command: "rosa describe cluster --cluster {hcp} -o json | grep '\"infra_id\"'", lines: 1},
	{about: "One that no region has.", command: "rosa describe cluster --cluster not-there", fails: true, whole: true, shows: []string{"There is no cluster with identifier or name 'not-there'"}},
	{about: "The log of an installation.", command: "rosa logs install --cluster {installing}", shows: []string{"Cluster registered"}},
	{about: "The log of a removal.", command: "rosa logs uninstall --cluster {uninstalling}", shows: []string{"Cluster deletion requested"}},
	{about: "Ingresses.", command: "rosa list ingresses --cluster {hcp}", shows: []string{"https://apps."}},
	{about: "Identity providers.", command: "rosa list idps --cluster {hcp}", shows: []string{"There are no identity providers"}},
	{about: "Administrators.", command: "rosa list users --cluster {classic}", shows: []string{"There are no users"}},
	{about: "Add-ons.", command: "rosa list addons --cluster {classic}", shows: []string{"There are no add-ons installed"}},
	{about: "Tuning of nodes.", command: "rosa list tuning-configs --cluster {hcp}", shows: []string{"There are no tuning configs"}},
	{about: "Mirrors of images.", command: "rosa list image-mirrors --cluster {hcp}", shows: []string{"No image mirrors found"}},
	{about: "Where its logs go.", command: "rosa list log-forwarders --cluster {hcp}", shows: []string{"There are no log forwarders"}},
	{about: "The autoscaler, of which it has none.", command: "rosa describe autoscaler --cluster {classic}", fails: true, shows: []string{"No autoscaler exists"}},
}

var rosaPools = []drive{
	{about: "Of a classic cluster.", command: "rosa list machinepools --cluster {classic}", shows: []string{"worker"}},
	{
		about: "A new one. Which machine types the cluster's role can use is asked of the region that makes clusters in its cloud region.", writes: frankfurt,
		command: "rosa create machinepool --cluster {classic} --name more --replicas 2 --instance-type m5.xlarge --labels team=web", shows: []string{"Machine pool 'more' created successfully"},
	},
	{about: "More replicas.", command: "rosa edit machinepool --cluster {classic} --replicas 4 more", writes: frankfurt, shows: []string{"Updated machine pool 'more'"}},
	{about: "One that follows the load.", command: "rosa edit machinepool --cluster {classic} --enable-autoscaling --min-replicas 3 --max-replicas 6 worker", writes: frankfurt, shows: []string{"Updated machine pool 'worker'"}},
	{about: "As they are now.", command: "rosa list machinepools --cluster {classic}", shows: []string{"3-6", "team=web"}},
	{about: "One of them.", command: "rosa describe machinepool --cluster {classic} --machinepool more", shows: []string{"Replicas:                              4"}, skips: 1, quotes: 5},
	{about: "One less.", command: "rosa delete machinepool --cluster {classic} more --yes", writes: frankfurt, shows: []string{"Successfully deleted machine pool 'more'"}},
	{about: "Of a hosted control plane. One lags behind it.", command: "rosa list machinepools --cluster {hcp}", shows: []string{"workers", "behind", "4.16.50"}},
	{about: "One of them.", command: "rosa describe machinepool --cluster {hcp} --machinepool behind", shows: []string{"Version:                               4.16.50"}, skips: 1, quotes: 5},
	{about: "More replicas.", command: "rosa edit machinepool --cluster {hcp} --replicas 3 workers", writes: paris, shows: []string{"Updated machine pool 'workers' on hosted cluster"}},
}

var rosaUpgrades = []drive{
	{about: "Where a classic cluster can go.", command: "rosa list upgrades --cluster by-keys", shows: []string{"4.20.8   recommended", "4.19.17  recommended"}},
	{
		about:   "To another minor version, of a cluster that works by keys and not by roles. The dry run says which agreement is missing, and `--yes` agrees.",
		command: "rosa upgrade cluster --cluster by-keys --version 4.20.8 --schedule-date 2030-01-01 --schedule-time 10:00 --yes", writes: frankfurt,
		shows: []string{"Upgrade successfully scheduled for cluster 'by-keys'"}, quotes: 12,
	},
	{about: "What is planned.", command: "rosa list upgrades --cluster by-keys", shows: []string{"4.20.8   recommended - scheduled for 2030-01-01 10:00 UTC"}},
	{about: "In full.", command: "rosa describe upgrade --cluster by-keys", shows: []string{"Next Run:                          2030-01-01 10:00 UTC"}, skips: 1, quotes: 6},
	{about: "Given up.", command: "rosa delete upgrade --cluster by-keys --yes", writes: frankfurt, shows: []string{"Successfully canceled scheduled upgrade"}},
	{about: "Where a hosted control plane can go.", command: "rosa list upgrades --cluster {hcp}", shows: []string{"recommended"}},
	{about: "Where its pool can go: up to the control plane.", command: "rosa list upgrades --cluster {hcp} --machinepool behind", shows: []string{"4.17.12"}},
	{
		about:   "The pool's upgrade.",
		command: "rosa upgrade machinepool behind --cluster {hcp} --version 4.17.12 --schedule-date 2030-01-01 --schedule-time 10:00 --yes", writes: paris,
		shows: []string{"Upgrade successfully scheduled for the machine pool 'behind'"},
	},
	{about: "What is planned.", command: "rosa describe upgrade --cluster {hcp} --machinepool behind", shows: []string{"Version:                           4.17.12", "scheduled"}, skips: 1, quotes: 6},
	{about: "Given up.", command: "rosa delete upgrade --cluster {hcp} --machinepool behind --yes", writes: paris, shows: []string{"Successfully canceled scheduled upgrade for machine pool 'behind'"}},
}

var rosaChanges = []drive{
	{about: "Protection from deletion. Then rosa writes the rest of the cluster's settings, of which none has changed.", command: "rosa edit cluster --cluster {classic} --enable-delete-protection --yes", writes: frankfurt, shows: []string{"Updated cluster '{classic}'"}},
	{about: "The region's refusal arrives as it is.", command: "rosa delete cluster --cluster {classic} --yes", fails: true, writes: frankfurt, shows: []string{"protected from deletion"}},
	{about: "And off again.", command: "rosa edit cluster --cluster {classic} --enable-delete-protection=false --yes", writes: frankfurt, shows: []string{"Updated cluster"}},
	{
		about:   "An identity provider. The password goes to the region of the cluster and to no other.",
		command: "rosa create idp --cluster {hcp} --type htpasswd --name people --users alice:Long-enough-Passw0rd", writes: paris,
		shows: []string{"Identity Provider 'people' has been created"}, quotes: 2,
	},
	{about: "As it is now.", command: "rosa list idps --cluster {hcp}", shows: []string{"people    HTPasswd"}},
	{about: "And no longer.", command: "rosa delete idp people --cluster {hcp} --yes", writes: paris, shows: []string{"Successfully deleted identity provider 'people'"}},
	{about: "An administrator with a password that rosa makes up.", command: "rosa create admin --cluster {hcp}", writes: paris, shows: []string{"Admin account has been added"}, quotes: 1},
	{about: "Is there one?", command: "rosa describe admin --cluster {hcp}", shows: []string{"There is 'cluster-admin' user on cluster"}, quotes: 1},
	{about: "Another one.", command: "rosa grant user dedicated-admin --cluster {classic} --user alice", writes: frankfurt, shows: []string{"Granted role 'dedicated-admins' to user 'alice'"}},
	{about: "Who they are.", command: "rosa list users --cluster {classic}", shows: []string{"alice"}},
	{about: "None again.", command: "rosa revoke user dedicated-admin --cluster {classic} --user alice --yes", writes: frankfurt, shows: []string{"Revoked role 'dedicated-admins' from user 'alice'"}},
	{about: "The kubelets' settings.", command: "rosa create kubeletconfig --cluster {classic} --pod-pids-limit 8192 --yes", writes: frankfurt, shows: []string{"Successfully created KubeletConfig"}},
	{about: "As they are.", command: "rosa describe kubeletconfig --cluster {classic}", shows: []string{"8192"}},
	{about: "Sleep.", command: "rosa hibernate cluster --cluster {classic} --yes", writes: frankfurt, shows: []string{"hibernating"}},
	{about: "Wake up.", command: "rosa resume cluster --cluster {asleep} --yes", writes: paris, shows: []string{"resum"}},
	{about: "What the support asks for, in all regions.", command: "rosa list access-request", shows: []string{"Pending"}, quotes: 3},
	{about: "For one cluster.", command: "rosa list access-request --cluster {degraded.id}", shows: []string{"{request}"}, quotes: 2},
	{about: "One of them.", command: "rosa describe access-request --id {request}", shows: []string{"Pending"}, skips: 1, quotes: 4},
	{about: "The answer goes to the region that has the request.", command: "rosa create decision --access-request {request} --decision Approved", writes: frankfurt},
	{about: "A cluster deleted.", command: "rosa delete cluster --cluster {hcp} --yes", writes: paris, shows: []string{"Cluster '{hcp}' will start uninstalling now"}, quotes: 1},
	{about: "It is on its way out.", command: "rosa describe cluster --cluster {hcp.id} | grep State", shows: []string{"uninstalling"}},
}

var rosaRegionHost = []drive{
	{
		about: "The geography's host does not serve what names no region, such as a new OIDC config,", command: "rosa create oidc-config --mode auto --yes", fails: true,
		shows: []string{"send changes to one region"},
	},
	{about: "or managed services.", command: "rosa list managed-services", fails: true, shows: []string{"does not serve this path"}},
	{
		about:   "A login at the host of Paris. Who has logged in is told to Paris.",
		command: "OCM_CONFIG=paris.json rosa login --url {paris.url} --token-url {issuer}/token --client-id {client} --token {token}", writes: paris,
		shows: []string{"Logged in as 'user-07' on '{paris.url}'"},
	},
	{about: "Its clusters.", command: "OCM_CONFIG=paris.json AWS_REGION=eu-west-3 rosa list clusters --all", shows: []string{"{asleep}"}, hides: []string{"{classic}", "by-keys"}, quotes: 3},
	{
		about:   "A new OIDC config. Then rosa wants to make its provider in AWS.",
		command: "OCM_CONFIG=paris.json AWS_REGION=eu-west-3 rosa create oidc-config --mode auto --yes", writes: paris, fails: true, shows: []string{"IAM: "}, quotes: 4,
	},
}

var rosaOneDown = []drive{
	{about: "A list would not be whole, so there is none. rosa cannot ask for a part of it.", command: "rosa list clusters", fails: true, shows: []string{"503", "Without a usable answer of region " + paris}},
	{about: "By its id, a cluster elsewhere is shown,", command: "rosa describe cluster --cluster {classic.id}", shows: []string{"{classic}"}, whole: true, skips: 1, quotes: 1},
	{about: "scaled,", command: "rosa edit machinepool --cluster {by-keys.id} --replicas 3 worker", writes: frankfurt},
	{about: "and deleted.", command: "rosa delete cluster --cluster {installing.id} --yes", writes: ireland, quotes: 1},
	{about: "By a name alone it is not: Paris could have one of that name.", command: "rosa describe cluster --cluster {classic}", fails: true, shows: []string{"503", paris}},
	{about: "What Paris has is unknown, and is not said to be gone.", command: "rosa describe cluster --cluster {hcp.id}", fails: true, shows: []string{"503", paris}, hides: []string{"There is no cluster"}},
	{about: "Where clusters can be made now.", command: "rosa list regions", shows: []string{"eu-north-1"}, hides: []string{"eu-west-3"}},
}

var rosaBeyond = []drive{
	{about: "A new cluster: IAM.", command: "rosa create cluster --cluster-name new --sts --mode auto --yes", fails: true, shows: []string{"IAM: ListRoles"}},
	{about: "One with a hosted control plane: a billing account that AWS Marketplace has linked to the organization.", command: "rosa create cluster --cluster-name new --hosted-cp --sts --mode auto --subnet-ids subnet-1 --yes", fails: true, shows: []string{"no valid billing account"}},
	{about: "A machine pool of a hosted control plane: EC2.", command: "rosa create machinepool --cluster {other.hcp} --name more --replicas 2 --instance-type m5.xlarge", fails: true, shows: []string{"EC2: DescribeSubnets"}},
	{about: "A machine pool of a cluster that works by keys: IAM.", command: "rosa create machinepool --cluster by-keys --name more --replicas 2 --instance-type m5.xlarge", fails: true, shows: []string{"IAM: ListAccessKeys"}},
	{about: "The upgrade of a cluster that works by roles: IAM.", command: "rosa upgrade cluster --cluster {other.hcp} --version 4.19.17 --mode auto --yes", fails: true, shows: []string{"IAM: ListAttachedRolePolicies"}, quotes: 1},
	{
		about: "The OIDC provider of a cluster: IAM. The thumbprint for it comes from the region of the cluster, here Ireland.", writes: ireland,
		command: "rosa create oidc-provider --cluster {starting} --mode auto --yes", fails: true, shows: []string{"IAM: "},
	},
	{about: "The account's roles. That the quota in AWS is too small is an event too.", command: "rosa create account-roles --mode auto --yes", fails: true, writes: ireland, shows: []string{"Service Quotas: ListServiceQuotas"}},
	{about: "Lists of what is in AWS: IAM.", command: "rosa list account-roles", fails: true, shows: []string{"IAM: ListRoles"}},
	{about: "The same.", command: "rosa list oidc-providers", fails: true, shows: []string{"IAM: ListOpenIDConnectProviders"}},
	{about: "Quota in AWS.", command: "rosa verify quota", fails: true, writes: ireland, shows: []string{"Service Quotas: ListServiceQuotas"}},
	{about: "Permissions in AWS.", command: "rosa verify permissions", fails: true, writes: ireland, shows: []string{"IAM: SimulatePrincipalPolicy"}},
	{about: "A login in the browser, at sso.redhat.com whatever the flags say.", command: "rosa login --use-auth-code --url {url}", fails: true, shows: []string{"redirected to Red Hat SSO"}},
	{about: "A login by a code.", command: "rosa login --use-device-code --url {url}", fails: true, strays: []string{"sso.redhat.com:443"}},
	{about: "Regions by their name in api.openshift.com.", command: "rosa login --rh-region eu-west-1 --url {url} --token {token}", fails: true, strays: []string{"api.openshift.com:443"}},
	{about: "Their list.", command: "rosa list rh-regions", fails: true, strays: []string{"api.openshift.com:443"}},
	{about: "A download of rosa itself.", command: "rosa download rosa", fails: true, shows: []string{"https://mirror.openshift.com/pub/cgw/rosa/latest/"}},
}
