// Package health turns what was observed in the clusters into conditions. It is pure: no client, no clock.
package health

import (
	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Observation is what the last pass over one cluster found: scalars and closed reasons, nothing that a pod or a region
// could word itself. Two observations of an unchanged cluster are equal. The zero Observation is a cluster that was
// not observed yet. Until the pass got as far as the apply (Apply.Reason is empty), only Connection and ClusterUID
// are believed.
type Observation struct {
	// Generation of the GeoConsole that the pass worked on.
	Generation int64
	// ClusterUID is the UID of the cluster's namespace kube-system; empty until it was reached.
	ClusterUID string
	Connection Connection
	Survey     Survey
	Apply      Apply
	// Unread is set when what stands in the cluster could not be read back and Apply says which right is missing. Then,
	// beside Connection and ClusterUID, only Apply is believed.
	Unread bool
	// Inventory tells whether the operator's inventory stands in the cluster; empty when it is not known.
	Inventory v1alpha1.InventoryState
	// Spared are, as Kind/name, the objects that were taken over, are not wanted, and are deleted once the annotation adopt
	// is gone.
	Spared   []string
	Workload Workload
	Exposure Exposure
	// Regions are the verdicts over the cluster's ready pods, sorted by id; nil while no pod has reported. Of one region,
	// Unhealthy beats Healthy beats Unknown, so that a pod that has just started takes no verdict away.
	Regions []geography.RegionReport
	// Emptied is set when a cluster that is being removed holds nothing of ours any more, as seen for Generation.
	Emptied bool
}

// Connection is the state of the connection. Reason is one of the reasons of Reachable; empty or NotProbed, with Up
// false, is no loss: the value before stands.
type Connection struct {
	Up     bool
	Reason string
	// Field of the Secret, or of the kubeconfig in it, that is missing or refused: its path, never its value. Of
	// CredentialTooBroad, a right that is too much, in closed words. Empty when the whole is meant.
	Field string
	// Untaken is why the Secret as it is now would make no connection, one of the reasons of Reachable, while the
	// connection by what it was before stands; empty when the Secret is what is used.
	Untaken string
	// Expiring is set when it is time to renew the credential.
	Expiring bool
	// Expires is when the credential ends, in seconds since 1970; 0 when it does not, or that is not known.
	Expires int64
}

// Survey is what a cluster's nodes tell about its place.
type Survey struct {
	// Read is false when the nodes could not be read.
	Read bool
	// CloudRegions of the nodes' labels, sorted, each once.
	CloudRegions []string
	// Unlabelled counts the nodes without such a label.
	Unlabelled int
}

// Apply is how far the apply came.
type Apply struct {
	// Revision that was rendered, also when Hold forbade to apply it; empty when nothing was rendered.
	Revision string
	// Reason is one of the reasons of Applied; empty when the pass ended before the apply.
	Reason string
	// Object is Kind/name of the object that the reason speaks of; empty when it speaks of none. Field is the field of it
	// that the reason speaks of, as a path in words of ours; Claim names what stands in the inventory and may be taken over.
	Object, Field, Claim string
}

// Workload is the state of the console's Deployment and pods.
type Workload struct {
	Found         bool
	Replicas      int32
	ReadyReplicas int32
	// Current is true when at least one pod is ready, and every ready pod is of the applied template and has loaded the
	// applied config. A pod that starts, ends or fails beside them is not asked: losing one of two changes nothing.
	Current bool
	// Unheard is set when Current is false only because a ready pod of the applied template has not reported yet what it
	// has loaded: it has just become ready, or the operator has just started.
	Unheard bool
	// Live tells, while Current, how far the newest live config has come.
	Live LiveState
	// Trouble is the reason of Served that the Deployment or its pods show (ImagePullFailed, ConsoleFailing,
	// Unschedulable, DeadlineExceeded, NoReadyPods); empty when none does.
	Trouble string
}

// LiveState is how far the newest live config has come among the ready pods.
type LiveState string

// The states of a live config. LiveTaken is the usual one: all ready pods serve by it.
const (
	LiveTaken   LiveState = ""
	LivePending LiveState = "Pending"
	LiveRefused LiveState = "Refused"
)

// Exposure is what the router or ingress controller says of all hosts together: Found and Admitted hold when they hold of
// every one.
type Exposure struct {
	Found    bool
	Admitted bool
	Rejected bool
	// RegionHost is the region host, as it was rendered, that keeps Admitted from holding; empty when spec.hostname does, or
	// none.
	RegionHost string
	// Address is where the router is reached, a DNS name or an IP address as the API server accepted it.
	Address string
}
