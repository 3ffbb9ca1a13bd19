package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/geoconsole/geoconsole-operator/hack/browser"
	"github.com/geoconsole/geoconsole-operator/hack/cache"
	driver "github.com/geoconsole/geoconsole-operator/test/e2e/browser"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// TestPreview runs what `make preview` runs: 120 clusters of three regions without Kubernetes, for a user who signs in, and
// an end that leaves no process and no folder.
func TestPreview(t *testing.T) {
	root, err := cache.Root()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "preview")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./test/e2e/cmd/preview")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	address, login, scratch := freeAddress(), freeAddress(), t.TempDir()
	preview := exec.CommandContext(t.Context(), program, "--listen", address, "--issuer-listen", login)
	preview.Dir = root
	preview.Env = append(os.Environ(), "TMPDIR="+scratch)
	preview.Cancel = func() error { return preview.Process.Signal(os.Interrupt) }
	preview.WaitDelay = 20 * time.Second
	preview.Stderr = os.Stderr
	out, err := preview.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := preview.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan() && !strings.HasPrefix(lines.Text(), "Ctrl-C ends it"); {
		t.Log(lines.Text())
	}
	t.Logf("from nothing to the page: %s", time.Since(began).Round(time.Second))
	if status := statusOf(t, "http://"+address+"/api/clusters_mgmt/v1/clusters"); status != http.StatusUnauthorized {
		t.Errorf("status %d without a token, want 401", status)
	}
	if total := countClusters(t, previewUser(t, scratch, login), "http://"+address); total != 120 {
		t.Errorf("%d clusters, want 120", total)
	}
	signInToPreview(t, "http://"+address)

	if err := preview.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := preview.Wait(); err != nil {
		t.Errorf("the preview ended with %v", err)
	}
	left, err := filepath.Glob(filepath.Join(scratch, "geoconsole-preview-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if connection, err := net.Dial("tcp", address); err == nil {
		t.Errorf("the console still listens: %v", connection.Close())
	}
}

// previewUser logs in at the preview's issuer as its output says, and asks with the token.
func previewUser(t *testing.T, scratch, login string) *http.Client {
	t.Helper()
	authorities, err := filepath.Glob(filepath.Join(scratch, "geoconsole-preview-*", "ca.crt"))
	if err != nil || len(authorities) != 1 {
		t.Fatalf("the preview's authority: %v %v", authorities, err)
	}
	text, err := os.ReadFile(authorities[0])
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(login)
	if err != nil {
		t.Fatal(err)
	}
	token, err := dex.Token(t.Context(), trusting(text, login), dex.Login{
		Issuer: "https://" + environment.LoginHost + ":" + port + "/dex", ClientID: environment.IssuerClient, User: dex.Users[0],
	})
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Transport: bearer{token, http.DefaultTransport}}
}

func signInToPreview(t *testing.T, console string) {
	t.Helper()
	chromium, err := browser.Chromium(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err := driver.Launch(t.Context(), chromium)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := page.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, err := range []error{page.Open(console), page.SignIn(dex.Users[0]), page.See("120 clusters from 3 regions", 30)} {
		if err != nil {
			t.Error(err)
		}
	}
}

func statusOf(t *testing.T, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}

// countClusters asks a console for the clusters of the sample's three regions.
func countClusters(t *testing.T, asker *http.Client, console string) int {
	t.Helper()
	total := 0
	for _, region := range []string{"aws.eu-west-1", "aws.eu-central-1", "aws.eu-west-3"} {
		var list struct{ Total int }
		fetch(t, asker, console+"/regions/"+region+"/api/clusters_mgmt/v1/clusters?size=1", &list)
		total += list.Total
	}
	return total
}

// fetch asks until the answer is 200: at first a region may be unprobed or its server starting.
func fetch(t *testing.T, asker *http.Client, url string, into any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		err := fetchOnce(ctx, asker, url, into)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", url, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func fetchOnce(ctx context.Context, asker *http.Client, url string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := asker.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
