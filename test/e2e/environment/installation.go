package environment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	routev1 "github.com/openshift/api/route/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

// The authority of the regions, and of the issuer, as the sample names it on the hub.
const caName, caKey = "xcm-ca", "ca.crt"

// Installation is the product in a hub and a geography's cluster, whosever clusters these are.
type Installation struct {
	HubClient, GeographyClient client.Client
	// CA signed the regions' certificates and the router's.
	CA *pki.Authority
	// URL of the console, on this machine.
	URL string

	options Options
	// root is the folder of go.mod.
	root  string
	began time.Time
}

func newClient(config *rest.Config) (client.Client, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme), routev1.Install(scheme)); err != nil {
		return nil, err
	}
	return client.New(config, client.Options{Scheme: scheme})
}

// writeOverlay writes a kustomization of config/default with the options' images, and returns its folder.
func (i *Installation) writeOverlay() (string, error) {
	overlay := filepath.Join(i.options.Dir, "overlay")
	base, err := filepath.Rel(overlay, filepath.Join(i.root, "config/default"))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(overlay, 0o750); err != nil {
		return "", err
	}
	kustomization := fmt.Sprintf(`resources: [%s]
images: [{name: geoconsole-operator, newName: %s, newTag: dev}]
patches:
- target: {kind: Deployment, name: geoconsole-operator}
  patch: '[{"op": "replace", "path": "/spec/template/spec/containers/0/env/1/value", "value": "%s"}]'
`, base, i.options.repository(operatorBinary), i.options.image(consoleBinary))
	return overlay, os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(kustomization), 0o600)
}

// inputs are what the sample refers to on the hub: the regions' certificate authority, and the kubeconfig of the
// geography's cluster.
func (i *Installation) inputs(kubeconfig []byte) []client.Object {
	return []client.Object{
		&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: caName, Namespace: HubNamespace},
			Data:       map[string]string{caKey: string(i.CA.CAPEM())},
		},
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Name: "eu-central", Namespace: HubNamespace, Labels: map[string]string{v1alpha1.LabelKubeconfig: "true"},
			},
			Data: map[string][]byte{"kubeconfig": kubeconfig},
		},
	}
}

// routerCertificate is the one that the stand-in router shows.
func (i *Installation) routerCertificate() (*corev1.Secret, error) {
	pair, err := i.CA.Issue(append([]string{Hostname, "*." + Hostname, LoginHostname}, i.options.Names...)...)
	return tlsSecret(client.ObjectKey{Namespace: RouterNamespace, Name: "router-certificate"}, pair), err
}

func tlsSecret(key client.ObjectKey, pair pki.Pair) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: key.Name, Namespace: key.Namespace},
		Type:       corev1.SecretTypeTLS,
		Data:       map[string][]byte{corev1.TLSCertKey: pair.Cert, corev1.TLSPrivateKeyKey: pair.Key},
	}
}

// hubToken waits for the token that has the rights of config/geography-cluster.
func (i *Installation) hubToken(ctx context.Context) (*corev1.Secret, error) {
	var token corev1.Secret
	key := client.ObjectKey{Namespace: GeographyNamespace, Name: "geoconsole-hub-token"}
	err := poll(ctx, time.Minute, "the token of the hub's ServiceAccount", func(ctx context.Context) (bool, error) {
		err := i.GeographyClient.Get(ctx, key, &token)
		return len(token.Data[corev1.ServiceAccountTokenKey]) > 0, client.IgnoreNotFound(err)
	})
	return &token, err
}

// hubKubeconfig leads to an API server that certificates of the authorities (PEM) vouch for; none means the system's.
func hubKubeconfig(server string, authorities []byte, token *corev1.Secret) ([]byte, error) {
	config := clientcmdapi.NewConfig()
	config.Clusters["eu-central"] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: authorities}
	config.AuthInfos["hub"] = &clientcmdapi.AuthInfo{Token: string(token.Data[corev1.ServiceAccountTokenKey])}
	config.Contexts["eu-central"] = &clientcmdapi.Context{Cluster: "eu-central", AuthInfo: "hub"}
	config.CurrentContext = "eu-central"
	return clientcmd.Write(*config)
}

