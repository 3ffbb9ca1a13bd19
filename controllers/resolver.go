package controllers

import (
	"context"
	"fmt"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Resolver turns a GeoConsole into a checked model: it reads from the hub what the spec refers to.
type Resolver struct {
	// Cache holds GeoConsoles, and the metadata of ConfigMaps.
	Cache client.Reader
	// Live reads a ConfigMap's data; only its metadata is cached.
	Live client.Reader
	// Settings are the facts that the operator was started with; CABundles and HostnameHolder are filled in.
	Settings geography.Facts

	mu      sync.Mutex
	bundles map[types.NamespacedName]bundle
}

// bundle is the data of a ConfigMap at a resourceVersion, so that an unchanged one is not read again.
type bundle struct {
	resourceVersion string
	data            map[string]string
}

// Resolve checks a GeoConsole. An error means that the hub could not be read, not that the spec is wrong.
func (r *Resolver) Resolve(ctx context.Context, gc *v1alpha1.GeoConsole) (geography.Model, []geography.Problem, error) {
	var all v1alpha1.GeoConsoleList
	if err := r.Cache.List(ctx, &all); err != nil {
		return geography.Model{}, nil, fmt.Errorf("list GeoConsoles: %w", err)
	}
	facts := r.Settings
	facts.HostnameHolder = geography.HostnameHolder(gc, all.Items)
	facts.CABundles = map[v1alpha1.ConfigMapKey]string{}
	for _, key := range geography.CABundleKeys(gc) {
		data, err := r.configMap(ctx, types.NamespacedName{Namespace: gc.Namespace, Name: key.Name})
		if err != nil {
			return geography.Model{}, nil, fmt.Errorf("read ConfigMap %s: %w", key.Name, err)
		}
		if pem, there := data[key.Key]; there {
			facts.CABundles[key] = pem
		}
	}
	model, problems := geography.FromSpec(gc, facts)
	return model, problems, nil
}

// configMap returns the data of a ConfigMap, nil when it is not there.
func (r *Resolver) configMap(ctx context.Context, name types.NamespacedName) (map[string]string, error) {
	metadata := metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	if err := r.Cache.Get(ctx, name, &metadata); err != nil {
		r.mu.Lock()
		delete(r.bundles, name)
		r.mu.Unlock()
		return nil, client.IgnoreNotFound(err)
	}
	r.mu.Lock()
	known, hit := r.bundles[name]
	r.mu.Unlock()
	if hit && known.resourceVersion == metadata.ResourceVersion {
		return known.data, nil
	}
	var live corev1.ConfigMap
	if err := r.Live.Get(ctx, name, &live); apierrors.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bundles == nil {
		r.bundles = map[types.NamespacedName]bundle{}
	}
	r.bundles[name] = bundle{resourceVersion: live.ResourceVersion, data: live.Data}
	return live.Data, nil
}

// refersTo tells whether a GeoConsole reads the ConfigMap of that name in its namespace.
func refersTo(gc *v1alpha1.GeoConsole, configMap string) bool {
	return slices.ContainsFunc(geography.CABundleKeys(gc), func(key v1alpha1.ConfigMapKey) bool { return key.Name == configMap })
}
