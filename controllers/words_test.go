package controllers_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	gomegatypes "github.com/onsi/gomega/types"
	routev1 "github.com/openshift/api/route/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// made counts the geographies, so that each has a name of its own.
var made int

// newGeography makes a namespace on the hub with the kubeconfigs of the clusters, and a namespace of the same name in
// each; everything of one test stays apart from every other's, and its GeoConsoles go with it.
func newGeography(ctx context.Context, clusters map[string]*apiServer) string {
	made++
	name := fmt.Sprintf("geo-%d", made)
	hub.createNamespace(ctx, name)
	DeferCleanup(func(ctx context.Context) {
		Expect(hub.DeleteAllOf(ctx, &v1alpha1.GeoConsole{}, client.InNamespace(name))).To(Succeed())
		Eventually(func(g Gomega) []v1alpha1.GeoConsole {
			var left v1alpha1.GeoConsoleList
			g.Expect(hub.List(ctx, &left, client.InNamespace(name))).To(Succeed())
			return left.Items
		}, 2*soon).Should(BeEmpty())
	})
	for cluster, server := range clusters {
		server.createNamespace(ctx, name)
		Expect(hub.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: cluster, Namespace: name, Labels: map[string]string{v1alpha1.LabelKubeconfig: "true"}},
			Data:       map[string][]byte{"kubeconfig": server.kubeconfig()},
		})).To(Succeed())
	}
	return name
}

// europe is a good GeoConsole on the named clusters, with a host name of its namespace.
func europe(namespace string, clusters ...string) *v1alpha1.GeoConsole {
	gc := &v1alpha1.GeoConsole{
		ObjectMeta: metav1.ObjectMeta{Name: "europe", Namespace: namespace},
		Spec: v1alpha1.GeoConsoleSpec{
			Geography: v1alpha1.Geography{Type: v1alpha1.GeographyBuiltIn, BuiltIn: "EU"},
			Hostname:  namespace + ".example.com",
			Regions: []v1alpha1.Region{
				{ID: "aws.eu-west-1", DisplayName: "Ireland", Endpoints: []v1alpha1.Endpoint{{URL: "https://api.aws.eu-west-1.xcm.example.com"}}},
				{ID: "aws.eu-central-1", DisplayName: "Frankfurt", Endpoints: []v1alpha1.Endpoint{{URL: "https://api.aws.eu-central-1.xcm.example.com"}}},
			},
			Auth:     v1alpha1.Auth{Type: v1alpha1.AuthNone},
			Exposure: v1alpha1.Exposure{Type: v1alpha1.ExposureRoute, Route: &v1alpha1.RouteExposure{TLS: v1alpha1.ExposureTLS{Type: v1alpha1.TLSClusterDefault}}},
		},
	}
	for _, name := range clusters {
		gc.Spec.Clusters = append(gc.Spec.Clusters, v1alpha1.Cluster{
			Name: name, Namespace: namespace, Country: "DE",
			Connection: v1alpha1.Connection{
				Type: v1alpha1.ConnectionKubeconfig, Kubeconfig: &v1alpha1.KubeconfigReference{SecretName: name, Key: "kubeconfig"},
			},
		})
	}
	return gc
}

// now reads a GeoConsole anew; for Eventually.
func now(ctx context.Context, gc *v1alpha1.GeoConsole) func(Gomega) *v1alpha1.GeoConsole {
	return hub.now(ctx, gc)
}

func (s *apiServer) now(ctx context.Context, gc *v1alpha1.GeoConsole) func(Gomega) *v1alpha1.GeoConsole {
	return func(g Gomega) *v1alpha1.GeoConsole {
		fresh := &v1alpha1.GeoConsole{}
		g.Expect(s.Get(ctx, client.ObjectKeyFromObject(gc), fresh)).To(Succeed())
		return fresh
	}
}

// haveCondition matches a GeoConsole whose condition has a status and, when it is given, a reason.
func haveCondition(kind string, status metav1.ConditionStatus, reason ...string) gomegatypes.GomegaMatcher {
	return WithTransform(func(gc *v1alpha1.GeoConsole) string {
		c := meta.FindStatusCondition(gc.Status.Conditions, kind)
		if c == nil {
			return kind + " is not there"
		}
		if len(reason) == 0 {
			return string(c.Status)
		}
		return string(c.Status) + " " + c.Reason
	}, Equal(strings.Join(append([]string{string(status)}, reason...), " ")))
}

