// Command operator reconciles GeoConsoles on the hub into the clusters of their geographies.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/controllers"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

type settings struct {
	namespaces       string
	hubID            string
	imagePrefixes    string
	metricsAddress   string
	probeAddress     string
	leaderElect      bool
	unreachableGrace time.Duration
	probeInterval    time.Duration
	zap              zap.Options
}

func main() {
	var s settings
	flag.StringVar(&s.namespaces, "namespaces", os.Getenv("WATCH_NAMESPACE"), "Namespaces whose GeoConsoles are served, divided by commas. Required; its default is the environment's WATCH_NAMESPACE.")
	flag.StringVar(&s.hubID, "hub-id", "", "Identity of this hub in the clusters' inventories. The UID of the namespace kube-system when it is not given.")
	flag.StringVar(&s.imagePrefixes, "allowed-image-prefixes", "", "Prefixes, divided by commas, of console images that may be used without a digest.")
	flag.StringVar(&s.metricsAddress, "metrics-bind-address", ":8443", "Where metrics are served; 0 serves none.")
	flag.StringVar(&s.probeAddress, "health-probe-bind-address", ":8081", "Where /healthz and /readyz are served.")
	flag.BoolVar(&s.leaderElect, "leader-elect", true, "Let one of several operators work at a time.")
	flag.DurationVar(&s.unreachableGrace, "unreachable-grace", 2*time.Minute, "How long a cluster may be unreachable before what it last said is no longer believed.")
	flag.DurationVar(&s.probeInterval, "probe-interval", 10*time.Second, "Time between two probes of a cluster's API server.")
	s.zap.BindFlags(flag.CommandLine)
	flag.Parse()
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&s.zap)))
	if err := run(ctrl.SetupSignalHandler(), s); err != nil {
		ctrl.Log.Error(err, "the operator ends")
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	if s.namespaces == "" {
		return errors.New("--namespaces is empty: name the namespaces whose GeoConsoles are served, or set WATCH_NAMESPACE")
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find the hub's API server: %w", err)
	}
	mgr, err := newManager(config, s)
	if err != nil {
		return err
	}
	if s.hubID == "" {
		if s.hubID, err = hubID(ctx, mgr.GetAPIReader()); err != nil {
			return err
		}
	}
	if err := register(mgr, s); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func newManager(config *rest.Config, s settings) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	namespaces := map[string]cache.Config{}
	for namespace := range strings.SplitSeq(s.namespaces, ",") {
		namespaces[strings.TrimSpace(namespace)] = cache.Config{}
	}
	return ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Cache:                         cache.Options{DefaultNamespaces: namespaces, ByObject: secretsByLabel()},
		Metrics:                       server.Options{BindAddress: s.metricsAddress, SecureServing: s.metricsAddress != "0"},
		HealthProbeBindAddress:        s.probeAddress,
		LeaderElection:                s.leaderElect,
		LeaderElectionID:              "geoconsole-operator.xcm.openshift.io",
		LeaderElectionReleaseOnCancel: true,
	})
}

// secretsByLabel keeps all Secrets out of the cache but the metadata of those that their owner marked as a kubeconfig.
func secretsByLabel() map[client.Object]cache.ByObject {
	secret := &metav1.PartialObjectMetadata{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return map[client.Object]cache.ByObject{
		secret: {Label: labels.SelectorFromSet(labels.Set{v1alpha1.LabelKubeconfig: "true"})},
	}
}

func hubID(ctx context.Context, reader client.Reader) (string, error) {
	var namespace corev1.Namespace
	if err := reader.Get(ctx, client.ObjectKey{Name: metav1.NamespaceSystem}, &namespace); err != nil {
		return "", fmt.Errorf("read the namespace kube-system for the hub's id (or give --hub-id): %w", err)
	}
	return string(namespace.UID), nil
}

func register(mgr ctrl.Manager, s settings) error {
	woken := make(chan event.TypedGenericEvent[remote.Place], 1024)
	clusters := remote.NewClusters(remote.Options{
		Hub:           mgr.GetConfig(),
		Secrets:       mgr.GetAPIReader(),
		Events:        woken,
		ProbeInterval: s.probeInterval,
		Log:           ctrl.Log.WithName("remote"),
	})
	if err := mgr.Add(clusters); err != nil {
		return err
	}
	resolver := &controllers.Resolver{
		Cache: mgr.GetClient(),
		Live:  mgr.GetAPIReader(),
		Settings: geography.Facts{
			Hub:                  s.hubID,
			DefaultImage:         os.Getenv("RELATED_IMAGE_CONSOLE"),
			AllowedImagePrefixes: strings.FieldsFunc(s.imagePrefixes, func(r rune) bool { return r == ',' }),
		},
	}
	observations := controllers.NewObservations()
	if err := (&controllers.GeoConsoleReconciler{
		Client: mgr.GetClient(), Resolver: resolver, Observations: observations,
		Recorder: mgr.GetEventRecorder("geoconsole-operator"), Grace: s.unreachableGrace, Now: time.Now,
	}).SetupWithManager(mgr); err != nil {
		return err
	}
	if err := (&controllers.ClusterReconciler{
		Cache: mgr.GetClient(), Resolver: resolver, Clusters: clusters, Observations: observations, Events: woken,
	}).SetupWithManager(mgr); err != nil {
		return err
	}
	return errors.Join(mgr.AddHealthzCheck("ping", healthz.Ping), mgr.AddReadyzCheck("ping", healthz.Ping))
}
