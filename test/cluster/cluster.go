// Package cluster runs real Kubernetes clusters for tests and the demo: a real API server, a real kubelet, real pods,
// each cluster on a node in namespaces of its own on this machine. It needs Linux and root; Supported says why not.
//
// A cluster lives no longer than the process that started it, however that process ends, and leaves no process, mount,
// namespace or cgroup. NetworkPolicies are accepted and not enforced.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"github.com/geoconsole/geoconsole-operator/test/cluster/node"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

// Options describe a cluster.
type Options struct {
	// Name is a DNS label of at most 20 characters; the node has it too.
	Name string
	// Index picks the cluster's share of the address plan, 0 to MaxIndex. Clusters that run side by side in one
	// process, or are connected, must differ.
	Index int
	// Dir is a folder for this cluster alone. Its log folder stays after Stop, its state goes.
	Dir string
	// Images are archives, as Image.Write makes them, to load while the cluster starts.
	Images []string
	// Hosts are names that resolve in this cluster, besides those of its services, to IP addresses. Names of the
	// node's address are also names of the API server's certificate.
	Hosts map[string]string
	// Audited are users whose requests and answers are in the audit log with all that was said.
	Audited []string
}

// Cluster is a running cluster.
type Cluster struct {
	options   Options
	dir       string
	network   Network
	authority *pki.Authority
	keeper    *keeper
	space     *os.File // the node's network namespace
	client    *rest.Config
	hostAPI   net.Addr

	mu      sync.Mutex
	stopped bool
	open    map[*closer]struct{}
}

// Start builds what is missing of Kubernetes, which takes minutes the first time, and starts a cluster. It returns when
// the node is Ready, names resolve and the images are loaded, within about 15 s on two cores. When ctx ends before
// that, or anything fails, nothing stays.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	if err := Supported(); err != nil {
		return nil, err
	}
	c, err := plan(options)
	if err != nil {
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		return nil, fmt.Errorf("cluster %s: %w", options.Name, errors.Join(err, c.Stop()))
	}
	return c, nil
}

var nameForm = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$`)

// plan checks the options.
func plan(options Options) (*Cluster, error) {
	if !nameForm.MatchString(options.Name) {
		return nil, fmt.Errorf("cluster name %q: give a DNS label of at most 20 characters", options.Name)
	}
	network, err := NetworkOf(options.Index)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", options.Name, err)
	}
	for host, address := range options.Hosts {
		if net.ParseIP(address) == nil {
			return nil, fmt.Errorf("cluster %s: host %s: %q is not an IP address", options.Name, host, address)
		}
	}
	dir, err := filepath.Abs(options.Dir)
	if err != nil || options.Dir == "" {
		return nil, errors.Join(fmt.Errorf("cluster %s: give a folder", options.Name), err)
	}
	return &Cluster{options: options, dir: dir, network: network, open: map[*closer]struct{}{}}, nil
}

func (c *Cluster) start(ctx context.Context) error {
	parts, err := ensureParts(ctx)
	if err != nil {
		return err
	}
	if err := c.configure(parts); err != nil {
		return err
	}
	if c.keeper, err = startKeeper(ctx, parts.node, c.dir); err != nil {
		return err
	}
	if c.space, err = os.Open(fmt.Sprintf("/proc/%d/ns/net", c.keeper.pid)); err != nil {
		return err
	}
	// A node that ends is noticed at once, whatever is being waited for.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-c.keeper.ended:
			cancel(c.keeper.reason())
		case <-ctx.Done():
		}
	}()
	if c.hostAPI, err = c.Forward("127.0.0.1:0", fmt.Sprintf("%s:%d", c.network.Node, apiPort)); err != nil {
		return err
	}
	steps, stepsCtx := errgroup.WithContext(ctx)
	steps.Go(func() error { return c.loadImages(stepsCtx, append(parts.images, c.options.Images...)) })
	steps.Go(func() error { return c.awaitReady(stepsCtx) })
	err = steps.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return errors.Join(cause, err)
	}
	return err
}

// Stop ends the cluster and returns when nothing of it is left but its logs. A second call does nothing.
func (c *Cluster) Stop() error {
	c.mu.Lock()
	stopped := c.stopped
	c.stopped = true
	open := c.open
	c.open = nil
	c.mu.Unlock()
	if stopped {
		return nil
	}
	var failed error
	for each := range open {
		failed = errors.Join(failed, each.close())
	}
	// An open file of the namespace would keep it.
	if c.space != nil {
		failed = errors.Join(failed, c.space.Close())
	}
	if c.keeper != nil {
		failed = errors.Join(failed, c.keeper.stop())
	}
	return failed
}

// Done is closed when the cluster ended, stopped or not. Err then says why.
func (c *Cluster) Done() <-chan struct{} { return c.keeper.ended }

// Err says why the cluster ended; nil while it runs.
func (c *Cluster) Err() error {
	select {
	case <-c.keeper.ended:
		return c.keeper.reason()
	default:
		return nil
	}
}

// Process is the id on this machine of the node's first process. All others of the node are below it.
func (c *Cluster) Process() int { return c.keeper.pid }

// Name is that of the options.
func (c *Cluster) Name() string { return c.options.Name }

// Network is the cluster's share of the address plan.
func (c *Cluster) Network() Network { return c.network }

// Authority signed the API server's certificate, and signs certificates of clients that the API server knows: the
// common name is the user, the organizations are groups.
func (c *Cluster) Authority() *pki.Authority { return c.authority }

// AuditLog is the file that the API server writes one JSON document of kind Event (audit.k8s.io/v1) into per answered
// request, before it answers: of level RequestResponse for Options.Audited, else of level Metadata.
func (c *Cluster) AuditLog() string { return filepath.Join(c.Logs(), "audit.log") }

// Etcd is where the cluster's etcd serves clients, for Dial.
func (c *Cluster) Etcd() string { return etcdURL }

// Logs is the folder with a log of each component, and in pods those of the pods.
func (c *Cluster) Logs() string { return filepath.Join(c.dir, node.LogDir) }
