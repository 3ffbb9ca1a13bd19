package environment

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

// ExistingClusters are two that run already.
type ExistingClusters struct {
	// HubKubeconfig and GeographyKubeconfig are files of administrators. Both may lead to one cluster.
	HubKubeconfig, GeographyKubeconfig string
	// GeographyServer is the https URL by which pods of the hub reach the geography's API server; empty is the one in
	// GeographyKubeconfig.
	GeographyServer string
}

// Existing is a demo in clusters that run already. Their nodes must have, or be able to pull, the images that WriteImages
// makes. The regions are pods in the geography's cluster.
type Existing struct {
	Installation
	clusters       ExistingClusters
	hub, geography *guest
	kubectl        string
	// ownRouter tells that the geography's cluster serves Routes itself.
	ownRouter  bool
	forwarding *forwarding
}

// StartExisting installs everything but the GeoConsole itself. When it fails, nothing stays.
func StartExisting(ctx context.Context, options Options, clusters ExistingClusters) (*Existing, error) {
	e := &Existing{Installation: Installation{options: options, began: time.Now()}, clusters: clusters}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, e.End(ctx))
	}
	return e, nil
}

func (e *Existing) start(ctx context.Context) (err error) {
	if err := e.check(ctx); err != nil {
		return err
	}
	if e.CA, err = pki.NewAuthority("geoconsole demo"); err != nil {
		return err
	}
	hub, remote, err := e.plan(ctx)
	if err != nil {
		return err
	}
	e.say("looking for what is in the way")
	if err := errors.Join(e.hub.missAll(ctx, hub), e.geography.missAll(ctx, remote)); err != nil {
		return err
	}
	e.say("installing the operator, the regions, the rights of the hub" + map[bool]string{false: ", a stand-in router"}[e.ownRouter])
	if err := errors.Join(e.geography.bring(ctx, remote), e.hub.bring(ctx, hub)); err != nil {
		return err
	}
	if err := e.bringInputs(ctx); err != nil {
		return err
	}
	return e.awaitPods(ctx)
}

// plan is all that goes into the two clusters, but for what needs a token.
func (e *Existing) plan(ctx context.Context) (hub, remote []client.Object, err error) {
	overlay, err := e.writeOverlay()
	if err != nil {
		return nil, nil, err
	}
	if hub, err = e.kustomize(ctx, overlay); err != nil {
		return nil, nil, err
	}
	if remote, err = e.kustomize(ctx, filepath.Join(e.root, "config/geography-cluster")); err != nil {
		return nil, nil, err
	}
	gc, err := e.Installation.Sample()
	if err != nil {
		return nil, nil, err
	}
	simulators, err := e.simulatorObjects(gc.Spec.Regions)
	if err != nil || e.ownRouter {
		return hub, append(remote, simulators...), err
	}
	router, err := e.planRouter(ctx)
	return hub, append(append(remote, simulators...), router...), err
}

func (e *Existing) planRouter(ctx context.Context) ([]client.Object, error) {
	file, err := routeDefinition(ctx, e.root)
	if err != nil {
		return nil, err
	}
	definition, err := readObjects(file)
	if err != nil {
		return nil, err
	}
	router, err := e.routerObjects()
	return append(definition, router...), err
}

func (e *Existing) kustomize(ctx context.Context, folder string) ([]client.Object, error) {
	text, err := output(exec.CommandContext(ctx, e.kubectl, "kustomize", folder)) //nolint:gosec // the person's own kubectl
	if err != nil {
		return nil, err
	}
	return decodeAll(text)
}

// bringInputs makes what the sample refers to on the hub.
func (e *Existing) bringInputs(ctx context.Context) error {
	token, err := e.hubToken(ctx)
	if err != nil {
		return err
	}
	authorities, err := e.authorities(token)
	if err != nil {
		return err
	}
	kubeconfig, err := hubKubeconfig(e.server(), authorities, token)
	if err != nil {
		return err
	}
	return e.hub.bring(ctx, e.inputs(kubeconfig))
}

// authorities vouch for the geography's API server: those of the kubeconfig, and those that the cluster gives to its own
// pods. None, which means the system's, where the kubeconfig names none for the same address.
func (e *Existing) authorities(token *corev1.Secret) ([]byte, error) {
	config := rest.CopyConfig(e.geography.config)
	if err := rest.LoadTLSFiles(config); err != nil {
		return nil, err
	}
	if e.clusters.GeographyServer == "" && len(config.CAData) == 0 && !config.Insecure {
		return nil, nil
	}
	return append(append(config.CAData, '\n'), token.Data[corev1.ServiceAccountRootCAKey]...), nil
}

