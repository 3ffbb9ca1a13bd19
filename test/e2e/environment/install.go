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
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/hack/kubernetes"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

// The namespaces: of the operator and its GeoConsoles on the hub, and of the console and the stand-in router in the
// geography's cluster.
const (
	HubNamespace       = "geoconsoles"
	GeographyNamespace = "geoconsole"
	RouterNamespace    = "stand-in-router"
)

const routerPort = "8443"

//go:embed router.yaml
var routerManifests string

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
	if err := available(ctx, e.HubClient, client.ObjectKey{Namespace: HubNamespace, Name: "geoconsole-operator"}); err != nil {
		return err
	}
	return available(ctx, e.GeographyClient, client.ObjectKey{Namespace: RouterNamespace, Name: "router"})
}

func (e *Environment) installRouter(ctx context.Context) error {
	crd, err := routeDefinition(ctx, e.root)
	if err != nil {
		return err
	}
	if _, err := e.Kubectl(ctx, e.Geography, "apply", "--server-side", "-f", crd); err != nil {
		return err
	}
	objects, err := e.routerObjects()
	if err != nil {
		return err
	}
	if err := createAll(ctx, e.GeographyClient, objects); err != nil {
		return err
	}
	var service corev1.Service
	if err := e.GeographyClient.Get(ctx, client.ObjectKey{Namespace: RouterNamespace, Name: "router"}, &service); err != nil {
		return err
	}
	_, err = e.Geography.Forward(e.options.Listen, net.JoinHostPort(service.Spec.ClusterIP, routerPort))
	return err
}

// routeDefinition is the file of the Route's CustomResourceDefinition in its Go module.
func routeDefinition(ctx context.Context, root string) (string, error) {
	module := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/openshift/api")
	module.Dir = root
	dir, err := module.Output()
	if err != nil {
		return "", fmt.Errorf("find the Route's definition in github.com/openshift/api: %w", err)
	}
	return filepath.Join(string(bytes.TrimSpace(dir)), "route/v1/zz_generated.crd-manifests/routes.crd.yaml"), nil
}

// routerObjects are the stand-in router and its certificate.
func (i *Installation) routerObjects() ([]client.Object, error) {
	objects, err := decodeAll(strings.ReplaceAll(routerManifests, "IMAGE", i.options.image(routerBinary)))
	if err != nil {
		return nil, err
	}
	certificate, err := i.routerCertificate()
	return append(objects, certificate), err
}

func (e *Environment) installOperator(ctx context.Context) error {
	overlay, err := e.writeOverlay()
	if err != nil {
		return err
	}
	if _, err := e.Kubectl(ctx, e.Hub, "apply", "--server-side", "-k", overlay); err != nil {
		return err
	}
	token, err := e.hubToken(ctx)
	if err != nil {
		return err
	}
	server := "https://" + net.JoinHostPort(e.Geography.Network().Node.String(), "6443")
	kubeconfig, err := hubKubeconfig(server, token.Data[corev1.ServiceAccountRootCAKey], token)
	if err != nil {
		return err
	}
	return createAll(ctx, e.HubClient, e.inputs(kubeconfig))
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
	return output(command)
}

// output is what a command printed; its error ends with what the command said.
func output(command *exec.Cmd) (string, error) {
	var failed bytes.Buffer
	command.Stderr = &failed
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(command.Args, " "), err, failed.String())
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

func readObjects(file string) ([]client.Object, error) {
	text, err := os.ReadFile(file) //nolint:gosec // of a Go module
	if err != nil {
		return nil, err
	}
	return decodeAll(string(text))
}

// decodeAll reads the objects of YAML documents.
func decodeAll(text string) ([]client.Object, error) {
	var objects []client.Object
	documents := utilyaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	for {
		var object unstructured.Unstructured
		switch err := documents.Decode(&object); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, err
		case object.GetKind() != "":
			objects = append(objects, &object)
		}
	}
}

func createAll(ctx context.Context, c client.Client, objects []client.Object) error {
	for _, object := range objects {
		if err := c.Create(ctx, object); err != nil {
			return fmt.Errorf("create %T %s: %w", object, object.GetName(), err)
		}
	}
	return nil
}

// poll asks four times a second until it is so, and names what it waited for when it never was.
func poll(ctx context.Context, limit time.Duration, what string, done wait.ConditionWithContextFunc) error {
	if err := wait.PollUntilContextTimeout(ctx, 250*time.Millisecond, limit, true, done); err != nil {
		return fmt.Errorf("%s is not there after %s: %w", what, limit, err)
	}
	return nil
}
