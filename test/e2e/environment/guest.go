package environment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// guest is who works in a cluster that is not ours: it changes nothing that it finds, and takes along all that it brought.
type guest struct {
	// host is what the cluster is called in messages.
	host       string
	kubeconfig string
	config     *rest.Config
	client     client.Client
	brought    []client.Object
}

// newGuest reads a kubeconfig file and asks the cluster whether it answers.
func newGuest(host, kubeconfig string) (*guest, error) {
	g := &guest{host: host, kubeconfig: kubeconfig}
	rules := &clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig}
	var err error
	if g.config, err = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig(); err != nil {
		return nil, fmt.Errorf("%s: kubeconfig %s: %w", host, kubeconfig, err)
	}
	g.config.QPS = -1 // the API server's own fairness is enough
	if g.client, err = newClient(g.config); err != nil {
		return nil, fmt.Errorf("%s: %w", host, err)
	}
	return g, nil
}

// missAll tells whether the cluster has none of the objects. Those in namespaces are not looked for: their namespaces
// are among the objects.
func (g *guest) missAll(ctx context.Context, objects []client.Object) error {
	var there []string
	for _, object := range objects {
		if object.GetNamespace() != "" {
			continue
		}
		switch found, err := g.find(ctx, object); {
		case err != nil:
			return fmt.Errorf("%s: %w", g.host, err)
		case found != nil:
			there = append(there, g.describe(object))
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("%s (kubeconfig %s) has already: %s; nothing that was there before is touched: "+
			"take another cluster, or delete these when an earlier demo was cut off", g.host, g.kubeconfig, strings.Join(there, ", "))
	}
	return nil
}

// bring creates objects and remembers them. One that is there already is an error and stays.
func (g *guest) bring(ctx context.Context, objects []client.Object) error {
	for _, object := range objects {
		if err := g.client.Create(ctx, object); err != nil {
			return fmt.Errorf("%s: create %s: %w", g.host, g.describe(object), err)
		}
		g.brought = append(g.brought, object)
	}
	return nil
}

// leave deletes what was brought, the last first, and returns when it is gone.
func (g *guest) leave(ctx context.Context) error {
	var failed error
	for _, object := range slices.Backward(g.brought) {
		uid := object.GetUID()
		err := g.client.Delete(ctx, object, client.Preconditions{UID: &uid}, client.PropagationPolicy(metav1.DeletePropagationBackground))
		// A conflict is another object of the name: ours is gone.
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			failed = errors.Join(failed, fmt.Errorf("%s: delete %s: %w", g.host, g.describe(object), err))
		}
	}
	for _, object := range slices.Backward(g.brought) {
		err := poll(ctx, 2*time.Minute, "the end of "+g.describe(object)+" in "+g.host, func(ctx context.Context) (bool, error) {
			found, err := g.find(ctx, object)
			return err == nil && (found == nil || found.UID != object.GetUID()), err
		})
		failed = errors.Join(failed, err)
	}
	return failed
}

// find reads an object anew; nil when it is not there.
func (g *guest) find(ctx context.Context, object client.Object) (*metav1.PartialObjectMetadata, error) {
	kind, err := g.client.GroupVersionKindFor(object)
	if err != nil {
		return nil, err
	}
	var found metav1.PartialObjectMetadata
	found.SetGroupVersionKind(kind)
	err = g.client.Get(ctx, client.ObjectKeyFromObject(object), &found)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // documented
	}
	return &found, err
}

func (g *guest) describe(object client.Object) string {
	kind, err := g.client.GroupVersionKindFor(object)
	if err != nil {
		return object.GetName()
	}
	return kind.Kind + " " + object.GetName()
}
