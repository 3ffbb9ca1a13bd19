package cel

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write testdata/columns.txt anew")

// stories are the goldens of internal/health: what happens to a GeoConsole, and every status that comes of it.
const stories = "../../internal/health/testdata/*.in.yaml"

// step is one step of a story: the GeoConsole, when it changes, and the status that it then has.
type step struct {
	Name       string         `json:"name"`
	GeoConsole map[string]any `json:"geoConsole"`
	Status     map[string]any `json:"-"`
	// Story is what the first step begins.
	Story string `json:"-"`
}

// readStory joins a story's steps with its golden statuses.
func readStory(path string) []step {
	GinkgoHelper()
	text, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	var story struct {
		Steps []step `json:"steps"`
	}
	Expect(yaml.Unmarshal(text, &story)).To(Succeed())
	out, err := os.Open(strings.TrimSuffix(path, ".in.yaml") + ".out.yaml")
	Expect(err).NotTo(HaveOccurred())
	defer func() { Expect(out.Close()).To(Succeed()) }()
	decoder := utilyaml.NewYAMLOrJSONDecoder(out, 4096)
	for i := range story.Steps {
		var told struct {
			Step   string         `json:"step"`
			Status map[string]any `json:"status"`
		}
		Expect(decoder.Decode(&told)).To(Succeed())
		Expect(told.Step).To(Equal(story.Steps[i].Name))
		story.Steps[i].Status = told.Status
	}
	return story.Steps
}

// age is the one column that differs from run to run.
var age = regexp.MustCompile(`^\d+m?s$`)

// shown is a namespace with a copy of each step of each story, which kubectl lists in one go, as starting it takes longer
// than all the rest.
const shown = "shown"

// columns runs kubectl get over the copies, and gives the cells of the header and of each row. Every copy takes the name of
// the GeoConsole that it was made from.
func columns(flags ...string) []string {
	GinkgoHelper()
	user, err := server.AddUser(envtest.User{Name: "admin", Groups: []string{"system:masters"}}, nil)
	Expect(err).NotTo(HaveOccurred())
	kubectl, err := user.Kubectl()
	Expect(err).NotTo(HaveOccurred())
	stdout, stderr, err := kubectl.Run(append([]string{"get", "geoconsoles", "--namespace", shown}, flags...)...)
	complaint, _ := io.ReadAll(stderr)
	Expect(err).NotTo(HaveOccurred(), "%s", complaint)
	table, err := io.ReadAll(stdout)
	Expect(err).NotTo(HaveOccurred())
	gap, copied := regexp.MustCompile(` {2,}`), regexp.MustCompile(`-\d{3}$`)
	var lines []string
	for line := range strings.Lines(string(table)) {
		cells := gap.Split(strings.TrimSpace(line), -1)
		cells[0] = copied.ReplaceAllString(cells[0], "")
		for i, cell := range cells {
			cells[i] = age.ReplaceAllString(cell, "<age>")
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return lines
}

// keepCopy makes the copy of a step that kubectl shows.
func keepCopy(gc *unstructured.Unstructured, number int) {
	GinkgoHelper()
	one := &unstructured.Unstructured{Object: map[string]any{"spec": gc.Object["spec"]}}
	one.SetGroupVersionKind(gc.GroupVersionKind())
	one.SetName(fmt.Sprintf("%s-%03d", gc.GetName(), number))
	one.SetNamespace(shown)
	status := gc.Object["status"]
	Expect(hub.Create(ctx, one)).To(Succeed())
	one.Object["status"] = status
	Expect(hub.Status().Update(ctx, one)).To(Succeed())
}

var _ = Describe("every status that health computes", func() {
	It("is taken by the API server, and kubectl shows it as the golden says", func() {
		paths, err := filepath.Glob(stories)
		Expect(err).NotTo(HaveOccurred())
		Expect(paths).NotTo(BeEmpty())
		Expect(hub.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: shown}})).To(Succeed())
		var told []step // in the order of the copies
		for _, path := range paths {
			name := strings.TrimSuffix(filepath.Base(path), ".in.yaml")
			gc := good()
			for i, step := range readStory(path) {
				if step.GeoConsole != nil {
					gc.Object["spec"] = step.GeoConsole["spec"]
				}
				if i == 0 {
					Expect(hub.Create(ctx, gc, client.FieldValidation("Strict"))).To(Succeed(), name)
				} else {
					Expect(hub.Update(ctx, gc, client.FieldValidation("Strict"))).To(Succeed(), "%s: %s", name, step.Name)
				}
				gc.Object["status"] = step.Status
				Expect(hub.Status().Update(ctx, gc, client.FieldValidation("Strict"))).To(Succeed(), "%s: %s", name, step.Name)
				kept, err := json.Marshal(gc.Object["status"])
				Expect(err).NotTo(HaveOccurred())
				computed, err := json.Marshal(step.Status)
				Expect(err).NotTo(HaveOccurred())
				Expect(kept).To(MatchJSON(computed), "%s: %s: the API server keeps another status", name, step.Name)
				keepCopy(gc, len(told))
				if i == 0 {
					step.Story = name
				}
				told = append(told, step)
			}
			Expect(hub.Delete(ctx, gc)).To(Succeed())
		}
		text := inWords(told)
		const golden = "testdata/columns.txt"
		if *update {
			Expect(os.WriteFile(golden, []byte(text), 0o600)).To(Succeed())
		}
		want, err := os.ReadFile(golden)
		Expect(err).NotTo(HaveOccurred())
		Expect(text).To(Equal(string(want)), "when that is meant, run with -update and read the diff")
	})
})

// inWords writes what kubectl shows of the copies: of the first of each story all, of the others the usual columns.
func inWords(told []step) string {
	GinkgoHelper()
	usual, wide := columns(), columns("--output=wide")
	Expect(usual).To(HaveLen(1 + len(told)))
	Expect(wide).To(HaveLen(1 + len(told)))
	var text strings.Builder
	for i, step := range told {
		if step.Story != "" {
			fmt.Fprintf(&text, "# %s\n%s\n%s\n", step.Story, wide[0], wide[1+i])
		}
		fmt.Fprintf(&text, "## %s\n%s\n", step.Name, usual[1+i])
	}
	return text.String()
}
