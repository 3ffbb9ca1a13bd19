package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/yaml"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/cmd/geoconsole/evidence"
	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// An auditor's command, as it is built, with a kubeconfig of the geography's own cluster.
var _ = Describe("Evidence", Ordered, func() {
	var dir string

	BeforeAll(func(ctx context.Context) {
		awaitEurope(ctx)
		dir = GinkgoT().TempDir()
		build := exec.CommandContext(ctx, "go", "build", "-o", dir, "../../cmd/geoconsole")
		out, err := build.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
		kubeconfig, err := geography.Geography.Kubeconfig(cluster.FromHost)
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(filepath.Join(dir, "kubeconfig"), kubeconfig, 0o600)).To(Succeed())
	})

	// gathered runs the command with the resource as the hub has it.
	gathered := func(ctx context.Context, g Gomega) (evidence.Record, string) {
		resource := current(ctx)(g)
		resource.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("GeoConsole"))
		document, err := yaml.Marshal(resource)
		g.Expect(err).NotTo(HaveOccurred())
		var stdout, stderr bytes.Buffer
		command := exec.CommandContext(ctx, filepath.Join(dir, "geoconsole"), "evidence", "--name", resource.Name, "-n", environment.GeographyNamespace,
			"--kubeconfig", filepath.Join(dir, "kubeconfig"), "-f", "-")
		command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(document), &stdout, &stderr
		_ = command.Run() // its code is looked at
		var record evidence.Record
		g.Expect(json.Unmarshal(stdout.Bytes(), &record)).To(Succeed(), stderr.String())
		code := 0
		if len(record.Summary.Contradictions) > 0 {
			code = 1
		}
		g.Expect(command.ProcessState.ExitCode()).To(Equal(code), stderr.String())
		return record, stderr.String()
	}

	It("of pods that run, by what a kubelet and the pods themselves say", func(ctx context.Context) {
		Eventually(func(g Gomega) {
			record, said := gathered(ctx, g)
			g.Expect(record.Summary.Contradictions).To(BeEmpty(), said)
			g.Expect(record.Summary.Unproven).To(BeEmpty())
			g.Expect(record.Summary.Sovereign.Reason).To(Equal(v1alpha1.ReasonInside))
			g.Expect(record.Items).To(ContainElements(
				HaveField("ID", "node/"+geography.Geography.Name()),
				And(HaveField("ID", "issuer"), HaveField("Known", evidence.Declared), HaveField("Country", "DE")),
				And(HaveField("ID", "cluster-uid"), HaveField("Says", ContainSubstring("which the hub has as eu-central"))),
				And(HaveField("ID", HavePrefix("pod/")), HaveField("Says", ContainSubstring("has loaded the config"))),
				And(HaveField("ID", "egress"), HaveField("Enforcement", evidence.PortsOnly)),
				And(HaveField("ID", "region/aws.eu-west-1/endpoint/0"), HaveField("Known", evidence.Derived), HaveField("Country", "IE")),
			))
		}, "60s", "1s").Should(Succeed())
	})

	It("contradicts when the node says that it stands outside", func(ctx context.Context) {
		label := func(ctx context.Context, region string) {
			GinkgoHelper()
			_, err := geography.Kubectl(ctx, geography.Geography, "label", "--overwrite", "node", geography.Geography.Name(), v1alpha1.LabelRegion+"="+region)
			Expect(err).NotTo(HaveOccurred())
		}
		DeferCleanup(func(ctx context.Context) {
			label(ctx, "eu-central-1")
			Eventually(current(ctx), "30s").Should(haveCondition(v1alpha1.ConditionReady, "True Ready"))
		})
		label(ctx, "us-east-1")
		record, said := gathered(ctx, Default)
		Expect(record.Summary.Contradictions).To(ConsistOf("cluster", "node/"+geography.Geography.Name()))
		Expect(said).To(ContainSubstring("outside of EU"))
	})
})
