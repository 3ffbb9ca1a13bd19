package controllers_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	routev1 "github.com/openshift/api/route/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// foreignField is an annotation of somebody else.
const foreignField = "example.com/kept"

// keptField is a field of somebody else in an object of ours. It has to stay for as long as that object does.
type keptField struct {
	server *apiServer
	object *unstructured.Unstructured
	value  string
}

// usurper is an object of somebody else that has the name of one of ours.
type usurper struct {
	place  string
	object *unstructured.Unstructured
}

// foreignKey names an object of somebody else.
type foreignKey struct {
	place, name string
}

// plant puts objects of others beside ours: with names like ours, with our labels, with another owner's mark.
func (s *storm) plant(ctx context.Context) map[foreignKey]string {
	GinkgoHelper()
	labels := map[string]string{
		v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelName: v1alpha1.ConsoleName, v1alpha1.LabelInstance: consoles[0],
	}
	marked := map[string]string{v1alpha1.AnnotationOwner: "elsewhere/" + s.namespace + "/" + consoles[0]}
	for _, name := range s.places {
		for _, object := range []client.Object{
			&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: consoles[0] + "-config-0123456789abcdef"}, Data: map[string]string{"config.json": "{}"}},
			&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "labelled", Labels: labels}},
			&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "of-another-hub", Labels: labels, Annotations: marked}},
			&corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "beside", Labels: labels}, Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}},
		} {
			object.SetNamespace(s.namespace)
			Expect(s.clusters[name].Create(ctx, object)).To(Succeed())
		}
	}
	planted := s.foreigners(ctx)
	Expect(planted).To(HaveLen(4 * len(s.places)))
	return planted
}

// foreigners are all objects that are not ours, with what changes when they do.
func (s *storm) foreigners(ctx context.Context) map[foreignKey]string {
	GinkgoHelper()
	found := map[foreignKey]string{}
	for _, place := range s.places {
		for _, object := range s.clusters[place].objects(ctx, s.namespace) {
			if !s.isOurs(&object) {
				found[foreignKey{place, nameOf(&object)}] = stateOf(&object)
			}
		}
	}
	return found
}

// stateOf differs as soon as an object was changed, or made anew.
func stateOf(object *unstructured.Unstructured) string {
	return string(object.GetUID()) + " at " + object.GetResourceVersion()
}

// isOurs tells what carries the mark of one of the storm's GeoConsoles.
func (s *storm) isOurs(object *unstructured.Unstructured) bool {
	return strings.HasPrefix(object.GetAnnotations()[v1alpha1.AnnotationOwner], s.operator.mark(s.namespace, ""))
}

func isInventory(object *unstructured.Unstructured) bool {
	return object.GetLabels()[render.LabelApplySetID] != ""
}

// checkKept looks for the fields of others in objects of ours.
func (s *storm) checkKept(ctx context.Context) {
	GinkgoHelper()
	for uid, kept := range s.kept {
		live := kept.object.DeepCopy()
		err := kept.server.Get(ctx, client.ObjectKeyFromObject(live), live)
		if client.IgnoreNotFound(err) == nil && (err != nil || live.GetUID() != uid) {
			delete(s.kept, uid) // ours to delete, and with it what others put into it
			continue
		}
		Expect(err).NotTo(HaveOccurred())
		Expect(live.GetAnnotations()).To(HaveKeyWithValue(foreignField, kept.value), "a field of somebody else in %s", nameOf(live))
	}
}

// settle ends all trouble, and looks whether everything becomes as it should be.
func (s *storm) settle(ctx context.Context) {
	GinkgoHelper()
	s.faults.fail(0)
	for len(s.usurpers) > 0 {
		s.yield(ctx)
	}
	for name := range maps.Clone(s.wanted) {
		s.write(ctx, name, func(spec *v1alpha1.GeoConsoleSpec) { spec.Paused = nil })
	}
	began := time.Now()
	Eventually(func(g Gomega) {
		s.admit(ctx, g)
		s.checkHub(ctx, g)
		s.checkClusters(ctx, g)
	}, settled, time.Second).Should(Succeed(), "seed %d", s.seed)
	s.settling = time.Since(began)
	Expect(s.foreigners(ctx)).To(Equal(s.foreign), "seed %d: objects of others", s.seed)
	s.checkKept(ctx)
}

// leave deletes everything, and looks whether nothing but what is foreign is left.
func (s *storm) leave(ctx context.Context) {
	GinkgoHelper()
	s.wanted = map[string]v1alpha1.GeoConsoleSpec{}
	Expect(hub.DeleteAllOf(ctx, &v1alpha1.GeoConsole{}, client.InNamespace(s.namespace))).To(Succeed())
	Eventually(func(g Gomega) { s.checkHub(ctx, g) }, settled, time.Second).Should(Succeed(), "seed %d", s.seed)
	s.checkClusters(ctx, Default)
	Expect(s.foreigners(ctx)).To(Equal(s.foreign), "seed %d: objects of others", s.seed)
}

