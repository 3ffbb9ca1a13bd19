package remote

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// annotationDeploymentRevision is the Deployment controller's count of a replica set's template; the highest is current
// (k8s.io/kubernetes, pkg/controller/deployment/util).
const annotationDeploymentRevision = "deployment.kubernetes.io/revision"

// Observe reads back what is in the cluster, from the watches and the kept reports: it sends no request, but it is what
// keeps the reports of the owner's pods coming. It fills ClusterUID, Survey, Inventory, Workload, Exposure and Regions;
// the caller knows the rest. Without a bundle, because nothing could be rendered, the workload is not current.
func Observe(ctx context.Context, c *Cluster, owner geography.Owner, bundle render.Bundle) (health.Observation, error) {
	seen := health.Observation{ClusterUID: c.uid, Survey: Survey(c)}
	if c.session.Err() != nil {
		return seen, ErrNotConnected
	}
	for _, k := range []kind{configMaps, deployments, pods, replicaSets} {
		if err := c.caches.current(k); err != nil {
			return seen, err
		}
	}
	stored, err := c.readInventory(ctx, c.caches, owner)
	if err != nil && refusalOf(err) == nil {
		return seen, err
	}
	seen.Inventory = v1alpha1.InventoryAbsent
	if stored != nil && stored.refuses(owner) == nil {
		seen.Inventory = v1alpha1.InventoryPresent
		seen.Spared = stored.sparedBeside(bundle, owner)
	}
	running, err := c.podsOf(ctx, owner.Mark())
	if err != nil {
		return seen, err
	}
	c.reports.follow(owner.Mark())
	reported := c.reports.of(running)
	seen.Regions = foldReports(reported)
	if seen.Workload, err = c.workload(ctx, owner, bundle, running); err != nil {
		return seen, err
	}
	loaded, unheard := loading(running, reported, bundle.ConfigDigest)
	seen.Workload.Unheard = seen.Workload.Current && unheard
	seen.Workload.Current = seen.Workload.Current && loaded
	if seen.Workload.Current {
		seen.Workload.Live = liveOf(reported, bundle.LiveDigest)
	}
	seen.Exposure, err = c.exposure(ctx, owner, bundle)
	return seen, err
}

// workload reads the Deployment that carries the owner's mark, and its pods. Current leaves out what the pods report.
func (c *Cluster) workload(ctx context.Context, owner geography.Owner, bundle render.Bundle, running []corev1.Pod) (health.Workload, error) {
	live, err := c.deployment(ctx, owner.Mark())
	if err != nil || live == nil {
		return health.Workload{}, err
	}
	var d appsv1.Deployment
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(live.Object, &d); err != nil {
		return health.Workload{}, fmt.Errorf("read the Deployment: %w", errUnreadable)
	}
	newest, err := c.newestTemplate(ctx, d.UID)
	if err != nil {
		return health.Workload{}, err
	}
	applied := bundle.Revision != "" && d.Annotations[v1alpha1.AnnotationRevision] == bundle.Revision && isObserved(d)
	return health.Workload{
		Found:         true,
		Replicas:      d.Status.Replicas,
		ReadyReplicas: d.Status.ReadyReplicas,
		Current:       applied && (isComplete(d) || newest.hasAllReady(d, running)),
		Trouble:       trouble(d, newest.of(running)),
	}, nil
}

// isObserved tells whether the Deployment's controller has seen its spec.
func isObserved(d appsv1.Deployment) bool { return d.Status.ObservedGeneration >= d.Generation }

// isComplete tells whether all pods that are wanted, and only they, are of the Deployment's template.
func isComplete(d appsv1.Deployment) bool {
	wanted := int32(1) // the API's default
	if d.Spec.Replicas != nil {
		wanted = *d.Spec.Replicas
	}
	return isObserved(d) && d.Status.UpdatedReplicas == wanted && d.Status.Replicas == wanted
}

// template is a revision of a Deployment's pod template, as its replica set shows it. The zero template is not known.
type template struct {
	hash     string
	revision int64
}

// newestTemplate is the template of the Deployment's replica set with the highest revision.
func (c *Cluster) newestTemplate(ctx context.Context, deployment types.UID) (template, error) {
	sets, err := c.setsOf(ctx, deployment)
	if err != nil {
		return template{}, err
	}
	var newest template
	for _, set := range sets {
		revision, err := strconv.ParseInt(set.Annotations[annotationDeploymentRevision], 10, 64)
		if err == nil && revision > newest.revision {
			newest = template{hash: set.Labels[appsv1.DefaultDeploymentUniqueLabelKey], revision: revision}
		}
	}
	return newest, nil
}

// of are the pods of the template, or all where it is not known: what older ones suffer from is about to end.
func (t template) of(running []corev1.Pod) []corev1.Pod {
	return slices.DeleteFunc(slices.Clone(running), func(p corev1.Pod) bool {
		return t.hash != "" && p.Labels[appsv1.DefaultDeploymentUniqueLabelKey] != t.hash
	})
}

// hasAllReady tells whether the template is the one that the Deployment's controller works on, and every ready pod is of it.
func (t template) hasAllReady(d appsv1.Deployment, running []corev1.Pod) bool {
	if t.hash == "" || d.Annotations[annotationDeploymentRevision] != strconv.FormatInt(t.revision, 10) {
		return false
	}
	return !slices.ContainsFunc(running, func(p corev1.Pod) bool {
		return isReady(p) && p.Labels[appsv1.DefaultDeploymentUniqueLabelKey] != t.hash
	})
}

