package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// The specs need KUBEBUILDER_ASSETS: etcd, kube-apiserver and kubectl, as hack/kubernetes builds them. The one API server
// has no nodes and no controllers: what a kubelet would report is written, what a pod would say is put into its mouth.
func TestReading(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "evidence, read in a cluster")
}

var _ = Describe("Evidence", Ordered, func() {
	var (
		ctx    context.Context
		server *envtest.Environment
		admin  client.Client
		bundle render.Bundle
		asked  *wire
		access *rest.Config
	)
	look := func() Record {
		GinkgoHelper()
		q := question(resource(GinkgoTB()))
		facts, err := Read(ctx, access, q)
		Expect(err).NotTo(HaveOccurred())
		return Assess(q, facts, noon)
	}

	BeforeAll(func() {
		Expect(os.Getenv("KUBEBUILDER_ASSETS")).NotTo(BeEmpty(), "set KUBEBUILDER_ASSETS to what hack/kubernetes has built")
		ctx = context.Background()
		server = &envtest.Environment{CRDInstallOptions: envtest.CRDInstallOptions{
			Paths: []string{routesDefinition()}, ErrorIfPathMissing: true, CRDs: []*apiextensionsv1.CustomResourceDefinition{httpRoutesDefinition()},
		}}
		config, err := server.Start()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(server.Stop()).To(Succeed()) })
		admin, err = client.New(config, client.Options{})
		Expect(err).NotTo(HaveOccurred())
		bundle = rendered(GinkgoTB(), resource(GinkgoTB()))
		install(ctx, admin, bundle)
		user, err := server.AddUser(envtest.User{Name: "auditor"}, nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(admin.Create(ctx, auditorsRole())).To(Succeed())
		Expect(admin.Create(ctx, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "auditor"}, Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, Name: "auditor"}},
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "geoconsole-auditor"},
		})).To(Succeed())
		access = user.Config()
		asked = &wire{report: reportOf(bundle)}
		access.Wrap(func(next http.RoundTripper) http.RoundTripper { return asked.over(next) })
	})

	It("is whole and holds, with the rights that docs/evidence.md asks for", func() {
		Eventually(func(g Gomega) { // the API server's authorizer sees new roles a moment later
			report := look()
			g.Expect(report.Summary).To(Equal(Summary{
				Verdict: Holds, Contradictions: []string{}, Unproven: []string{},
				Sovereign: Sovereign{"True", v1alpha1.ReasonInside, report.Summary.Sovereign.Message},
			}), "%+v", report.Items)
			g.Expect(report.Cluster).NotTo(BeEmpty())
			g.Expect(report.Items).To(HaveLen(len(Assess(question(resource(GinkgoTB())), good(GinkgoTB()), noon).Items)))
		}, "20s").Should(Succeed())
	})

	It("Property 7: reads, and reads no Secret", func() {
		asked.forget()
		look()
		Expect(asked.requests()).To(ContainElement(ContainSubstring("/rolebindings")))
		Expect(asked.requests()).To(HaveEach(HavePrefix("GET ")))
		Expect(asked.requests()).NotTo(ContainElement(ContainSubstring("/secrets")))
	})

	It("Property 13: follows no pod to another host, and takes nothing else that a pod says", func() {
		for _, answer := range []*http.Response{
			{StatusCode: http.StatusFound, Header: http.Header{"Location": {"https://elsewhere.example.com/status"}}, Body: io.NopCloser(strings.NewReader(""))},
			{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"format":1,"version":"hostile words"}`))},
		} {
			asked.forget()
			asked.say(answer)
			report := look()
			Expect(asked.requests()).NotTo(ContainElement(ContainSubstring("elsewhere")))
			Expect(report.Summary.Unproven).To(ConsistOf("live-config", "pod/europe-1a2b-a", "pod/europe-1a2b-b"))
			encoded, err := report.Encode()
			Expect(err).NotTo(HaveOccurred())
			Expect(string(encoded)).NotTo(ContainSubstring("hostile words"))
		}
		asked.say(nil)
	})

	DescribeTable("contradicts when the cluster does", func(change func() client.Object, ids ...string) {
		object := change()
		DeferCleanup(func() {
			Expect(admin.Delete(ctx, object, client.GracePeriodSeconds(0))).To(Succeed())
		})
		Eventually(func() []string { return look().Summary.Contradictions }, "10s").Should(ConsistOf(ids))
	},
		Entry("by a pod that somebody else made, on a node outside", func() client.Object {
			node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-2", Labels: map[string]string{v1alpha1.LabelRegion: "us-east-1"}}}
			Expect(admin.Create(ctx, node)).To(Succeed())
			DeferCleanup(func() { Expect(admin.Delete(ctx, node)).To(Succeed()) })
			pod := newPod(bundle, "stray")
			pod.Spec.NodeName = "node-2"
			pod.Spec.Containers[0].Image = "registry.example.com/other:v1"
			pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "disk", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
			return start(ctx, admin, pod)
		}, "cluster", "node/node-2", "pod/stray", "guard/no-writable-volume", "guard/as-rendered"),
		Entry("by a policy that lets everything out", func() client.Object {
			return created(ctx, admin, &networkingv1.NetworkPolicy{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "open"},
				Spec: networkingv1.NetworkPolicySpec{
					PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}, Egress: []networkingv1.NetworkPolicyEgressRule{{}},
				},
			})
		}, "egress"),
		Entry("by a pod that has a way out by a label of its own", func() client.Object {
			policy := created(ctx, admin, &networkingv1.NetworkPolicy{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "debug"},
				Spec: networkingv1.NetworkPolicySpec{
					PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"debug": "yes"}},
					PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}, Egress: []networkingv1.NetworkPolicyEgressRule{{}},
				},
			})
			DeferCleanup(func() { Expect(admin.Delete(ctx, policy)).To(Succeed()) })
			pod := newPod(bundle, "labelled")
			pod.Labels["debug"] = "yes"
			return start(ctx, admin, pod)
		}, "egress"),
		Entry("by a port of every node", func() client.Object {
			return created(ctx, admin, &corev1.Service{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "side"},
				Spec: corev1.ServiceSpec{
					Type: corev1.ServiceTypeNodePort, Selector: render.Selector(geography.Owner{Name: "europe"}), Ports: []corev1.ServicePort{{Port: 8080}},
				},
			})
		}, "exposure"),
		Entry("by an Ingress without a label", func() client.Object {
			return created(ctx, admin, &networkingv1.Ingress{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "side"},
				Spec: networkingv1.IngressSpec{DefaultBackend: &networkingv1.IngressBackend{
					Service: &networkingv1.IngressServiceBackend{Name: "europe", Port: networkingv1.ServiceBackendPort{Number: 8080}},
				}},
			})
		}, "exposure"),
		Entry("by a Route without a label", func() client.Object {
			route := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
				"host": "side.example.com", "to": map[string]any{"kind": "Service", "name": "other", "weight": int64(0)},
				"alternateBackends": []any{map[string]any{"kind": "Service", "name": "europe", "weight": int64(1)}},
				"tls":               map[string]any{"termination": "edge"},
			}}}
			route.SetGroupVersionKind(routes.GroupVersion().WithKind("Route"))
			route.SetNamespace(namespace)
			route.SetName("side")
			return created(ctx, admin, route)
		}, "exposure"),
		Entry("by an HTTPRoute of another namespace", func() client.Object {
			route := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
				"hostnames": []any{"side.example.com"},
				"rules":     []any{map[string]any{"backendRefs": []any{map[string]any{"name": "europe", "namespace": namespace, "port": int64(8080)}}}},
			}}}
			route.SetGroupVersionKind(httpRoutes.GroupVersion().WithKind("HTTPRoute"))
			route.SetNamespace(metav1.NamespaceDefault)
			route.SetName("side")
			return created(ctx, admin, route)
		}, "exposure"),
		Entry("by a right of the hub in another namespace", func() client.Object {
			return created(ctx, admin, &rbacv1.RoleBinding{
				ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "guest"},
				Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: "geoconsole-hub"}},
				RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
			})
		}, "hub-rights"),
	)

	It("says what may not be read", func() {
		role := &rbacv1.ClusterRole{}
		Expect(admin.Get(ctx, client.ObjectKey{Name: "geoconsole-auditor"}, role)).To(Succeed())
		whole := role.DeepCopy()
		role.Rules = slices.DeleteFunc(role.Rules, func(r rbacv1.PolicyRule) bool {
			return slices.Contains(r.Resources, "nodes") || slices.Contains(r.Resources, "roles")
		})
		Expect(admin.Update(ctx, role)).To(Succeed())
		DeferCleanup(func() {
			whole.ResourceVersion = role.ResourceVersion
			Expect(admin.Update(ctx, whole)).To(Succeed())
			Eventually(func() Verdict { return look().Summary.Verdict }, "10s").Should(Equal(Holds))
		})
		Eventually(func() []string { return look().Summary.Unproven }, "10s").Should(ConsistOf("cluster", "live-config", "image", "pods", "exposure", "hub-rights"))
		Expect(itemOf(GinkgoTB(), look(), "hub-rights").Says).To(HaveSuffix("could not be read: this kubeconfig may not"))
	})

	It("has nothing to say of a console that is not there", func() {
		for name, test := range map[string]struct {
			change func(*Question)
			says   string
		}{
			"another name":      {func(q *Question) { q.Name = "asia" }, "--name: there is no console asia in namespace geoconsole; choose one of europe"},
			"another namespace": {func(q *Question) { q.Namespace = "default" }, "--namespace: there is no console in namespace default; give"},
		} {
			q := question(nil)
			test.change(&q)
			_, err := Read(ctx, access, q)
			Expect(err).To(MatchError(ContainSubstring(test.says)), name)
		}
		nowhere := rest.CopyConfig(access)
		nowhere.Host = "https://127.0.0.1:1"
		_, err := Read(ctx, nowhere, question(nil))
		Expect(err).To(MatchError(HavePrefix("--kubeconfig: ")))
	})

	It("is printed by the command, which exits with 1 when something contradicts", func() {
		user, err := server.AddUser(envtest.User{Name: "auditor"}, nil)
		Expect(err).NotTo(HaveOccurred())
		kubeconfig, err := user.KubeConfig()
		Expect(err).NotTo(HaveOccurred())
		dir := GinkgoT().TempDir()
		Expect(os.WriteFile(filepath.Join(dir, "kubeconfig"), kubeconfig, 0o600)).To(Succeed())
		given, err := yaml.Marshal(resource(GinkgoTB()))
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(filepath.Join(dir, "europe.yaml"), given, 0o600)).To(Succeed())
		build := exec.Command("go", "build", "-o", dir, "..")
		out, err := build.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
		run := func() (Record, string, int) {
			GinkgoHelper()
			var stdout, stderr bytes.Buffer
			command := exec.Command(filepath.Join(dir, "geoconsole"), "evidence", "--name", "europe",
				"--kubeconfig", filepath.Join(dir, "kubeconfig"), "-f", filepath.Join(dir, "europe.yaml"))
			command.Stdout, command.Stderr = &stdout, &stderr
			var exit *exec.ExitError
			if err := command.Run(); err != nil {
				Expect(errors.As(err, &exit)).To(BeTrue(), "%v", err)
			}
			var report Record
			Expect(json.Unmarshal(stdout.Bytes(), &report)).To(Succeed(), stderr.String())
			return report, stderr.String(), command.ProcessState.ExitCode()
		}

		// There is no kubelet to lead to a pod: what the pods have loaded stays open, and that is no contradiction.
		report, said, code := run()
		Expect(code).To(Equal(0), said)
		Expect(said).To(BeEmpty())
		Expect(report.Summary.Unproven).To(ConsistOf("live-config", "pod/europe-1a2b-a", "pod/europe-1a2b-b"))
		Expect(report.DataMap).To(Equal(DataMap()))
		Expect(report.Transfers).To(Equal(Transfers()))

		var deployment appsv1.Deployment
		Expect(admin.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "europe"}, &deployment)).To(Succeed())
		before := deployment.DeepCopy()
		deployment.Spec.Template.Spec.Containers[0].Args = append(deployment.Spec.Template.Spec.Containers[0].Args, "--demo-dial=api:443=203.0.113.7:443")
		Expect(admin.Update(ctx, &deployment)).To(Succeed())
		DeferCleanup(func() {
			before.ResourceVersion = deployment.ResourceVersion
			Expect(admin.Update(ctx, before)).To(Succeed())
		})
		report, said, code = run()
		Expect(code).To(Equal(1))
		Expect(said).To(HavePrefix("guard/no-detour: this does not hold of what is named: "))
		Expect(report.Summary.Contradictions).To(ConsistOf("guard/no-detour", "guard/as-rendered"))
	})
})

// install puts into the cluster what its owner, the operator, the controllers and a kubelet would.
func install(ctx context.Context, admin client.Client, bundle render.Bundle) {
	GinkgoHelper()
	created(ctx, admin, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	created(ctx, admin, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName, Labels: map[string]string{v1alpha1.LabelRegion: "eu-central-1"}}})
	manifests, err := render.GeographyRights(namespace, "geoconsole-hub").Manifests()
	Expect(err).NotTo(HaveOccurred())
	for _, manifest := range manifests {
		if manifest.Part != render.PartNamespace {
			created(ctx, admin, manifest.Object)
		}
	}
	for _, object := range bundle.Objects {
		created(ctx, admin, object.DeepCopy())
	}
	for _, name := range []string{"europe-1a2b-a", "europe-1a2b-b"} {
		start(ctx, admin, newPod(bundle, name))
	}
}

func newPod(bundle render.Bundle, name string) *corev1.Pod {
	GinkgoHelper()
	pod := podOf(Facts{Deployment: read[appsv1.Deployment](GinkgoTB(), bundle, "Deployment", "")}, name)
	return &pod
}

// start makes a pod as a kubelet that runs it reports it.
func start(ctx context.Context, admin client.Client, pod *corev1.Pod) *corev1.Pod {
	GinkgoHelper()
	status := pod.Status
	status.ContainerStatuses[0].Image = pod.Spec.Containers[0].Image
	Expect(admin.Create(ctx, pod)).To(Succeed())
	pod.Status = status
	Expect(admin.Status().Update(ctx, pod)).To(Succeed())
	return pod
}

func created(ctx context.Context, admin client.Client, object client.Object) client.Object {
	GinkgoHelper()
	Expect(admin.Create(ctx, object)).To(Succeed())
	return object
}

// auditorsRole is the one of docs/evidence.md.
func auditorsRole() *rbacv1.ClusterRole {
	GinkgoHelper()
	page, err := os.ReadFile(filepath.Join(root, "docs/evidence.md"))
	Expect(err).NotTo(HaveOccurred())
	_, block, found := strings.Cut(string(page), "```yaml\n")
	Expect(found).To(BeTrue())
	block, _, _ = strings.Cut(block, "```")
	var role rbacv1.ClusterRole
	Expect(yaml.UnmarshalStrict([]byte(block), &role)).To(Succeed())
	return &role
}

func routesDefinition() string {
	GinkgoHelper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/openshift/api").Output()
	Expect(err).NotTo(HaveOccurred())
	return filepath.Join(strings.TrimSpace(string(out)), "route/v1/zz_generated.crd-manifests/routes.crd.yaml")
}

// httpRoutesDefinition is the Gateway API's, without its schema.
func httpRoutesDefinition() *apiextensionsv1.CustomResourceDefinition {
	anything := true
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{
			Name:        "httproutes." + httpRoutes.Group,
			Annotations: map[string]string{apiextensionsv1.KubeAPIApprovedAnnotation: "unapproved, for a test"},
		},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: httpRoutes.Group, Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "httproutes", Singular: "httproute", Kind: "HTTPRoute", ListKind: httpRoutes.Kind},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: httpRoutes.Version, Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object", XPreserveUnknownFields: &anything,
				}},
			}},
		},
	}
}

// wire keeps what was asked, and answers for the pods.
type wire struct {
	report *geography.Report

	mu     sync.Mutex
	asked  map[string]bool
	answer *http.Response
}

func (w *wire) over(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.asked == nil {
			w.asked = map[string]bool{}
		}
		w.asked[request.Method+" "+request.URL.String()] = true
		if !strings.HasSuffix(request.URL.Path, ":8081/proxy/status") {
			return next.RoundTrip(request)
		}
		if w.answer != nil {
			answer := *w.answer
			answer.Request = request
			return &answer, nil
		}
		said, err := json.Marshal(w.report)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(said)), Request: request}, err
	})
}

func (w *wire) say(answer *http.Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

func (w *wire) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = nil
}

func (w *wire) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.asked))
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
