package render

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	route "github.com/openshift/api/route/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// typedKind is a kind and the type that an API server reads it into.
type typedKind struct {
	kind  string
	typed runtime.Object
}

// typedKinds are the kinds that may be rendered, in the order in which they are applied.
var typedKinds = []typedKind{
	{"ServiceAccount", &core.ServiceAccount{}},
	{"ConfigMap", &core.ConfigMap{}}, // the config and the live config
	{"NetworkPolicy", &networking.NetworkPolicy{}},
	{"PodDisruptionBudget", &policy.PodDisruptionBudget{}},
	{"Service", &core.Service{}},
	{"Deployment", &apps.Deployment{}},
	{"Route", &route.Route{}},
	{"Ingress", &networking.Ingress{}},
}

// eachBundle runs a rule on every bundle of every golden's input.
func eachBundle(t *testing.T, rule func(t *testing.T, model geography.Model, cluster geography.Cluster, bundle Bundle)) {
	for _, in := range inputs(t) {
		model := readModel(t, in)
		for i, bundle := range bundles(t, model) {
			t.Run(filepath.Base(in)+"/"+model.Clusters[i].Name, func(t *testing.T) {
				rule(t, model, model.Clusters[i], bundle)
			})
		}
	}
}

func TestEveryObjectIsMarkedAndPlaced(t *testing.T) {
	eachBundle(t, func(t *testing.T, model geography.Model, cluster geography.Cluster, bundle Bundle) {
		labels := Labels(model.Owner)
		labels[LabelApplySetPartOf] = ApplySetID(model.Owner, cluster.Namespace)
		annotations := map[string]string{
			v1alpha1.AnnotationOwner:    model.Owner.Mark(),
			v1alpha1.AnnotationRevision: bundle.Revision,
		}
		for _, object := range bundle.Objects {
			if object.GetNamespace() != cluster.Namespace {
				t.Errorf("%s is in namespace %q, the cluster's is %q", object.GetKind(), object.GetNamespace(), cluster.Namespace)
			}
			names := []string{model.Owner.Name, configName(model.Owner, bundle.ConfigDigest), liveName(model.Owner)}
			if object.GetKind() == "Route" && model.HasRegionHosts() {
				for _, region := range model.Regions {
					names = append(names, model.Owner.Name+"."+strings.ReplaceAll(region.ID, ".", "-"))
				}
			}
			if object.GetKind() == "Ingress" {
				names = []string{model.Owner.Name + "." + model.Exposure.Ingress.ClassName}
			}
			if name := object.GetName(); !slices.Contains(names, name) {
				t.Errorf("%s is named %q", object.GetKind(), name)
			}
			if diff := cmp.Diff(labels, object.GetLabels()); diff != "" {
				t.Errorf("labels of %s: %s", object.GetKind(), diff)
			}
			if isLive(object) {
				continue // its revision is its own, see TestLiveConfigIsOutsideOfTheRevision
			}
			if diff := cmp.Diff(annotations, object.GetAnnotations()); diff != "" {
				t.Errorf("annotations of %s: %s", object.GetKind(), diff)
			}
			for key, value := range object.GetLabels() {
				if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
					t.Errorf("label %s of %s: %q %v", key, object.GetKind(), value, problems)
				}
			}
		}
	})
}

// What is left where nobody can look is told by these names.
func TestNamesCoverEverything(t *testing.T) {
	for _, in := range inputs(t) {
		model := readModel(t, in)
		for _, bundle := range bundles(t, model) {
			for _, object := range bundle.Objects {
				name := object.GetKind() + "/" + object.GetName()
				if !slices.ContainsFunc(Names(model.Owner), func(pattern string) bool {
					matched, err := filepath.Match(pattern, name)
					return matched && err == nil
				}) {
					t.Errorf("%s: %s is not among %v", filepath.Base(in), name, Names(model.Owner))
				}
			}
		}
	}
}

func TestOrderOfApply(t *testing.T) {
	eachBundle(t, func(t *testing.T, model geography.Model, _ geography.Cluster, bundle Bundle) {
		last := -1
		for _, object := range bundle.Objects {
			at := slices.IndexFunc(typedKinds, func(k typedKind) bool { return k.kind == object.GetKind() })
			if at < last || at == last && !isLive(object) && object.GetKind() != "Route" {
				t.Errorf("%s comes at the wrong place", object.GetKind())
			}
			last = at
		}
		want := len(typedKinds) // Route or Ingress, and two ConfigMaps
		if model.HasRegionHosts() && model.Exposure.Type == v1alpha1.ExposureRoute {
			want += len(model.Regions)
		}
		if len(bundle.Objects) != want {
			t.Errorf("%d objects, want %d", len(bundle.Objects), want)
		}
	})
}

