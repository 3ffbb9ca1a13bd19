package geography

import (
	"cmp"
	"fmt"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// Problem is something in a spec that only its author can cure. Message names the field and the cure.
type Problem struct {
	Reason  string
	Message string
}

// Facts are what FromSpec has to know beside the spec.
type Facts struct {
	// Hub is the hub's id.
	Hub string
	// DefaultImage is the console image that the operator came with; may be empty.
	DefaultImage string
	// AllowedImagePrefixes are image prefixes that may be used without a digest; a prefix ends where a part of the
	// reference ends (/, : or @).
	AllowedImagePrefixes []string
	// CABundles are the ConfigMap keys that CABundleKeys lists, as far as they are there.
	CABundles map[v1alpha1.ConfigMapKey]string
	// HostnameHolder is the namespace/name of the other GeoConsole that holds the host name, or one above or below it;
	// empty when there is none.
	HostnameHolder string
}

// Defaults that belong to v1alpha1: changing one would change every console that does not set the field.
const (
	defaultReplicas         = 2
	defaultCPU              = "50m"
	defaultMemory           = "128Mi"
	defaultHealthPath       = "/api/clusters_mgmt/v1"
	defaultIntervalSeconds  = 10
	defaultTimeoutSeconds   = 3
	defaultFailureThreshold = 3
	defaultSuccessThreshold = 2
	httpsPort               = 443
)

// FromSpec checks a GeoConsole and fills in the defaults. With problems, the model is what could be resolved; it must
// not be applied.
func FromSpec(gc *v1alpha1.GeoConsole, facts Facts) (Model, []Problem) {
	spec := gc.Spec
	m := Model{
		Owner: Owner{
			Hub: facts.Hub, Namespace: gc.Namespace, Name: gc.Name,
			UID: string(gc.UID), Generation: gc.Generation,
		},
		Geography:    boundaryOf(spec.Geography),
		Hostname:     spec.Hostname,
		Auth:         spec.Auth.Type,
		Exposure:     spec.Exposure,
		HealthChecks: healthChecks(spec.HealthChecks),
		Proxy:        proxyBounds(spec.Proxy),
		Maintenance:  spec.Maintenance,
		Paused:       spec.Paused != nil && *spec.Paused,
		Deletion:     cmp.Or(spec.DeletionPolicy, v1alpha1.DeletionPolicyDelete),
		Adopt:        consents(gc.Annotations[v1alpha1.AnnotationAdopt]),
		Abandon:      consents(gc.Annotations[v1alpha1.AnnotationAbandon]),
	}
	problems := geographyProblems(spec.Geography)
	if facts.HostnameHolder != "" {
		problems = append(problems, Problem{v1alpha1.ReasonHostnameTaken, fmt.Sprintf(
			"spec.hostname: %s is held by the GeoConsole %s; choose another name or remove that one", spec.Hostname, facts.HostnameHolder)})
	}
	var more []Problem
	m.Clusters, more = clusters(gc)
	problems = append(problems, more...)
	m.Regions, more = regions(spec.Regions, facts)
	problems = append(problems, more...)
	m.Accounts, more = accounts(spec.Accounts, facts)
	problems = append(problems, more...)
	m.Issuer, more = issuer(spec.Auth, facts)
	problems = append(problems, more...)
	m.Console, more = console(spec.Console, facts)
	problems = append(problems, more...)
	more = configProblems(m)
	if len(more) == 0 { // what is wrong with an id is told once
		more = liveProblems(m)
	}
	return m, append(problems, more...)
}

// configProblems reads the console's config back, as a console will: what none would load is never applied (safety
// property 6). The API server refuses most of it earlier; here it meets an operator that is older than its CRD, and what
// no schema can say, such as the size of all CA bundles.
func configProblems(m Model) []Problem {
	file, err := m.Config().Encode()
	if err == nil {
		_, err = ReadConfig(file)
	}
	if err == nil {
		return nil
	}
	return []Problem{{v1alpha1.ReasonConfigRefused, fmt.Sprintf("spec, as the console's config: %v", err)}}
}

func geographyProblems(g v1alpha1.Geography) []Problem {
	if g.Custom == nil {
		return nil
	}
	if _, known := builtIn[v1alpha1.BuiltInGeography(g.Custom.Name)]; !known {
		return nil
	}
	return []Problem{{v1alpha1.ReasonGeographyNameTaken, fmt.Sprintf(
		"spec.geography.custom.name: %s is the name of a built-in geography; choose another name or use type BuiltIn", g.Custom.Name)}}
}

func clusters(gc *v1alpha1.GeoConsole) ([]Cluster, []Problem) {
	var out []Cluster
	var problems []Problem
	for i, c := range gc.Spec.Clusters {
		cluster := Cluster{
			Name: c.Name, Connection: c.Connection, Declared: c.Country,
			Namespace: cmp.Or(c.Namespace, gc.Namespace),
		}
		for _, other := range out {
			if samePlace(other, cluster) {
				problems = append(problems, Problem{v1alpha1.ReasonClusterTwice, fmt.Sprintf(
					"spec.clusters[%d]: %s is the same place as %s; keep one of them", i, cluster.Name, other.Name)})
			}
		}
		out = append(out, cluster)
	}
	return out, problems
}

func samePlace(a, b Cluster) bool {
	if a.Connection.Type != b.Connection.Type || a.Namespace != b.Namespace {
		return false
	}
	return a.Connection.Kubeconfig == nil || *a.Connection.Kubeconfig == *b.Connection.Kubeconfig
}

func healthChecks(h v1alpha1.HealthChecks) ConfigHealthChecks {
	return ConfigHealthChecks{
		Path:             cmp.Or(h.Path, defaultHealthPath),
		IntervalSeconds:  cmp.Or(h.IntervalSeconds, defaultIntervalSeconds),
		TimeoutSeconds:   cmp.Or(h.TimeoutSeconds, defaultTimeoutSeconds),
		FailureThreshold: cmp.Or(h.FailureThreshold, defaultFailureThreshold),
		SuccessThreshold: cmp.Or(h.SuccessThreshold, defaultSuccessThreshold),
	}
}
