package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/cmd/geoconsole/evidence"
)

// What evidence says of a cluster is tested in evidence/, also by this command against a real API server.
func TestEvidenceRefuses(t *testing.T) {
	dir := t.TempDir()
	kubeconfig := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "--kubeconfig=" + file
	}
	good := kubeconfig("good", "apiVersion: v1\nkind: Config\ncurrent-context: geo\ncontexts: [{name: geo, context: {cluster: geo}}]\nclusters: [{name: geo, cluster: {server: https://127.0.0.1:1}}]\n")
	t.Setenv("KUBECONFIG", filepath.Join(dir, "nowhere"))
	// A command in a pod does not take the pod's own account.
	t.Setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
	t.Setenv("KUBERNETES_SERVICE_PORT", "1")
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"no name":                        {nil, `required flag(s) "name" not set`},
		"a name that is none":            {[]string{"--name=Europe"}, `--name: "Europe" is no name; give the name of the GeoConsole`},
		"a namespace that is none":       {[]string{"--name=europe", "-n", "a/b"}, `--namespace: "a/b" is no name; give the namespace`},
		"an account that is none":        {[]string{"--name=europe", "--hub-account=a/b/c"}, `--hub-account: "b/c" is no name; give NAME or NAMESPACE/NAME`},
		"an account without its name":    {[]string{"--name=europe", "--hub-account=geoconsole/"}, `--hub-account: "" is no name`},
		"no kubeconfig":                  {[]string{"--name=europe"}, "--kubeconfig: there is none"},
		"a kubeconfig that is not there": {[]string{"--name=europe", "--kubeconfig=nowhere"}, "--kubeconfig: "},
		"a kubeconfig that is none":      {[]string{"--name=europe", kubeconfig("bad", "a: [")}, "--kubeconfig: "},
		"a kubeconfig of nothing":        {[]string{"--name=europe", kubeconfig("empty", "apiVersion: v1\nkind: Config\n")}, "--kubeconfig: there is none, or it names no context; give"},
		"a context that is not there":    {[]string{"--name=europe", good, "--context=asia"}, "--context: the kubeconfig has no context asia; choose another"},
		"a cluster that is not there":    {[]string{"--name=europe", good}, "--kubeconfig: read Deployment geoconsole/europe: "},
		"a resource that is not there":   {[]string{"--name=europe", good, "-f", "nowhere.yaml"}, "--filename: read the GeoConsole: "},
		"another resource":               {[]string{"--name=asia", good, "-f", europe}, "--filename: it holds the GeoConsole europe; give the file of asia, or change --name"},
		"an argument":                    {[]string{"europe"}, "unknown command"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := execute("", append([]string{"evidence"}, test.args...)...)
			if err == nil || !strings.Contains(err.Error(), test.says) || out != "" {
				t.Errorf("got %v and %q, want %q and nothing", err, out, test.says)
			}
		})
	}
}

// What a cluster says is shown on a terminal, where some runes are commands.
func TestEvidenceSteersNoTerminal(t *testing.T) {
	hostile := "image busybox\x1b]0;owned\x07\u009b2J\u202e\n"
	report := evidence.Record{Items: []evidence.Item{{
		ID: "pod/a" + hostile, Verdict: evidence.Contradicts, Says: "runs " + hostile, Names: []string{hostile, "b"}, Cure: "delete " + hostile,
	}}}
	encoded, err := report.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var again evidence.Record
	if err := json.Unmarshal(encoded, &again); err != nil || again.Items[0].Names[0] != hostile {
		t.Errorf("the document says something else: %v, %q", err, again.Items)
	}
	said := contradictions(report).Error()
	for where, text := range map[string]string{"standard error": said, "the document": strings.ReplaceAll(string(encoded), "\n", "")} {
		if i := strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }); i >= 0 {
			t.Errorf("%s holds %q", where, text[i:])
		}
	}
	if !strings.Contains(said, `, "b"; delete image`) {
		t.Errorf("names are not divided: %s", said)
	}
}
