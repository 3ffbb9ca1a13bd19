package remote

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// slots is how many passes may work on one cluster at a time; more gains nothing (12,000 objects take about 20 s).
	slots = 8
	// passLimit bounds a pass, with its wait for a slot. A good cluster needs a second or two for a dozen objects; one that
	// lets every request wait for just less than its limit would else hold one of the operator's workers for ten minutes.
	passLimit = 60 * time.Second
)

// Cluster is a connected cluster whose watches show what is there. It stays usable until its connection is lost; then
// its requests fail with ErrNotConnected, and Clusters.Client gives another one.
type Cluster struct {
	// session ends when the connection does.
	session   context.Context
	uid       string
	namespace string
	// source is the digest of the credential's source.
	source string

	core    rest.Interface
	live    client.Client
	caches  *caches
	reports *reports
	// contests is the connection's, which outlives this cluster.
	contests *contests
	working  chan struct{}
	// suspect is told when a request failed; the connection then probes at once.
	suspect chan struct{}
	end     context.CancelFunc

	mu sync.Mutex
	// unserved are the optional kinds that the last successful discovery did not find.
	unserved map[schema.GroupVersionKind]bool
}

// UID of the cluster's namespace kube-system, which stands for the cluster.
func (c *Cluster) UID() string { return c.uid }

// newCluster prepares a cluster without sending anything. Its requests end with the session.
func newCluster(session context.Context, place Place, t transport, wake func()) (*Cluster, error) {
	core, err := corev1client.NewForConfigAndClient(rest.CopyConfig(t.config), t.client)
	if err != nil {
		return nil, fmt.Errorf("prepare the client: %w", err)
	}
	live, err := client.New(t.config, client.Options{HTTPClient: t.client, Scheme: scheme, Mapper: mapper})
	if err != nil {
		return nil, fmt.Errorf("prepare the client: %w", err)
	}
	watches, err := newCaches(t, place.Namespace, wake)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		session: session, namespace: place.Namespace, core: core.RESTClient(), live: live, caches: watches,
		working: make(chan struct{}, slots), unserved: map[schema.GroupVersionKind]bool{},
	}
	c.reports = newReports(c, wake)
	return c, nil
}

// enter takes one of the cluster's slots and bounds the pass; the caller calls leave.
func (c *Cluster) enter(ctx context.Context) (pass context.Context, leave func(), err error) {
	if c.session.Err() != nil {
		return nil, nil, ErrNotConnected // its watches would show what was, for ever
	}
	pass, cancel := context.WithTimeout(ctx, passLimit)
	select {
	case c.working <- struct{}{}:
		return pass, func() { cancel(); <-c.working }, nil
	case <-pass.Done():
		cancel()
		return nil, nil, pass.Err()
	}
}

// watchAll starts the watches of every kind that the cluster serves.
func (c *Cluster) watchAll(ctx context.Context) error {
	for _, k := range append([]kind{pods, replicaSets, nodes}, appliedKinds...) {
		if k.optional {
			if served, err := c.discover(ctx, k); err != nil || !served {
				continue // not known yet: asked again when something needs it
			}
		}
		if err := c.caches.watch(ctx, k); err != nil {
			return err
		}
	}
	return nil
}
