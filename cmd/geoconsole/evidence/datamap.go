package evidence

import "slices"

// Category is one kind of data that passes through a console or stands beside it, and what becomes of it.
type Category struct {
	ID   string `json:"id"`
	Data string `json:"data"`
	// Processed is where, and Kept for how long.
	Processed string `json:"processed"`
	Kept      string `json:"kept"`
	// Receivers are who gets it.
	Receivers string `json:"receivers"`
	// Transfers are the ids of the flows by which it leaves the cluster or the geography.
	Transfers []string `json:"transfers"`
}

// DataMap is every category, what users own first.
func DataMap() []Category {
	return slices.Concat(customersData(), usersData(), consolesData())
}

// customersData is what belongs to customers: of their clusters, and how they ask for it.
func customersData() []Category {
	return []Category{
		{
			ID:        "cluster-data",
			Data:      "Data of customers' clusters in the regions' answers: names, states, versions, nodes, cloud accounts, add-ons, subscriptions, quota",
			Processed: "memory of the console's pods; memory of the browser's page, or of the command",
			Kept:      "console: while a request lasts, a merged list at most 24 MiB a request and 40 MiB a pod. Browser: until the page is closed; nothing is stored, every answer is no-store",
			Receivers: "the user who asked, with that user's own token; the router, between whom and the pods it is plain HTTP inside the cluster",
			Transfers: []string{"region-requests", "accounts-requests", "users-answers"},
		},
		{
			ID:        "request-bodies",
			Data:      "What users send to change something: new clusters, machine pools, cloud keys and role names in them",
			Processed: "memory of the console's pods",
			Kept:      "while it is passed on; nothing is buffered on a disk, and no pod has a writable volume",
			Receivers: "one region, or the accounts service; never two",
			Transfers: []string{"region-requests", "accounts-requests"},
		},
		{
			ID:        "searches",
			Data:      "Searches, filters and the ids in paths",
			Processed: "memory of the console's pods and of the browser's page",
			Kept:      "while a request lasts. In the console's log at no level. In the browser's history stand a region and an opaque id, no name. In the router's access log, where its owner keeps one, whole",
			Receivers: "the regions that are asked",
			Transfers: []string{"region-requests", "accounts-requests", "router-log"},
		},
		{
			ID:        "credentials-of-clusters",
			Data:      "Pull secrets, registry credentials and administrators' credentials of clusters",
			Processed: "memory of the console's pods; memory of the page, or of the command",
			Kept:      "while a request lasts",
			Receivers: "the user who asked one region for it by the region's name",
			Transfers: []string{"region-requests", "accounts-requests", "users-answers"},
		},
	}
}

// usersData is about the people who use the console.
func usersData() []Category {
	return []Category{
		{
			ID:        "access-tokens",
			Data:      "Users' access and id tokens, with the name and the e-mail address in them",
			Processed: "memory of the browser's page; memory of the console's pods; on the user's machine by ocm and rosa",
			Kept:      "browser: until the page is closed, loaded anew, or the user signs out. Console: while a request lasts, then a hash until the token runs out, of 4,096 tokens at most. ocm and rosa: in their own file until logout",
			Receivers: "the console; the regions and the accounts service that the request is for",
			Transfers: []string{"region-requests", "accounts-requests", "browser-issuer", "token-copied"},
		},
		{
			ID:        "refresh-tokens",
			Data:      "Users' refresh tokens and passwords",
			Processed: "the issuer's own pages; memory of the browser's page; on the user's machine by ocm and rosa",
			Kept:      "browser: until the page is closed, loaded anew, or the user signs out. ocm and rosa: in their own file until logout. Console: never, one that is sent as a bearer is refused",
			Receivers: "the issuer; with the defaults of ocm and rosa another one",
			Transfers: []string{"browser-issuer", "client-issuer", "token-copied", "vendor-login"},
		},
		{
			ID:        "login-state",
			Data:      "State and verifier of a sign-in that is under way, and the path to come back to, without query and fragment: a region and an opaque id",
			Processed: "the browser's session storage",
			Kept:      "from leaving for the issuer until the callback; after a sign-in that was abandoned until the tab is closed, goes back to the console, or signs in or out",
			Receivers: "the issuer",
			Transfers: []string{"browser-issuer"},
		},
		{
			ID:        "events-of-rosa",
			Data:      "What rosa reports by itself: that a user, by name, has logged in, or that a step failed",
			Processed: "memory of the console's pods",
			Kept:      "while it is passed on",
			Receivers: "the first Active region",
			Transfers: []string{"rosa-events", "region-requests"},
		},
		{
			ID:        "caller-keys",
			Data:      "Whose request it is, as a hash of issuer and subject; and which region an id was found in, by that hash",
			Processed: "memory of the console's pods",
			Kept:      "the hash while a request or its token lasts; the region of an id for five minutes, of 10,000 ids at most",
			Receivers: "nobody",
		},
		{
			ID:        "client-addresses",
			Data:      "Addresses of users' machines",
			Processed: "the router; memory of the console's pods, when the router passes them on in a header",
			Kept:      "by the console while a request lasts, in its log at no level; by the router as its owner decides",
			Receivers: "no region: the headers that tell it, and cookies, are not passed on",
			Transfers: []string{"router-log"},
		},
	}
}