// Sample is config/samples/europe.yaml with the host name that leads to this machine, and without its issuer, which is an
// example and answers nobody: who has started one puts its Auth there.
func (i *Installation) Sample() (*v1alpha1.GeoConsole, error) {
	text, err := os.ReadFile(filepath.Join(i.root, "config/samples/europe.yaml"))
	if err != nil {
		return nil, err
	}
	var gc v1alpha1.GeoConsole
	if err := yaml.UnmarshalStrict(text, &gc); err != nil {
		return nil, fmt.Errorf("config/samples/europe.yaml: %w", err)
	}
	gc.Namespace = HubNamespace
	gc.Spec.Hostname = Hostname
	gc.Spec.Auth = v1alpha1.Auth{Type: v1alpha1.AuthNone}
	return &gc, nil
}

// Apply creates a GeoConsole on the hub.
func (i *Installation) Apply(ctx context.Context, gc *v1alpha1.GeoConsole) error {
	i.say("applying GeoConsole " + gc.Name)
	if err := i.HubClient.Create(ctx, gc); err != nil {
		return fmt.Errorf("apply GeoConsole %s: %w", gc.Name, err)
	}
	return nil
}

// AwaitReady waits until the GeoConsole is Ready, and says what its conditions were when it never was.
func (i *Installation) AwaitReady(ctx context.Context, gc *v1alpha1.GeoConsole) error {
	err := poll(ctx, 3*time.Minute, "Ready of GeoConsole "+gc.Name, func(ctx context.Context) (bool, error) {
		err := i.HubClient.Get(ctx, client.ObjectKeyFromObject(gc), gc)
		return meta.IsStatusConditionTrue(gc.Status.Conditions, v1alpha1.ConditionReady), err
	})
	if err != nil {
		for _, condition := range gc.Status.Conditions {
			if condition.Status != metav1.ConditionTrue {
				i.say(fmt.Sprintf("%s is %s (%s): %s", condition.Type, condition.Status, condition.Reason, condition.Message))
			}
		}
		return err
	}
	i.say("GeoConsole " + gc.Name + " is Ready")
	return nil
}

// available waits until a Deployment has a pod that is ready, or one whose image the node cannot get.
func available(ctx context.Context, c client.Client, key client.ObjectKey) error {
	return poll(ctx, 2*time.Minute, "Deployment "+key.Name, func(ctx context.Context) (bool, error) {
		var deployment appsv1.Deployment
		if err := c.Get(ctx, key, &deployment); err != nil {
			return false, err
		}
		return deployment.Status.AvailableReplicas > 0, imageLacks(ctx, c, &deployment)
	})
}

// imageLacks names the image that a pod of the Deployment waits for in vain.
func imageLacks(ctx context.Context, c client.Client, deployment *appsv1.Deployment) error {
	var pods corev1.PodList
	labels := client.MatchingLabels(deployment.Spec.Selector.MatchLabels)
	if err := c.List(ctx, &pods, client.InNamespace(deployment.Namespace), labels); err != nil {
		return err
	}
	for _, pod := range pods.Items {
		for _, container := range pod.Status.ContainerStatuses {
			if waiting := container.State.Waiting; waiting != nil && waiting.Reason == "ImagePullBackOff" {
				return fmt.Errorf("a node neither has nor can pull %s: load the images onto the nodes or push them to a registry (--images, --image-prefix)", container.Image)
			}
		}
	}
	return nil
}

// say tells the progress with the seconds since the start.
func (i *Installation) say(text string) {
	_, _ = fmt.Fprintf(i.options.Progress, "%4.0fs  %s\n", time.Since(i.began).Seconds(), text)
}
