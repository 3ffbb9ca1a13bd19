// Command router is a stand-in for OpenShift's router, for tests and the demo only: it admits every Route of its cluster
// and passes HTTPS requests on, by host name, to the Route's Service. It knows edge termination and nothing else.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"

	routev1 "github.com/openshift/api/route/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// name is how the stand-in signs what it admits.
const name = "stand-in"

func main() {
	listen := flag.String("listen", ":8443", "where HTTPS is served")
	certificate := flag.String("tls-cert", "/etc/router/tls.crt", "the default certificate")
	key := flag.String("tls-key", "/etc/router/tls.key", "its key")
	address := flag.String("canonical-hostname", "router.stand-in.example.com", "what admitted Routes say of where the router is reached")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	if err := run(ctrl.SetupSignalHandler(), *listen, *certificate, *key, *address); err != nil {
		fmt.Fprintln(os.Stderr, "router:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen, certificate, key, address string) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), routev1.Install(scheme)); err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{Scheme: scheme, Metrics: server.Options{BindAddress: "0"}})
	if err != nil {
		return err
	}
	r := &router{client: mgr.GetClient(), address: address, hosts: map[string]*url.URL{}}
	if err := ctrl.NewControllerManagedBy(mgr).For(&routev1.Route{}).Complete(r); err != nil {
		return err
	}
	front := &http.Server{
		Addr: listen, Handler: r, ReadHeaderTimeout: 5 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
	}
	if err := mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
		context.AfterFunc(ctx, func() { _ = front.Close() })
		if err := front.ListenAndServeTLS("", ""); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

// backends keeps the connections to the pods, as the real router does.
var backends = &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}

type router struct {
	client  client.Client
	address string

	mu    sync.RWMutex
	hosts map[string]*url.URL
}

// Reconcile admits a Route and learns its backend. A Route that went is forgotten by host.
func (r *router) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var route routev1.Route
	if err := r.client.Get(ctx, request.NamespacedName, &route); client.IgnoreNotFound(err) != nil {
		return ctrl.Result{}, err
	} else if err != nil {
		return ctrl.Result{}, r.learn(ctx)
	}
	if err := r.learn(ctx); err != nil {
		return ctrl.Result{}, err
	}
	admitted := routev1.RouteIngress{
		Host: route.Spec.Host, RouterName: name, RouterCanonicalHostname: r.address, WildcardPolicy: routev1.WildcardPolicyNone,
		Conditions: []routev1.RouteIngressCondition{{Type: routev1.RouteAdmitted, Status: corev1.ConditionTrue}},
	}
	if slices.ContainsFunc(route.Status.Ingress, func(i routev1.RouteIngress) bool { return i.RouterName == name && i.Host == route.Spec.Host }) {
		return ctrl.Result{}, nil
	}
	route.Status.Ingress = []routev1.RouteIngress{admitted}
	return ctrl.Result{}, r.client.Status().Update(ctx, &route)
}

// learn reads all Routes anew.
func (r *router) learn(ctx context.Context) error {
	var routes routev1.RouteList
	if err := r.client.List(ctx, &routes); err != nil {
		return err
	}
	hosts := map[string]*url.URL{}
	for _, route := range routes.Items {
		var service corev1.Service
		if err := r.client.Get(ctx, client.ObjectKey{Namespace: route.Namespace, Name: route.Spec.To.Name}, &service); err != nil {
			return client.IgnoreNotFound(err)
		}
		hosts[route.Spec.Host] = &url.URL{Scheme: "http", Host: net.JoinHostPort(service.Spec.ClusterIP, fmt.Sprint(portOf(route, service)))}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hosts = hosts
	return nil
}

// portOf finds the Service's port that the Route names, by name or by target port; the first one when it names none.
func portOf(route routev1.Route, service corev1.Service) int32 {
	for _, port := range service.Spec.Ports {
		if route.Spec.Port != nil && (port.Name == route.Spec.Port.TargetPort.StrVal || port.TargetPort == route.Spec.Port.TargetPort) {
			return port.Port
		}
	}
	return service.Spec.Ports[0].Port
}

func (r *router) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	host, _, err := net.SplitHostPort(request.Host)
	if err != nil {
		host = request.Host
	}
	r.mu.RLock()
	backend := r.hosts[host]
	r.mu.RUnlock()
	if backend == nil {
		http.Error(w, "no Route has this host", http.StatusServiceUnavailable)
		return
	}
	(&httputil.ReverseProxy{Transport: backends, Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(backend)
		p.Out.Host = p.In.Host
		p.SetXForwarded()
	}}).ServeHTTP(w, request)
}
