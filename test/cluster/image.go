package cluster

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Image is a container image with one layer. Equal contents give equal bytes: no times, one order.
type Image struct {
	// Name is what pods call it, with a tag: "registry.local/console:1". Pods must not pull it; there is no registry.
	Name string
	// Binaries maps paths in the image to executable files of the host.
	Binaries map[string]string
	// Files maps paths in the image to contents.
	Files map[string][]byte
	// Entrypoint is the command, the first element a path in the image.
	Entrypoint []string
	// User is a numeric user id, for example "65532"; empty is root.
	User string
}

// Write writes the image as an archive that containerd, Docker and Podman load, and returns the image's id: "sha256:..."
// of its configuration.
func (i Image) Write(archive string) (id string, err error) {
	if len(i.Entrypoint) == 0 || !strings.Contains(path.Base(i.Name), ":") {
		return "", fmt.Errorf("image %q: give a name with a tag and an entrypoint", i.Name)
	}
	layer, err := os.CreateTemp(filepath.Dir(archive), ".layer-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, layer.Close(), os.Remove(layer.Name())) }()
	sum := sha256.New()
	if err := i.writeLayer(io.MultiWriter(layer, sum)); err != nil {
		return "", fmt.Errorf("image %s: %w", i.Name, err)
	}
	config, err := i.config(hex.EncodeToString(sum.Sum(nil)))
	if err != nil {
		return "", err
	}
	configSum := sha256.Sum256(config)
	id = hex.EncodeToString(configSum[:])
	return "sha256:" + id, i.writeArchive(archive, layer, config, id)
}

// config is the image's configuration in the words of the OCI image specification.
func (i Image) config(layerSum string) ([]byte, error) {
	return json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"config":       map[string]any{"Entrypoint": i.Entrypoint, "User": i.User, "Env": []string{"PATH=/"}},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + layerSum}},
	})
}

// writeLayer writes all files, in order, with the folders above them.
func (i Image) writeLayer(to io.Writer) error {
	archive := tar.NewWriter(to)
	files := map[string][]byte{
		"etc/passwd": []byte("root:x:0:0::/:/none\nnonroot:x:65532:65532::/:/none\n"),
		"tmp/":       nil,
	}
	for name, content := range i.Files {
		files[strings.TrimPrefix(path.Clean("/"+name), "/")] = content
	}
	binaries := map[string]string{}
	for name, file := range i.Binaries {
		name = strings.TrimPrefix(path.Clean("/"+name), "/")
		binaries[name] = file
		files[name] = nil
	}
	for _, name := range parentsFirst(slices.Collect(maps.Keys(files))) {
		file, binary := binaries[name]
		var err error
		switch {
		case binary:
			err = addFile(archive, name, file)
		case strings.HasSuffix(name, "/"):
			err = archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: folderMode(name)})
		default:
			err = addContent(archive, name, files[name])
		}
		if err != nil {
			return err
		}
	}
	return archive.Close()
}

// parentsFirst adds the folders above every file, as names that end in a slash, and sorts.
func parentsFirst(names []string) []string {
	all := map[string]struct{}{}
	for _, name := range names {
		all[name] = struct{}{}
		for folder := path.Dir(strings.TrimSuffix(name, "/")); folder != "."; folder = path.Dir(folder) {
			all[folder+"/"] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func folderMode(name string) int64 {
	if name == "tmp/" {
		return 0o1777
	}
	return 0o755
}

// writeArchive writes the layout of "docker save": manifest.json names the configuration and the layers.
func (i Image) writeArchive(archive string, layer *os.File, config []byte, id string) (err error) {
	manifest, err := json.Marshal([]map[string]any{{"Config": id + ".json", "RepoTags": []string{i.Name}, "Layers": []string{"layer.tar"}}})
	if err != nil {
		return err
	}
	file, err := os.Create(archive) //nolint:gosec // a path that the caller names
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	to := tar.NewWriter(file)
	if err := addContent(to, "manifest.json", manifest); err != nil {
		return err
	}
	if err := addContent(to, id+".json", config); err != nil {
		return err
	}
	if err := addFile(to, "layer.tar", layer.Name()); err != nil {
		return err
	}
	return to.Close()
}

func addContent(to *tar.Writer, name string, content []byte) error {
	if err := to.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := io.Copy(to, bytes.NewReader(content))
	return err
}

func addFile(to *tar.Writer, name, file string) error {
	content, err := os.Open(file) //nolint:gosec // a path that the caller names
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	stat, err := content.Stat()
	if err != nil {
		return err
	}
	if err := to.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, Size: stat.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(to, content)
	return err
}
