package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

// asConsole makes this test binary be the console, so that a test can run the real process.
const asConsole = "GEOCONSOLE_TEST_AS_CONSOLE"

func TestMain(m *testing.M) {
	if os.Getenv(asConsole) != "" {
		os.Exit(start(os.Args[1:], os.Stderr, testUI))
	}
	os.Exit(m.Run())
}

func testUI() (fs.FS, error) {
	return fstest.MapFS{
		"index.html": {Data: []byte("<!doctype html>")}, "licenses.md": {Data: []byte("# Licences")}, "assets/a-1.js": {Data: []byte("1")},
	}, nil
}

func configFile(t *testing.T, edit func(*geography.Config)) string {
	t.Helper()
	config := geography.Config{
		Format: geography.ConfigFormat, Geography: "EU", Countries: []string{"IE"}, Hostname: "console.eu.example.com",
		Auth: geography.ConfigAuth{Type: "None"}, LogLevel: "Debug",
		HealthChecks: geography.ConfigHealthChecks{Path: "/api/clusters_mgmt/v1", IntervalSeconds: 1, TimeoutSeconds: 1, FailureThreshold: 1, SuccessThreshold: 1},
		Proxy:        geography.ConfigProxy{RequestTimeoutSeconds: 60, MaxRequestBodyBytes: 1 << 20, MaxConcurrentRequests: 256},
		Regions: []geography.ConfigRegion{{
			ID: "aws.eu-west-1", DisplayName: "Ireland", Endpoints: []geography.ConfigEndpoint{{URL: "https://api.aws.eu-west-1.xcm.example.com"}},
		}},
	}
	if edit != nil {
		edit(&config)
	}
	file, err := config.Encode()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// liveFile is a live config in which the region is drained.
func liveFile(t *testing.T) string {
	t.Helper()
	live := geography.Live{Format: geography.LiveFormat, Regions: []geography.LiveRegion{{ID: "aws.eu-west-1", State: "Drained"}}}
	file, err := live.Encode()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "live.json")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestParse(t *testing.T) {
	f, err := parse([]string{"--config", "c", "--live", "l", "--demo-dial", "a:1=127.0.0.1:2", "--demo-dial=b:3=[::1]:4"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if f.config != "c" || f.live != "l" || f.listen != ":8080" || f.internalListen != ":8081" || len(f.demoDial) != 2 || f.demoDial["b:3"].String() != "[::1]:4" {
		t.Errorf("%+v", f)
	}
	for name, args := range map[string][]string{
		"no config":     {},
		"a word":        {"--config", "c", "serve"},
		"unknown flag":  {"--config", "c", "--insecure"},
		"bad demo dial": {"--config", "c", "--demo-dial", "a:1=localhost:2"},
	} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := parse([]string{"--help"}, io.Discard); err != flag.ErrHelp { //nolint:errorlint // it is returned bare
		t.Errorf("--help: %v", err)
	}
}

// A console that cannot load its config says the field and the cure, and exits 1.
func TestStartRefusesABadConfig(t *testing.T) {
	var log bytes.Buffer
	bad := configFile(t, func(c *geography.Config) { c.Regions[0].Endpoints[0].URL = "http://api.example.com" })
	if code := start([]string{"--config", bad}, &log, testUI); code != 1 {
		t.Errorf("exit code %d", code)
	}
	var line struct{ Level, Error string }
	if err := json.Unmarshal(log.Bytes(), &line); err != nil || line.Level != "ERROR" || !strings.Contains(line.Error, "regions[0].endpoints[0].url") {
		t.Errorf("log %s, %v", &log, err)
	}
}

// The real process, which may not write a byte to any file (RLIMIT_FSIZE 0), does all that it is there for, leaves its
// folder empty, cannot dump core, and ends by SIGTERM with 0.
func TestProperty9_TheProcessWritesNothing(t *testing.T) {
	empty := t.TempDir()
	command := exec.Command("/bin/sh", "-c", `ulimit -f 0; exec "$0" "$@"`, os.Args[0],
		"--config", configFile(t, nil), "--live", liveFile(t), "--listen", "127.0.0.1:0", "--internal-listen", "127.0.0.1:0")
	command.Dir = empty
	command.Env = []string{asConsole + "=1", "HOME=" + empty, "TMPDIR=" + empty, "GODEBUG=fips140=on"}
	log, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	lines := bufio.NewScanner(log)
	served := awaitLine(t, lines, "serving")
	if !served.FIPS {
		t.Error("it does not say that it runs in FIPS 140-3 mode")
	}

	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	for url, want := range map[string]int{
		served.Public + "/":                       200,
		served.Public + "/assets/a-1.js":          200,
		served.Public + "/config.json":            200,
		served.Public + "/api/geo/v1/regions":     200,
		served.Internal + "/readyz":               200,
		served.Internal + "/status?wait=0s":       200,
		served.Internal + "/metrics":              200,
		served.Public + "/regions/elsewhere/api/": 404,
		// Drained by the live config.
		served.Public + "/regions/aws.eu-west-1/api/clusters_mgmt/v1/clusters": 503,
	} {
		response, err := client.Get("http://" + url)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", url, response.StatusCode, want)
		}
	}
	client.CloseIdleConnections()
	checkLimits(t, command.Process.Pid)

	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // to its end, before Wait closes the pipe
		continue
	}
	if err := command.Wait(); err != nil {
		t.Errorf("the process ended by %v", err)
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

type servingLine struct {
	Msg, Public, Internal string
	FIPS                  bool `json:"fips140"`
}

func awaitLine(t *testing.T, lines *bufio.Scanner, message string) servingLine {
	t.Helper()
	for lines.Scan() {
		var line servingLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%s is no JSON: %v", lines.Text(), err)
		}
		if line.Msg == message {
			return line
		}
	}
	t.Fatalf("the log ended before %q", message)
	return servingLine{}
}

// checkLimits reads what the kernel says of the running process, where the kernel says it.
func checkLimits(t *testing.T, pid int) {
	t.Helper()
	limits, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "limits"))
	if err != nil {
		t.Logf("not Linux: the limits of a process cannot be read here: %v", err)
		return
	}
	for line := range strings.Lines(string(limits)) {
		fields := strings.Fields(line)
		isBound := strings.HasPrefix(line, "Max core file size") || strings.HasPrefix(line, "Max file size")
		if isBound && (fields[len(fields)-2] != "0" || fields[len(fields)-3] != "0") {
			t.Errorf("%s", line)
		}
	}
}

// Without --config nothing is served, whatever else is given.
func TestRunEndsWithoutAConfig(t *testing.T) {
	if err := run(context.Background(), nil, io.Discard, testUI); err == nil || !strings.Contains(err.Error(), "--config") {
		t.Errorf("error %v", err)
	}
}
