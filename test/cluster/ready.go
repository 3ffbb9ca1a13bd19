package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	ctrlclient "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/test/cluster/node"
)

const askEvery = 100 * time.Millisecond

// Exec runs a program in the node: ctr, kubectl with the administrator's rights, nft, crictl's like. It returns what
// the program wrote to its standard output; an error ends with what it wrote to the other.
func (c *Cluster) Exec(ctx context.Context, input io.Reader, program string, args ...string) ([]byte, error) {
	enter := []string{
		"--target", strconv.Itoa(c.keeper.pid), "--mount", "--net", "--pid", "--uts", "--ipc", "--cgroup", "--", program,
	}
	command := exec.CommandContext(ctx, "nsenter", append(enter, args...)...) //nolint:gosec // this is a way to run what the test names
	command.Dir = "/"
	command.Env = []string{"PATH=" + node.Path, "HOME=/", "KUBECONFIG=" + configDir + "/kubectl.kubeconfig"}
	command.Stdin = input
	var output, problem bytes.Buffer
	command.Stdout, command.Stderr = &output, &problem
	if err := command.Run(); err != nil {
		return output.Bytes(), fmt.Errorf("%s in cluster %s: %w: %s", program, c.options.Name, err, strings.TrimSpace(problem.String()))
	}
	return output.Bytes(), nil
}

// LoadImage puts the images of an archive, as Image.Write makes it, onto the node.
func (c *Cluster) LoadImage(ctx context.Context, archive string) error {
	file, err := os.Open(archive) //nolint:gosec // a path that the caller names
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, file, "ctr", "--namespace=k8s.io", "images", "import", "-")
	return errors.Join(err, file.Close())
}

func (c *Cluster) loadImages(ctx context.Context, archives []string) error {
	// Until the node has a root of its own, Exec would reach the programs, and the containerd, of this machine.
	own := fmt.Sprintf("/proc/%d/root%s/%s", c.keeper.pid, node.Home, node.StateDir)
	if err := await(ctx, "the root of the node", func(context.Context) error {
		_, err := os.Stat(own)
		return err
	}); err != nil {
		return err
	}
	if err := await(ctx, "containerd", func(ctx context.Context) error {
		_, err := c.Exec(ctx, nil, "ctr", "version")
		return err
	}); err != nil {
		return err
	}
	for _, archive := range archives {
		if err := c.LoadImage(ctx, archive); err != nil {
			return err
		}
	}
	return nil
}

// awaitReady deploys CoreDNS and waits for the things that a test's first pod needs.
func (c *Cluster) awaitReady(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(c.client)
	if err != nil {
		return err
	}
	if err := await(ctx, "the API server", func(ctx context.Context) error {
		return client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}); err != nil {
		return err
	}
	if err := c.deployDNS(ctx); err != nil {
		return fmt.Errorf("deploy CoreDNS: %w", err)
	}
	if err := await(ctx, "the node", func(ctx context.Context) error { return nodeReady(ctx, client, c.options.Name) }); err != nil {
		return err
	}
	if err := await(ctx, "the default service account", func(ctx context.Context) error {
		_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	}); err != nil {
		return err
	}
	return await(ctx, "CoreDNS", func(ctx context.Context) error {
		found, err := client.AppsV1().Deployments(metav1.NamespaceSystem).Get(ctx, "coredns", metav1.GetOptions{})
		if err == nil && found.Status.AvailableReplicas == 0 {
			return errors.New("no pod is available")
		}
		return err
	})
}

func nodeReady(ctx context.Context, client kubernetes.Interface, name string) error {
	found, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range found.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
			return nil
		}
	}
	return errors.New("it is not Ready")
}

// deployDNS creates the objects of config/coredns.yaml.
func (c *Cluster) deployDNS(ctx context.Context) error {
	text, err := c.render("config/coredns.yaml")
	if err != nil {
		return err
	}
	client, err := ctrlclient.New(c.client, ctrlclient.Options{})
	if err != nil {
		return err
	}
	documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(text)))
	buffer := make([]byte, len(text))
	for {
		length, err := documents.Read(buffer)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		decoded, _, err := scheme.Codecs.UniversalDeserializer().Decode(buffer[:length], nil, nil)
		if err != nil {
			return err
		}
		object, ok := decoded.(ctrlclient.Object)
		if !ok {
			return fmt.Errorf("%T is not an object", decoded)
		}
		// The namespace kube-system is made by the API server shortly after it is ready.
		if err := await(ctx, object.GetName(), func(ctx context.Context) error {
			return ctrlclient.IgnoreAlreadyExists(client.Create(ctx, object))
		}); err != nil {
			return err
		}
	}
}

// await asks again until there is no error or ctx ends. The error says what was waited for and the last answer.
func await(ctx context.Context, what string, ask func(context.Context) error) error {
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		if apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w: %w", what, context.Cause(ctx), err)
		case <-time.After(askEvery):
		}
	}
}
