package cluster

import (
	"bytes"
	"context"
	"crypto/x509"
	"embed"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"text/template"

	"github.com/geoconsole/geoconsole-operator/hack/cache"
	"github.com/geoconsole/geoconsole-operator/hack/kubernetes"
	"github.com/geoconsole/geoconsole-operator/test/cluster/node"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

const (
	pauseImage = "registry.local/pause:1"
	dnsImage   = "registry.local/coredns:1"
	socket     = "/run/containerd/containerd.sock"
	etcdURL    = "http://127.0.0.1:2379"
	// The node's own paths of its folders.
	configDir = node.Home + "/" + node.ConfigDir
	logDir    = node.Home + "/" + node.LogDir
	stateDir  = node.Home + "/" + node.StateDir
)

//go:embed config
var configFiles embed.FS

// parts are paths of what every cluster is made from.
type parts struct {
	components, root, node string
	images                 []string
}

// ensureParts builds what the cache does not hold yet.
func ensureParts(ctx context.Context) (parts, error) {
	var found parts
	var err error
	if found.components, err = kubernetes.Components(ctx); err != nil {
		return parts{}, err
	}
	if found.root, err = kubernetes.NodeRoot(ctx); err != nil {
		return parts{}, err
	}
	if found.node, err = kubernetes.Program(ctx, "test/cluster/cmd/node", "test/cluster/node"); err != nil {
		return parts{}, err
	}
	found.images, err = ensureImages(ctx)
	return found, err
}

// ensureImages makes the archives of the images that every cluster runs.
func ensureImages(ctx context.Context) ([]string, error) {
	dns, err := kubernetes.CoreDNS(ctx)
	if err != nil {
		return nil, err
	}
	pause, err := kubernetes.Pause(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := cache.Artifact{
		Name: "images", Inputs: []string{"test/cluster/image.go"}, Parts: []string{dns, pause, dnsImage, pauseImage},
		Build: func(_ context.Context, dir string, _ *cache.Progress) error {
			coredns := Image{Name: dnsImage, Binaries: map[string]string{"coredns": dns}, Entrypoint: []string{"/coredns"}, User: "65532"}
			holder := Image{Name: pauseImage, Binaries: map[string]string{"pause": pause}, Entrypoint: []string{"/pause"}, User: "65532"}
			_, dnsErr := coredns.Write(filepath.Join(dir, "coredns.tar"))
			_, pauseErr := holder.Write(filepath.Join(dir, "pause.tar"))
			return errors.Join(dnsErr, pauseErr)
		},
	}.Ensure(ctx)
	return []string{filepath.Join(dir, "pause.tar"), filepath.Join(dir, "coredns.tar")}, err
}

// configure writes everything that the node reads into the cluster's folder, for a cluster with new keys.
func (c *Cluster) configure(from parts) error {
	for _, folder := range []string{node.ConfigDir, node.LogDir} {
		if err := os.RemoveAll(filepath.Join(c.dir, folder)); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(c.dir, folder), 0o750); err != nil {
			return err
		}
	}
	if err := c.issue(); err != nil {
		return err
	}
	if err := c.renderAll(); err != nil {
		return err
	}
	return node.Spec{
		Name: c.options.Name, Dir: c.dir, Root: from.root, Programs: from.components,
		Address: c.network.Node, Local: []netip.Prefix{c.network.Services}, Nameserver: c.network.DNS,
		Processes: c.processes(),
	}.Write()
}

// issue makes the cluster's authority and every certificate and key.
func (c *Cluster) issue() error {
	var err error
	if c.authority, err = pki.NewAuthority("geoconsole-" + c.options.Name); err != nil {
		return err
	}
	folder := filepath.Join(c.dir, node.ConfigDir)
	if err := c.authority.Save(folder); err != nil {
		return err
	}
	hosts := []string{
		"kubernetes.default.svc", "kubernetes.default", "kubernetes", "localhost", "127.0.0.1",
		c.network.Node.String(), c.network.API.String(),
	}
	for host, address := range c.options.Hosts {
		if address == c.network.Node.String() {
			hosts = append(hosts, host)
		}
	}
	serving, err := c.authority.Issue(hosts...)
	if err != nil {
		return err
	}
	kubelet, err := c.authority.IssueClient("kube-apiserver", "system:masters")
	if err != nil {
		return err
	}
	if err := errors.Join(serving.Save(folder, "apiserver"), kubelet.Save(folder, "kubelet-client")); err != nil {
		return err
	}
	if err := issueServiceAccountKey(folder); err != nil {
		return err
	}
	return c.issueUsers(folder)
}

// issueServiceAccountKey makes the key that signs the tokens of service accounts.
func issueServiceAccountKey(folder string) error {
	key, err := pki.NewKey()
	if err != nil {
		return err
	}
	private, err := pki.KeyPEM(key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "service-accounts.key"), private, 0o600),
		os.WriteFile(filepath.Join(folder, "service-accounts.pub"), public, 0o600),
	)
}

