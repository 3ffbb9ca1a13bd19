package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	routev1 "github.com/openshift/api/route/v1"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// existing are two clusters that the demo finds, with its images on their nodes.
type existing struct {
	program        string
	hub, geography found
}

// found is a cluster as its administrator sees it.
type found struct {
	client.Client
	cluster    *cluster.Cluster
	kubeconfig string
}

func buildDemo(t *testing.T) string {
	t.Helper()
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "demo")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./test/e2e/cmd/demo")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

func startExisting(t *testing.T) existing {
	t.Helper()
	g := NewWithT(t)
	x := existing{program: buildDemo(t)}
	images := filepath.Join(t.TempDir(), "images")
	out, err := exec.CommandContext(t.Context(), x.program, "--images", images).CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(out))
	archives, err := filepath.Glob(filepath.Join(images, "*.tar"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(archives).To(HaveLen(4))
	starts, ctx := errgroup.WithContext(t.Context())
	for index, f := range []*found{&x.hub, &x.geography} {
		starts.Go(func() error { return f.start(ctx, t.TempDir(), index, archives) })
	}
	t.Cleanup(func() {
		for _, f := range []found{x.hub, x.geography} {
			if f.cluster != nil {
				g.Expect(f.cluster.Stop()).To(Succeed())
			}
		}
	})
	g.Expect(starts.Wait()).To(Succeed())
	g.Expect(cluster.Connect(x.hub.cluster, x.geography.cluster)).To(Succeed())
	return x
}

func (f *found) start(ctx context.Context, dir string, index int, images []string) (err error) {
	name := []string{"found-hub", "found-geo"}[index]
	beside := 2 // those of the other test, which runs at the same time
	if f.cluster, err = cluster.Start(ctx, cluster.Options{Name: name, Index: beside + index, Dir: dir, Images: images}); err != nil {
		return err
	}
	text, err := f.cluster.Kubeconfig(cluster.FromHost)
	if err != nil {
		return err
	}
	f.kubeconfig = filepath.Join(dir, "kubeconfig")
	scheme := runtime.NewScheme()
	if err := errors.Join(os.WriteFile(f.kubeconfig, text, 0o600),
		clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme), routev1.Install(scheme)); err != nil {
		return err
	}
	f.Client, err = client.New(f.cluster.RESTConfig(), client.Options{Scheme: scheme})
	return err
}

// inventory names every object of the cluster but Events, which end by themselves, and the heartbeats of nodes, which begin late.
func (f found) inventory(t *testing.T) []string {
	t.Helper()
	config := f.cluster.RESTConfig()
	config.WarningHandler = rest.NoWarnings{} // of deprecated kinds
	asker, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := discovery.ServerPreferredResources(asker)
	if err != nil {
		t.Fatal(err)
	}
	lister, err := metadata.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, group := range kinds {
		version, err := schema.ParseGroupVersion(group.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range group.APIResources {
			if kind.Kind == "Event" || !slices.Contains(kind.Verbs, "list") || !slices.Contains(kind.Verbs, "delete") {
				continue
			}
			objects, err := lister.Resource(version.WithResource(kind.Name)).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatalf("%s: %v", kind.Name, err)
			}
			for _, object := range objects.Items {
				if object.Namespace == corev1.NamespaceNodeLease {
					continue
				}
				all = append(all, version.WithResource(kind.Name).GroupResource().String()+" "+object.Namespace+"/"+object.Name)
			}
		}
	}
	slices.Sort(all)
	return all
}

// expect waits a little: what Kubernetes derives from objects goes after them.
func (f found) expect(t *testing.T, inventory []string) {
	t.Helper()
	g := NewWithT(t)
	g.Eventually(func() []string { return without(f.inventory(t), inventory) }, "30s", "1s").Should(BeEmpty(), "left behind")
	g.Expect(without(inventory, f.inventory(t))).To(BeEmpty(), "taken away")
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return slices.Contains(some, one) })
}

// defineRoutes lets the cluster serve Routes, as OpenShift does.
func (f found) defineRoutes(t *testing.T) {
	t.Helper()
	g := NewWithT(t)
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/openshift/api").Output()
	g.Expect(err).NotTo(HaveOccurred())
	definition, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), "route/v1/zz_generated.crd-manifests/routes.crd.yaml"))
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = definition.Close() }()
	_, err = f.cluster.Exec(t.Context(), definition, "kubectl", "apply", "--server-side", "-f", "-")
	g.Expect(err).NotTo(HaveOccurred())
	g.Eventually(func() []string { return f.inventory(t) }, "30s", "1s").
		Should(ContainElement("apiservices.apiregistration.k8s.io /v1.route.openshift.io"))
}

