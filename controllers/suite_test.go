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
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
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
	hub, east, west = startAPIServer(ofHub()), startAPIServer(ofCluster()), startAPIServer(ofCluster())
	operatorAccess = hub.asOperator()
	startOperator()
	DeferCleanup(func() { stopOperator() })
})

// ofHub and ofCluster are what a hub, and a cluster of a geography, serve beside Kubernetes' own.
func ofHub() envtest.CRDInstallOptions {
	return envtest.CRDInstallOptions{Paths: []string{filepath.Join("..", "config", "crd", "bases")}, ErrorIfPathMissing: true}
}

func ofCluster() envtest.CRDInstallOptions {
	return envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{routeDefinition()}}
}

// apiServer is a real API server with its etcd; there is no kubelet, so Deployments stay without pods.
type apiServer struct {
	client.Client
	environment *envtest.Environment
}

func startAPIServer(install envtest.CRDInstallOptions) *apiServer {
	GinkgoHelper()
	return startEnvironment(&envtest.Environment{CRDInstallOptions: install})
}

func startEnvironment(environment *envtest.Environment) *apiServer {
	GinkgoHelper()
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

// kubeconfig of the server's administrator, with everything inline.
func (s *apiServer) kubeconfig() []byte {
	user, err := s.environment.AddUser(envtest.User{Name: "hub", Groups: []string{"system:masters"}}, nil)
	Expect(err).NotTo(HaveOccurred())
	text, err := user.KubeConfig()
	Expect(err).NotTo(HaveOccurred())
	return text
}

func (s *apiServer) createNamespace(ctx context.Context, name string) {
	Expect(s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})).To(Succeed())
}

// startOperator starts the operator that the tests share.
func startOperator() {
	GinkgoHelper()
	shared := &operator{access: operatorAccess, id: "hub", grace: grace, woken: woken}
	shared.start()
	stopOperator = shared.stop
}
