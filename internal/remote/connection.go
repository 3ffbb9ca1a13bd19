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

	// untaken is why the Secret as it is now is not what the connection uses, and again when it is tried once more. They
	// are of the goroutine that holds the connection.
	untaken Refusal
	again   <-chan time.Time

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
			pause = firstPause
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

// open prepares the cluster, finds out which one it is, and that the credential may not do too much there.
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
	cluster.suspect, cluster.source, cluster.lifetime = suspect, credential.digest, t.lifetime
	cluster.contests = c.contests
	if cluster.uid, err = c.probe(session, cluster); err != nil {
		return nil, err
	}
	return cluster, c.judge(session, cluster)
}

// judge refuses a credential that may do more than it needs. On the hub the operator has its own, which has to do more.
func (c *connection) judge(session context.Context, cluster *Cluster) error {
	if c.place.Hub {
		return nil
	}
	ctx, cancel := context.WithTimeout(session, c.options.ProbeTimeout)
	defer cancel()
	return c.ofSecret(cluster.reviewRights(ctx))
}

func (c *connection) transport(session context.Context, credential credential, trouble func()) (transport, error) {
	if c.place.Hub {
		return hubTransport(session, c.options.Hub, trouble)
	}
	a, err := credential.access(c.place)
	if err != nil {
		return transport{}, err
	}
	dial := dialer(c.options.OwnNetworks)
	if c.options.AllowAnyDestination {
		dial = anyDialer()
	}
	return newTransport(session, a, dial, trouble), nil
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
	c.untaken, c.again = Refusal{}, nil
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
			cluster, err = c.renewed(ctx, cluster)
		case <-c.again:
			cluster, err = c.renewed(ctx, cluster)
		case <-cluster.suspect:
			if wait := suspicionPause - time.Since(last); wait > 0 {
				timer.Reset(wait)
				continue
			}
		case <-timer.C:
		}
		if err == nil {
			err = c.confirm(ctx, cluster)
		}
		if err != nil {
			return good, err
		}
		good, last = true, time.Now()
		c.up(cluster) // by now its credential may be about to end
		timer.Reset(jittered(c.options.ProbeInterval))
	}
}

// confirm tells whether the cluster still answers, and is the same.
func (c *connection) confirm(ctx context.Context, cluster *Cluster) error {
	uid, err := c.probe(ctx, cluster)
	if err == nil && uid != cluster.uid {
		return errOtherCluster
	}
	return err
}

func (c *connection) probe(ctx context.Context, cluster *Cluster) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.ProbeTimeout)
	defer cancel()
	uid, err := cluster.probe(ctx)
	return uid, c.ofSecret(err)
}

// ofSecret lets a refusal name the Secret that it speaks of.
func (c *connection) ofSecret(err error) error {
	if refusal := refusalOf(err); refusal != nil {
		refusal.Object = "Secret/" + c.place.SecretName
	}
	return err
}

// up publishes a cluster, and down its loss; both wake whoever works on the place.
func (c *connection) up(cluster *Cluster) {
	status := health.Connection{
		Up: true, Reason: v1alpha1.ReasonConnected, Untaken: c.untaken.Reason, Field: c.untaken.Field,
		Expiring: cluster.lifetime.Ending(time.Now()),
	}
	if until := cluster.lifetime.Until; !until.IsZero() {
		status.Expires = until.Unix()
	}
	c.set(cluster, status, nil)
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
		c.options.Log.Info("connection", "up", status.Up, "reason", status.Reason, "untaken", status.Untaken, "expiring", status.Expiring)
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
