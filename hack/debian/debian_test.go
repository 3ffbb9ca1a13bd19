package debian

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pack makes a Debian package of some files.
func pack(t *testing.T, files map[string][]byte) string {
	t.Helper()
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("packages are unpacked on Debian only:", err)
	}
	dir := t.TempDir()
	files["DEBIAN/control"] = []byte("Package: sample\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: a sample\n")
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	archive := filepath.Join(t.TempDir(), "sample_1_all.deb")
	if text, err := exec.Command("dpkg-deb", "--root-owner-group", "--build", dir, archive).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return archive
}

func TestUnpackKeepsTheMergedLayout(t *testing.T) {
	archive := pack(t, map[string][]byte{"lib/thing/old": []byte("one"), "usr/lib/thing/new": []byte("two")})
	root := t.TempDir()
	var steps []string
	if err := unpack(t.Context(), []string{archive}, root, func(step string) { steps = append(steps, step) }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"old": "one", "new": "two"} {
		file := filepath.Join(root, "usr/lib/thing", name)
		if content, err := os.ReadFile(file); string(content) != want {
			t.Errorf("%s: got %q, %v", file, content, err)
		}
	}
	if target, err := os.Readlink(filepath.Join(root, "lib")); target != "usr/lib" {
		t.Errorf("lib: got %q, %v", target, err)
	}
	if want := "unpacking sample_1_all.deb"; len(steps) != 1 || steps[0] != want {
		t.Errorf("reported %q, want %q", steps, want)
	}
}

func TestUnpackOneEndsWhenTarGivesUp(t *testing.T) {
	// More than a pipe holds.
	archive := pack(t, map[string][]byte{"usr/lib/thing": bytes.Repeat([]byte("content"), 1<<18)})
	err := unpackOne(t.Context(), archive, filepath.Join(t.TempDir(), "missing"))
	if err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v, want what tar says", err)
	}
}

// The machine needs neither apt nor a network: a program that stands in for apt-get keeps what it is asked, and fails.
func TestDownloadAsksForNothingOfTheMachine(t *testing.T) {
	programs, asked := t.TempDir(), filepath.Join(t.TempDir(), "asked")
	script := "#!/bin/sh\necho \"$@\" >" + asked + "\necho 'E: no network' >&2\nexit 100\n"
	if err := os.WriteFile(filepath.Join(programs, "apt-get"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", programs)
	dir := t.TempDir()
	_, err := apt{dir: dir, report: func(string) {}}.download(t.Context(), Packages{Names: []string{"sample"}, Present: []string{"libc6"}})
	if err == nil || !strings.HasSuffix(err.Error(), "exit status 100\nE: no network") {
		t.Errorf("got %v, want the status and what apt-get says", err)
	}
	options, err := os.ReadFile(asked)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Dir::State::Lists=" + dir, "Dir::State::status=" + dir, "Dir::Cache=" + dir} {
		if !strings.Contains(string(options), want) {
			t.Errorf("apt-get %swas not asked for %s", options, want)
		}
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if want := "Package: libc6\nStatus: install ok installed\nArchitecture: all\nVersion: 9999:0\n\n"; string(status) != want {
		t.Errorf("what counts as installed: got %q, %v", status, err)
	}
}

func TestUnpackNamesTheCureWithoutApt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := Packages{Names: []string{"sample"}}.Unpack(t.Context(), t.TempDir(), func(string) {})
	if err == nil || !strings.Contains(err.Error(), "use a Debian or Ubuntu machine") {
		t.Errorf("got %v", err)
	}
}
