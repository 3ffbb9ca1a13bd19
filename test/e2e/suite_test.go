// Package e2e_test runs one geography on real Kubernetes nodes and looks at it with a real browser.
package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/hack/browser"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
	driver "github.com/geoconsole/geoconsole-operator/test/e2e/browser"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

func TestEndToEnd(t *testing.T) {
	if err := cluster.Supported(); err != nil {
		t.Skipf("no real nodes here: %v", err)
	}
	t.Parallel() // beside the demo in clusters of its own: both mostly wait
	RegisterFailHandler(Fail)
	RunSpecs(t, "One geography, end to end")
}

var (
	// listen is where the console is reached on this machine.
	listen    string
	geography *environment.Environment
	europe    *v1alpha1.GeoConsole
	// token is that of a user of europe, and good for a day.
	token string
	page  *driver.Page
)

var _ = BeforeSuite(func(ctx context.Context) {
	chromium, err := browser.Chromium(ctx)
	Expect(err).NotTo(HaveOccurred())
	dir := GinkgoT().TempDir()
	listen = freeAddress()
	geography, err = environment.Start(ctx, environment.Options{Dir: dir, Listen: listen, ClustersPerRegion: 40, Progress: GinkgoWriter})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(geography.Stop()).To(Succeed()) })
	login, err := geography.StartLogin(ctx, environment.LoginOptions{Consoles: []string{geography.URL}})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(login.Stop()).To(Succeed()) })
	token, err = login.Token(ctx, dex.Users[0])
	Expect(err).NotTo(HaveOccurred())
	europe, err = geography.Sample()
	Expect(err).NotTo(HaveOccurred())
	europe.Spec.Auth = login.Auth()
	europe.Spec.HealthChecks = v1alpha1.HealthChecks{IntervalSeconds: 2, TimeoutSeconds: 1, FailureThreshold: 2, SuccessThreshold: 2}
	Expect(geography.Apply(ctx, europe)).To(Succeed())
	Expect(geography.AwaitReady(ctx, europe)).To(Succeed())
	page, err = driver.Launch(ctx, chromium)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(page.Close()).To(Succeed()) })
})

var _ = ReportAfterEach(func(ctx SpecContext, report SpecReport) {
	if !report.Failed() || page == nil {
		return
	}
	// What a person would look at first.
	if folder := os.Getenv("E2E_ARTIFACTS"); folder != "" {
		_ = os.MkdirAll(folder, 0o750)
		_ = page.Screenshot(filepath.Join(folder, "failed.png"))
	}
	for _, ask := range [][]string{{"get", "geoconsoles", "-A", "-o", "yaml"}} {
		if out, err := geography.Kubectl(ctx, geography.Hub, ask...); err == nil {
			AddReportEntry("hub", out)
		}
	}
})