// issueUsers writes a kubeconfig for each component, under the user names that Kubernetes' own roles are bound to.
func (c *Cluster) issueUsers(folder string) error {
	users := map[string][]string{
		"kube-controller-manager": {"system:kube-controller-manager"},
		"kube-scheduler":          {"system:kube-scheduler"},
		"kube-proxy":              {"system:kube-proxy"},
		"kubelet":                 {"system:node:" + c.options.Name, "system:nodes"},
		"kubectl":                 {"admin", "system:masters"},
	}
	for component, user := range users {
		pair, err := c.authority.IssueClient(user[0], user[1:]...)
		if err != nil {
			return err
		}
		text, err := c.kubeconfig(c.network.server(), pair)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, component+".kubeconfig"), text, 0o600); err != nil {
			return err
		}
		if component == "kubectl" {
			c.client = c.clientConfig(pair)
		}
	}
	return nil
}

// renderAll writes the files of the folder config.
func (c *Cluster) renderAll() error {
	return fs.WalkDir(configFiles, "config", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(c.dir, filepath.FromSlash(name))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o750)
		}
		text, err := c.render(name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o600)
	})
}

func (c *Cluster) render(name string) ([]byte, error) {
	parsed, err := template.New(path.Base(name)).Option("missingkey=error").ParseFS(configFiles, name)
	if err != nil {
		return nil, err
	}
	hosts := make([]string, 0, len(c.options.Hosts))
	for host, address := range c.options.Hosts {
		hosts = append(hosts, address+" "+host)
	}
	slices.Sort(hosts)
	var text bytes.Buffer
	err = parsed.Execute(&text, map[string]any{
		"Name": c.options.Name, "Network": c.network, "Hosts": hosts, "Audited": c.options.Audited, "Socket": socket,
		"PauseImage": pauseImage, "DNSImage": dnsImage, "Config": configDir, "Logs": logDir, "State": stateDir,
	})
	return text.Bytes(), err
}

// processes are the components and when each may start.
func (c *Cluster) processes() []node.Process {
	api := c.network.server() + "/readyz"
	runtime := "unix:" + socket
	kubeconfig := func(component string) string { return "--kubeconfig=" + configDir + "/" + component + ".kubeconfig" }
	return []node.Process{
		{Name: "etcd", Args: []string{
			"--data-dir=" + stateDir + "/etcd", "--unsafe-no-fsync", "--log-level=warn",
			"--listen-client-urls=" + etcdURL, "--advertise-client-urls=" + etcdURL,
			"--listen-peer-urls=http://127.0.0.1:2380",
		}},
		{Name: "kube-apiserver", Args: c.apiserverArgs()},
		{Name: "containerd", Args: []string{"--config=" + configDir + "/containerd.toml"}},
		{Name: "kube-controller-manager", After: []string{api}, Args: []string{
			kubeconfig("kube-controller-manager"), "--leader-elect=false", "--use-service-account-credentials",
			"--service-account-private-key-file=" + configDir + "/service-accounts.key", "--root-ca-file=" + configDir + "/ca.crt",
			"--cluster-signing-cert-file=" + configDir + "/ca.crt", "--cluster-signing-key-file=" + configDir + "/ca.key",
			"--allocate-node-cidrs", fmt.Sprintf("--cluster-cidr=%s", c.network.Pods), fmt.Sprintf("--service-cluster-ip-range=%s", c.network.Services),
		}},
		{Name: "kube-scheduler", After: []string{api}, Args: []string{kubeconfig("kube-scheduler"), "--leader-elect=false"}},
		{Name: "kubelet", After: []string{runtime, api}, Args: []string{
			"--config=" + configDir + "/kubelet.yaml", kubeconfig("kubelet"), "--root-dir=" + stateDir + "/kubelet",
			"--hostname-override=" + c.options.Name, fmt.Sprintf("--node-ip=%s", c.network.Node),
		}},
		{Name: "kube-proxy", After: []string{api}, Args: []string{"--config=" + configDir + "/kube-proxy.yaml"}},
	}
}

func (c *Cluster) apiserverArgs() []string {
	return []string{
		"--etcd-servers=" + etcdURL,
		fmt.Sprintf("--secure-port=%d", apiPort), fmt.Sprintf("--advertise-address=%s", c.network.Node),
		fmt.Sprintf("--service-cluster-ip-range=%s", c.network.Services),
		"--tls-cert-file=" + configDir + "/apiserver.crt", "--tls-private-key-file=" + configDir + "/apiserver.key",
		"--client-ca-file=" + configDir + "/ca.crt",
		"--kubelet-client-certificate=" + configDir + "/kubelet-client.crt", "--kubelet-client-key=" + configDir + "/kubelet-client.key",
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + configDir + "/service-accounts.pub",
		"--service-account-signing-key-file=" + configDir + "/service-accounts.key",
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged",
		"--audit-policy-file=" + configDir + "/audit.yaml", "--audit-log-path=" + logDir + "/audit.log",
	}
}
