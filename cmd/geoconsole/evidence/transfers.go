package evidence

// Occasion tells what it takes for a flow to happen.
type Occasion string

// By default, by a choice that somebody makes, or never, because it is refused.
const (
	ByDefault Occasion = "ByDefault"
	ByChoice  Occasion = "ByChoice"
	Refused   Occasion = "Refused"
)

// Reach tells how far a flow goes.
type Reach string

// A flow leaves the cluster and ends inside the geography, leaves the geography, or does so where its other end stands
// outside, which nothing here decides.
const (
	LeavesCluster   Reach = "Cluster"
	LeavesGeography Reach = "Geography"
	Depends         Reach = "Depends"
)

// Transfer is one flow out of the cluster where a console runs, or out of its geography.
type Transfer struct {
	ID   string   `json:"id"`
	Data string   `json:"data"`
	From string   `json:"from"`
	To   string   `json:"to"`
	When Occasion `json:"when"`
	// Leaves is how far it goes; of a refused flow, how far it would go.
	Leaves Reach `json:"leaves"`
	// Control says what bounds the flow, and how to end it.
	Control string `json:"control"`
	// Shown are the files in this repository that show it.
	Shown []string `json:"shown"`
}

// Transfers is every flow, in the order of their occasions.
func Transfers() []Transfer {
	all := append(consoleFlows(), hubFlows()...)
	all = append(all, userFlows()...)
	all = append(all, rosaFlows()...)
	all = append(all, ownersChoices()...)
	all = append(all, usersChoices()...)
	return append(all, refusedFlows()...)
}

// consoleFlows are those of the console's pods and their nodes.
func consoleFlows() []Transfer {
	return []Transfer{
		{
			ID: "region-requests", When: ByDefault, Leaves: LeavesCluster,
			Data:    "users' requests with their tokens, searches and bodies, and the answers; a probe of each endpoint every few seconds, without a credential",
			From:    "the console's pods",
			To:      "the endpoints of the geography's regions",
			Control: "every endpoint is placed before anything is applied (Sovereign); failover only between endpoints of one region. A read carries the token to Active regions, a body goes to one region",
			Shown:   []string{"docs/gateway.md", "internal/geography/boundary_test.go", "internal/console/gateway/gateway_test.go", "test/e2e/clients/captured_test.go"},
		},
		{
			ID: "accounts-requests", When: ByDefault, Leaves: LeavesCluster,
			Data:    "requests to accounts_mgmt with users' tokens, and the answers; probes without a credential",
			From:    "the console's pods",
			To:      "the accounts service of spec.accounts; the regions, where there is none",
			Control: "it is placed like an endpoint",
			Shown:   []string{"docs/gateway.md", "internal/geography/accounts_test.go"},
		},
		{
			ID: "issuer-keys", When: ByDefault, Leaves: LeavesCluster,
			Data:    "a question for the issuer's discovery document and keys, every ten minutes; nothing of a user",
			From:    "the console's pods",
			To:      "the issuer of spec.auth",
			Control: "it is placed like an endpoint, and only its own host is asked",
			Shown:   []string{"docs/adr/0009-tokens-of-one-issuer.md", "internal/geography/issuer_test.go"},
		},
		{
			ID: "dns-names", When: ByDefault, Leaves: Depends,
			Data:    "host names of endpoints, accounts service and issuer; nothing of a user",
			From:    "the console's pods",
			To:      "the cluster's resolver, and the resolvers that it asks",
			Control: "the cluster's owner chooses these resolvers. The NetworkPolicy lets DNS out to any address",
			Shown:   []string{"internal/render/networkpolicy.go"},
		},
		{
			ID: "image-pull", When: ByDefault, Leaves: Depends,
			Data:    "which image is fetched, when, and from which address; the pull secret, where the registry asks for one",
			From:    "the nodes under the console's pods",
			To:      "the registry of the console's image",
			Control: "spec.console.image, or a mirror that the nodes are configured for",
			Shown:   []string{"internal/render/deployment.go"},
		},
	}
}

// hubFlows are what goes to the hub, which may stand in another geography.
func hubFlows() []Transfer {
	return []Transfer{
		{
			ID: "hub-handover", When: ByDefault, Leaves: Depends,
			Data:    "a kubeconfig with the address, the authority and a credential of the geography's cluster",
			From:    "the owner of the cluster",
			To:      "a Secret on the hub, and the operator",
			Control: "it is good for the published Role and no more; its owner lets it end, replaces it, or takes it back at once",
			Shown:   []string{"docs/onboarding.md", "internal/remote/rights_test.go"},
		},
		{
			ID: "hub-reads", When: ByDefault, Leaves: Depends,
			Data:    "the console's own objects and ConfigMaps whole; its pods and replica sets, and the metadata of all nodes with their labels and annotations, of which little is kept; the pods' verdicts; the UID of kube-system. No Secret, no log, no data of a user",
			From:    "the API server of the geography's cluster",
			To:      "the operator on the hub",
			Control: "the published Role in one namespace; a credential that may do more is refused. The audit log of the cluster shows every request",
			Shown:   []string{"config/geography-cluster/role.yaml", "internal/remote/cache.go", "internal/remote/watched_test.go", "internal/remote/hostile_test.go"},
		},
		{
			ID: "hub-keeps", When: ByDefault, Leaves: Depends,
			Data:    "counts, verdicts with closed reasons, the cloud regions of the nodes, the router's address, the revision and the UID of kube-system",
			From:    "the operator",
			To:      "status and Events of the GeoConsole, the operator's metrics and log, and whoever reads these on the hub",
			Control: "closed words only: nothing that a pod, a region or a cluster says reaches them as it was said",
			Shown:   []string{"internal/geography/report_test.go", "internal/remote/hostile_cluster_test.go"},
		},
	}
}

