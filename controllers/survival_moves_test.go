package controllers_test

import (
	"context"
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// consoles are the names of the GeoConsoles of a storm.
var consoles = []string{"north", "baltic"}

// pick draws one of several.
func pick[T any](s *storm, of []T) T { return of[s.random.IntN(len(of))] }

func (s *storm) restart(context.Context) {
	GinkgoHelper()
	s.note("restart")
	s.operator.restart()
}

// create makes a GeoConsole that is not there. One that is still being deleted is somebody's mistake, and is refused.
func (s *storm) create(ctx context.Context) {
	GinkgoHelper()
	name := pick(s, consoles)
	gc := europe(s.namespace)
	gc.Name = name
	gc.Spec.Hostname = s.hostname()
	gc.Spec.Clusters = s.somewhere()
	if err := hub.Create(ctx, gc); !apierrors.IsAlreadyExists(err) {
		Expect(err).NotTo(HaveOccurred())
		s.wanted[name] = gc.Spec
		s.note("create %s in %v", name, clusterNames(gc.Spec))
	}
}

func (s *storm) delete(ctx context.Context) {
	GinkgoHelper()
	s.choose(func(name string) {
		Expect(hub.Delete(ctx, &v1alpha1.GeoConsole{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.namespace}})).To(Succeed())
		delete(s.wanted, name)
		s.note("delete %s", name)
	})
}

// change writes something else into the spec than where the console runs.
func (s *storm) change(ctx context.Context) {
	GinkgoHelper()
	s.choose(func(name string) {
		what, by := s.drawnChange()
		s.write(ctx, name, by)
		s.note("change %s: %s", name, what)
	})
}

func (s *storm) drawnChange() (string, func(*v1alpha1.GeoConsoleSpec)) {
	switch s.random.IntN(5) {
	case 0:
		number := 1 + int32(s.random.IntN(5))
		return "scaling", func(spec *v1alpha1.GeoConsoleSpec) { spec.Console.Scaling = scaled(number) }
	case 1:
		region := fmt.Sprintf("Region %d", s.random.IntN(1000))
		return "region", func(spec *v1alpha1.GeoConsoleSpec) { spec.Regions[0].DisplayName = region }
	case 2:
		exposure := v1alpha1.Exposure{Type: v1alpha1.ExposureRoute, Route: &v1alpha1.RouteExposure{TLS: v1alpha1.ExposureTLS{Type: v1alpha1.TLSClusterDefault}}}
		if s.random.IntN(2) == 0 {
			exposure = v1alpha1.Exposure{Type: v1alpha1.ExposureIngress, Ingress: &v1alpha1.IngressExposure{
				ClassName: pick(s, []string{"traefik", "nginx"}), TLS: v1alpha1.ExposureTLS{Type: v1alpha1.TLSClusterDefault},
			}}
		}
		return "exposure", func(spec *v1alpha1.GeoConsoleSpec) { spec.Exposure = exposure }
	case 3:
		hostname := s.hostname()
		return "hostname", func(spec *v1alpha1.GeoConsoleSpec) { spec.Hostname = hostname }
	default:
		paused := s.random.IntN(3) == 0
		return "paused", func(spec *v1alpha1.GeoConsoleSpec) { spec.Paused = ptr.To(paused) }
	}
}

// retarget moves a console: clusters come, clusters go, and some that stay get another name.
func (s *storm) retarget(ctx context.Context) {
	GinkgoHelper()
	s.choose(func(name string) {
		clusters := s.somewhere()
		s.write(ctx, name, func(spec *v1alpha1.GeoConsoleSpec) { spec.Clusters = clusters })
		s.note("retarget %s to %v", name, clusterNames(s.wanted[name]))
	})
}

// somewhere is one or more of the places, each under one of its names.
func (s *storm) somewhere() []v1alpha1.Cluster {
	places := slices.Clone(s.places)
	s.random.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	clusters := europe(s.namespace, places[:1+s.random.IntN(len(places))]...).Spec.Clusters
	for i := range clusters {
		clusters[i].Name += pick(s, []string{"", "-renamed"})
	}
	return clusters
}

func (s *storm) hostname() string {
	s.made++
	return fmt.Sprintf("h%d.%s.example.com", s.made, s.namespace)
}

// choose picks one of the GeoConsoles that are there and not being deleted.
func (s *storm) choose(then func(name string)) {
	var there []string
	for _, name := range consoles {
		if _, wanted := s.wanted[name]; wanted {
			there = append(there, name)
		}
	}
	if len(there) > 0 {
		then(pick(s, there))
	}
}

func (s *storm) write(ctx context.Context, name string, by func(*v1alpha1.GeoConsoleSpec)) {
	GinkgoHelper()
	change(ctx, &v1alpha1.GeoConsole{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: s.namespace}}, func(gc *v1alpha1.GeoConsole) {
		by(&gc.Spec)
		s.wanted[name] = gc.Spec
	})
}

func clusterNames(spec v1alpha1.GeoConsoleSpec) []string {
	var names []string
	for _, c := range spec.Clusters {
		names = append(names, c.Name)
	}
	return names
}

