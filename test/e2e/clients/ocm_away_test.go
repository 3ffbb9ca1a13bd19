package clients_test

import "github.com/geoconsole/geoconsole-operator/api/v1alpha1"

// The logins at the regions' own hosts, beside that at the console's.
const (
	parisLogin     = "OCM_CONFIG=paris.json ocm login --url {paris.url} --token-url {issuer}/token --client-id {client} --token {token}"
	frankfurtLogin = "OCM_CONFIG=frankfurt.json ocm login --url {frankfurt.url} --token-url {issuer}/token --client-id {client} --token {token}"
)

// ocmAway has a stage of its own: ocm asks three times before it believes a 503, and most of the time waits.
var ocmAway = client{
	name: "ocm", part: "ocm while a region is away", title: "ocm while a region is away", build: buildOcm, finds: ocmFinds,
	prepare: []string{ocmLoginCommand, parisLogin, frankfurtLogin},
	about: "ocm asks three times before it believes a 503. `OCM_CONFIG=paris.json` and `frankfurt.json` are logged in to\n" +
		"these regions' own hosts.",
	chapters: []chapter{
		{title: "It is down", about: "Paris refuses connections.", before: refusing(paris), drives: ocmOneDown},
		{
			title: "It is in maintenance", about: "`spec.regions[].state` of Paris is Maintenance, with a message.",
			before: holding(paris, v1alpha1.RegionMaintenance, "Paris is being updated; back at 12:00 UTC."), drives: ocmMaintenance,
		},
		{title: "It is drained", about: "`spec.regions[].state` of Paris is Drained.", before: holding(paris, v1alpha1.RegionDrained, "Paris is closed."), drives: ocmDrained},
	},
}

var ocmOneDown = []drive{
	{
		about: "A list would not be whole, so there is none.", command: "ocm list clusters --columns name,state", fails: true,
		shows: []string{"503", "Without a usable answer of region " + paris},
	},
	{
		about: "Unless it is asked for in part: the header X-Geoconsole-Missing-Regions tells without which region.", quotes: 5,
		command: "ocm get /api/clusters_mgmt/v1/clusters --parameter partial=true --parameter size=1", shows: []string{`"total": 190`},
	},
	{about: "By its id, a cluster elsewhere is shown,", command: "ocm describe cluster {german.id}", shows: []string{"{german}"}, whole: true, quotes: 4},
	{about: "changed,", command: "ocm edit cluster {irish.id} --private=false", writes: ireland, whole: true},
	{about: "scaled,", command: "ocm edit machinepool --cluster {irish.id} --replicas 12 worker", writes: ireland, whole: true},
	{about: "and deleted.", command: "ocm delete cluster {irish.id}", writes: ireland},
	{
		about: "By a name alone it is not: Paris could have one of that name.", command: "ocm describe cluster {german}", fails: true,
		shows: []string{"503", paris},
	},
	{
		about: "What Paris has is unknown, and is not said to be gone.", command: "ocm describe cluster {hosted.id}", fails: true,
		shows: []string{"503", paris}, hides: []string{"There are no subscriptions"},
	},
	{
		about: "Another region's own host does not know of it.", command: "OCM_CONFIG=frankfurt.json ocm list clusters --columns name,region.id", lines: 91,
		shows: []string{"{german}"}, quotes: 3,
	},
	{
		about: "New clusters are made in the other regions.", writes: frankfurt, quotes: 4,
		command: "ocm create cluster while-paris-is-down --provider aws --region eu-central-1", shows: []string{"while-paris-is-down", "pending"},
	},
}

var ocmMaintenance = []drive{
	{about: "It counts as one that does not answer.", command: "ocm list clusters --columns name,state", fails: true, shows: []string{"503", paris, "Maintenance"}},
	{
		about: "Its own host tells the message.", command: "OCM_CONFIG=paris.json ocm list clusters --columns name,state", fails: true,
		shows: []string{"503", "Paris is being updated; back at 12:00 UTC."},
	},
}

var ocmDrained = []drive{
	{
		about: "Lists leave it out, and name it in the header.", command: "ocm list clusters --columns name,region.id", lines: 192,
		shows: []string{"euw1", "euc1"}, hides: []string{"euw3"}, quotes: 3,
	},
	{about: "A name that another region has is found.", command: "ocm describe cluster {german}", shows: []string{"{german.id}"}, whole: true, quotes: 4},
	{
		about: "What it has is not said to be gone.", command: "ocm describe cluster {hosted.id}", fails: true, shows: []string{"503", paris},
		hides: []string{"There are no subscriptions"},
	},
}
