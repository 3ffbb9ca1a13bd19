package remote_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

const (
	// soon is ample for what happens at once on a loaded machine.
	soon = 20 * time.Second
	// hubNamespace is where the GeoConsoles and the kubeconfigs' Secrets are.
	hubNamespace = "default"
	// probeInterval makes tests quick; the product's is 10 s.
	probeInterval = time.Second
)

// site is a namespace of a cluster that a GeoConsole's console is put into, with the published Role and a token.
type site struct {
	server    *apiServer
	namespace string
	token     string
	place     remote.Place
}

// newSite makes a namespace in a cluster, with the rights of config/geography-cluster, and the Secret on the hub.
func newSite(server *apiServer) *site {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "site-"}}
	Expect(server.admin.Create(suite, namespace)).To(Succeed())
	s := &site{server: server, namespace: namespace.Name}
	s.grant()
	s.token = s.newToken()
	s.place = remote.Place{HubNamespace: hubNamespace, SecretName: s.namespace, Key: "kubeconfig", Namespace: s.namespace}
	s.writeSecret(s.kubeconfig(s.server.config.Host, s.server.config.CAData))
	return s
}

// grant applies the published rights to the site's namespace.
func (s *site) grant() {
	GinkgoHelper()
	for _, manifest := range s.manifests() {
		if manifest.Part != render.PartNamespace {
			Expect(s.server.admin.Create(suite, manifest.Object)).To(Succeed())
		}
	}
}

// manifests are what the owner of the site's cluster applies.
func (s *site) manifests() []render.Manifest {
	GinkgoHelper()
	manifests, err := s.rights().Manifests()
	Expect(err).NotTo(HaveOccurred())
	return manifests
}

func (s *site) rights() render.Rights { return render.GeographyRights(s.namespace, "geoconsole-hub") }

// newToken asks for a token of the site's service account.
func (s *site) newToken() string {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "geoconsole-hub", Namespace: s.namespace}}
	request := &authenticationv1.TokenRequest{}
	Expect(s.server.admin.SubResource("token").Create(suite, account, request)).To(Succeed())
	return request.Status.Token
}

// user is how the site's token appears in the audit log.
func (s *site) user() string { return "system:serviceaccount:" + s.namespace + ":geoconsole-hub" }

// revoke takes the right to one resource away.
func (s *site) revoke(resource string) {
	GinkgoHelper()
	var role rbacv1.Role
	Expect(s.server.admin.Get(suite, client.ObjectKey{Namespace: s.namespace, Name: "geoconsole-hub"}, &role)).To(Succeed())
	for i, rule := range role.Rules {
		role.Rules[i].Resources = slices.DeleteFunc(rule.Resources, func(r string) bool { return r == resource })
	}
	role.Rules = slices.DeleteFunc(role.Rules, func(r rbacv1.PolicyRule) bool { return len(r.Resources) == 0 })
	Expect(s.server.admin.Update(suite, &role)).To(Succeed())
}

// kubeconfig is what an owner of a cluster hands over.
func (s *site) kubeconfig(server string, ca []byte) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: geoconsole
contexts:
- {name: geoconsole, context: {cluster: geo, user: hub, namespace: %s}}
clusters:
- {name: geo, cluster: {server: %q, certificate-authority-data: %s}}
users:
- {name: hub, user: {token: %q}}
`, s.namespace, server, base64.StdEncoding.EncodeToString(ca), s.token)
}

// writeSecret creates or replaces the Secret on the hub.
func (s *site) writeSecret(kubeconfig string) {
	GinkgoHelper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: hubNamespace, Name: s.place.SecretName, Labels: map[string]string{v1alpha1.LabelKubeconfig: "true"}},
		Data:       map[string][]byte{"kubeconfig": []byte(kubeconfig)},
	}
	err := hub.admin.Create(suite, secret)
	if apierrors.IsAlreadyExists(err) {
		err = hub.admin.Update(suite, secret)
	}
	Expect(err).NotTo(HaveOccurred())
}

// operator is a running Clusters and what it told.
type operator struct {
	*remote.Clusters
	events chan event.TypedGenericEvent[remote.Place]
	stop   func()
}

// newOperator starts one; it ends with the test.
func newOperator() *operator {
	GinkgoHelper()
	return newOperatorReading(hub.admin)
}

// newOperatorReading starts one that reads the Secrets by a reader.
func newOperatorReading(secrets client.Reader) *operator {
	GinkgoHelper()
	return startOperator(remote.Options{Secrets: secrets, ProbeInterval: probeInterval, ProbeTimeout: 2 * time.Second})
}

// startOperator starts one on the hub, with clusters on loopback allowed.
func startOperator(options remote.Options) *operator {
	GinkgoHelper()
	o := &operator{events: make(chan event.TypedGenericEvent[remote.Place], 1024)}
	options.Hub, options.Events, options.Log, options.AllowAnyDestination = hub.config, o.events, GinkgoLogr, true
	o.Clusters = remote.NewClusters(options)
	ctx, cancel := context.WithCancel(suite)
	ended := make(chan error, 1)
	go func() { ended <- o.Start(ctx) }()
	o.stop = func() {
		cancel()
		Eventually(ended, soon).Should(Receive(Succeed()))
	}
	DeferCleanup(func() { cancel() })
	return o
}

// connect waits until the place is connected.
func (o *operator) connect(place remote.Place) *remote.Cluster {
	GinkgoHelper()
	var connected *remote.Cluster
	Eventually(func() health.Connection {
		var status health.Connection
		connected, status = o.Client(place)
		return status
	}, soon).Should(And(HaveField("Up", true), HaveField("Reason", v1alpha1.ReasonConnected)))
	Expect(connected).NotTo(BeNil())
	return connected
}

// reconnect closes all connections and connects again.
func (o *operator) reconnect(place remote.Place) *remote.Cluster {
	GinkgoHelper()
	o.Retain(nil)
	return o.connect(place)
}

// geoConsole is a GeoConsole with one cluster at a site.
type geoConsole struct {
	model  geography.Model
	bundle render.Bundle
	site   *site
}

// newGeoConsole resolves and renders one; change alters its spec first.
func newGeoConsole(s *site, change ...func(*v1alpha1.GeoConsole)) geoConsole {
	GinkgoHelper()
	var gc v1alpha1.GeoConsole
	Expect(yaml.UnmarshalStrict([]byte(europe), &gc)).To(Succeed())
	gc.UID, gc.Generation = "uid-of-europe", 1
	gc.Spec.Clusters[0].Namespace = s.namespace
	for _, c := range change {
		c(&gc)
	}
	model, problems := geography.FromSpec(&gc, geography.Facts{Hub: "uid-of-hub", DefaultImage: "registry.example.com/geoconsole/console:v1", AllowedImagePrefixes: []string{"registry.example.com/"}})
	Expect(problems).To(BeEmpty())
	g := geoConsole{model: model, site: s}
	g.render()
	return g
}

// render renders the model anew after a change.
func (g *geoConsole) render() {
	GinkgoHelper()
	var err error
	g.bundle, err = render.Objects(g.model, g.model.Clusters[0])
	Expect(err).NotTo(HaveOccurred())
}

const europe = `
apiVersion: xcm.openshift.io/v1alpha1
kind: GeoConsole
metadata: {name: europe, namespace: default}
spec:
  geography: {type: BuiltIn, builtIn: EU}
  hostname: console.eu.example.com
  clusters:
  - name: eu-central
    connection: {type: Kubeconfig, kubeconfig: {secretName: eu-central, key: kubeconfig}}
  regions:
  - id: aws.eu-west-1
    displayName: Ireland
    endpoints: [{url: "https://api.aws.eu-west-1.xcm.example.com"}]
  auth: {type: None}
  exposure: {type: Ingress, ingress: {className: nginx, tls: {type: ClusterDefault}}}
