package evidence

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// answerLimit bounds one request.
const answerLimit = 30 * time.Second

// reader reads one cluster with the credential of whoever wants the evidence. It is not internal/remote, which keeps
// connections under the published Role and refuses a credential that may do more, as an auditor's has to. It sends GETs
// only, and none for a Secret.
type reader struct {
	Question

	objects client.Reader
	core    rest.Interface
	facts   Facts
}

// Read reads all facts. It fails when there is nothing that evidence could be about: no cluster, no Deployment, no
// config. Any other part that cannot be read is named in Unread.
func Read(ctx context.Context, access *rest.Config, q Question) (Facts, error) {
	r, err := newReader(access, q)
	if err != nil {
		return Facts{}, err
	}
	if err := r.readConsole(ctx); err != nil {
		return Facts{}, err
	}
	for part, read := range map[Part]func(context.Context) error{
		PartCluster: r.readCluster, PartLive: r.readLive, PartPods: r.readPods, PartNodes: r.readNodes, PartPolicies: r.readPolicies,
		PartFirewalls: r.readFirewalls, PartIngresses: r.readIngresses, PartRoutes: r.readRoutes, PartRights: r.readRights,
		PartHTTPRoutes: r.readHTTPRoutes, PartServices: r.readServices,
	} {
		if err := read(ctx); err != nil {
			r.facts.Unread[part] = reasonOf(err)
		}
	}
	slices.SortFunc(r.facts.Exposures, func(a, b ExposureFact) int { return strings.Compare(a.Kind+a.Name, b.Kind+b.Name) })
	return r.facts, ctx.Err()
}

func newReader(access *rest.Config, q Question) (*reader, error) {
	access = rest.CopyConfig(access)
	access.Timeout, access.QPS = answerLimit, -1
	carrier, err := rest.HTTPClientFor(access)
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig: its credential cannot be used: %w", err)
	}
	// A stock client would carry the credential along to wherever a pod redirects it.
	carrier.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	objects, err := client.New(access, client.Options{HTTPClient: carrier, Scheme: clientgoscheme.Scheme})
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig: prepare to read the cluster: %w", err)
	}
	core, err := corev1client.NewForConfigAndClient(access, carrier)
	if err != nil {
		return nil, fmt.Errorf("--kubeconfig: prepare to read the cluster: %w", err)
	}
	return &reader{Question: q, objects: objects, core: core.RESTClient(), facts: Facts{Unread: map[Part]string{}}}, nil
}

// reasonOf is why something could not be read, in words of ours: it ends in what the auditor keeps.
func reasonOf(err error) string {
	switch {
	case errors.Is(err, errAbsent), apierrors.IsNotFound(err), meta.IsNoMatchError(err):
		return "it is not there"
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return "this kubeconfig may not"
	default:
		return "the API server gave no answer that counts"
	}
}

// errAbsent is something that the facts need and the cluster does not have.
var errAbsent = errors.New("it is not there")

// readConsole reads the Deployment and the config of its pods.
func (r *reader) readConsole(ctx context.Context) error {
	err := r.objects.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: r.Name}, &r.facts.Deployment)
	switch {
	case apierrors.IsNotFound(err):
		return r.otherNames(ctx)
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return fmt.Errorf("--kubeconfig: it may not get Deployments in namespace %s; grant that, or use another (docs/evidence.md lists what is read)", r.Namespace)
	case err != nil:
		return fmt.Errorf("--kubeconfig: read Deployment %s/%s: %w; see that its server is the API server of the geography's cluster, and is reached from here", r.Namespace, r.Name, err)
	}
	name := render.ConfigName(r.facts.Deployment.Spec.Template.Spec)
	if name == "" {
		return fmt.Errorf("--name: the Deployment %s/%s mounts no config, so it is no console; choose another", r.Namespace, r.Name)
	}
	var config corev1.ConfigMap
	if err := r.objects.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: name}, &config); err != nil {
		return fmt.Errorf("read the console's config, ConfigMap %s/%s: %s; without it there is nothing to compare with", r.Namespace, name, reasonOf(err))
	}
	file := render.ConfigFile(config)
	content, err := geography.ReadConfig(file)
	if err != nil {
		return fmt.Errorf("read the console's config, ConfigMap %s/%s: %w; use the geoconsole of the release that wrote it", r.Namespace, name, err)
	}
	r.facts.Config = ConfigFact{Name: name, Digest: geography.Digest(file), Immutable: config.Immutable != nil && *config.Immutable, Content: content}
	return nil
}

// otherNames says which consoles there are where the one that was asked for is not.
func (r *reader) otherNames(ctx context.Context) error {
	var all appsv1.DeploymentList
	if err := r.objects.List(ctx, &all, client.InNamespace(r.Namespace), client.MatchingLabels{v1alpha1.LabelName: v1alpha1.ConsoleName}); err != nil || len(all.Items) == 0 {
		return fmt.Errorf("--namespace: there is no console in namespace %s; give the namespace of spec.clusters[].namespace and the geography's own kubeconfig", r.Namespace)
	}
	var names []string
	for _, d := range all.Items {
		names = append(names, d.Name)
	}
	return fmt.Errorf("--name: there is no console %s in namespace %s; choose one of %s", r.Name, r.Namespace, strings.Join(names, ", "))
}

func (r *reader) readCluster(ctx context.Context) error {
	var system corev1.Namespace
	err := r.objects.Get(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, &system)
	r.facts.Cluster = string(system.UID)
	return err
}

func (r *reader) readLive(ctx context.Context) error {
	var live corev1.ConfigMap
	name := render.LiveName(r.facts.Deployment.Spec.Template.Spec)
	if name == "" {
		return errAbsent
	}
	err := r.objects.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: name}, &live)
	r.facts.Live = geography.Digest(render.LiveFile(live))
	return err
}

func (r *reader) readNodes(ctx context.Context) error {
	nodes := metav1.PartialObjectMetadataList{}
	nodes.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("NodeList"))
	if err := r.objects.List(ctx, &nodes); err != nil {
		return err
	}
	for _, node := range nodes.Items {
		r.facts.Nodes = append(r.facts.Nodes, NodeFact{Name: node.Name, Region: node.Labels[v1alpha1.LabelRegion]})
	}
	return nil
}

func (r *reader) readPolicies(ctx context.Context) error {
	var policies networkingv1.NetworkPolicyList
	err := r.objects.List(ctx, &policies, client.InNamespace(r.Namespace))
	r.facts.Policies = policies.Items
	return err
}

func (r *reader) readRights(ctx context.Context) error {
	var account corev1.ServiceAccount
	err := r.objects.Get(ctx, client.ObjectKey{Namespace: r.HubNamespace, Name: r.HubAccount}, &account)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	r.facts.Rights.Account = err == nil
	return r.listRights(ctx)
}
