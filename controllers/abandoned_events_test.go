package controllers

import (
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// A note that is too long would be lost whole.
func TestAbandonedNoteFitsWithTheLongestNames(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	note := abandonedNote(geography.Owner{Name: long(40)}, v1alpha1.ClusterStatus{Name: long(40), Namespace: long(63), ClusterUID: long(64)})
	if len(note) > maxNote {
		t.Errorf("%d bytes: %s", len(note), note)
	}
}
