package controllers_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	routev1 "github.com/openshift/api/route/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/controllers"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

func TestControllers(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Controllers: one hub and two clusters of a geography")
}

// grace is short so that a test can outwait it.
const grace = 3 * time.Second

var (
	hub, east, west *apiServer
	scheme          = runtime.NewScheme()
	woken           = make(chan event.TypedGenericEvent[remote.Place], 1024)

	operatorAccess *rest.Config
	// stopOperator ends the operator that startOperator has started last.
	stopOperator func()
)

var _ = BeforeSuite(func() {
	ctrl.SetLogger(zap.New(zap.WriteTo(GinkgoWriter), zap.UseDevMode(true)))
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	Expect(routev1.Install(scheme)).To(Succeed())
	hub = startAPIServer(envtest.CRDInstallOptions{Paths: []string{filepath.Join("..", "config", "crd", "bases")}, ErrorIfPathMissing: true})
	east = startAPIServer(envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{routeDefinition()}})
	west = startAPIServer(envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{routeDefinition()}})
	operatorAccess = hub.withRights("operator", "../config/rbac/role.yaml", "../config/rbac/console_role.yaml")
	startOperator()
	DeferCleanup(func() { stopOperator() })
})

// apiServer is a real API server with its etcd; there is no kubelet, so Deployments stay without pods.
type apiServer struct {
	client.Client
	environment *envtest.Environment
}

func startAPIServer(install envtest.CRDInstallOptions) *apiServer {
	environment := &envtest.Environment{CRDInstallOptions: install}
	restConfig, err := environment.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(environment.Stop)
	c, err := client.New(restConfig, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	return &apiServer{Client: c, environment: environment}
}

// raw asks the server without a client's types.
func (s *apiServer) raw() rest.Interface {
	clientset, err := kubernetes.NewForConfig(s.environment.Config)
	Expect(err).NotTo(HaveOccurred())
	return clientset.RESTClient()
}

// kubeconfig of a user who has what the owner of a geography's cluster gives to the hub, with everything inline.
func (s *apiServer) kubeconfig() []byte {
	GinkgoHelper()
	text, err := s.user("hub", publishedRights("../config/geography-cluster/role.yaml")).KubeConfig()
	Expect(err).NotTo(HaveOccurred())
	return text
}

func (s *apiServer) createNamespace(ctx context.Context, name string) {
	Expect(s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})).To(Succeed())
}

// startOperator wires the operator as cmd/operator does, with its published rights, and with clusters on loopback allowed.
func startOperator() {
	GinkgoHelper()
	ctx, cancel := context.WithCancel(context.Background())
	once := true
	mgr, err := ctrl.NewManager(operatorAccess, ctrl.Options{
		Scheme: scheme, Metrics: server.Options{BindAddress: "0"}, Controller: config.Controller{SkipNameValidation: &once},
	})
	Expect(err).NotTo(HaveOccurred())
	clusters := remote.NewClusters(remote.Options{
		Hub: mgr.GetConfig(), Secrets: mgr.GetAPIReader(), Events: woken,
		ProbeInterval: time.Second, ProbeTimeout: 2 * time.Second, AllowAnyDestination: true, Log: ctrl.Log.WithName("remote"),
	})
	Expect(mgr.Add(clusters)).To(Succeed())
	resolver := &controllers.Resolver{
		Cache: mgr.GetClient(), Live: mgr.GetAPIReader(),
		Settings: geography.Facts{Hub: "hub", DefaultImage: "registry.example.com/console:test"},
	}
	observations := controllers.NewObservations()
	Expect((&controllers.GeoConsoleReconciler{
		Client: mgr.GetClient(), Resolver: resolver, Observations: observations,
		Recorder: mgr.GetEventRecorder("geoconsole-operator"), Grace: grace, Now: time.Now,
	}).SetupWithManager(mgr)).To(Succeed())
	Expect((&controllers.ClusterReconciler{
		Cache: mgr.GetClient(), Resolver: resolver, Clusters: clusters, Observations: observations, Events: woken,
	}).SetupWithManager(mgr)).To(Succeed())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	stopOperator = func() {
		GinkgoHelper()
		cancel()
		Eventually(ended, "30s").Should(Receive(Succeed()))
	}
}
