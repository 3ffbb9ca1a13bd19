package controllers

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
)

func TestObservationsAreOfOneGeoConsoleAndOnePlace(t *testing.T) {
	europe := func(uid types.UID, secret string) *v1alpha1.GeoConsole {
		gc := &v1alpha1.GeoConsole{ObjectMeta: metav1.ObjectMeta{Namespace: "geoconsoles", Name: "europe", UID: uid}}
		gc.Spec.Clusters = []v1alpha1.Cluster{{Name: "east", Namespace: "geoconsole", Connection: v1alpha1.Connection{
			Type: v1alpha1.ConnectionKubeconfig, Kubeconfig: &v1alpha1.KubeconfigReference{SecretName: secret, Key: "kubeconfig"},
		}}}
		return gc
	}
	gc := europe("first", "frankfurt")
	target := targetsOf(gc)[0]
	place, _ := placeOf(gc, "east")
	observations := NewObservations()
	observations.Put(context.Background(), target, Visit{GeoConsole: gc.UID, Place: place, Observation: health.Observation{ClusterUID: "c1"}})
	for name, c := range map[string]struct {
		gc   *v1alpha1.GeoConsole
		want int
	}{
		"the same":                    {gc, 1},
		"made anew under its name":    {europe("second", "frankfurt"), 0},
		"its cluster is elsewhere":    {europe("first", "paris"), 0},
		"its cluster is not wanted":   {&v1alpha1.GeoConsole{ObjectMeta: gc.ObjectMeta}, 0},
		"the same, read another time": {gc.DeepCopy(), 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := observations.Of(c.gc); len(got) != c.want {
				t.Errorf("%d observations, want %d: %v", len(got), c.want, got)
			}
		})
	}
}

func TestNoteFitsIntoAnEvent(t *testing.T) {
	note := noteOf(metav1.Condition{Type: "Ready", Status: metav1.ConditionFalse, Message: strings.Repeat("é", 512)})
	if len(note) > maxNote || !utf8.ValidString(note) || !strings.HasPrefix(note, "Ready is False: é") {
		t.Errorf("%d bytes, valid %t: %s", len(note), utf8.ValidString(note), note)
	}
}
