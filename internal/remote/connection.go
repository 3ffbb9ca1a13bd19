package remote

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

const (
	// firstPause and lastPause bound the wait between attempts to connect; it doubles in between.
	firstPause = time.Second
	lastPause  = 30 * time.Second
	// suspicionPause is the least time between two probes that failed requests ask for.
	suspicionPause = time.Second
)

// connection keeps one place connected: it connects, probes, and connects again. It runs in the background; nobody
// waits for it.
type connection struct {
	place   Place
	options Options
	wake    func()
	// renew is told when the Secret changed.
	renew chan struct{}
	end   context.CancelFunc
	// running counts the goroutines of the Clusters.
	running  *sync.WaitGroup
	contests *contests

	mu      sync.Mutex
	cluster *Cluster
	status  health.Connection
	refusal *Refusal
}

// run connects until ctx ends.
func (c *connection) run(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		cluster, err := c.connect(ctx)
		if err == nil {
			var good bool
			good, err = c.hold(ctx, cluster)
			if good {
				pause = firstPause
			}
		}
		if ctx.Err() != nil {
			return
		}
		c.down(err)
		select {
		case <-ctx.Done():
			return
		case <-c.renew:
		case <-time.After(jittered(pause)):
			pause = min(2*pause, lastPause)
		}
	}
}

// connect reads the credential, dials, and waits until the watches show what is there.
func (c *connection) connect(ctx context.Context) (*Cluster, error) {
	read, cancel := context.WithTimeout(ctx, c.options.ProbeTimeout)
	defer cancel()
	credential, err := readCredential(read, c.options.Secrets, c.place)
	if err != nil {
		return nil, err
	}
	return c.connectWith(ctx, credential)
}

func (c *connection) connectWith(ctx context.Context, credential credential) (*Cluster, error) {
	session, end := context.WithCancel(ctx)
	cluster, err := c.open(session, credential)
	if err != nil {
		end()
		return nil, err
	}
	cluster.end = end
	if err := cluster.ready(session, c); err != nil {
		end()
		return nil, err
	}
	return cluster, nil
}

// open prepares the cluster and finds out which one it is.
func (c *connection) open(session context.Context, credential credential) (*Cluster, error) {
	suspect := make(chan struct{}, 1)
	t, err := c.transport(session, credential, func() { signal(suspect) })
	if err != nil {
		return nil, err
	}
	cluster, err := newCluster(session, c.place, t, c.wake)
	if err != nil {
		return nil, err
	}
	cluster.suspect, cluster.source, cluster.contests = suspect, credential.digest, c.contests
	cluster.uid, err = c.probe(session, cluster)
	return cluster, err
}

func (c *connection) transport(session context.Context, credential credential, trouble func()) (transport, error) {
	if c.place.Hub {
		return hubTransport(session, c.options.Hub, trouble)
	}
	a, err := credential.access(c.place)
	if err != nil {
		return transport{}, err
	}
	return newTransport(session, a, dialer(c.options.AllowAnyDestination), trouble), nil
}

// ready starts the watches and waits until they show what is there.
func (c *Cluster) ready(session context.Context, of *connection) error {
	if err := c.watchAll(session); err != nil {
		return err
	}
	of.running.Go(func() {
		_ = c.caches.Start(session) // returns nil when the session ends, after the last watch has
	})
	return c.caches.sync(session)
}

// hold serves a connected cluster until it is lost. It reports whether the connection proved good: a probe succeeded.
func (c *connection) hold(ctx context.Context, cluster *Cluster) (good bool, err error) {
	c.up(cluster)
	defer func() { cluster.end() }()
	last := time.Now()
	timer := time.NewTimer(jittered(c.options.ProbeInterval))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return good, ctx.Err()
		case <-c.renew:
			if cluster, err = c.renewed(ctx, cluster); err != nil {
				return good, err
			}
		case <-cluster.suspect:
			if wait := suspicionPause - time.Since(last); wait > 0 {
				timer.Reset(wait)
				continue
			}
		case <-timer.C:
		}
		uid, err := c.probe(ctx, cluster)
		if err == nil && uid != cluster.uid {
			err = errOtherCluster
		}
		if err != nil {
			return good, err
		}
		good, last = true, time.Now()
		timer.Reset(jittered(c.options.ProbeInterval))
	}
}

// renewed answers a changed Secret: its credential is tried beside the old one and taken only when it proves good for
// the same cluster. A Secret that may no longer be used ends the connection.
func (c *connection) renewed(ctx context.Context, old *Cluster) (*Cluster, error) {
	read, cancel := context.WithTimeout(ctx, c.options.ProbeTimeout)
	defer cancel()
	credential, err := readCredential(read, c.options.Secrets, c.place)
	switch {
	case refusalOf(err) != nil:
		return old, err
	case err != nil, credential.digest == old.source:
		return old, nil
	}
	fresh, err := c.connectWith(ctx, credential)
	if err != nil {
		c.options.Log.Info("the changed kubeconfig does not connect; the connection with the former one stays", "reason", reachableReason(err))
		return old, nil
	}
	if fresh.uid != old.uid {
		c.options.Log.Info("the changed kubeconfig leads to another cluster; the connection with the former one stays")
		fresh.end()
		return old, nil
	}
	c.up(fresh)
	old.end()
	return fresh, nil
}

func (c *connection) probe(ctx context.Context, cluster *Cluster) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.ProbeTimeout)
	defer cancel()
	uid, err := cluster.probe(ctx)
	if refusal := refusalOf(err); refusal != nil {
		refusal.Object = "Secret/" + c.place.SecretName
	}
	return uid, err
}

// up publishes a cluster, and down its loss; both wake whoever works on the place.
func (c *connection) up(cluster *Cluster) {
	c.set(cluster, health.Connection{Up: true, Reason: v1alpha1.ReasonConnected}, nil)
}

func (c *connection) down(err error) {
	c.set(nil, health.Connection{Reason: reachableReason(err)}, refusalOf(err))
}

func (c *connection) set(cluster *Cluster, status health.Connection, refusal *Refusal) {
	c.mu.Lock()
	changed := c.status != status || c.cluster != cluster
	c.cluster, c.status, c.refusal = cluster, status, refusal
	c.mu.Unlock()
	if changed {
		c.options.Log.Info("connection", "up", status.Up, "reason", status.Reason)
		c.wake()
	}
}

// state is what the connection last published.
func (c *connection) state() (*Cluster, health.Connection, *Refusal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cluster, c.status, c.refusal
}

// jittered spreads what many connections would do at the same moment over d ± 20 %.
func jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64())) //nolint:gosec // spreads load, hides nothing
}

// signal tells without waiting; one told is enough.
func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}
