package cluster_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

func TestImageWrite(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "console")
	if err := os.WriteFile(binary, []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	image := cluster.Image{
		Name:       "registry.local/console:1",
		Binaries:   map[string]string{"/usr/bin/console": binary},
		Files:      map[string][]byte{"/etc/console/config.json": []byte("{}")},
		Entrypoint: []string{"/usr/bin/console"},
		User:       "65532",
	}
	archive, id := write(t, image)
	files := read(t, archive)

	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal(files["manifest.json"].content, &manifest); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{image.Name}, manifest[0].RepoTags); diff != "" {
		t.Error(diff)
	}
	if "sha256:"+manifest[0].Config != id+".json" {
		t.Errorf("id %s, configuration %s", id, manifest[0].Config)
	}
	var listed []string
	for _, file := range readOrdered(t, files[manifest[0].Layers[0]].content) {
		listed = append(listed, fmt.Sprintf("%04o %d:%d %s %s", file.Mode, file.Uid, file.Gid, file.Name, file.content))
	}
	want := []string{
		"0755 0:0 etc/ ",
		"0755 0:0 etc/console/ ",
		"0644 0:0 etc/console/config.json {}",
		"0644 0:0 etc/passwd root:x:0:0::/:/none\nnonroot:x:65532:65532::/:/none\n",
		"1777 0:0 tmp/ ",
		"0755 0:0 usr/ ",
		"0755 0:0 usr/bin/ ",
		"0755 0:0 usr/bin/console program",
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Error(diff)
	}

	if err := os.Chtimes(binary, time.Now(), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if again, _ := write(t, image); !bytes.Equal(archive, again) {
		t.Error("the same contents give other bytes")
	}
	image.User = "0"
	if _, other := write(t, image); other == id {
		t.Error("another image has the same id")
	}
}

func TestImageWriteRefuses(t *testing.T) {
	for name, image := range map[string]cluster.Image{
		"no tag":         {Name: "registry.local:5000/console", Entrypoint: []string{"/console"}},
		"no entrypoint":  {Name: "registry.local/console:1"},
		"missing binary": {Name: "console:1", Entrypoint: []string{"/console"}, Binaries: map[string]string{"console": "/does/not/exist"}},
	} {
		dir := t.TempDir()
		if _, err := image.Write(filepath.Join(dir, "image.tar")); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); left != nil {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

func write(t *testing.T, image cluster.Image) (archive []byte, id string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	id, err := image.Write(path)
	if err != nil {
		t.Fatal(err)
	}
	archive, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return archive, id
}

type entry struct {
	*tar.Header
	content []byte
}

func read(t *testing.T, archive []byte) map[string]entry {
	t.Helper()
	found := map[string]entry{}
	for _, file := range readOrdered(t, archive) {
		found[file.Name] = file
	}
	return found
}

func readOrdered(t *testing.T, archive []byte) []entry {
	t.Helper()
	var found []entry
	from := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := from.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, entry{header, content})
	}
}