func (e *Existing) awaitPods(ctx context.Context) error {
	e.say("waiting for the pods")
	if err := available(ctx, e.HubClient, client.ObjectKey{Namespace: HubNamespace, Name: "geoconsole-operator"}); err != nil {
		return err
	}
	gc, err := e.Installation.Sample()
	if err != nil {
		return err
	}
	for _, region := range gc.Spec.Regions {
		key := client.ObjectKey{Namespace: SimulatorNamespace, Name: simulatorName(region.ID)}
		if err := available(ctx, e.GeographyClient, key); err != nil {
			return err
		}
	}
	if e.ownRouter {
		return nil
	}
	return available(ctx, e.GeographyClient, client.ObjectKey{Namespace: RouterNamespace, Name: "router"})
}

// Sample is config/samples/europe.yaml with endpoints that are the simulators in the cluster. Where the nodes' labels tell
// the cluster's cloud region, its country is not declared.
func (e *Existing) Sample(ctx context.Context) (*v1alpha1.GeoConsole, error) {
	gc, err := e.Installation.Sample()
	if err != nil {
		return nil, err
	}
	for i := range gc.Spec.Regions {
		endpoint, err := simulatorEndpoint(gc.Spec.Regions[i].ID)
		if err != nil {
			return nil, err
		}
		gc.Spec.Regions[i].Endpoints = []v1alpha1.Endpoint{endpoint}
	}
	var nodes corev1.NodeList
	if err := e.GeographyClient.List(ctx, &nodes); err != nil {
		return nil, err
	}
	for _, node := range nodes.Items {
		if _, known := geography.LocateCloudRegion(node.Labels[v1alpha1.LabelRegion]); known {
			gc.Spec.Clusters[0].Country = ""
		}
	}
	return gc, nil
}

// Open leads the address of the options to the console, by kubectl port-forward, until End or the end of ctx. It returns
// when the console answers.
func (e *Existing) Open(ctx context.Context, gc *v1alpha1.GeoConsole) (err error) {
	_, port, err := net.SplitHostPort(e.options.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	e.URL = "https://" + net.JoinHostPort(Hostname, port)
	to := service{RouterNamespace, "router", routerPort}
	if e.ownRouter {
		// Behind a real router the console itself is asked: the router's names and certificates are not ours.
		e.URL = "http://" + e.options.Listen
		to = service{GeographyNamespace, gc.Name, "8080"}
	}
	if e.forwarding, err = e.forward(ctx, e.options.Listen, to); err != nil {
		return err
	}
	return e.answers(ctx)
}

// ErrLeft says that not everything could be removed from the clusters.
var ErrLeft = errors.New("something of the demo is left in the clusters")

// ending is how long it may take to remove everything.
const ending = 5 * time.Minute

// End removes everything that was created, GeoConsoles first, and returns when it is gone, within five minutes, also after
// the end of ctx. Its error is an ErrLeft.
func (e *Existing) End(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ending)
	defer cancel()
	if e.forwarding != nil {
		e.forwarding.end()
	}
	var failed error
	if e.hub != nil && len(e.hub.brought) > 0 {
		failed = errors.Join(e.removeGeoConsoles(ctx), e.hub.leave(ctx))
	}
	if e.geography != nil {
		failed = errors.Join(failed, e.geography.leave(ctx))
	}
	if failed != nil {
		return fmt.Errorf("%w: %w", ErrLeft, failed)
	}
	return nil
}

// removeGeoConsoles lets the operator empty the geography's cluster. Where it cannot, its finalizer is taken away: the
// namespace with all that it made there goes next.
func (e *Existing) removeGeoConsoles(ctx context.Context) error {
	inHub := client.InNamespace(HubNamespace)
	err := e.HubClient.DeleteAllOf(ctx, &v1alpha1.GeoConsole{}, inHub)
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	var left v1alpha1.GeoConsoleList
	err = poll(ctx, time.Minute, "the end of the GeoConsoles", func(ctx context.Context) (bool, error) {
		err := e.HubClient.List(ctx, &left, inHub)
		return err == nil && len(left.Items) == 0, err
	})
	if err == nil {
		return nil
	}
	e.say("the operator does not empty the geography's cluster; removing its objects with their namespace")
	for i := range left.Items {
		gc := &left.Items[i]
		before := client.MergeFrom(gc.DeepCopy())
		gc.Finalizers = nil
		err = errors.Join(err, client.IgnoreNotFound(e.HubClient.Patch(ctx, gc, before)))
	}
	return err
}
