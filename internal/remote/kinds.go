package remote

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
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
	deployments  = kind{GroupVersionKind: gvk("apps", "v1", "Deployment"), resource: "deployments"}
	configMaps   = kind{GroupVersionKind: gvk("", "v1", "ConfigMap"), resource: "configmaps", supporting: true}
	routes       = kind{GroupVersionKind: gvk("route.openshift.io", "v1", "Route"), resource: "routes", optional: true, exposure: true}
	ingresses    = kind{GroupVersionKind: gvk("networking.k8s.io", "v1", "Ingress"), resource: "ingresses", exposure: true}
	pods         = kind{GroupVersionKind: gvk("", "v1", "Pod"), resource: "pods"}
	replicaSets  = kind{GroupVersionKind: gvk("apps", "v1", "ReplicaSet"), resource: "replicasets"}
	nodes        = kind{GroupVersionKind: gvk("", "v1", "Node"), resource: "nodes"}
	appliedKinds = []kind{
		deployments,
		configMaps,
		routes,
		ingresses,
		{GroupVersionKind: gvk("", "v1", "Service"), resource: "services"},
		{GroupVersionKind: gvk("", "v1", "ServiceAccount"), resource: "serviceaccounts", supporting: true},
		{GroupVersionKind: gvk("networking.k8s.io", "v1", "NetworkPolicy"), resource: "networkpolicies", supporting: true},
		{GroupVersionKind: gvk("policy", "v1", "PodDisruptionBudget"), resource: "poddisruptionbudgets"},
	}
)

func gvk(group, version, name string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: group, Version: version, Kind: name}
}

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