// waitingReasons are the reasons for which a kubelet keeps a container waiting that need a person
// (k8s.io/kubernetes, pkg/kubelet/images/types.go and pkg/kubelet/container/sync_result.go).
var waitingReasons = map[string]string{
	"ErrImagePull":               v1alpha1.ReasonImagePullFailed,
	"ImagePullBackOff":           v1alpha1.ReasonImagePullFailed,
	"ErrImageNeverPull":          v1alpha1.ReasonImagePullFailed,
	"InvalidImageName":           v1alpha1.ReasonImagePullFailed,
	"ImageInspectError":          v1alpha1.ReasonImagePullFailed,
	"RegistryUnavailable":        v1alpha1.ReasonImagePullFailed,
	"SignatureValidationFailed":  v1alpha1.ReasonImagePullFailed,
	"CrashLoopBackOff":           v1alpha1.ReasonConsoleFailing,
	"RunContainerError":          v1alpha1.ReasonConsoleFailing,
	"CreateContainerError":       v1alpha1.ReasonConsoleFailing,
	"CreateContainerConfigError": v1alpha1.ReasonConsoleFailing,
	"PostStartHookError":         v1alpha1.ReasonConsoleFailing,
}

// trouble is the reason of Served that the Deployment and its newest pods show, the most telling first.
func trouble(d appsv1.Deployment, newest []corev1.Pod) string {
	found := map[string]bool{}
	for _, p := range newest {
		found[podTrouble(p)] = true
	}
	// The reasons are those of the Deployment's controller (k8s.io/kubernetes, pkg/controller/deployment/util).
	progress := progressOf(d)
	found[v1alpha1.ReasonDeadlineExceeded] = progress == "ProgressDeadlineExceeded"
	// While a rollout still goes on, pods that are not ready are what it waits for.
	found[v1alpha1.ReasonNoReadyPods] = progress == "NewReplicaSetAvailable" && isComplete(d) && d.Status.ReadyReplicas == 0
	for _, reason := range []string{
		v1alpha1.ReasonImagePullFailed, v1alpha1.ReasonConsoleFailing, v1alpha1.ReasonUnschedulable,
		v1alpha1.ReasonDeadlineExceeded, v1alpha1.ReasonNoReadyPods,
	} {
		if found[reason] {
			return reason
		}
	}
	return ""
}

// progressOf is the reason of a Deployment's condition Progressing.
func progressOf(d appsv1.Deployment) string {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentProgressing {
			return c.Reason
		}
	}
	return ""
}

func podTrouble(p corev1.Pod) string {
	for _, s := range p.Status.ContainerStatuses {
		if s.State.Waiting != nil && waitingReasons[s.State.Waiting.Reason] != "" {
			return waitingReasons[s.State.Waiting.Reason]
		}
		if s.State.Terminated != nil && s.State.Terminated.ExitCode != 0 {
			return v1alpha1.ReasonConsoleFailing
		}
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return v1alpha1.ReasonUnschedulable
		}
	}
	return ""
}

// exposure reads the Routes or the Ingress of the bundle. A former one, which stays until these are admitted, does not
// count.
func (c *Cluster) exposure(ctx context.Context, owner geography.Owner, bundle render.Bundle) (health.Exposure, error) {
	var seen []exposed
	lists := map[kind][]unstructured.Unstructured{}
	for _, wanted := range bundle.Objects {
		k, known := kindOf(wanted.GroupVersionKind().GroupKind())
		if !known || !k.exposure || (k.optional && c.caches.current(k) != nil) {
			continue
		}
		all, isRead := lists[k]
		if !isRead {
			var err error
			if all, err = c.listed(ctx, k); err != nil {
				return health.Exposure{}, err
			}
			lists[k] = all
		}
		one := exposed{wanted: wanted}
		for i := range all {
			if all[i].GetName() == wanted.GetName() && isMarked(&all[i], owner) {
				one.Exposure = exposureOf(&all[i])
			}
		}
		seen = append(seen, one)
	}
	return foldExposures(seen), nil
}

// exposureOf reads what the router or ingress controller wrote into the status. What a router said of a former host does
// not count.
func exposureOf(object *unstructured.Unstructured) health.Exposure {
	seen := health.Exposure{Found: true}
	if object.GetKind() == routes.Kind {
		host, _, _ := unstructured.NestedString(object.Object, "spec", "host")
		entries, _, _ := unstructured.NestedSlice(object.Object, "status", "ingress")
		for _, e := range entries {
			router, _ := e.(map[string]any)
			if text(router["host"]) != host {
				continue
			}
			switch admission(router) {
			case corev1.ConditionTrue:
				seen.Admitted = true
				seen.Address = address(router["routerCanonicalHostname"])
			case corev1.ConditionFalse:
				seen.Rejected = true
			}
		}
		seen.Rejected = seen.Rejected && !seen.Admitted
		return seen
	}
	entries, _, _ := unstructured.NestedSlice(object.Object, "status", "loadBalancer", "ingress")
	for _, e := range entries {
		point, _ := e.(map[string]any)
		seen.Admitted = true
		if seen.Address = address(point["hostname"]); seen.Address == "" {
			seen.Address = address(point["ip"])
		}
	}
	return seen
}

// admission is the status of a router's condition Admitted.
func admission(router map[string]any) corev1.ConditionStatus {
	conditions, _ := router["conditions"].([]any)
	for _, c := range conditions {
		condition, _ := c.(map[string]any)
		if text(condition["type"]) == "Admitted" {
			return corev1.ConditionStatus(text(condition["status"]))
		}
	}
	return corev1.ConditionUnknown
}

// address lets a DNS name or an IP address through, and nothing else.
func address(value any) string {
	written := text(value)
	if _, err := netip.ParseAddr(written); err == nil {
		return written
	}
	if len(validation.IsDNS1123Subdomain(written)) == 0 {
		return written
	}
	return ""
}
