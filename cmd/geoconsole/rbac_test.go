package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPublishedRightsAreWhatIsPrinted compares with config/, which people and the demo apply by kustomize.
func TestPublishedRightsAreWhatIsPrinted(t *testing.T) {
	for file, args := range map[string][]string{
		"geography-cluster/namespace.yaml":       {"--only", "namespace"},
		"geography-cluster/service_account.yaml": {"--only", "account"},
		"geography-cluster/role.yaml":            {"--only", "rights"},
		"rbac/console_role.yaml":                 {"--hub", "--namespace", "system"},
	} {
		t.Run(file, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("../../config", file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := execute("", append([]string{"rbac"}, args...)...)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("config/%s differs from (run make generate after reading this):\n%s", file, got)
			}
		})
	}
}

func TestRbacTakesNames(t *testing.T) {
	all, err := execute("", "rbac", "--namespace", "console-eu", "--name", "hub-1")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(all, "namespace: geoconsole\n") || strings.Contains(all, "geoconsole-hub") {
		t.Errorf("a default name is left:\n%s", all)
	}
	for _, want := range []string{"kind: Namespace", "kind: ServiceAccount", "name: hub-1-token", "kind: Role\n", "kind: RoleBinding", "name: hub-1-survey:console-eu"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing:\n%s", want, all)
		}
	}
}

func TestRbacRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"a namespace that is none":     {[]string{"--namespace", "Console"}, `--namespace: "Console" is no namespace; give a name of lower-case letters`},
		"a namespace with a line":      {[]string{"--namespace", "a\n---\nb"}, "--namespace: "},
		"a name that is none":          {[]string{"--name", "a:b"}, `--name: "a:b" is no name; give one of lower-case letters`},
		"a part that is none":          {[]string{"--only", "role"}, `--only: "role" is no part; choose of namespace, account and rights`},
		"parts of the operator's":      {[]string{"--hub", "--only", "rights"}, "none of the others can be"},
		"another name of the operator": {[]string{"--hub", "--name", "x"}, "none of the others can be"},
		"an argument":                  {[]string{"geoconsole"}, "unknown command"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := execute("", append([]string{"rbac"}, c.args...)...)
			if err == nil || !strings.Contains(err.Error(), c.says) || out != "" {
				t.Errorf("got %v and %q, want %q and nothing", err, out, c.says)
			}
		})
	}
}
