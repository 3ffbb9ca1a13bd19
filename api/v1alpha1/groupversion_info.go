// Package v1alpha1 is the API of the GeoConsole operator: the GeoConsole resource, its vocabulary of conditions and
// reasons, and the well-known labels and names.
//
// +kubebuilder:object:generate=true
// +groupName=xcm.openshift.io
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	// GroupVersion is the group and version of this package's kinds.
	GroupVersion = schema.GroupVersion{Group: "xcm.openshift.io", Version: "v1alpha1"}

	schemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

	// AddToScheme registers this package's kinds in a scheme.
	AddToScheme = schemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &GeoConsole{}, &GeoConsoleList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
