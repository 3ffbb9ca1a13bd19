package cel

import (
	"bytes"
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

// columns makes a function that runs kubectl get, and gives the cells of the header and of the one row.
func columns() func(flags ...string) []string {
	GinkgoHelper()
	user, err := server.AddUser(envtest.User{Name: "admin", Groups: []string{"system:masters"}}, nil)
	Expect(err).NotTo(HaveOccurred())
	kubectl, err := user.Kubectl()
	Expect(err).NotTo(HaveOccurred())
	gap := regexp.MustCompile(` {2,}`)
	return func(flags ...string) []string {
		GinkgoHelper()
		stdout, stderr, err := kubectl.Run(append([]string{"get", "geoconsoles", "--namespace", "geoconsoles"}, flags...)...)
		complaint, _ := io.ReadAll(stderr)
		Expect(err).NotTo(HaveOccurred(), "%s", complaint)
		table, err := io.ReadAll(stdout)
		Expect(err).NotTo(HaveOccurred())
		var lines []string
		for line := range strings.Lines(string(table)) {
			cells := gap.Split(strings.TrimSpace(line), -1)
			for i, cell := range cells {
				cells[i] = age.ReplaceAllString(cell, "<age>")
			}
			lines = append(lines, strings.Join(cells, " | "))
		}
		Expect(lines).To(HaveLen(2))
		return lines
	}
}

var _ = Describe("every status that health computes", func() {
	It("is taken by the API server, and kubectl shows it as the golden says", func() {
		paths, err := filepath.Glob(stories)
		Expect(err).NotTo(HaveOccurred())
		Expect(paths).NotTo(BeEmpty())
		show := columns()
		var shown bytes.Buffer
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
				if i == 0 {
					fmt.Fprintf(&shown, "# %s\n%s\n", name, strings.Join(show("--output=wide"), "\n"))
				}
				fmt.Fprintf(&shown, "%s\n", strings.Join(append([]string{"## " + step.Name}, show()[1:]...), "\n"))
			}
			Expect(hub.Delete(ctx, gc)).To(Succeed())
		}
		const golden = "testdata/columns.txt"
		if *update {
			Expect(os.WriteFile(golden, shown.Bytes(), 0o600)).To(Succeed())
		}
		want, err := os.ReadFile(golden)
		Expect(err).NotTo(HaveOccurred())
		Expect(shown.String()).To(Equal(string(want)), "when that is meant, run with -update and read the diff")
	})
})
