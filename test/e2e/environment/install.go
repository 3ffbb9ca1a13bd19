package environment

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	routev1 "github.com/openshift/api/route/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/hack/kubernetes"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

// The namespaces: of the operator and its GeoConsoles on the hub, and of the console in the geography's cluster.
const (
	HubNamespace       = "geoconsoles"
	GeographyNamespace = "geoconsole"
)

const routerPort = "8443"

//go:embed router.yaml
var routerManifests []byte

func newClient(c *cluster.Cluster) (client.Client, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme), routev1.Install(scheme)); err != nil {
		return nil, err
	}
	return client.New(c.RESTConfig(), client.Options{Scheme: scheme})
}

func (e *Environment) install(ctx context.Context) error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: e.Geography.Name()}}
	region := client.RawPatch(client.Merge.Type(), []byte(`{"metadata":{"labels":{"`+v1alpha1.LabelRegion+`":"eu-central-1"}}}`))
	if err := e.GeographyClient.Patch(ctx, node, region); err != nil {
		return fmt.Errorf("label the geography's node with its cloud region: %w", err)
	}
	if err := e.installRouter(ctx); err != nil {
		return fmt.Errorf("install the router: %w", err)
	}
	if _, err := e.Kubectl(ctx, e.Geography, "apply", "-k", filepath.Join(e.root, "config/geography-cluster")); err != nil {
		return err
	}
	if err := e.installOperator(ctx); err != nil {
		return fmt.Errorf("install the operator: %w", err)
	}
	if err := e.createInputs(ctx); err != nil {
		return err
	}
	if err := e.available(ctx, e.HubClient, client.ObjectKey{Namespace: HubNamespace, Name: "geoconsole-operator"}); err != nil {
		return err
	}
	return e.available(ctx, e.GeographyClient, client.ObjectKey{Namespace: "stand-in-router", Name: "router"})
}

func (e *Environment) installRouter(ctx context.Context) error {
	module := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/openshift/api")
	module.Dir = e.root
	dir, err := module.Output()
	if err != nil {
		return fmt.Errorf("find the Route's definition in github.com/openshift/api: %w", err)
	}
	crd := filepath.Join(string(bytes.TrimSpace(dir)), "route/v1/zz_generated.crd-manifests/routes.crd.yaml")
	if _, err := e.Kubectl(ctx, e.Geography, "apply", "--server-side", "-f", crd); err != nil {
		return err
	}
	if err := applyYAML(ctx, e.GeographyClient, routerManifests); err != nil {
		return err
	}
	pair, err := e.CA.Issue(Hostname, "*."+Hostname)
	if err != nil {
		return err
	}
	if err := e.GeographyClient.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "router-certificate", Namespace: "stand-in-router"},
		Type:       corev1.SecretTypeTLS,
		Data:       map[string][]byte{corev1.TLSCertKey: pair.Cert, corev1.TLSPrivateKeyKey: pair.Key},
	}); err != nil {
		return err
	}
	_, err = e.Geography.Forward(e.options.Listen, net.JoinHostPort(e.Geography.Network().Node.String(), routerPort))
	return err
}

// installOperator applies config/default with the images that the nodes have.
func (e *Environment) installOperator(ctx context.Context) error {
	overlay := filepath.Join(e.options.Dir, "overlay")
	base, err := filepath.Rel(overlay, filepath.Join(e.root, "config/default"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(overlay, 0o750); err != nil {
		return err
	}
	kustomization := fmt.Sprintf(`resources: [%s]
images: [{name: geoconsole-operator, newName: registry.local/geoconsole-operator, newTag: dev}]
patches:
- target: {kind: Deployment, name: geoconsole-operator}
  patch: '[{"op": "replace", "path": "/spec/template/spec/containers/0/env/1/value", "value": "%s"}]'
`, base, consoleImage)
	if err := os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(kustomization), 0o600); err != nil {
		return err
	}
	_, err = e.Kubectl(ctx, e.Hub, "apply", "--server-side", "-k", overlay)
	return err
}

// createInputs makes what the sample refers to: the regions' certificate authority, and the kubeconfig of the rights
// that config/geography-cluster gives.
func (e *Environment) createInputs(ctx context.Context) error {
	if err := e.HubClient.Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "xcm-ca", Namespace: HubNamespace},
		Data:       map[string]string{"ca.crt": string(e.CA.CAPEM())},
	}); err != nil {
		return err
	}
	kubeconfig, err := e.hubKubeconfig(ctx)
	if err != nil {
		return err
	}
	return e.HubClient.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name: "eu-central", Namespace: HubNamespace, Labels: map[string]string{v1alpha1.LabelKubeconfig: "true"},
		},
		Data: map[string][]byte{"kubeconfig": kubeconfig},
	})
}

