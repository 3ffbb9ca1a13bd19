package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

const (
	// syncLimit bounds the first listing of all kinds.
	syncLimit = 30 * time.Second
	// syncPoll is how often it is looked whether they are listed: in memory, no request.
	syncPoll = 20 * time.Millisecond
)

// standing is how the cluster last answered a list or watch of one kind.
type standing int32

const (
	listed standing = iota
	forbidden
	notFound
)

// watched is the watch of one kind. An informer alone cannot be trusted: it says that it has synced, and serves what it
// had, for ever after the right to list was taken away.
type watched struct {
	kind
	informer cache.Informer
	standing atomic.Int32
}

// caches are the watches of one namespace, limited by label to what is the operator's.
type caches struct {
	cache.Cache
	// wake tells that something that is watched has changed.
	wake func()

	mu    sync.Mutex
	kinds map[schema.GroupVersionKind]*watched
}

// newCaches prepares the watches; run starts them.
func newCaches(connected transport, namespace string, wake func()) (*caches, error) {
	c := &caches{wake: wake, kinds: map[schema.GroupVersionKind]*watched{}}
	console := labels.SelectorFromSet(labels.Set{v1alpha1.LabelName: v1alpha1.ConsoleName})
	var err error
	c.Cache, err = cache.New(connected.config, cache.Options{
		HTTPClient:                  connected.client,
		Scheme:                      scheme,
		Mapper:                      mapper,
		ReaderFailOnMissingInformer: true,
		DefaultNamespaces:           map[string]cache.Config{namespace: {}},
		DefaultLabelSelector:        labels.SelectorFromSet(labels.Set{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy}),
		ByObject: map[client.Object]cache.ByObject{
			pods.example():        {Label: console, Transform: stripPod},
			replicaSets.example(): {Label: console, Transform: stripReplicaSet},
			nodes.example():       {Label: labels.Everything(), Transform: stripNode},
		},
		NewInformer: c.newInformer,
		// The standing tells all that is needed; the library's own handler would log what the cluster says.
		DefaultWatchErrorHandler: func(context.Context, *toolscache.Reflector, error) {},
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the watches: %w", err)
	}
	return c, nil
}

// watch adds the watch of a kind; it returns at once.
func (c *caches) watch(ctx context.Context, k kind) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.kinds[k.GroupVersionKind]; w != nil && w.informer != nil {
		return nil
	}
	w := &watched{kind: k}
	c.kinds[k.GroupVersionKind] = w
	informer, err := c.GetInformer(ctx, k.example(), cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watch %s: %w", k.resource, err)
	}
	if _, err := informer.AddEventHandler(c.handler(k)); err != nil {
		return fmt.Errorf("watch %s: %w", k.resource, err)
	}
	w.informer = informer
	return nil
}

// handler wakes on every change; of nodes only on one that Survey reads, for they change all the time.
func (c *caches) handler(k kind) toolscache.ResourceEventHandler {
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { c.wake() },
		DeleteFunc: func(any) { c.wake() },
		UpdateFunc: func(before, after any) {
			if k == nodes && regionLabel(before) == regionLabel(after) {
				return
			}
			c.wake()
		},
	}
}

// newInformer is the library's informer, with an ear for how the cluster answers.
func (c *caches) newInformer(lw toolscache.ListerWatcher, example runtime.Object, resync time.Duration, indexers toolscache.Indexers) toolscache.SharedIndexInformer {
	inner := toolscache.ToListerWatcherWithContext(lw)
	hear := func(error) {}
	found, err := apiutil.GVKForObject(example, scheme)
	if err == nil {
		w := c.kinds[found] // watch holds the lock
		hear = func(err error) { c.hear(w, err) }
	}
	return toolscache.NewSharedIndexInformer(&toolscache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			list, err := inner.ListWithContext(ctx, options)
			hear(err)
			return list, closed(err)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			stream, err := inner.WatchWithContext(ctx, options)
			hear(err)
			if err != nil {
				return nil, closed(err)
			}
			return drained{closedEvents(stream, found)}, nil
		},
	}, example, resync, indexers)
}

// drained is a watch that is read to its end after it was stopped: the library's filter of metadata would else hold a
// goroutine with its last event for ever.
type drained struct{ watch.Interface }

// Stop ends the watch.
func (d drained) Stop() {
	d.Interface.Stop()
	go func() {
		for range d.ResultChan() { // reading is all
		}
	}()
}

// hear keeps the cluster's last answer. Failures of other kinds than these are the connection's: its probe finds them.
func (c *caches) hear(w *watched, err error) {
	var now standing
	switch {
	case err == nil:
		now = listed
	case apierrors.IsForbidden(err):
		now = forbidden
	case apierrors.IsNotFound(err):
		now = notFound
	default:
		return
	}
	if standing(w.standing.Swap(int32(now))) != now {
		c.wake()
	}
}

