package remote

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

const (
	defaultProbeInterval = 10 * time.Second
	defaultProbeTimeout  = 5 * time.Second
)

// Options are what Clusters needs.
type Options struct {
	// Hub leads to the hub itself.
	Hub *rest.Config
	// Secrets reads Secrets of the hub live, without a cache.
	Secrets client.Reader
	// Events takes a place whenever something there changed: connected, lost, an object that is watched, a report.
	// Places that wait to be taken are there once. Nil takes none.
	Events chan<- event.TypedGenericEvent[Place]
	// ProbeInterval is the time between two probes of a cluster, 10 s when zero, and ProbeTimeout bounds one, 5 s when
	// zero.
	ProbeInterval, ProbeTimeout time.Duration
	// OwnNetworks are the hub's, of its pods and services: no kubeconfig may lead into them (safety property 12).
	OwnNetworks []netip.Prefix
	// AllowAnyDestination lifts the refusal to dial loopback, link-local and metadata addresses. For tests and demos
	// whose clusters are on loopback, and for nothing else.
	AllowAnyDestination bool
	// Log takes closed reasons only.
	Log logr.Logger
}

// Clusters holds the connections to all places. It is a manager.Runnable.
type Clusters struct {
	options Options
	running sync.WaitGroup
	life    context.Context
	end     context.CancelFunc
	pending *pending

	// mu guards connections only; it is never held while anything waits.
	mu          sync.Mutex
	connections map[Place]*connection
}

// NewClusters prepares the connections; the first Client opens one. Start has to run for their end.
func NewClusters(options Options) *Clusters {
	options.ProbeInterval = cmp.Or(options.ProbeInterval, defaultProbeInterval)
	options.ProbeTimeout = cmp.Or(options.ProbeTimeout, defaultProbeTimeout)
	life, end := context.WithCancel(context.Background())
	c := &Clusters{options: options, life: life, end: end, pending: newPending(), connections: map[Place]*connection{}}
	c.running.Go(func() { c.pending.forward(life, options.Events) })
	return c
}

// Start blocks until ctx ends, then ends all connections and waits for them.
func (c *Clusters) Start(ctx context.Context) error {
	<-ctx.Done()
	c.mu.Lock()
	c.end()
	c.mu.Unlock()
	c.running.Wait()
	return nil
}

// NeedLeaderElection lets connections outlive the controllers that use them when the manager stops.
func (c *Clusters) NeedLeaderElection() bool { return false }

// Client gives the connected cluster of a place and the state of its connection, at once. The cluster is nil unless it
// is connected and its watches show what is there. The first call opens the connection in the background; an event
// follows.
func (c *Clusters) Client(place Place) (*Cluster, health.Connection) {
	cluster, status, _ := c.connection(place).state()
	return cluster, status
}

// Refusal says why a place cannot be connected to when a person has to act: which Secret, which field of it. Nil when
// there is no such reason.
func (c *Clusters) Refusal(place Place) *Refusal {
	c.mu.Lock()
	connection := c.connections[place]
	c.mu.Unlock()
	if connection == nil {
		return nil
	}
	_, _, refusal := connection.state()
	return refusal
}

func (c *Clusters) connection(place Place) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if existing := c.connections[place]; existing != nil {
		return existing
	}
	ctx, end := context.WithCancel(c.life)
	options := c.options
	options.Log = options.Log.WithValues("hubNamespace", place.HubNamespace, "secret", place.SecretName, "namespace", place.Namespace)
	opened := &connection{
		place: place, options: options, end: end, running: &c.running,
		wake:     func() { c.pending.add(place) },
		renew:    make(chan struct{}, 1),
		contests: newContests(),
		status:   health.Connection{Reason: v1alpha1.ReasonNotProbed},
	}
	c.connections[place] = opened
	if c.life.Err() == nil {
		c.running.Go(func() { opened.run(ctx) })
	}
	return opened
}

// Retain closes the connections to all places but those that are still needed. It returns at once. Who began to need
// a place in between is woken and opens it again.
func (c *Clusters) Retain(needed []Place) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for place, existing := range c.connections {
		if !slices.Contains(needed, place) {
			existing.end()
			delete(c.connections, place)
			c.pending.add(place)
		}
	}
}

// SecretChanged has the connections that use a Secret of the hub read it again.
func (c *Clusters) SecretChanged(hubNamespace, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for place, existing := range c.connections {
		if place.HubNamespace == hubNamespace && place.SecretName == name && !place.Hub {
			signal(existing.renew)
		}
	}
}

// pending are the places to wake. A watch adds to it without waiting for whoever takes the events.
type pending struct {
	mu     sync.Mutex
	places map[Place]struct{}
	filled chan struct{}
}

func newPending() *pending {
	return &pending{places: map[Place]struct{}{}, filled: make(chan struct{}, 1)}
}

func (p *pending) add(place Place) {
	p.mu.Lock()
	p.places[place] = struct{}{}
	p.mu.Unlock()
	signal(p.filled)
}

func (p *pending) take() map[Place]struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.places
	p.places = map[Place]struct{}{}
	return taken
}

// forward sends the places until ctx ends.
func (p *pending) forward(ctx context.Context, events chan<- event.TypedGenericEvent[Place]) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.filled:
		}
		for place := range p.take() {
			if events == nil {
				continue
			}
			select {
			case events <- event.TypedGenericEvent[Place]{Object: place}:
			case <-ctx.Done():
				return
			}
		}
	}
}
