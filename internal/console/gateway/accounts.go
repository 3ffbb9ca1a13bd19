package gateway

import (
	"maps"
	"strings"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// patternsWith are what is served where one accounts service answers accounts_mgmt: all of that goes there, credentials
// too, for there is no other service that they could be of. Only the list of the regions is the console's own. Clusters
// and what is below them stay with the region that owns them, which is asked for them as ever: what the service says of a
// cluster's region is not relied on.
func patternsWith(accounts *proxy.Region) map[string]func(*call) {
	all := patterns()
	if accounts == nil {
		return all
	}
	maps.DeleteFunc(all, func(pattern string, _ func(*call)) bool {
		return strings.HasPrefix(pattern, accountsAPI+"/") && !strings.HasPrefix(pattern, accountsAPI+"/regions")
	})
	all[accountsAPI] = (*call).serveAccounts
	all[accountsAPI+"/{rest...}"] = (*call).serveAccounts
	return all
}

// serveAccounts sends the request as it is, body and all, to the accounts service.
func (c *call) serveAccounts() {
	r := c.r.WithContext(c.r.Context())
	target := *c.r.URL
	target.RawQuery = c.passedQuery()
	r.URL = &target
	c.settings.Accounts.ServeHTTP(c.w, r)
}
