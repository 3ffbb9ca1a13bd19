package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// readGeoConsole reads the one GeoConsole of a file, or of stdin for "-". A field that v1alpha1 does not have is a
// problem, where a decoder would pass over it.
func readGeoConsole(file string, stdin io.Reader) (*v1alpha1.GeoConsole, error) {
	content, err := read(file, stdin)
	if err != nil {
		return nil, fmt.Errorf("read the GeoConsole: %w", err)
	}
	document, err := onlyDocument(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	encoded, err := sigsyaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, fmt.Errorf("%s: is not YAML: %w", file, err)
	}
	var gc v1alpha1.GeoConsole
	violations, err := kjson.UnmarshalStrict(encoded, &gc)
	if err != nil {
		return nil, fmt.Errorf("%s: is not a GeoConsole: %w", file, err)
	}
	if found := identityProblems(&gc); len(found) > 0 {
		return nil, found
	}
	if found := unknownFields(violations); len(found) > 0 {
		return nil, found
	}
	return &gc, nil
}

func read(file string, stdin io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(file) //nolint:gosec // the file that the person names is what is read
}

// onlyDocument finds the one YAML document that is not empty. Several would be several GeoConsoles or other kinds, and
// rendering one of them would say nothing of the rest.
func onlyDocument(content []byte) ([]byte, error) {
	var found []byte
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if blank(document) {
			continue
		}
		if found != nil {
			return nil, errors.New("holds more than one document; keep one GeoConsole in it")
		}
		found = document
	}
	if found == nil {
		return nil, errors.New("holds no document; write a GeoConsole into it")
	}
	return found, nil
}

// blank tells whether a document holds comments and separators only.
func blank(document []byte) bool {
	var content any
	return sigsyaml.Unmarshal(document, &content) == nil && content == nil
}

func identityProblems(gc *v1alpha1.GeoConsole) problems {
	var out problems
	if got, want := gc.APIVersion, v1alpha1.GroupVersion.String(); got != want {
		out = append(out, fmt.Sprintf("apiVersion: is %q; write %s", got, want))
	}
	if gc.Kind != "GeoConsole" {
		out = append(out, fmt.Sprintf("kind: is %q; write GeoConsole", gc.Kind))
	}
	if gc.Name == "" {
		out = append(out, "metadata.name: is empty; everything in the clusters is named after it")
	}
	if gc.Namespace == "" {
		out = append(out, "metadata.namespace: is empty; name the hub's namespace, which is part of the owner mark")
	}
	return out
}

func unknownFields(violations []error) problems {
	var out problems
	for _, violation := range violations {
		var field kjson.FieldError
		if errors.As(violation, &field) {
			out = append(out, field.FieldPath()+": is unknown; correct its name or remove it")
			continue
		}
		out = append(out, violation.Error())
	}
	return out
}