// userFlows are those of people who use the console.
func userFlows() []Transfer {
	return []Transfer{
		{
			ID: "public-pages", When: ByDefault, Leaves: Depends,
			Data:    "the page itself, /config.json (the geography, the regions with state and message, issuer and client id) and /api/geo/v1/health; nothing of a user",
			From:    "the router of the cluster",
			To:      "whoever reaches the host name, without a token: users before they sign in, health checks of DNS and load balancers",
			Control: "the network in front of the router",
			Shown:   []string{"internal/console/auth.go", "internal/console/auth_test.go"},
		},
		{
			ID: "users-answers", When: ByDefault, Leaves: Depends,
			Data:    "the answers to a user's requests",
			From:    "the router of the cluster",
			To:      "the user's browser or command, wherever the user is",
			Control: "the console does not ask where a user is; the issuer or the network in front may",
			Shown:   []string{"docs/clients.md"},
		},
		{
			ID: "browser-issuer", When: ByDefault, Leaves: LeavesCluster,
			Data:    "the sign-in: client id, scopes, state and challenge by redirect, then password or whatever the issuer asks for on its own page; code, verifier and refresh token to its token endpoint; at a sign-out the client id, and no token",
			From:    "the user's browser",
			To:      "the issuer of spec.auth",
			Control: "it is placed like an endpoint; the page may connect to the console and to this one host",
			Shown:   []string{"web/src/login/session.ts", "test/e2e/signin_test.go"},
		},
		{
			ID: "client-issuer", When: ByDefault, Leaves: LeavesCluster,
			Data:    "refresh tokens, or name and password, by ocm, rosa and the SDK with --token-url and --client-id",
			From:    "the user's machine",
			To:      "the issuer of spec.auth",
			Control: "the console shows the commands with both flags",
			Shown:   []string{"docs/clients.md", "web/src/login/commands.ts"},
		},
		{
			ID: "public-names", When: ByDefault, Leaves: LeavesGeography,
			Data:    "the console's host name: questions of users' resolvers to the zone's name servers, and, of a certificate of a public authority, its names in the public logs of Certificate Transparency, the orders to the authority (ACME) and browsers' questions about revocation",
			From:    "users' machines; the router's owner",
			To:      "name servers, certificate authorities and public logs",
			Control: "a certificate of an authority of one's own is in no log; with region hosts, a wildcard names no region. Nothing of a user is in it but that somebody asked",
			Shown:   []string{"docs/gateway.md"},
		},
		{
			ID: "browser-maker", When: ByDefault, Leaves: LeavesGeography,
			Data:    "what a browser asks its maker while it shows the console's pages and the issuer's. Of Chromium it was seen: who is signed in at the maker's; lists of models; hashes of the names of a page's fields; at a sign-in with a password, name and password hashed and encrypted, whether they are among those that leaked",
			From:    "the user's browser",
			To:      "the hosts of its maker: with Chromium accounts.google.com, update.googleapis.com, content-autofill.googleapis.com, passwordsleakcheck-pa.googleapis.com",
			Control: "the settings of the browser, or whoever manages it; the console cannot end it",
			Shown:   []string{"docs/clients.md", "test/e2e/browser/driver.mjs"},
		},
	}
}

// rosaFlows are those of rosa, as it comes.
func rosaFlows() []Transfer {
	return []Transfer{
		{
			ID: "rosa-version", When: ByDefault, Leaves: LeavesGeography,
			Data:    "a question for the latest version, with the user's address and no token",
			From:    "the user's machine, by every command of rosa but those with -o",
			To:      "mirror.openshift.com",
			Control: "nothing in rosa turns it off; rosa goes on when the way is closed",
			Shown:   []string{"docs/clients.md"},
		},
		{
			ID: "rosa-events", When: ByDefault, Leaves: LeavesCluster,
			Data:    "that somebody has logged in, or that a step failed, with the user's name",
			From:    "the user's machine, by rosa login and a few other commands of rosa",
			To:      "the console, which passes it to the first Active region and to no other",
			Control: "it stays in the geography",
			Shown:   []string{"docs/clients.md", "internal/console/gateway/events_test.go"},
		},
		{
			ID: "rosa-cloud", When: ByDefault, Leaves: Depends,
			Data:    "questions for roles, quotas and identity, signed with the user's own keys of the cloud",
			From:    "the user's machine, by rosa",
			To:      "the cloud's own services, of which some, such as IAM, are one for all regions of a partition",
			Control: "the cloud's; the console is not on that way",
			Shown:   []string{"docs/clients.md"},
		},
	}
}
