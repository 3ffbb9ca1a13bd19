package cluster_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	"golang.org/x/sync/errgroup"

	"github.com/geoconsole/geoconsole-operator/hack/kubernetes"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
)

// startDeadline bounds the start of a cluster when all is built, on a busy machine.
const startDeadline = 3 * time.Minute

// starterProgram is the command cluster, built.
var starterProgram string

func TestClusters(t *testing.T) {
	if err := cluster.Supported(); err != nil {
		t.Skip("no cluster is run: ", err)
	}
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(time.Minute)
	SetDefaultEventuallyPollingInterval(100 * time.Millisecond)
	RunSpecs(t, "Clusters")
}

var _ = BeforeSuite(func(ctx context.Context) {
	// What is missing is built here, so that it counts for no deadline of a spec.
	for _, ensure := range []func(context.Context) (string, error){
		kubernetes.Components, kubernetes.NodeRoot, kubernetes.CoreDNS, kubernetes.Pause,
	} {
		_, err := ensure(ctx)
		Expect(err).NotTo(HaveOccurred())
	}
	var err error
	starterProgram, err = gexec.Build("github.com/geoconsole/geoconsole-operator/test/cluster/cmd/cluster")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(gexec.CleanupBuildArtifacts)
})

// startAll starts clusters side by side, the index of each its place.
func startAll(ctx context.Context, all ...cluster.Options) []*cluster.Cluster {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	clusters := make([]*cluster.Cluster, len(all))
	var starts errgroup.Group
	for index, options := range all {
		options.Index = index
		starts.Go(func() (err error) {
			clusters[index], err = cluster.Start(ctx, options)
			return err
		})
	}
	err := starts.Wait()
	for _, started := range clusters {
		if started != nil {
			DeferCleanup(started.Stop)
		}
	}
	Expect(err).NotTo(HaveOccurred())
	return clusters
}

// kubectlImage is an image whose only program is kubectl.
func kubectlImage(ctx context.Context) (name, archive string) {
	GinkgoHelper()
	components, err := kubernetes.Components(ctx)
	Expect(err).NotTo(HaveOccurred())
	image := cluster.Image{
		Name: "registry.local/kubectl:1", User: "65532", Entrypoint: []string{"/kubectl"},
		Binaries: map[string]string{"kubectl": filepath.Join(components, "kubectl")},
	}
	archive = filepath.Join(GinkgoT().TempDir(), "kubectl.tar")
	_, err = image.Write(archive)
	Expect(err).NotTo(HaveOccurred())
	return image.Name, archive
}
