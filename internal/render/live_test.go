package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

func isLive(object *unstructured.Unstructured) bool {
	return object.GetKind() == "ConfigMap" && object.GetName() == object.GetLabels()[v1alpha1.LabelInstance]+"-live"
}

// A change of a live field changes one object, and neither the revision nor anything that a pod is made of.
func TestLiveConfigIsOutsideOfTheRevision(t *testing.T) {
	base := bundles(t, readModel(t, "testdata/large.in.yaml"))[0]
	for name, change := range map[string]func(*geography.Model){
		"state":       func(m *geography.Model) { m.Regions[0].State = v1alpha1.RegionMaintenance },
		"message":     func(m *geography.Model) { m.Regions[1].Message = "Until noon." },
		"maintenance": func(m *geography.Model) { m.Maintenance = &v1alpha1.Maintenance{Message: "Until noon."} },
	} {
		model := readModel(t, "testdata/large.in.yaml")
		change(&model)
		got := bundles(t, model)[0]
		if got.Revision != base.Revision || got.ConfigDigest != base.ConfigDigest {
			t.Errorf("%s: the revision or the config's digest changes", name)
		}
		if got.LiveDigest == base.LiveDigest {
			t.Errorf("%s: the live config stays", name)
		}
		for i, object := range got.Objects {
			if changed := !cmp.Equal(object, base.Objects[i]); changed != isLive(object) {
				t.Errorf("%s: %s %s changed: %t", name, object.GetKind(), object.GetName(), changed)
			}
		}
	}
}

// Its own revision follows its content alone: a new image writes it into no cluster again.
func TestLiveConfigHasARevisionOfItsOwn(t *testing.T) {
	revision := func(change func(*geography.Model)) string {
		model := readModel(t, "testdata/route.in.yaml")
		change(&model)
		return liveOf(t, bundles(t, model)[0]).GetAnnotations()[v1alpha1.AnnotationRevision]
	}
	base := revision(func(*geography.Model) {})
	if base == "" {
		t.Error("the live config has no revision")
	}
	if got := revision(func(m *geography.Model) { m.Console.Image = "other" }); got != base {
		t.Error("another image changes the live config")
	}
	if got := revision(func(m *geography.Model) { m.Regions[0].State = v1alpha1.RegionDrained }); got == base {
		t.Error("another state leaves its revision")
	}
}

// The kubelet brings changes into a whole directory, never into one file of it (subPath).
func TestLiveConfigIsMountedAsADirectory(t *testing.T) {
	eachBundle(t, func(t *testing.T, model geography.Model, _ geography.Cluster, bundle Bundle) {
		var live core.ConfigMap
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(liveOf(t, bundle).Object, &live); err != nil {
			t.Fatal(err)
		}
		if live.Immutable != nil {
			t.Error("the live config cannot change")
		}
		file := []byte(live.Data[liveKey])
		read, err := geography.ReadLive(file)
		if err != nil || len(read.Regions) != len(model.Regions) || geography.Digest(file) != bundle.LiveDigest {
			t.Errorf("%v: %d regions, digest %s", err, len(read.Regions), geography.Digest(file))
		}
		pod := podOf(t, bundle)
		mounted := ""
		for _, volume := range pod.Volumes {
			if volume.ConfigMap.Name == live.Name && volume.ConfigMap.Optional == nil {
				mounted = volume.Name
			}
		}
		for _, mount := range pod.Containers[0].VolumeMounts {
			if mount.Name == mounted && (mount.SubPath != "" || mount.MountPath != liveDirectory) {
				t.Errorf("it is mounted at %q, as %q of it", mount.MountPath, mount.SubPath)
			}
		}
		if want := "--live=" + liveDirectory + "/" + liveKey; mounted == "" || pod.Containers[0].Args[1] != want {
			t.Errorf("volume %q, arguments %q", mounted, pod.Containers[0].Args)
		}
	})
}

func liveOf(t *testing.T, bundle Bundle) *unstructured.Unstructured {
	t.Helper()
	for _, object := range bundle.Objects {
		if isLive(object) {
			return object
		}
	}
	t.Fatal("no live config")
	return nil
}