// What an API server reads into its types and writes again is what was rendered: no null, no empty string, no zero
// value that it drops, no quantity that it spells in another way. Else an object would differ from itself for ever.
func TestObjectsSurviveTheirTypes(t *testing.T) {
	eachBundle(t, func(t *testing.T, _ geography.Model, _ geography.Cluster, bundle Bundle) {
		for _, object := range bundle.Objects {
			encoded, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			typed := newTyped(t, object.GetKind())
			if err := json.Unmarshal(encoded, typed); err != nil {
				t.Fatalf("%s: %v", object.GetKind(), err)
			}
			again, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
			if err != nil {
				t.Fatal(err)
			}
			lost(t, object.GetKind(), object.Object, again)
		}
	})
}

func newTyped(t *testing.T, kind string) runtime.Object {
	t.Helper()
	for _, k := range typedKinds {
		if k.kind == kind {
			return reflect.New(reflect.TypeOf(k.typed).Elem()).Interface().(runtime.Object)
		}
	}
	t.Fatalf("kind %s is not expected", kind)
	return nil
}

// lost reports every leaf of want that got does not have alike, and every leaf that says nothing.
func lost(t *testing.T, path string, want, got any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		got, _ := got.(map[string]any)
		if len(want) == 0 {
			t.Errorf("%s is an empty map", path)
		}
		for key, value := range want {
			lost(t, path+"."+key, value, got[key])
		}
	case []any:
		got, _ := got.([]any)
		if len(want) == 0 || len(want) != len(got) {
			t.Errorf("%s has %d items, its type keeps %d", path, len(want), len(got))
			return
		}
		for i := range want {
			lost(t, path+"[]", want[i], got[i])
		}
	default:
		if want == nil || want == "" || !reflect.DeepEqual(want, got) {
			t.Errorf("%s is rendered as %#v, its type makes %#v of it", path, want, got)
		}
	}
}

func TestNothingMountsAToken(t *testing.T) {
	eachBundle(t, func(t *testing.T, _ geography.Model, _ geography.Cluster, bundle Bundle) {
		var account core.ServiceAccount
		decode(t, bundle, "ServiceAccount", &account)
		if account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken {
			t.Error("the ServiceAccount mounts its token")
		}
		pod := podOf(t, bundle)
		if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
			t.Error("the pod mounts a token")
		}
	})
}

// The pod has no place to write to: no volume but its configs, no root that can be written, no device, and no memory that
// may be swapped out, as whatever is requested whole never is.
func TestProperty9_ThePodCanWriteNowhere(t *testing.T) {
	eachBundle(t, func(t *testing.T, _ geography.Model, _ geography.Cluster, bundle Bundle) {
		pod := podOf(t, bundle)
		for _, volume := range pod.Volumes {
			if volume.ConfigMap == nil {
				t.Errorf("volume %s is not a ConfigMap", volume.Name)
			}
		}
		for _, container := range containers(pod) {
			if context := container.SecurityContext; context == nil || context.ReadOnlyRootFilesystem == nil || !*context.ReadOnlyRootFilesystem {
				t.Errorf("container %s can write to its root", container.Name)
			}
			for _, mount := range container.VolumeMounts {
				if !mount.ReadOnly {
					t.Errorf("container %s mounts %s to write", container.Name, mount.Name)
				}
			}
			if len(container.VolumeDevices) > 0 {
				t.Errorf("container %s has devices", container.Name)
			}
			request, limit := container.Resources.Requests.Memory(), container.Resources.Limits.Memory()
			if request.IsZero() || request.Cmp(*limit) != 0 {
				t.Errorf("container %s requests %s of memory and is limited to %s", container.Name, request, limit)
			}
		}
	})
}

func TestPodIsConfined(t *testing.T) {
	eachBundle(t, func(t *testing.T, _ geography.Model, _ geography.Cluster, bundle Bundle) {
		pod := podOf(t, bundle)
		if pod.HostNetwork || pod.HostPID || pod.HostIPC {
			t.Error("the pod shares a namespace of the host")
		}
		if context := pod.SecurityContext; context == nil || !*context.RunAsNonRoot || context.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
			t.Error("the pod may run as root or without seccomp")
		}
		for _, c := range containers(pod) {
			context := c.SecurityContext
			if context == nil || *context.AllowPrivilegeEscalation ||
				!slices.Equal(context.Capabilities.Drop, []core.Capability{"ALL"}) || len(context.Capabilities.Add) > 0 {
				t.Errorf("container %s is not confined", c.Name)
			}
			if !c.Resources.Limits.Cpu().IsZero() {
				t.Errorf("container %s has a CPU limit", c.Name)
			}
		}
	})
}

