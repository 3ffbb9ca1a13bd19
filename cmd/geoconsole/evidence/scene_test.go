package evidence

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

const (
	namespace = "geoconsole"
	nodeName  = "node-1"
	digest    = "sha256:5f0e1c4f7b1c6d0d6b0a5f1f1f1b2a3c4d5e6f708192a3b4c5d6e7f8091a2b3c"
	image     = "registry.example.com/geoconsole/console@" + digest
)

// resource is a GeoConsole whose issuer stands where only the resource says.
func resource(t testing.TB) *v1alpha1.GeoConsole {
	t.Helper()
	document, err := os.ReadFile(filepath.Join(root, "internal/render/testdata/oidc.in.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var gc v1alpha1.GeoConsole
	if err := yaml.UnmarshalStrict(document, &gc); err != nil {
		t.Fatal(err)
	}
	gc.Spec.Auth.OIDC.IssuerURL, gc.Spec.Auth.OIDC.Country = "https://login.example.eu:8443/realms/eu", "DE"
	return &gc
}

// rendered is what the operator puts into the cluster for a GeoConsole.
func rendered(t testing.TB, gc *v1alpha1.GeoConsole) render.Bundle {
	t.Helper()
	ca, err := os.ReadFile(filepath.Join(root, "internal/render/testdata/ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	model, problems := geography.FromSpec(gc, geography.Facts{
		Hub: "hub-1", DefaultImage: image, CABundles: map[v1alpha1.ConfigMapKey]string{{Name: "xcm-ca", Key: "ca.crt"}: string(ca)},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	bundle, err := render.Objects(model, model.Clusters[0])
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// read puts an object of the bundle into its type.
func read[T any](t testing.TB, bundle render.Bundle, kind, name string) T {
	t.Helper()
	i := slices.IndexFunc(bundle.Objects, func(o *unstructured.Unstructured) bool {
		return o.GetKind() == kind && (name == "" || o.GetName() == name)
	})
	if i < 0 {
		t.Fatalf("no %s %s is rendered", kind, name)
	}
	return convert[T](t, bundle.Objects[i])
}

func convert[T any](t testing.TB, object *unstructured.Unstructured) T {
	t.Helper()
	var out T
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// question is what an auditor asks about europe.
func question(gc *v1alpha1.GeoConsole) Question {
	return Question{
		Namespace: namespace, Name: "europe", HubNamespace: namespace, HubAccount: "geoconsole-hub",
		Resource: gc, File: "europe.yaml",
	}
}

// good are the facts of a cluster in which all is as it was rendered, with two pods on one node in Frankfurt.
func good(t testing.TB) Facts {
	t.Helper()
	bundle := rendered(t, resource(t))
	f := Facts{
		Cluster: "4f1d", Live: bundle.LiveDigest, Nodes: []NodeFact{{nodeName, "eu-central-1"}},
		Policies:  []networkingv1.NetworkPolicy{read[networkingv1.NetworkPolicy](t, bundle, "NetworkPolicy", "")},
		Exposures: []ExposureFact{{Kind: "Route", Name: "europe", Hosts: []string{"console.eu.example.com"}, Services: []string{"europe"}, Termination: "edge"}},
		Services:  []corev1.Service{read[corev1.Service](t, bundle, "Service", "")},
		Rights:    published(t, namespace),
	}
	i := slices.IndexFunc(bundle.Objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == "Deployment" })
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(bundle.Objects[i].Object, &f.Deployment); err != nil {
		t.Fatal(err)
	}
	config := read[corev1.ConfigMap](t, bundle, "ConfigMap", render.ConfigName(f.Deployment.Spec.Template.Spec))
	content, err := geography.ReadConfig(render.ConfigFile(config))
	if err != nil {
		t.Fatal(err)
	}
	f.Config = ConfigFact{Name: config.Name, Digest: bundle.ConfigDigest, Immutable: *config.Immutable, Content: content}
	for _, name := range []string{"europe-1a2b-a", "europe-1a2b-b"} {
		pod := podOf(f, name)
		f.Pods = append(f.Pods, PodFact{Pod: pod, Report: reportOf(bundle)})
	}
	return f
}

// podOf is a pod that a kubelet runs of the Deployment's template.
func podOf(f Facts, name string) corev1.Pod {
	template := f.Deployment.Spec.Template.DeepCopy()
	pod := corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Namespace, pod.Name, pod.Spec.NodeName = namespace, name, nodeName
	pod.Status = corev1.PodStatus{
		Phase:             corev1.PodRunning,
		PodIP:             "10.0.0.7",
		PodIPs:            []corev1.PodIP{{IP: "10.0.0.7"}},
		Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		ContainerStatuses: []corev1.ContainerStatus{{Name: "console", Ready: true, Image: image, ImageID: image}},
	}
	return pod
}

func reportOf(bundle render.Bundle) *geography.Report {
	return &geography.Report{
		Format: geography.ReportFormat, Version: "v1", Config: bundle.ConfigDigest, Live: bundle.LiveDigest, Digest: bundle.LiveDigest,
		Regions: []geography.RegionReport{},
	}
}

// published is what the owner of a cluster applies for the hub, beside what Kubernetes gives to everybody.
func published(t testing.TB, in string) RightsFact {
	t.Helper()
	manifests, err := render.GeographyRights(in, "geoconsole-hub").Manifests()
	if err != nil {
		t.Fatal(err)
	}
	everybody := []rbacv1.Subject{{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: "system:authenticated"}}
	f := RightsFact{
		Account: true,
		ClusterRoles: []rbacv1.ClusterRole{{ObjectMeta: metav1.ObjectMeta{Name: "system:basic-user"}, Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"selfsubjectaccessreviews", "selfsubjectrulesreviews"}, Verbs: []string{"create"}},
		}}},
		ClusterRoleBindings: []rbacv1.ClusterRoleBinding{{
			ObjectMeta: metav1.ObjectMeta{Name: "system:basic-user"}, Subjects: everybody,
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:basic-user"},
		}},
	}
	for _, manifest := range manifests {
		switch manifest.Object.GetKind() {
		case "Role":
			f.Roles = append(f.Roles, convert[rbacv1.Role](t, manifest.Object))
		case "RoleBinding":
			f.RoleBindings = append(f.RoleBindings, convert[rbacv1.RoleBinding](t, manifest.Object))
		case "ClusterRole":
			f.ClusterRoles = append(f.ClusterRoles, convert[rbacv1.ClusterRole](t, manifest.Object))
		case "ClusterRoleBinding":
			f.ClusterRoleBindings = append(f.ClusterRoleBindings, convert[rbacv1.ClusterRoleBinding](t, manifest.Object))
		}
	}
	return f
}