// row reads the row of a cluster anew; for Eventually.
func row(ctx context.Context, gc *v1alpha1.GeoConsole, cluster string) func(Gomega) v1alpha1.ClusterStatus {
	return func(g Gomega) v1alpha1.ClusterStatus {
		for _, r := range now(ctx, gc)(g).Status.Clusters {
			if r.Name == cluster {
				return r
			}
		}
		g.Expect(cluster).To(Equal("the name of a row"))
		return v1alpha1.ClusterStatus{}
	}
}

// haveRowCondition matches a row whose condition has a status.
func haveRowCondition(kind string, status metav1.ConditionStatus) gomegatypes.GomegaMatcher {
	return WithTransform(func(row v1alpha1.ClusterStatus) metav1.ConditionStatus {
		if c := meta.FindStatusCondition(row.Conditions, kind); c != nil {
			return c.Status
		}
		return "not there"
	}, Equal(status))
}

// ours are the objects that carry our label in a namespace of a cluster, as Kind/name.
func (s *apiServer) ours(ctx context.Context, namespace string) []string {
	var names []string
	for _, object := range s.objects(ctx, namespace, client.MatchingLabels{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy}) {
		names = append(names, nameOf(&object))
	}
	return names
}

// objects are those of the kinds that a console consists of, in a namespace of a cluster, whoever they belong to.
func (s *apiServer) objects(ctx context.Context, namespace string, options ...client.ListOption) []unstructured.Unstructured {
	var objects []unstructured.Unstructured
	for _, kind := range []string{
		"ConfigMap", "ServiceAccount", "Service", "apps/Deployment", "networking.k8s.io/NetworkPolicy",
		"policy/PodDisruptionBudget", "route.openshift.io/Route", "networking.k8s.io/Ingress",
	} {
		group, kindName, _ := strings.Cut(kind, "/")
		if kindName == "" {
			group, kindName = "", kind
		}
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: "v1", Kind: kindName + "List"})
		Expect(s.List(ctx, list, append(options, client.InNamespace(namespace))...)).To(Succeed())
		objects = append(objects, list.Items...)
	}
	return objects
}

func nameOf(object *unstructured.Unstructured) string {
	return object.GetKind() + "/" + object.GetName()
}

func (s *apiServer) deployment(ctx context.Context, namespace string) (*appsv1.Deployment, error) {
	d := &appsv1.Deployment{}
	return d, s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "europe"}, d)
}

// admit does what a router does: it says that the Route is admitted. There is no router beside a bare API server.
func (s *apiServer) admit(ctx context.Context, namespace string) {
	Eventually(func(g Gomega) {
		route := &routev1.Route{}
		g.Expect(s.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "europe"}, route)).To(Succeed())
		route.Status.Ingress = []routev1.RouteIngress{{
			Host: route.Spec.Host, RouterName: "default", RouterCanonicalHostname: "router.example.com",
			Conditions: []routev1.RouteIngressCondition{{Type: routev1.RouteAdmitted, Status: corev1.ConditionTrue}},
		}}
		g.Expect(s.Status().Update(ctx, route)).To(Succeed())
	}, soon).Should(Succeed())
}

// table is what `kubectl get geoconsoles` prints: the API server's own columns, without the age.
func table(ctx context.Context, gc *v1alpha1.GeoConsole) string {
	list := &metav1.Table{}
	body, err := hub.raw().Get().AbsPath("/apis/xcm.openshift.io/v1alpha1/namespaces/"+gc.Namespace+"/geoconsoles/"+gc.Name).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").DoRaw(ctx)
	Expect(err).NotTo(HaveOccurred())
	Expect(yaml.Unmarshal(body, list)).To(Succeed())
	var line []string
	for i, column := range list.ColumnDefinitions {
		if column.Priority == 0 && column.Name != "Age" {
			line = append(line, fmt.Sprintf("%s=%v", strings.ToUpper(column.Name), list.Rows[0].Cells[i]))
		}
	}
	return strings.Join(line, "  ")
}

func routeDefinition() *apiextensionsv1.CustomResourceDefinition {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/openshift/api").Output()
	Expect(err).NotTo(HaveOccurred())
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "route/v1/zz_generated.crd-manifests/routes.crd.yaml"))
	Expect(err).NotTo(HaveOccurred())
	crd := &apiextensionsv1.CustomResourceDefinition{}
	Expect(yaml.Unmarshal(text, crd)).To(Succeed())
	return crd
}

// beGone matches the error of reading what is not there.
func beGone() gomegatypes.GomegaMatcher {
	return WithTransform(apierrors.IsNotFound, BeTrue())
}