// edit is somebody's hand in an object of ours. Each hand has a name of its own.
func (s *storm) edit(ctx context.Context) {
	GinkgoHelper()
	s.touch(ctx, func(place string, object *unstructured.Unstructured) error {
		before := object.DeepCopy()
		switch {
		case object.GetKind() == "Deployment" && s.random.IntN(2) == 0:
			Expect(unstructured.SetNestedField(object.Object, int64(7), "spec", "replicas")).To(Succeed())
		case object.GetKind() == "Service" && s.random.IntN(2) == 0:
			Expect(unstructured.SetNestedStringMap(object.Object, map[string]string{"app": "another"}, "spec", "selector")).To(Succeed())
		default:
			labels := object.GetLabels()
			labels["app.kubernetes.io/part-of"] = "something"
			if s.seed%2 == 0 {
				delete(labels, v1alpha1.LabelManagedBy) // out of sight of the watches
			}
			object.SetLabels(labels)
		}
		s.note("edit %s", nameOf(object))
		return s.clusters[place].Patch(ctx, object, client.MergeFrom(before), s.hand())
	})
}

// destroy deletes an object of ours. In every second storm that may be the inventory; not where labels are taken away,
// for who does both has taken away all that tells whose an object is.
func (s *storm) destroy(ctx context.Context) {
	GinkgoHelper()
	s.touch(ctx, func(place string, object *unstructured.Unstructured) error {
		if isInventory(object) && s.seed%2 == 0 {
			return nil
		}
		s.note("destroy %s", nameOf(object))
		return s.clusters[place].Delete(ctx, object)
	})
}

// usurp puts an object of somebody else in the place of one of ours. It stays until its owner takes it back.
func (s *storm) usurp(ctx context.Context) {
	GinkgoHelper()
	s.touch(ctx, func(place string, ours *unstructured.Unstructured) error {
		if isInventory(ours) || !slices.Contains([]string{"ConfigMap", "ServiceAccount", "Service"}, ours.GetKind()) {
			return nil
		}
		if err := s.clusters[place].Delete(ctx, ours); err != nil {
			return err
		}
		other := &unstructured.Unstructured{}
		other.SetGroupVersionKind(ours.GroupVersionKind())
		other.SetNamespace(s.namespace)
		other.SetName(ours.GetName())
		other.SetLabels(map[string]string{v1alpha1.LabelManagedBy: v1alpha1.ManagedBy})
		if ports, has, _ := unstructured.NestedSlice(ours.Object, "spec", "ports"); has {
			Expect(unstructured.SetNestedSlice(other.Object, ports, "spec", "ports")).To(Succeed())
		}
		if err := s.clusters[place].Create(ctx, other); apierrors.IsAlreadyExists(err) {
			return nil // the operator was quicker
		} else if err != nil {
			return err
		}
		s.note("usurp %s in %s", nameOf(other), place)
		s.foreign[foreignKey{place, nameOf(other)}] = stateOf(other)
		s.usurpers = append(s.usurpers, usurper{place, other})
		return nil
	})
}

// yield lets the owner of the oldest usurper take it back, untouched.
func (s *storm) yield(ctx context.Context) {
	GinkgoHelper()
	if len(s.usurpers) == 0 {
		return
	}
	oldest := s.usurpers[0]
	s.usurpers = s.usurpers[1:]
	key := foreignKey{oldest.place, nameOf(oldest.object)}
	Expect(s.foreigners(ctx)).To(HaveKeyWithValue(key, s.foreign[key]))
	Expect(s.clusters[oldest.place].Delete(ctx, oldest.object)).To(Succeed())
	delete(s.foreign, key)
	s.note("yield %s in %s", nameOf(oldest.object), oldest.place)
}

// annotate adds a field of somebody else to an object of ours. The inventory is replaced whole, and keeps none.
func (s *storm) annotate(ctx context.Context) {
	GinkgoHelper()
	s.touch(ctx, func(place string, object *unstructured.Unstructured) error {
		if isInventory(object) {
			return nil
		}
		before := object.DeepCopy()
		annotations := object.GetAnnotations()
		annotations[foreignField] = fmt.Sprint(s.made)
		object.SetAnnotations(annotations)
		s.note("annotate %s", nameOf(object))
		err := s.clusters[place].Patch(ctx, object, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}), s.hand())
		if err == nil {
			s.kept[object.GetUID()] = keptField{server: s.clusters[place], object: object, value: annotations[foreignField]}
		}
		return err
	})
}

// touch lets somebody do something to an object of ours, if there is one and nothing comes in between.
func (s *storm) touch(ctx context.Context, do func(place string, object *unstructured.Unstructured) error) {
	GinkgoHelper()
	place := pick(s, s.places)
	var objects []unstructured.Unstructured
	for _, object := range s.clusters[place].objects(ctx, s.namespace) {
		if s.isOurs(&object) && object.GetDeletionTimestamp() == nil {
			objects = append(objects, object)
		}
	}
	if len(objects) == 0 {
		return
	}
	err := do(place, ptr.To(pick(s, objects)))
	if !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		Expect(err).NotTo(HaveOccurred())
	}
}

func (s *storm) hand() client.FieldOwner {
	s.made++
	return client.FieldOwner(fmt.Sprintf("hand-%d", s.made))
}

// cut ends every connection to one of the clusters, watches too.
func (s *storm) cut(context.Context) {
	place := pick(s, s.places)
	s.note("cut %s", place)
	s.fronts[place].CloseClientConnections()
}
