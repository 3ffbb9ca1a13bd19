package remote

import (
	routev1 "github.com/openshift/api/route/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kind is one kind of object that is applied or watched in clusters.
type kind struct {
	schema.GroupVersionKind
	resource string
	// optional kinds are not served by every cluster.
	optional bool
	// exposure kinds lead users to the console: the first to go when a cluster is emptied.
	exposure bool
	// supporting kinds are needed by running pods: the last to go.
	supporting bool
}

var (
	deployments  = kind{GroupVersionKind: appsv1.SchemeGroupVersion.WithKind("Deployment"), resource: "deployments"}
	configMaps   = kind{GroupVersionKind: corev1.SchemeGroupVersion.WithKind("ConfigMap"), resource: "configmaps", supporting: true}
	routes       = kind{GroupVersionKind: routev1.GroupVersion.WithKind("Route"), resource: "routes", optional: true, exposure: true}
	ingresses    = kind{GroupVersionKind: networkingv1.SchemeGroupVersion.WithKind("Ingress"), resource: "ingresses", exposure: true}
	pods         = kind{GroupVersionKind: corev1.SchemeGroupVersion.WithKind("Pod"), resource: "pods"}
	replicaSets  = kind{GroupVersionKind: appsv1.SchemeGroupVersion.WithKind("ReplicaSet"), resource: "replicasets"}
	nodes        = kind{GroupVersionKind: corev1.SchemeGroupVersion.WithKind("Node"), resource: "nodes"}
	appliedKinds = []kind{
		deployments,
		configMaps,
		routes,
		ingresses,
		{GroupVersionKind: corev1.SchemeGroupVersion.WithKind("Service"), resource: "services"},
		{GroupVersionKind: corev1.SchemeGroupVersion.WithKind("ServiceAccount"), resource: "serviceaccounts", supporting: true},
		{GroupVersionKind: networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy"), resource: "networkpolicies", supporting: true},
		{GroupVersionKind: policyv1.SchemeGroupVersion.WithKind("PodDisruptionBudget"), resource: "poddisruptionbudgets"},
	}
)

// list is the kind of a list of the kind.
func (k kind) list() schema.GroupVersionKind { return k.GroupVersion().WithKind(k.Kind + "List") }

// kindOf finds an applied kind by its group and kind.
func kindOf(group schema.GroupKind) (kind, bool) {
	for _, k := range appliedKinds {
		if k.GroupKind() == group {
			return k, true
		}
	}
	return kind{}, false
}

// example is an empty object of the kind, in the form in which it is cached: what is applied whole and with its
// managed fields, pods and replica sets typed, nodes as metadata.
func (k kind) example() client.Object {
	switch k {
	case pods:
		return &corev1.Pod{}
	case replicaSets:
		return &appsv1.ReplicaSet{}
	case nodes:
		object := &metav1.PartialObjectMetadata{}
		object.SetGroupVersionKind(k.GroupVersionKind)
		return object
	default:
		object := &unstructured.Unstructured{}
		object.SetGroupVersionKind(k.GroupVersionKind)
		return object
	}
}

// scheme knows the typed kinds; everything else is unstructured.
var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(corev1.AddToScheme(s))
	utilruntime.Must(appsv1.AddToScheme(s))
	return s
}()

// mapper maps the kinds, and their lists, to their resources without asking a cluster: the default one would hang on a
// silent peer and ignore its context.
var mapper = func() meta.RESTMapper {
	m := meta.NewDefaultRESTMapper(nil)
	add := func(k kind, scope meta.RESTScope) {
		resource := k.GroupVersion().WithResource(k.resource)
		m.AddSpecific(k.GroupVersionKind, resource, resource, scope)
		m.AddSpecific(k.list(), resource, resource, scope)
	}
	for _, k := range append([]kind{pods, replicaSets}, appliedKinds...) {
		add(k, meta.RESTScopeNamespace)
	}
	add(nodes, meta.RESTScopeRoot)
	return m
}()
