// Command operator reconciles GeoConsoles on the hub into the clusters of their geographies.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
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

func main() {
	s, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&s.zap)))
	log.SetOutput(io.Discard) // net/http writes what a server sends unasked, word for word, to the standard logger
	if err == nil {
		err = run(ctrl.SetupSignalHandler(), s)
	}
	if err != nil {
		ctrl.Log.Error(err, "the operator ends")
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) error {
	tellFIPS()
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
	for _, namespace := range s.namespaces {
		namespaces[namespace] = cache.Config{}
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
		OwnNetworks:   s.ownNetworks,
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
			AllowedImagePrefixes: s.imagePrefixes,
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