// checkHub expects the GeoConsoles that are wanted, as they were written, and told to be applied in every cluster.
func (s *storm) checkHub(ctx context.Context, g Gomega) {
	var all v1alpha1.GeoConsoleList
	g.Expect(hub.List(ctx, &all, client.InNamespace(s.namespace))).To(Succeed())
	g.Expect(all.Items).To(HaveLen(len(s.wanted)))
	for _, gc := range all.Items {
		g.Expect(gc.DeletionTimestamp).To(BeNil())
		g.Expect(gc.Spec).To(Equal(s.wanted[gc.Name]))
		c := meta.FindStatusCondition(gc.Status.Conditions, v1alpha1.ConditionApplied)
		g.Expect(c).To(And(HaveField("Status", metav1.ConditionTrue), HaveField("ObservedGeneration", gc.Generation)), gc.Name)
		g.Expect(rowNames(&gc)).To(Equal(clusterNames(gc.Spec)), gc.Name)
	}
}

// checkClusters expects in every cluster what the specs say, and nothing else beside what is foreign.
func (s *storm) checkClusters(ctx context.Context, g Gomega) {
	want := map[string]map[string]*unstructured.Unstructured{}
	for _, place := range s.places {
		want[place] = map[string]*unstructured.Unstructured{}
	}
	for name := range s.wanted {
		gc := now(ctx, &v1alpha1.GeoConsole{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.namespace}})(g)
		model, problems := geography.FromSpec(gc, s.operator.facts())
		g.Expect(problems).To(BeEmpty())
		for _, cluster := range model.Clusters {
			bundle, err := render.Objects(model, cluster)
			g.Expect(err).NotTo(HaveOccurred())
			place := cluster.Connection.Kubeconfig.SecretName
			want[place]["ConfigMap/"+render.InventoryName(model.Owner)] = nil // not rendered
			for _, object := range bundle.Objects {
				want[place][nameOf(object)] = object
			}
			s.checkInventory(ctx, g, s.clusters[place], model.Owner, bundle)
		}
	}
	for _, place := range s.places {
		var names []string
		for _, object := range s.clusters[place].objects(ctx, s.namespace) {
			if _, known := s.foreign[foreignKey{place, nameOf(&object)}]; !known {
				names = append(names, nameOf(&object))
			}
		}
		g.Expect(names).To(ConsistOf(slices.Collect(maps.Keys(want[place]))), place)
		for _, object := range want[place] {
			if object != nil {
				s.clusters[place].checkApplied(ctx, g, object)
			}
		}
	}
}

// checkInventory expects the inventory to be the GeoConsole's and to list what is rendered.
func (s *storm) checkInventory(ctx context.Context, g Gomega, server *apiServer, owner geography.Owner, bundle render.Bundle) {
	stored := &corev1.ConfigMap{}
	g.Expect(server.Get(ctx, client.ObjectKey{Namespace: s.namespace, Name: render.InventoryName(owner)}, stored)).To(Succeed())
	var record struct {
		UID     types.UID
		Objects []struct{ Kind, Name string }
	}
	g.Expect(json.Unmarshal([]byte(stored.Data["inventory.json"]), &record)).To(Succeed())
	g.Expect(string(record.UID)).To(Equal(owner.UID))
	var listed, rendered []string
	for _, o := range record.Objects {
		listed = append(listed, o.Kind+"/"+o.Name)
	}
	for _, o := range bundle.Objects {
		rendered = append(rendered, nameOf(o))
	}
	g.Expect(listed).To(ConsistOf(rendered))
}

// checkApplied expects that applying an object once more would change nothing in it: neither a field that it names, nor
// one that it should not.
func (s *apiServer) checkApplied(ctx context.Context, g Gomega, want *unstructured.Unstructured) {
	live, again := want.DeepCopy(), want.DeepCopy()
	g.Expect(s.Get(ctx, client.ObjectKeyFromObject(want), live)).To(Succeed())
	g.Expect(s.Apply(ctx, client.ApplyConfigurationFromUnstructured(again),
		client.FieldOwner(v1alpha1.FieldManager), client.ForceOwnership, client.DryRunAll)).To(Succeed())
	for _, object := range []*unstructured.Unstructured{live, again} {
		fields := object.GetManagedFields()
		for i := range fields {
			fields[i].Time = nil
		}
		object.SetManagedFields(fields)
	}
	g.Expect(live.Object).To(Equal(again.Object), nameOf(want))
}

// admit does what routers and ingress controllers do, which are not there.
func (s *storm) admit(ctx context.Context, g Gomega) {
	for _, server := range s.clusters {
		var routes routev1.RouteList
		g.Expect(server.List(ctx, &routes, client.InNamespace(s.namespace))).To(Succeed())
		for i := range routes.Items {
			route := &routes.Items[i]
			if len(route.Status.Ingress) == 1 && route.Status.Ingress[0].Host == route.Spec.Host {
				continue
			}
			route.Status.Ingress = []routev1.RouteIngress{{Host: route.Spec.Host, RouterName: "default", Conditions: []routev1.RouteIngressCondition{{Type: routev1.RouteAdmitted, Status: corev1.ConditionTrue}}}}
			g.Expect(server.Status().Update(ctx, route)).To(Succeed())
		}
		var ingresses networkingv1.IngressList
		g.Expect(server.List(ctx, &ingresses, client.InNamespace(s.namespace))).To(Succeed())
		for i := range ingresses.Items {
			ingress := &ingresses.Items[i]
			if len(ingress.Status.LoadBalancer.Ingress) == 0 {
				ingress.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: "192.0.2.1"}}
				g.Expect(server.Status().Update(ctx, ingress)).To(Succeed())
			}
		}
	}
}