func (e *Environment) hubKubeconfig(ctx context.Context) ([]byte, error) {
	var token corev1.Secret
	key := client.ObjectKey{Namespace: GeographyNamespace, Name: "geoconsole-hub-token"}
	err := poll(ctx, time.Minute, "the token of the hub's ServiceAccount", func(ctx context.Context) (bool, error) {
		err := e.GeographyClient.Get(ctx, key, &token)
		return len(token.Data[corev1.ServiceAccountTokenKey]) > 0, client.IgnoreNotFound(err)
	})
	if err != nil {
		return nil, err
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["eu-central"] = &clientcmdapi.Cluster{
		Server:                   "https://" + net.JoinHostPort(e.Geography.Network().Node.String(), "6443"),
		CertificateAuthorityData: token.Data[corev1.ServiceAccountRootCAKey],
	}
	config.AuthInfos["hub"] = &clientcmdapi.AuthInfo{Token: string(token.Data[corev1.ServiceAccountTokenKey])}
	config.Contexts["eu-central"] = &clientcmdapi.Context{Cluster: "eu-central", AuthInfo: "hub"}
	config.CurrentContext = "eu-central"
	return clientcmd.Write(*config)
}

// Sample is config/samples/europe.yaml with the host name that leads to this machine.
func (e *Environment) Sample() (*v1alpha1.GeoConsole, error) {
	text, err := os.ReadFile(filepath.Join(e.root, "config/samples/europe.yaml"))
	if err != nil {
		return nil, err
	}
	var gc v1alpha1.GeoConsole
	if err := yaml.UnmarshalStrict(text, &gc); err != nil {
		return nil, fmt.Errorf("config/samples/europe.yaml: %w", err)
	}
	gc.Namespace = HubNamespace
	gc.Spec.Hostname = Hostname
	return &gc, nil
}

// Kubectl runs kubectl as the cluster's administrator and returns what it printed.
func (e *Environment) Kubectl(ctx context.Context, c *cluster.Cluster, args ...string) (string, error) {
	kubectl, err := e.KubectlPath(ctx)
	if err != nil {
		return "", err
	}
	kubeconfig, err := e.KubeconfigFile(c)
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, kubectl, args...) //nolint:gosec // of our own cache
	command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	var failed bytes.Buffer
	command.Stderr = &failed
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("kubectl %v: %w: %s", args, err, failed.String())
	}
	return string(out), nil
}

// KubectlPath is the kubectl of the clusters' own version.
func (e *Environment) KubectlPath(ctx context.Context) (string, error) {
	programs, err := kubernetes.Components(ctx)
	return filepath.Join(programs, "kubectl"), err
}

// KubeconfigFile is a kubeconfig of the cluster's administrator for this machine.
func (e *Environment) KubeconfigFile(c *cluster.Cluster) (string, error) {
	text, err := c.Kubeconfig(cluster.FromHost)
	if err != nil {
		return "", err
	}
	file := filepath.Join(e.options.Dir, c.Name()+".kubeconfig")
	return file, os.WriteFile(file, text, 0o600)
}

func (e *Environment) available(ctx context.Context, c client.Client, key client.ObjectKey) error {
	return poll(ctx, 2*time.Minute, "Deployment "+key.Name, func(ctx context.Context) (bool, error) {
		var deployment appsv1.Deployment
		err := c.Get(ctx, key, &deployment)
		return deployment.Status.AvailableReplicas > 0, err
	})
}

func applyYAML(ctx context.Context, c client.Client, text []byte) error {
	documents := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), len(text))
	for {
		var object unstructured.Unstructured
		if err := documents.Decode(&object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := c.Create(ctx, &object); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("create %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
}

// poll asks four times a second until it is so, and names what it waited for when it never was.
func poll(ctx context.Context, limit time.Duration, what string, done wait.ConditionWithContextFunc) error {
	if err := wait.PollUntilContextTimeout(ctx, 250*time.Millisecond, limit, true, done); err != nil {
		return fmt.Errorf("%s is not there after %s: %w", what, limit, err)
	}
	return nil
}
