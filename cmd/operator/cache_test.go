package main

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// A hub that caches Secrets keeps those of all its tenants in memory.
func TestPeer17_Property7_NoSecretIsCached(t *testing.T) {
	cached := secretsByLabel()
	if len(cached) != 1 {
		t.Fatalf("%d kinds have rules of their own", len(cached))
	}
	for object, by := range cached {
		if metadata, ok := object.(*metav1.PartialObjectMetadata); !ok || metadata.Kind != "Secret" {
			t.Errorf("%T of kind %s is cached, want the metadata of Secrets", object, object.GetObjectKind().GroupVersionKind().Kind)
		}
		for marked, want := range map[string]bool{"true": true, "false": false, "": false} {
			if by.Label.Matches(labels.Set{v1alpha1.LabelKubeconfig: marked}) != want {
				t.Errorf("a Secret marked %q: cached is %v", marked, !want)
			}
		}
		if by.Label.Matches(labels.Set{}) {
			t.Error("a Secret that nobody marked is cached")
		}
	}
}
