package geography

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

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
	// AllowedImagePrefixes are image prefixes that may be used without a digest.
	AllowedImagePrefixes []string
	// CABundles are the ConfigMap keys that spec.regions[].caBundle names, as far as they are there.
	CABundles map[v1alpha1.ConfigMapKey]string
	// HostnameHolder is the namespace/name of an older GeoConsole that holds the host name or one above it; empty
	// when there is none.
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
		Paused:       spec.Paused != nil && *spec.Paused,
	}
	problems := geographyProblems(spec.Geography)
	if facts.HostnameHolder != "" {
		problems = append(problems, Problem{v1alpha1.ReasonHostnameTaken, fmt.Sprintf(
			"spec.hostname: %s is held by the older GeoConsole %s; choose another name or remove that one", spec.Hostname, facts.HostnameHolder)})
	}
	var more []Problem
	m.Clusters, more = clusters(gc)
	problems = append(problems, more...)
	m.Regions, more = regions(spec.Regions, facts)
	problems = append(problems, more...)
	m.Console, more = console(spec.Console, facts)
	return m, append(problems, more...)
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

func regions(specs []v1alpha1.Region, facts Facts) ([]Region, []Problem) {
	var out []Region
	var problems []Problem
	for i, r := range specs {
		region := Region{ID: r.ID, DisplayName: cmp.Or(r.DisplayName, r.ID)}
		for j, e := range r.Endpoints {
			endpoint, problem := endpoint(e, fmt.Sprintf("spec.regions[%d].endpoints[%d]", i, j))
			problems = append(problems, problem...)
			region.Endpoints = append(region.Endpoints, endpoint)
		}
		if r.CABundle != nil {
			pem, problem := caBundle(r.CABundle.HubConfigMap, facts, fmt.Sprintf("spec.regions[%d].caBundle", i))
			problems = append(problems, problem...)
			region.CABundle = pem
		}
		out = append(out, region)
	}
	return out, problems
}

// endpoint finds out where an endpoint stands: by its host name, else by the declared country. Both must agree.
func endpoint(e v1alpha1.Endpoint, field string) (Endpoint, []Problem) {
	out := Endpoint{URL: e.URL, Port: httpsPort}
	u, err := url.Parse(e.URL)
	if err != nil {
		return out, []Problem{{v1alpha1.ReasonCountryMissing, field + ".url: is not a URL; write https://<DNS name>[:port]"}}
	}
	out.Host = u.Hostname()
	if port, err := strconv.ParseInt(u.Port(), 10, 32); err == nil {
		out.Port = int32(port)
	}
	place, known := LocateHost(out.Host)
	switch {
	case known && e.Country != "" && e.Country != place.Country:
		return out, []Problem{{v1alpha1.ReasonCountryContradicted, fmt.Sprintf(
			"%s.country: is %s, but the host names %s, which is in %s; remove country or correct the url", field, e.Country, place.CloudRegion, place.Country)}}
	case known:
		out.Place = place
	case e.Country != "":
		out.Place = Place{Country: e.Country, Evidence: Declared}
	default:
		return out, []Problem{{v1alpha1.ReasonCountryMissing, fmt.Sprintf(
			"%s.country: is missing, and the host %s names no cloud region of the atlas; declare the country where the endpoint stands", field, out.Host)}}
	}
	return out, nil
}

func caBundle(key v1alpha1.ConfigMapKey, facts Facts, field string) (string, []Problem) {
	pem, there := facts.CABundles[key]
	if !there {
		return "", []Problem{{v1alpha1.ReasonCABundleMissing, fmt.Sprintf(
			"%s.hubConfigMap: the ConfigMap %s has no key %s in this namespace; create it", field, key.Name, key.Key)}}
	}
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(pem)) {
		return "", []Problem{{v1alpha1.ReasonCABundleInvalid, fmt.Sprintf(
			"%s.hubConfigMap: key %s of ConfigMap %s holds no certificate; give PEM blocks of type CERTIFICATE", field, key.Key, key.Name)}}
	}
	return pem, nil
}

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
	switch {
	case out.Image == "":
		return out, []Problem{{
			v1alpha1.ReasonImageMissing,
			"spec.console.image: is missing, and the operator came without one; set it, or RELATED_IMAGE_CONSOLE on the operator",
		}}
	case !imageAllowed(out.Image, facts):
		return out, []Problem{{v1alpha1.ReasonImageNotAllowed, fmt.Sprintf(
			"spec.console.image: %s is neither a digest nor under --allowed-image-prefixes; use <repository>@sha256:<digest>", out.Image)}}
	}
	return out, nil
}

// imageAllowed: a tag can be moved to other code after review, a digest cannot. The operator's own image was reviewed
// with the operator.
func imageAllowed(image string, facts Facts) bool {
	if _, digest, ok := strings.Cut(image, "@sha256:"); (ok && len(digest) == 64) || image == facts.DefaultImage {
		return true
	}
	for _, prefix := range facts.AllowedImagePrefixes {
		if strings.HasPrefix(image, prefix) {
			return true
		}
	}
	return false
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
