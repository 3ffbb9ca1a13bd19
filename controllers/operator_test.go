package controllers_test

import (
	"context"
	"runtime"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/controllers"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// operator is one operator that can be started again and again.
type operator struct {
	// access leads to its hub, and id is what the clusters' inventories call that hub.
	access *rest.Config
	id     string
	// namespace whose GeoConsoles it serves; all of them when it is empty.
	namespace string
	grace     time.Duration
	// woken takes what wakes targets; one of its own when it is nil.
	woken chan event.TypedGenericEvent[remote.Place]

	cancel context.CancelFunc
	ended  chan error
}

// facts are what the operator resolves every spec with.
func (o *operator) facts() geography.Facts {
	return geography.Facts{Hub: o.id, DefaultImage: "registry.example.com/console:test"}
}

// mark is the owner mark that it gives the objects of a GeoConsole.
func (o *operator) mark(namespace, name string) string {
	return geography.Owner{Hub: o.id, Namespace: namespace, Name: name}.Mark()
}

// start wires the operator as cmd/operator does, with its published rights, and with clusters on loopback allowed.
func (o *operator) start() {
	GinkgoHelper()
	events := o.woken
	if events == nil {
		events = make(chan event.TypedGenericEvent[remote.Place], 1024)
	}
	mgr, err := ctrl.NewManager(o.access, ctrl.Options{
		Scheme: scheme, Metrics: server.Options{BindAddress: "0"}, Cache: o.sees(),
		Controller: config.Controller{SkipNameValidation: ptr.To(true)},
	})
	Expect(err).NotTo(HaveOccurred())
	clusters := remote.NewClusters(remote.Options{
		Hub: mgr.GetConfig(), Secrets: mgr.GetAPIReader(), Events: events,
		ProbeInterval: time.Second, ProbeTimeout: 2 * time.Second, AllowAnyDestination: true, Log: ctrl.Log.WithName("remote"),
	})
	Expect(mgr.Add(clusters)).To(Succeed())
	resolver := &controllers.Resolver{Cache: mgr.GetClient(), Live: mgr.GetAPIReader(), Settings: o.facts()}
	observations := controllers.NewObservations()
	Expect((&controllers.GeoConsoleReconciler{
		Client: mgr.GetClient(), Resolver: resolver, Observations: observations,
		Recorder: mgr.GetEventRecorder("geoconsole-operator"), Grace: o.grace, Now: time.Now,
	}).SetupWithManager(mgr)).To(Succeed())
	Expect((&controllers.ClusterReconciler{
		Cache: mgr.GetClient(), Resolver: resolver, Clusters: clusters, Observations: observations, Events: events,
	}).SetupWithManager(mgr)).To(Succeed())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	o.cancel, o.ended = cancel, ended
	go func() { ended <- mgr.Start(ctx) }()
}

// sees is what the operator's caches hold: of Secrets, the metadata of those that are marked as a kubeconfig.
func (o *operator) sees() cache.Options {
	secret := &metav1.PartialObjectMetadata{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	marked := cache.ByObject{Label: labels.SelectorFromSet(labels.Set{v1alpha1.LabelKubeconfig: "true"})}
	options := cache.Options{ByObject: map[client.Object]cache.ByObject{secret: marked}}
	if o.namespace != "" {
		options.DefaultNamespaces = map[string]cache.Config{o.namespace: {}}
	}
	return options
}

// stop ends the operator and waits until nothing of it runs; the second time it does nothing.
func (o *operator) stop() {
	GinkgoHelper()
	if o.cancel == nil {
		return
	}
	o.cancel()
	o.cancel = nil
	Eventually(o.ended, "30s").Should(Receive(Succeed()), stacks)
}

// stacks are what every goroutine waits for.
func stacks() string {
	all := make([]byte, 8<<20)
	return string(all[:runtime.Stack(all, true)])
}

// restart ends the operator and starts it again.
func (o *operator) restart() {
	GinkgoHelper()
	o.stop()
	o.start()
}

// instead lets an operator run in the place of the one that the tests share, until the test is over.
func (o *operator) instead() {
	GinkgoHelper()
	stopOperator()
	DeferCleanup(startOperator)
	o.start()
	DeferCleanup(o.stop)
}
