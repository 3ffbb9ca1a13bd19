package remote_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// The API servers of the suite have no controllers and no nodes: the tests make the pods and replica sets that a
// Deployment would have, and write what a kubelet and a router would report.

func consoleMeta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Labels: map[string]string{
		v1alpha1.LabelName: v1alpha1.ConsoleName, v1alpha1.LabelInstance: "europe", v1alpha1.LabelManagedBy: v1alpha1.ManagedBy,
	}}
}

func consoleSpec(config string) corev1.PodSpec {
	source := &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: config}}
	return corev1.PodSpec{
		Containers: []corev1.Container{{Name: "console", Image: "registry.example.com/geoconsole/console:v1"}},
		Volumes:    []corev1.Volume{{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: source}}},
	}
}

func consolePod(name, config string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: consoleMeta(name), Spec: consoleSpec(config)}
}

func consoleReplicaSet(name, config string) *appsv1.ReplicaSet {
	meta := consoleMeta(name)
	return &appsv1.ReplicaSet{ObjectMeta: meta, Spec: appsv1.ReplicaSetSpec{
		Replicas: new(int32),
		Selector: &metav1.LabelSelector{MatchLabels: meta.Labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: meta.Labels}, Spec: consoleSpec(config)},
	}}
}

// newPod makes a pod of the console's Deployment, by way of a replica set.
func (g geoConsole) newPod(name string) *corev1.Pod {
	GinkgoHelper()
	config, admin := g.find("ConfigMap").GetName(), g.site.server.admin
	set := consoleReplicaSet("europe-1a2b", config)
	set.Namespace = g.site.namespace
	set.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(g.object("Deployment"), appsv1.SchemeGroupVersion.WithKind("Deployment"))}
	Expect(client.IgnoreAlreadyExists(admin.Create(suite, set))).To(Succeed())
	Expect(admin.Get(suite, client.ObjectKeyFromObject(set), set)).To(Succeed())
	pod := consolePod(name, config)
	pod.Namespace = g.site.namespace
	pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
	Expect(admin.Create(suite, pod)).To(Succeed())
	return pod
}

// ready makes a pod as a kubelet that runs it reports it.
func (s *site) ready(pod *corev1.Pod, is bool) {
	GinkgoHelper()
	status := corev1.ConditionFalse
	if is {
		status = corev1.ConditionTrue
	}
	pod.Status.Phase = corev1.PodRunning
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}
	Expect(s.server.admin.Status().Update(suite, pod)).To(Succeed())
}

// admitRoute does what a router does.
func admitRoute(g geoConsole) {
	GinkgoHelper()
	route := g.object("Route")
	Expect(unstructured.SetNestedSlice(route.Object, []any{map[string]any{
		"host": g.model.Hostname, "routerName": "default", "routerCanonicalHostname": "router.eu.example.com",
		"conditions": []any{map[string]any{"type": "Admitted", "status": "True"}},
	}}, "status", "ingress")).To(Succeed())
	Expect(g.site.server.admin.Status().Update(suite, route)).To(Succeed())
}

func admitIngress(g geoConsole) {
	GinkgoHelper()
	ingress := g.object("Ingress")
	Expect(unstructured.SetNestedSlice(ingress.Object, []any{map[string]any{"ip": "203.0.113.7"}}, "status", "loadBalancer", "ingress")).To(Succeed())
	Expect(g.site.server.admin.Status().Update(suite, ingress)).To(Succeed())
}

// awaitConsoleObjects waits until the watches show the pods and replica sets that the test has created.
func awaitConsoleObjects(c *remote.Cluster, s *site) {
	GinkgoHelper()
	var pods corev1.PodList
	Expect(s.server.admin.List(suite, &pods, client.InNamespace(s.namespace))).To(Succeed())
	var sets appsv1.ReplicaSetList
	Expect(s.server.admin.List(suite, &sets, client.InNamespace(s.namespace))).To(Succeed())
	Eventually(func() int { return remote.Watched(c) }, soon).Should(BeNumerically(">=", len(pods.Items)+len(sets.Items)))
}

func isGone(err error) bool { return apierrors.IsNotFound(err) }

func otherConfig(gc *v1alpha1.GeoConsole) { gc.Spec.HealthChecks.IntervalSeconds = 30 }

func drainFirst(gc *v1alpha1.GeoConsole) { gc.Spec.Regions[0].State = v1alpha1.RegionDrained }

// onlyDiscovery fails the requests by which a cluster is asked which kinds it serves.
func onlyDiscovery(status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/apis" && !strings.HasSuffix(r.URL.Path, "/apis/route.openshift.io/v1") {
			return false
		}
		http.Error(w, "made to fail", status)
		return true
	}
}