// consolesData is what the console, its cluster and the hub say of themselves.
func consolesData() []Category {
	return []Category{
		{
			ID:        "console-log",
			Data:      "The console's log: method, route, region, status, cause, duration, bytes",
			Processed: "standard error of the console's pods",
			Kept:      "in the nodes' files of container logs as the kubelet rotates them; further where the cluster's owner collects logs",
			Receivers: "who may read logs in the cluster; the hub may not",
			Transfers: []string{"log-collection"},
		},
		{
			ID:        "console-metrics",
			Data:      "The console's metrics: counts and times by route, region and cause",
			Processed: "memory of the console's pods",
			Kept:      "until the pod ends; by who collects them as that one decides",
			Receivers: "who may reach the internal port from inside the cluster",
			Transfers: []string{"metrics-collection"},
		},
		{
			ID:        "verdicts",
			Data:      "Verdicts on regions with a reason of a closed list, digests of the configs that are loaded, the release",
			Processed: "memory of the console's pods; memory of the operator",
			Kept:      "in the console until the next probe; on the hub in the status of the GeoConsole, its Events and the operator's metrics and log",
			Receivers: "users in the banner of the page; the hub",
			Transfers: []string{"hub-reads", "hub-keeps"},
		},
		{
			ID:        "configuration",
			Data:      "The geography's configuration: host names, regions, issuer, client id, public certificates, messages to users. No credential",
			Processed: "the hub, where it is written; ConfigMaps in the cluster; memory of the console's pods; in part the page",
			Kept:      "on the hub as the GeoConsole; in the cluster until a newer one has replaced it and no pod or replica set names it",
			Receivers: "everybody who opens the page gets what the page needs; who may read ConfigMaps in the namespace all",
			Transfers: []string{"public-pages", "hub-reads", "dns-names", "public-names", "cluster-backup"},
		},
		{
			ID:        "cluster-objects",
			Data:      "Nodes' metadata, pods, replica sets and the console's own objects in the cluster",
			Processed: "the cluster's API server; memory of the operator",
			Kept:      "in the operator's memory while the cluster is connected: of nodes name and region label, of pods name, labels, phase and closed reasons",
			Receivers: "the hub, within the published Role",
			Transfers: []string{"hub-reads"},
		},
		{
			ID:        "hub-credential",
			Data:      "The credential by which the hub reaches the cluster",
			Processed: "a Secret of the hub; memory of the operator; a Secret of the cluster, where its token comes from one",
			Kept:      "until its owner replaces it; the operator keeps of it a digest and when it ends",
			Receivers: "the hub; the cluster's API server",
			Transfers: []string{"hub-handover", "cluster-backup"},
		},
		{
			ID:        "audit-log",
			Data:      "The audit log of the cluster's API server: what the hub asked and wrote, by object name",
			Processed: "the cluster",
			Kept:      "as the cluster's owner decides",
			Receivers: "who may read it in the cluster; it is how an auditor checks the hub",
			Transfers: []string{"log-collection"},
		},
		{
			ID:        "image",
			Data:      "The console's image, and which nodes fetch it when",
			Processed: "the registry; the nodes",
			Kept:      "as the registry's owner decides",
			Receivers: "the registry",
			Transfers: []string{"image-pull"},
		},
	}
}