// admitRoutes admits every Route until the test ends, as the cluster's own router would.
func (f found) admitRoutes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				f.admitAll(ctx)
			}
		}
	}()
}

// admitAll tries; what fails is tried again with the next tick.
func (f found) admitAll(ctx context.Context) {
	var routes routev1.RouteList
	_ = f.List(ctx, &routes)
	for _, route := range routes.Items {
		if len(route.Status.Ingress) == 0 {
			route.Status.Ingress = []routev1.RouteIngress{{
				Host: route.Spec.Host, RouterName: "default", RouterCanonicalHostname: "router.example.com", WildcardPolicy: routev1.WildcardPolicyNone,
				Conditions: []routev1.RouteIngressCondition{{Type: routev1.RouteAdmitted, Status: corev1.ConditionTrue}},
			}}
			_ = f.Status().Update(ctx, &route)
		}
	}
}

// demo is a running demo command.
type demo struct {
	command  *exec.Cmd
	address  string
	scratch  string
	out      io.Reader
	problems *bytes.Buffer
	began    time.Time
}

// start runs the demo in the two clusters, with more flags.
func (x existing) start(t *testing.T, flags ...string) *demo {
	t.Helper()
	g := NewWithT(t)
	root, err := cache.Root()
	g.Expect(err).NotTo(HaveOccurred())
	d := &demo{address: freeAddress(), scratch: t.TempDir(), problems: &bytes.Buffer{}, began: time.Now()}
	server := "https://" + net.JoinHostPort(x.geography.cluster.Network().Node.String(), "6443")
	d.command = exec.CommandContext(t.Context(), x.program, append([]string{"--listen", d.address, "--geo-server", server}, flags...)...)
	d.command.Dir = root
	d.command.Env = append(os.Environ(), "TMPDIR="+d.scratch, "HUB_KUBECONFIG="+x.hub.kubeconfig, "GEO_KUBECONFIG="+x.geography.kubeconfig)
	d.command.Cancel = func() error { return d.command.Process.Signal(os.Interrupt) }
	d.command.WaitDelay = time.Minute
	d.command.Stderr = d.problems
	d.out, err = d.command.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(d.command.Start()).To(Succeed())
	return d
}

// awaitPage reads what the demo says until it says how it ends.
func (d *demo) awaitPage(t *testing.T) { d.await(t, "Ctrl-C ends it") }

// await reads what the demo says up to a line with some words.
func (d *demo) await(t *testing.T, words string) {
	t.Helper()
	lines := bufio.NewScanner(d.out)
	for lines.Scan() {
		t.Log(lines.Text())
		if strings.Contains(lines.Text(), words) {
			t.Logf("from nothing to here: %s", time.Since(d.began).Round(time.Second))
			return
		}
	}
	t.Fatalf("the demo ended: %v\n%s", d.command.Wait(), d.problems)
}

// end is what Ctrl-C does.
func (d *demo) end(t *testing.T) {
	t.Helper()
	g := NewWithT(t)
	began := time.Now()
	g.Expect(d.command.Process.Signal(os.Interrupt)).To(Succeed())
	rest, err := io.ReadAll(d.out)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(d.command.Wait()).To(Succeed(), d.problems.String())
	g.Expect(string(rest)).To(ContainSubstring("nothing of the demo is left"))
	t.Logf("all removed after %s", time.Since(began).Round(time.Second))
	left, err := filepath.Glob(filepath.Join(d.scratch, "geoconsole-demo-*"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(left).To(BeEmpty())
	_, err = net.Dial("tcp", d.address)
	g.Expect(err).To(HaveOccurred(), "the port is still forwarded")
}

// browser trusts the demo's authority, and finds every host where the demo listens.
func (x existing) browser(t *testing.T, d *demo) *http.Client {
	t.Helper()
	var authority corev1.ConfigMap
	key := client.ObjectKey{Namespace: environment.HubNamespace, Name: "xcm-ca"}
	NewWithT(t).Expect(x.hub.Get(t.Context(), key, &authority)).To(Succeed())
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(authority.Data["ca.crt"]))
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, d.address)
		},
	}}
}
