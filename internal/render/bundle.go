// Package render makes the objects that are put into a cluster out of a checked model. It is pure: one file per kind.
package render

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Bundle is all that is rendered for one cluster.
type Bundle struct {
	// Revision is the hash of everything rendered: 16 lower-case hex digits. Every object carries it as an annotation;
	// pod templates do not, so that a change of a Service restarts nothing.
	Revision string
	// ConfigDigest is geography.Digest of the config file: what a pod that has loaded it reports.
	ConfigDigest string
	// Objects in the order in which they are applied, each an apply configuration with the owner mark.
	Objects []*unstructured.Unstructured
}
