package remote

import (
	"context"
	"time"
)

// renewalPause is how many probes pass before a changed Secret that makes no connection is tried again: the cure may lie
// in the cluster, where nothing tells of it.
const renewalPause = 3

// renewed answers a changed Secret: its credential is tried beside the old one and taken only when it proves good for
// the same cluster. A Secret that may no longer be used ends the connection.
func (c *connection) renewed(ctx context.Context, old *Cluster) (*Cluster, error) {
	c.again = nil
	read, cancel := context.WithTimeout(ctx, c.options.ProbeTimeout)
	defer cancel()
	credential, err := readCredential(read, c.options.Secrets, c.place)
	switch {
	case refusalOf(err) != nil:
		return old, err
	case err != nil: // the hub did not answer, and will not tell of the change once more
		c.again = time.After(renewalPause * c.options.ProbeInterval)
		return old, nil
	case credential.digest == old.source:
		c.untaken = Refusal{}
		return old, nil
	}
	fresh, err := c.connectWith(ctx, credential)
	if err == nil && fresh.uid != old.uid {
		fresh.end()
		err = errOtherCluster
	}
	switch {
	case ctx.Err() != nil:
		return old, ctx.Err()
	case err != nil:
		c.keep(old, err)
		return old, nil
	}
	c.untaken = Refusal{}
	c.up(fresh)
	old.end()
	return fresh, nil
}

// keep publishes why the Secret is not what the connection uses.
func (c *connection) keep(old *Cluster, err error) {
	c.untaken = Refusal{Reason: reachableReason(err)}
	if refusal := refusalOf(err); refusal != nil {
		c.untaken = *refusal
	}
	c.again = time.After(renewalPause * c.options.ProbeInterval)
	c.up(old)
}
