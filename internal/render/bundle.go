// Package render makes the objects that are put into a cluster out of a checked model. It is pure: one file per kind.
package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// Bundle is all that is rendered for one cluster.
type Bundle struct {
	// Revision is the hash of everything rendered but the live config: 16 lower-case hex digits. Every object carries it as
	// an annotation; pod templates do not, so that a change of a Service restarts nothing. The live config carries a
	// revision of its own.
	Revision string
	// ConfigDigest is geography.Digest of the config file: what a pod that has loaded it reports.
	ConfigDigest string
	// LiveDigest is geography.Digest of the live config: what a pod that has taken it over reports.
	LiveDigest string
	// Objects in the order in which they are applied, each an apply configuration with the owner mark.
	Objects []*unstructured.Unstructured
}

// rendering is what the builders of all kinds draw on.
type rendering struct {
	geography.Model
	// namespace in the cluster.
	namespace string
	// config is the file that the console reads, and digest its geography.Digest.
	config []byte
	digest string
	// live is the file that the console reads again and again.
	live []byte
}

// Objects renders everything that belongs into one cluster of a model that geography.FromSpec found without problems.
// Equal input gives equal bytes. What a pod needs comes before the Deployment, what leads users to it comes last. It
// fails for an exposure that this release does not know.
func Objects(m geography.Model, c geography.Cluster) (Bundle, error) {
	config, err := m.Config().Encode()
	if err != nil {
		return Bundle{}, err
	}
	live, err := m.Live().Encode()
	if err != nil {
		return Bundle{}, err
	}
	r := rendering{Model: m, namespace: c.Namespace, config: config, digest: geography.Digest(config), live: live}
	exposure, err := r.exposure()
	if err != nil {
		return Bundle{}, err
	}
	objects, err := r.unstructured(append([]any{
		r.serviceAccount(),
		r.configMap(),
		r.networkPolicy(),
		r.podDisruptionBudget(),
		r.service(),
		r.deployment(),
	}, exposure...)...)
	if err != nil {
		return Bundle{}, err
	}
	revision, err := stamp(objects)
	if err != nil {
		return Bundle{}, err
	}
	changing, err := r.unstructured(r.liveConfigMap())
	if err != nil {
		return Bundle{}, err
	}
	if _, err := stamp(changing); err != nil {
		return Bundle{}, err
	}
	return Bundle{
		Revision: revision, ConfigDigest: r.digest, LiveDigest: geography.Digest(live),
		Objects: slices.Insert(objects, afterConfig, changing...),
	}, nil
}

// afterConfig is the live config's place in the order of apply: beside the config, before the pods that mount both.
const afterConfig = 2

// exposure are the objects that lead users to the console: what has its own host name comes first.
func (r rendering) exposure() ([]any, error) {
	switch {
	case r.Exposure.Type == v1alpha1.ExposureRoute:
		return r.routes(), nil
	case r.Exposure.Type == v1alpha1.ExposureIngress && r.Exposure.Ingress != nil:
		return []any{r.ingress(r.Exposure.Ingress.ClassName)}, nil
	default:
		return nil, fmt.Errorf("spec.exposure: type %q without its member, or not known to this release; choose Route or Ingress and set the member of that name", r.Exposure.Type)
	}
}

// unstructured turns typed apply configurations into what is sent, and gives every object the labels and the owner
// mark in the one place that no kind can forget.
func (r rendering) unstructured(configurations ...any) ([]*unstructured.Unstructured, error) {
	objects := make([]*unstructured.Unstructured, 0, len(configurations))
	for _, configuration := range configurations {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(configuration)
		if err != nil {
			return nil, fmt.Errorf("render %T: %w", configuration, err)
		}
		object := &unstructured.Unstructured{Object: content}
		labels := Labels(r.Owner)
		labels[LabelApplySetPartOf] = ApplySetID(r.Owner, r.namespace)
		object.SetLabels(labels)
		object.SetAnnotations(map[string]string{v1alpha1.AnnotationOwner: r.Owner.Mark()})
		objects = append(objects, object)
	}
	return objects, nil
}

// stamp hashes the objects, writes the hash into each of them as the revision and returns it.
func stamp(objects []*unstructured.Unstructured) (string, error) {
	encoded, err := json.Marshal(objects)
	if err != nil {
		return "", fmt.Errorf("hash the rendered objects: %w", err)
	}
	sum := sha256.Sum256(encoded)
	revision := hex.EncodeToString(sum[:8])
	for _, object := range objects {
		annotations := object.GetAnnotations()
		annotations[v1alpha1.AnnotationRevision] = revision
		object.SetAnnotations(annotations)
	}
	return revision, nil
}

// YAML is the bundle as one document per object, in the order in which they are applied.
func (b Bundle) YAML() ([]byte, error) {
	var out bytes.Buffer
	for _, object := range b.Objects {
		document, err := yaml.Marshal(object.Object)
		if err != nil {
			return nil, fmt.Errorf("write %s %s as YAML: %w", object.GetKind(), object.GetName(), err)
		}
		out.WriteString("---\n")
		out.Write(document)
	}
	return out.Bytes(), nil
}