// A Deployment's selector cannot change: everything in it must follow from the GeoConsole's name alone.
func TestSelectorsHoldNothingChangeable(t *testing.T) {
	eachBundle(t, func(t *testing.T, model geography.Model, cluster geography.Cluster, bundle Bundle) {
		selectors := selectorsOf(t, bundle)
		if len(selectors) != 4 {
			t.Fatalf("found %d selectors, want those of NetworkPolicy, PodDisruptionBudget, Service and Deployment", len(selectors))
		}
		template := podLabels(t, bundle)
		for kind, selector := range selectors {
			for key, value := range selector {
				if template[key] != value {
					t.Errorf("%s selects %s=%s, the pods have %q", kind, key, value, template[key])
				}
			}
		}

		other := geography.Model{
			Owner:     geography.Owner{Hub: "another", Namespace: "another", Name: model.Owner.Name, UID: "another", Generation: 99},
			Geography: geography.Boundary{Name: "OTHER"}, Hostname: "other.example.com", Exposure: model.Exposure,
			Console: geography.Console{Image: "other", Replicas: 9, CPU: model.Console.Memory, Memory: model.Console.CPU},
		}
		changed, err := Objects(other, cluster)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(selectors, selectorsOf(t, changed)); diff != "" {
			t.Errorf("selectors change with the spec: %s", diff)
		}
	})
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	for _, in := range inputs(t) {
		first, second := bundles(t, readModel(t, in)), bundles(t, readModel(t, in))
		for i := range first {
			a, err := first[i].YAML()
			if err != nil {
				t.Fatal(err)
			}
			b, err := second[i].YAML()
			if err != nil {
				t.Fatal(err)
			}
			if string(a) != string(b) {
				t.Errorf("%s renders differently the second time", in)
			}
		}
	}
}

func TestRevision(t *testing.T) {
	render := func(change func(*geography.Model)) Bundle {
		model := readModel(t, "testdata/large.in.yaml")
		change(&model)
		return bundles(t, model)[0]
	}
	base := render(func(*geography.Model) {})

	same := map[string]func(*geography.Model){
		"generation":                func(m *geography.Model) { m.Owner.Generation++ },
		"uid":                       func(m *geography.Model) { m.Owner.UID = "restored" },
		"paused":                    func(m *geography.Model) { m.Paused = true },
		"order of the pull secrets": func(m *geography.Model) { slices.Reverse(m.Console.ImagePullSecrets) },
	}
	for name, change := range same {
		if got := render(change); got.Revision != base.Revision {
			t.Errorf("%s changes the revision", name)
		}
	}
	other := map[string]func(*geography.Model){
		"image":    func(m *geography.Model) { m.Console.Image = "other" },
		"replicas": func(m *geography.Model) { m.Console.Replicas++ },
		"hostname": func(m *geography.Model) { m.Hostname = "other.example.com" },
		"region":   func(m *geography.Model) { m.Regions = m.Regions[1:] },
		"owner":    func(m *geography.Model) { m.Owner.Hub = "other" },
	}
	for name, change := range other {
		got := render(change)
		if got.Revision == base.Revision {
			t.Errorf("%s leaves the revision", name)
		}
		if restarts := podOf(t, got).Volumes[0].ConfigMap.Name != podOf(t, base).Volumes[0].ConfigMap.Name; restarts != (got.ConfigDigest != base.ConfigDigest) {
			t.Errorf("%s: the pod mounts another config: %t, the digest differs: %t", name, restarts, got.ConfigDigest != base.ConfigDigest)
		}
	}
}

func TestExposureThatIsNotKnown(t *testing.T) {
	model := readModel(t, "testdata/route.in.yaml")
	for _, exposure := range []v1alpha1.Exposure{{Type: "Gateway"}, {Type: v1alpha1.ExposureIngress}, {}} {
		model.Exposure = exposure
		if _, err := Objects(model, model.Clusters[0]); err == nil || !strings.Contains(err.Error(), "spec.exposure") {
			t.Errorf("%q: got error %v, want one that names spec.exposure", exposure.Type, err)
		}
	}
}

// The id of the specification's form, of a value computed with sha256sum and base64.
func TestApplySetID(t *testing.T) {
	got := ApplySetID(geography.Owner{Name: "europe"}, "geoconsole")
	if want := "applyset-XjHmlaN418cxn76E7BrOMqt59dJS5Nhb1tvWFBL0wVM-v1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func selectorsOf(t *testing.T, bundle Bundle) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for _, object := range bundle.Objects {
		for _, path := range [][]string{{"spec", "selector"}, {"spec", "selector", "matchLabels"}, {"spec", "podSelector", "matchLabels"}} {
			if selector, ok, err := unstructured.NestedStringMap(object.Object, path...); ok && err == nil {
				found[object.GetKind()] = selector
			}
		}
	}
	return found
}

func podLabels(t *testing.T, bundle Bundle) map[string]string {
	t.Helper()
	var deployment apps.Deployment
	decode(t, bundle, "Deployment", &deployment)
	return deployment.Spec.Template.Labels
}

func podOf(t *testing.T, bundle Bundle) core.PodSpec {
	t.Helper()
	var deployment apps.Deployment
	decode(t, bundle, "Deployment", &deployment)
	return deployment.Spec.Template.Spec
}

func containers(pod core.PodSpec) []core.Container {
	return slices.Concat(pod.InitContainers, pod.Containers)
}

func decode(t *testing.T, bundle Bundle, kind string, into any) {
	t.Helper()
	kinds := map[string]bool{}
	for _, object := range bundle.Objects {
		kinds[object.GetKind()] = true
		if object.GetKind() != kind {
			continue
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, into); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("no %s among %v", kind, slices.Sorted(maps.Keys(kinds)))
}
