package geography

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

func console(c v1alpha1.Console, facts Facts) (Console, []Problem) {
	out := Console{
		Image:    cmp.Or(c.Image, facts.DefaultImage),
		Replicas: defaultReplicas,
		CPU:      resource.MustParse(defaultCPU),
		Memory:   resource.MustParse(defaultMemory),
		LogLevel: cmp.Or(c.LogLevel, v1alpha1.LogInfo),
	}
	for _, s := range c.ImagePullSecrets {
		out.ImagePullSecrets = append(out.ImagePullSecrets, s.Name)
	}
	if c.Scaling != nil && c.Scaling.Fixed != nil {
		out.Replicas = c.Scaling.Fixed.Replicas
	}
	if c.Resources.CPU != nil {
		out.CPU = *c.Resources.CPU
	}
	if c.Resources.Memory != nil {
		out.Memory = *c.Resources.Memory
	}
	return out, append(imageProblems(out.Image, facts), resourceProblems(out)...)
}

func imageProblems(image string, facts Facts) []Problem {
	switch {
	case image == "":
		return []Problem{{
			v1alpha1.ReasonImageMissing,
			"spec.console.image: is missing, and the operator came without one; set it, or RELATED_IMAGE_CONSOLE on the operator",
		}}
	case !imageAllowed(image, facts):
		return []Problem{{v1alpha1.ReasonImageNotAllowed, fmt.Sprintf(
			"spec.console.image: %s is neither a digest nor under --allowed-image-prefixes; use <repository>@sha256:<digest>", image)}}
	}
	return nil
}

// digestForm ends an image reference that cannot be moved.
var digestForm = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)

// imageAllowed: a tag can be moved to other code after review, a digest cannot. The operator's own image was reviewed
// with the operator.
func imageAllowed(image string, facts Facts) bool {
	if digestForm.MatchString(image) || image == facts.DefaultImage {
		return true
	}
	return slices.ContainsFunc(facts.AllowedImagePrefixes, func(prefix string) bool { return under(image, prefix) })
}

// under tells whether an image lies under a prefix, whole parts counted: registry.example.com/team does not allow
// registry.example.com/team-of-others.
func under(image, prefix string) bool {
	rest, ok := strings.CutPrefix(image, strings.TrimSuffix(prefix, "/"))
	return ok && (rest == "" || strings.ContainsAny(rest[:1], "/:@"))
}

// leastMemory is less than any console can start with; it is there to catch a wrong unit.
const leastMemory = "32Mi"

// resourceProblems: zero would mean no limit, and 128m, written for 128Mi, is a fraction of a byte.
func resourceProblems(c Console) []Problem {
	var problems []Problem
	if c.CPU.Sign() <= 0 {
		problems = append(problems, Problem{v1alpha1.ReasonResourcesInvalid, fmt.Sprintf(
			"spec.console.resources.cpu: is %s; request more than nothing, such as %s", c.CPU.String(), defaultCPU)})
	}
	if c.Memory.Cmp(resource.MustParse(leastMemory)) < 0 {
		problems = append(problems, Problem{v1alpha1.ReasonResourcesInvalid, fmt.Sprintf(
			"spec.console.resources.memory: is %s; give at least %s", c.Memory.String(), leastMemory)})
	}
	return problems
}
