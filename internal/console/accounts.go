package console

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"

	"github.com/geoconsole/geoconsole-operator/internal/proxy"
)

// accountsProbe is what clients of accounts_mgmt ask first. Without a credential, 401 is a good answer.
const accountsProbe = "/api/accounts_mgmt/v1/current_account"

// buildAccounts makes the way to the accounts service, by the bounds and thresholds of a region. It is no region: neither
// the operator nor users are told a verdict on it, but requests to it fail at once while it is Unhealthy.
func (c *Console) buildAccounts(options proxy.Options) error {
	config := c.config.Accounts
	if config == nil {
		return nil
	}
	upstream := proxy.Upstream{ID: proxy.Accounts, Endpoints: []string{config.URL}}
	if config.CABundle != "" {
		upstream.Roots = x509.NewCertPool()
		upstream.Roots.AppendCertsFromPEM([]byte(config.CABundle)) // geography.ReadConfig has seen to it that it holds one
	}
	options.Probing.Path = accountsProbe
	service, err := proxy.NewRegions([]proxy.Upstream{upstream}, options)
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	c.accounts = service
	return nil
}

// upstreams are all that requests are sent to.
func (c *Console) upstreams() []*proxy.Regions {
	if c.accounts == nil {
		return []*proxy.Regions{c.regions}
	}
	return []*proxy.Regions{c.regions, c.accounts}
}

// probe probes all upstreams until ctx ends.
func (c *Console) probe(ctx context.Context) {
	var all sync.WaitGroup
	for _, upstreams := range c.upstreams() {
		all.Go(func() { upstreams.Probe(ctx) })
	}
	all.Wait()
}

// close closes the connections that no request uses.
func (c *Console) close() {
	for _, upstreams := range c.upstreams() {
		upstreams.Close()
	}
}