// sync waits until every kind is listed or known not to be listable.
func (c *caches) sync(ctx context.Context) error {
	err := wait.PollUntilContextTimeout(ctx, syncPoll, syncLimit, true, func(context.Context) (bool, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, w := range c.kinds {
			if standing(w.standing.Load()) == listed && !w.informer.HasSynced() {
				return false, nil
			}
		}
		return true, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return errNotSynced
	}
	return err
}

// current tells whether the cache of a kind shows what is in the cluster. The error of a missing right is a *Refusal.
func (c *caches) current(k kind) error {
	c.mu.Lock()
	w := c.kinds[k.GroupVersionKind]
	c.mu.Unlock()
	switch {
	case w == nil || w.informer == nil:
		return errNotSynced
	case standing(w.standing.Load()) == forbidden:
		return &Refusal{Reason: v1alpha1.ReasonForbidden, Object: k.Kind}
	case standing(w.standing.Load()) == notFound || !w.informer.HasSynced():
		return errNotSynced
	default:
		return nil
	}
}

// stripPod keeps what Observe, prune and the reports read of a pod.
func stripPod(object any) (any, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return object, nil
	}
	kept := &corev1.Pod{ObjectMeta: stripMeta(pod.ObjectMeta)}
	kept.Spec.Volumes = configVolumes(pod.Spec.Volumes)
	kept.Status.Phase = pod.Status.Phase
	for _, c := range pod.Status.Conditions {
		kept.Status.Conditions = append(kept.Status.Conditions, corev1.PodCondition{Type: c.Type, Status: c.Status, Reason: c.Reason})
	}
	for _, s := range pod.Status.ContainerStatuses {
		status := corev1.ContainerStatus{Name: s.Name, RestartCount: s.RestartCount}
		if s.State.Waiting != nil {
			status.State.Waiting = &corev1.ContainerStateWaiting{Reason: s.State.Waiting.Reason}
		}
		if s.State.Terminated != nil {
			status.State.Terminated = &corev1.ContainerStateTerminated{ExitCode: s.State.Terminated.ExitCode}
		}
		kept.Status.ContainerStatuses = append(kept.Status.ContainerStatuses, status)
	}
	return kept, nil
}

// stripReplicaSet keeps which config a replica set names and which revision of the Deployment it is.
func stripReplicaSet(object any) (any, error) {
	set, ok := object.(*appsv1.ReplicaSet)
	if !ok {
		return object, nil
	}
	kept := &appsv1.ReplicaSet{ObjectMeta: stripMeta(set.ObjectMeta)}
	kept.Annotations = map[string]string{annotationDeploymentRevision: set.Annotations[annotationDeploymentRevision]}
	kept.Spec.Template.Spec.Volumes = configVolumes(set.Spec.Template.Spec.Volumes)
	return kept, nil
}

// stripNode keeps a node's region. A label that no API server would take is no label: it ends in a condition.
func stripNode(object any) (any, error) {
	node, ok := object.(*metav1.PartialObjectMetadata)
	if !ok {
		return object, nil
	}
	kept := &metav1.PartialObjectMetadata{TypeMeta: node.TypeMeta}
	kept.Name, kept.UID, kept.ResourceVersion = node.Name, node.UID, node.ResourceVersion
	if region := node.Labels[v1alpha1.LabelRegion]; region != "" && len(validation.IsValidLabelValue(region)) == 0 {
		kept.Labels = map[string]string{v1alpha1.LabelRegion: region}
	}
	return kept, nil
}

func stripMeta(m metav1.ObjectMeta) metav1.ObjectMeta {
	kept := metav1.ObjectMeta{
		Name: m.Name, Namespace: m.Namespace, UID: m.UID, ResourceVersion: m.ResourceVersion,
		Labels: m.Labels, DeletionTimestamp: m.DeletionTimestamp,
	}
	if controller := metav1.GetControllerOf(&m); controller != nil {
		kept.OwnerReferences = []metav1.OwnerReference{*controller}
	}
	return kept
}

func configVolumes(volumes []corev1.Volume) []corev1.Volume {
	var kept []corev1.Volume
	for _, v := range volumes {
		if v.ConfigMap == nil {
			continue
		}
		source := &corev1.ConfigMapVolumeSource{LocalObjectReference: v.ConfigMap.LocalObjectReference}
		kept = append(kept, corev1.Volume{Name: v.Name, VolumeSource: corev1.VolumeSource{ConfigMap: source}})
	}
	return kept
}
