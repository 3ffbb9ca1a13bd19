package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/geography"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

// rendering is what the command render was asked for.
type rendering struct {
	file          string
	cluster       string
	configOnly    bool
	authorities   []string
	image         string
	imagePrefixes []string
	hub           string
}

// run writes nothing to out unless everything is well.
func (r rendering) run(stdin io.Reader, out io.Writer) error {
	gc, err := readGeoConsole(r.file, stdin)
	if err != nil {
		return err
	}
	model, err := r.model(gc)
	if err != nil {
		return err
	}
	content, err := r.content(model)
	if err != nil {
		return err
	}
	if _, err := out.Write(content); err != nil {
		return fmt.Errorf("write what was rendered: %w", err)
	}
	return nil
}

// model checks the GeoConsole as the operator does.
func (r rendering) model(gc *v1alpha1.GeoConsole) (geography.Model, error) {
	bundles, err := readAuthorities(r.authorities, gc)
	if err != nil {
		return geography.Model{}, err
	}
	model, found := geography.FromSpec(gc, geography.Facts{
		Hub: r.hub, DefaultImage: r.image, AllowedImagePrefixes: r.imagePrefixes, CABundles: bundles,
	})
	if r.configOnly { // a config names no image
		found = slices.DeleteFunc(found, func(p geography.Problem) bool { return p.Reason == v1alpha1.ReasonImageMissing })
	}
	if len(found) > 0 {
		return geography.Model{}, fromModel(found)
	}
	if found := outside(model); len(found) > 0 {
		return geography.Model{}, found
	}
	return model, nil
}

func (r rendering) content(model geography.Model) ([]byte, error) {
	if r.configOnly {
		return model.Config().Encode()
	}
	clusters := model.Clusters
	if r.cluster != "" {
		cluster, ok := model.Cluster(r.cluster)
		if !ok {
			return nil, fmt.Errorf("--cluster: %s is not in spec.clusters; choose one of %s", r.cluster, names(model.Clusters))
		}
		clusters = []geography.Cluster{cluster}
	}
	var content []byte
	for _, cluster := range clusters {
		bundle, err := render.Objects(model, cluster)
		if err != nil {
			return nil, err
		}
		documents, err := bundle.YAML()
		if err != nil {
			return nil, err
		}
		content = fmt.Appendf(content, "# Cluster %s, namespace %s: revision %s, config %s.\n",
			cluster.Name, cluster.Namespace, bundle.Revision, bundle.ConfigDigest)
		content = append(content, documents...)
	}
	return content, nil
}

func names(clusters []geography.Cluster) string {
	var out []string
	for _, c := range clusters {
		out = append(out, c.Name)
	}
	return strings.Join(out, ", ")
}

// readAuthorities reads the files of --ca. One that no caBundle names is refused: it would be a misspelt one.
func readAuthorities(flags []string, gc *v1alpha1.GeoConsole) (map[v1alpha1.ConfigMapKey]string, error) {
	wanted := map[v1alpha1.ConfigMapKey]bool{}
	for _, key := range geography.CABundleKeys(gc) {
		wanted[key] = true
	}
	bundles := map[v1alpha1.ConfigMapKey]string{}
	for _, flag := range flags {
		reference, file, hasFile := strings.Cut(flag, "=")
		name, key, hasKey := strings.Cut(reference, "/")
		if !hasFile || !hasKey {
			return nil, fmt.Errorf("--ca: %q is not NAME/KEY=FILE; write it like xcm-ca/ca.crt=ca.pem", flag)
		}
		at := v1alpha1.ConfigMapKey{Name: name, Key: key}
		if !wanted[at] {
			return nil, fmt.Errorf("--ca: no caBundle names %s; leave it out, or choose one of %s", reference, references(wanted))
		}
		content, err := os.ReadFile(file) //nolint:gosec // the file that the person names is what is read
		if err != nil {
			return nil, fmt.Errorf("--ca: read %s: %w", reference, err)
		}
		bundles[at] = string(content)
	}
	return bundles, nil
}

func references(wanted map[v1alpha1.ConfigMapKey]bool) string {
	var out []string
	for at := range maps.Keys(wanted) {
		out = append(out, at.Name+"/"+at.Key)
	}
	slices.Sort(out)
	return "[" + strings.Join(out, ", ") + "]"
}