`

func byRoute(gc *v1alpha1.GeoConsole) {
	gc.Spec.Exposure = v1alpha1.Exposure{Type: v1alpha1.ExposureRoute, Route: &v1alpha1.RouteExposure{TLS: v1alpha1.ExposureTLS{Type: v1alpha1.TLSClusterDefault}}}
}

func byClass(name string) func(*v1alpha1.GeoConsole) {
	return func(gc *v1alpha1.GeoConsole) { gc.Spec.Exposure.Ingress.ClassName = name }
}

func withImage(image string) func(*v1alpha1.GeoConsole) {
	return func(gc *v1alpha1.GeoConsole) { gc.Spec.Console.Image = image }
}

func ofGeneration(generation int64) func(*v1alpha1.GeoConsole) {
	return func(gc *v1alpha1.GeoConsole) { gc.Generation = generation }
}

func named(name, uid string) func(*v1alpha1.GeoConsole) {
	return func(gc *v1alpha1.GeoConsole) { gc.Name, gc.UID = name, types.UID(uid) }
}

// apply applies until nothing is left to do.
func (g geoConsole) apply(c *remote.Cluster) {
	GinkgoHelper()
	Eventually(func() error { return remote.Apply(suite, c, g.model.Owner, g.bundle) }, soon).Should(Succeed())
}

// object reads what is in the cluster under the name of a rendered object.
func (g geoConsole) object(kind string) *unstructured.Unstructured {
	GinkgoHelper()
	return g.read(g.find(kind))
}

func (g geoConsole) read(o *unstructured.Unstructured) *unstructured.Unstructured {
	GinkgoHelper()
	live, err := g.tryRead(o)
	Expect(err).NotTo(HaveOccurred())
	return live
}

func (g geoConsole) tryRead(o *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	live := &unstructured.Unstructured{}
	live.SetGroupVersionKind(o.GroupVersionKind())
	return live, g.site.server.admin.Get(suite, client.ObjectKeyFromObject(o), live)
}

// inventory reads the inventory's record.
func (g geoConsole) inventory() map[string]any {
	GinkgoHelper()
	var stored corev1.ConfigMap
	key := client.ObjectKey{Namespace: g.site.namespace, Name: render.InventoryName(g.model.Owner)}
	Expect(g.site.server.admin.Get(suite, key, &stored)).To(Succeed())
	var record map[string]any
	Expect(json.Unmarshal([]byte(stored.Data["inventory.json"]), &record)).To(Succeed())
	return record
}

// resourceVersions are those of everything that is rendered, and of the inventory.
func (g geoConsole) resourceVersions() map[string]string {
	GinkgoHelper()
	versions := map[string]string{}
	for _, o := range g.bundle.Objects {
		versions[o.GetKind()+"/"+o.GetName()] = g.read(o).GetResourceVersion()
	}
	var stored corev1.ConfigMap
	key := client.ObjectKey{Namespace: g.site.namespace, Name: render.InventoryName(g.model.Owner)}
	Expect(g.site.server.admin.Get(suite, key, &stored)).To(Succeed())
	versions["inventory"] = stored.ResourceVersion
	return versions
}
