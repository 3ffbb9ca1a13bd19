package render

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func manifests(t *testing.T, r Rights) []Manifest {
	t.Helper()
	all, err := r.Manifests()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestManifestsAreOfOneNamespace(t *testing.T) {
	kinds := []string{}
	for _, m := range manifests(t, GeographyRights("console-eu", "hub")) {
		kinds = append(kinds, m.Object.GetKind())
		if ns := m.Object.GetNamespace(); ns != "console-eu" && ns != "" {
			t.Errorf("%s is in %s", m.Object.GetKind(), ns)
		}
		if subjects, found, _ := unstructured.NestedSlice(m.Object.Object, "subjects"); found {
			subject := subjects[0].(map[string]any)
			if len(subjects) != 1 || subject["kind"] != "ServiceAccount" || subject["name"] != "hub" || subject["namespace"] != "console-eu" {
				t.Errorf("%s is for %v", m.Object.GetKind(), subjects)
			}
		}
	}
	want := []string{"Namespace", "ServiceAccount", "Secret", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
	if !slices.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
}

func TestTwoNamespacesOfOneClusterShareNothing(t *testing.T) {
	of := map[string]Rights{}
	for _, r := range []Rights{
		GeographyRights("a", "hub"), GeographyRights("b", "hub"), GeographyRights("a", "hub-b"), GeographyRights("b-a", "hub"), GeographyRights("b", "hub-survey"),
	} {
		for _, m := range manifests(t, r) {
			if m.Part == PartNamespace {
				continue // two ServiceAccounts may serve one namespace
			}
			name := m.Object.GetKind() + "/" + m.Object.GetNamespace() + "/" + m.Object.GetName()
			if other, taken := of[name]; taken {
				t.Errorf("%s is of %+v and of %+v", name, other, r)
			}
			of[name] = r
		}
	}
}

func TestManifestSaysWhy(t *testing.T) {
	for _, m := range manifests(t, GeographyRights("console-eu", "hub")) {
		document, err := m.YAML()
		if err != nil {
			t.Fatal(err)
		}
		comments := 0
		for line := range strings.Lines(string(document)) {
			if strings.HasPrefix(line, "# ") {
				comments++
			}
		}
		if lines := strings.Split(m.Why, "\n"); m.Why != "" && comments != len(lines) {
			t.Errorf("%s: %d lines of comment, want %d:\n%s", m.Object.GetKind(), comments, len(lines), document)
		}
	}
}
