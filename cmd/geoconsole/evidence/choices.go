package evidence

// ownersChoices are flows that the owner of the cluster, or of what stands in front of it, sets up.
func ownersChoices() []Transfer {
	return []Transfer{
		{
			ID: "metrics-collection", When: ByChoice, Leaves: Depends,
			Data:    "the console's metrics: counts and times by route, region and cause",
			From:    "the console's internal port",
			To:      "a collector inside the cluster, and what it writes to",
			Control: "nothing is set up for it: no ServiceMonitor is rendered. Labels are of closed sets",
			Shown:   []string{"docs/metrics.md"},
		},
		{
			ID: "log-collection", When: ByChoice, Leaves: Depends,
			Data:    "the console's log, which names no user, cluster, path or address; the audit log of the API server",
			From:    "the nodes",
			To:      "where the cluster's owner collects logs",
			Control: "the cluster's owner",
			Shown:   []string{"docs/logs.md", "internal/console/log_test.go"},
		},
		{
			ID: "router-log", When: ByChoice, Leaves: Depends,
			Data:    "addresses of users' machines, paths and searches as they came",
			From:    "the router or ingress controller",
			To:      "its access log, and where that is collected",
			Control: "the router's owner: leave it off, or leave query and address out of it. The console cannot",
			Shown:   []string{"docs/logs.md"},
		},
		{
			ID: "cluster-backup", When: ByChoice, Leaves: Depends,
			Data:    "backups of the cluster's etcd: the configuration, the token of the hub's account; nothing of a user",
			From:    "the cluster",
			To:      "where its owner keeps them",
			Control: "the cluster's owner",
			Shown:   []string{"internal/render/configmap.go"},
		},
		{
			ID: "platform-telemetry", When: ByChoice, Leaves: Depends,
			Data:    "what the platform reports of itself, such as OpenShift's Telemetry and Insights, with what it counts of the console's objects; nothing of ours takes part",
			From:    "the cluster",
			To:      "the platform's vendor",
			Control: "the cluster's owner; some platforms report until they are told not to, and their documentation says what",
			Shown:   []string{"internal/render/deployment.go"},
		},
	}
}

// usersChoices are flows that a user starts by a click or by the way a command is called.
func usersChoices() []Transfer {
	return []Transfer{
		{
			ID: "cluster-links", When: ByChoice, Leaves: Depends,
			Data:    "a visit of the user, without a referrer",
			From:    "the user's browser, by a click on the link to a cluster's own web console or API",
			To:      "the host of that cluster, which the page shows beside the link",
			Control: "https only; nothing is opened by itself",
			Shown:   []string{"web/src/shown/ExternalLink.tsx"},
		},
		{
			ID: "token-copied", When: ByChoice, Leaves: Depends,
			Data:    "a token in a command that the user copies: into the clipboard, a shell's history and the file of ocm or rosa",
			From:    "the page with the commands",
			To:      "the user's machine",
			Control: "the token is shown on that page only, and only when it is asked for",
			Shown:   []string{"web/src/login/TokenPage.tsx"},
		},
		{
			ID: "vendor-login", When: ByChoice, Leaves: LeavesGeography,
			Data:    "a refresh token, or name and password; with --use-auth-code and --use-device-code the whole sign-in",
			From:    "the user's machine, by ocm login or rosa login without --token-url and --client-id",
			To:      "sso.redhat.com",
			Control: "log in by the commands that the console shows; close the way to that host. The console never sees such a login, and refuses the token that comes of it",
			Shown:   []string{"docs/clients.md"},
		},
		{
			ID: "vendor-regions", When: ByChoice, Leaves: LeavesGeography,
			Data:    "a question for the list of all regions of the service",
			From:    "the user's machine, by --rh-region and by list rh-regions of ocm and rosa",
			To:      "api.openshift.com",
			Control: "log in by --url with the console's host, or a region's own",
			Shown:   []string{"docs/clients.md"},
		},
		{
			ID: "client-downloads", When: ByChoice, Leaves: LeavesGeography,
			Data:    "which tool is fetched, and from which address",
			From:    "the user's machine, by rosa download and by whoever fetches ocm or rosa",
			To:      "mirror.openshift.com and other hosts of the vendor",
			Control: "hand the tools out inside the geography",
			Shown:   []string{"docs/clients.md"},
		},
	}
}

// refusedFlows are ways out that exist in what the console talks to, and are closed.
func refusedFlows() []Transfer {
	return []Transfer{
		{
			ID: "region-redirects", When: Refused, Leaves: LeavesGeography,
			Data:    "a request with its token, after a redirect of a region to another host",
			From:    "the console's pods, or a client that follows redirects",
			To:      "the host that the region names; regional gateways are known to name a global one for accounts_mgmt",
			Control: "502 LeavesGeography, naming the host; the redirect is not passed on. A probe looks for it too",
			Shown:   []string{"internal/proxy/redirects_test.go", "docs/attacks.md"},
		},
		{
			ID: "issuer-elsewhere", When: Refused, Leaves: LeavesGeography,
			Data:    "codes and refresh tokens, by a discovery document that names another host for keys or tokens",
			From:    "the console, browsers and clients",
			To:      "the host that the document names",
			Control: "the document is refused as a whole, and no token can be judged by it",
			Shown:   []string{"docs/adr/0009-tokens-of-one-issuer.md", "internal/proxy/issuer_test.go"},
		},
		{
			ID: "outside-endpoints", When: Refused, Leaves: LeavesGeography,
			Data:    "all that goes to an endpoint, an accounts service or an issuer outside of the geography",
			From:    "the console's pods",
			To:      "a host outside that a spec names",
			Control: "Sovereign is False and nothing is applied. When something that runs turns out to be outside, nothing is cut and a person decides",
			Shown:   []string{"internal/health/issuer_test.go", "internal/health/accounts_test.go", "internal/geography/boundary_test.go"},
		},
		{
			ID: "foreign-content", When: Refused, Leaves: LeavesGeography,
			Data:    "visits of users to other hosts by scripts, styles, fonts, images or counters of the page",
			From:    "the user's browser",
			To:      "hosts of third parties",
			Control: "there are none in the page, and its Content-Security-Policy forbids them",
			Shown:   []string{"internal/console/assets.go", "internal/console/assets_test.go"},
		},
		{
			ID: "refused-addresses", When: Refused, Leaves: LeavesCluster,
			Data:    "requests to the metadata services of clouds, loopback and link-local addresses, by a host name that leads there",
			From:    "the console's pods",
			To:      "such an address",
			Control: "the dialler looks at the address right before it connects",
			Shown:   []string{"internal/proxy/dial_test.go"},
		},
	}
}
