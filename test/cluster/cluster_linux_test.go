package cluster_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/geoconsole/geoconsole-operator/test/cluster"
	"github.com/geoconsole/geoconsole-operator/test/cluster/pki"
)

const (
	regionHost    = "api.ireland.xcm.example.com"
	regionAddress = "198.19.240.1"
)

var _ = Describe("Two clusters side by side", Ordered, func() {
	var hub, geo *cluster.Cluster
	var image, geoDir string

	BeforeAll(func(ctx context.Context) {
		var archive string
		image, archive = kubectlImage(ctx)
		geoDir = GinkgoT().TempDir()
		network, err := cluster.NetworkOf(1)
		Expect(err).NotTo(HaveOccurred())
		started := startAll(ctx,
			cluster.Options{
				Name: "near", Dir: GinkgoT().TempDir(), Images: []string{archive},
				Hosts: map[string]string{"api.geo.example.com": network.Node.String()},
			},
			cluster.Options{
				Name: "far", Dir: geoDir, Images: []string{archive},
				Hosts: map[string]string{"api.geo.example.com": network.Node.String(), regionHost: regionAddress},
			})
		hub, geo = started[0], started[1]
		Expect(cluster.Connect(hub, geo)).To(Succeed())
	})

	It("gives pods of each the other's API server, which notes who asked", func(ctx context.Context) {
		for from, to := range map[*cluster.Cluster]*cluster.Cluster{hub: geo, geo: hub} {
			config, err := to.Kubeconfig(cluster.FromClusters)
			Expect(err).NotTo(HaveOccurred())
			Expect(ask(ctx, from, image, config, "/api/v1/namespaces/default")).To(ContainSubstring(`"name":"default"`))
			Expect(sources(to, "/api/v1/namespaces/default")).To(ContainElement(Satisfy(from.Network().Pods.Contains)))
		}
	})

	It("resolves its names, and the node's are the API server's", func(ctx context.Context) {
		text, err := geo.Kubeconfig(cluster.FromClusters)
		Expect(err).NotTo(HaveOccurred())
		config, err := clientcmd.Load(text)
		Expect(err).NotTo(HaveOccurred())
		config.Clusters["far"].Server = "https://api.geo.example.com:6443"
		text, err = clientcmd.Write(*config)
		Expect(err).NotTo(HaveOccurred())
		Expect(ask(ctx, hub, image, text, "/readyz")).To(Equal("ok"))
	})

	It("reaches services of the other", func(ctx context.Context) {
		names := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return hub.Dial(ctx, netip.AddrPortFrom(geo.Network().DNS, 53).String())
		}}
		Expect(names.LookupHost(ctx, "kubernetes.default.svc.cluster.local")).To(ConsistOf(geo.Network().API.String()))
		Expect(names.LookupHost(ctx, regionHost)).To(ConsistOf(regionAddress))
	})

	It("shows pods a server of this machine under a name", func(ctx context.Context) {
		authority, address := serveRegion("an answer of Ireland")
		Expect(geo.Expose(regionAddress+":443", address)).To(Succeed())

		config := clientcmdapi.NewConfig()
		config.Clusters["ireland"] = &clientcmdapi.Cluster{Server: "https://" + regionHost, CertificateAuthorityData: authority.CAPEM()}
		config.AuthInfos["nobody"] = &clientcmdapi.AuthInfo{Token: "unused"} // without one, kubectl asks for a name
		config.Contexts["ireland"] = &clientcmdapi.Context{Cluster: "ireland", AuthInfo: "nobody"}
		config.CurrentContext = "ireland"
		text, err := clientcmd.Write(*config)
		Expect(err).NotTo(HaveOccurred())
		Expect(ask(ctx, geo, image, text, "/api/clusters_mgmt/v1")).To(Equal("an answer of Ireland"))
	})

	It("lets this machine in on loopback", func(ctx context.Context) {
		text, err := geo.Kubeconfig(cluster.FromHost)
		Expect(err).NotTo(HaveOccurred())
		config, err := clientcmd.RESTConfigFromKubeConfig(text)
		Expect(err).NotTo(HaveOccurred())
		Expect(config.Host).To(HavePrefix("https://127.0.0.1:"))
		client, err := kubernetes.NewForConfig(config)
		Expect(err).NotTo(HaveOccurred())
		nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		Expect(err).NotTo(HaveOccurred())
		Expect(nodes.Items).To(HaveLen(1))
		Expect(nodes.Items[0].Name).To(Equal("far"))
	})

	It("says which component ended", func(ctx context.Context) {
		Expect(geo.Err()).NotTo(HaveOccurred())
		kill(lookFor("far", geoDir).now().process("kube-scheduler"))
		Eventually(ctx, geo.Done()).Should(BeClosed())
		Expect(geo.Err()).To(MatchError(ContainSubstring("kube-scheduler ended with signal killed")))
	})
})

// ask runs kubectl in a pod, with a kubeconfig, to get a path, and returns what it printed.
func ask(ctx context.Context, from *cluster.Cluster, image string, kubeconfig []byte, path string) string {
	GinkgoHelper()
	client, err := kubernetes.NewForConfig(from.RESTConfig())
	Expect(err).NotTo(HaveOccurred())
	meta := metav1.ObjectMeta{GenerateName: "ask-", Namespace: metav1.NamespaceDefault}
	secret, err := client.CoreV1().Secrets(meta.Namespace).Create(ctx,
		&corev1.Secret{ObjectMeta: meta, Data: map[string][]byte{"config": kubeconfig}}, metav1.CreateOptions{})
	Expect(err).NotTo(HaveOccurred())
	pods := client.CoreV1().Pods(meta.Namespace)
	pod, err := pods.Create(ctx, &corev1.Pod{ObjectMeta: meta, Spec: corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyNever,
		Containers: []corev1.Container{{
			Name: "kubectl", Image: image, ImagePullPolicy: corev1.PullNever,
			Args:         []string{"--kubeconfig=/kube/config", "--cache-dir=/tmp", "get", "--raw=" + path},
			VolumeMounts: []corev1.VolumeMount{{Name: "kube", MountPath: "/kube"}},
		}},
		Volumes: []corev1.Volume{{Name: "kube", VolumeSource: corev1.VolumeSource{
			Secret: &corev1.SecretVolumeSource{SecretName: secret.Name},
		}}},
	}}, metav1.CreateOptions{})
	Expect(err).NotTo(HaveOccurred())
	Eventually(func(g Gomega) {
		found, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(found.Status.Phase).To(BeElementOf(corev1.PodSucceeded, corev1.PodFailed), "%+v", found.Status)
		pod = found
	}).Should(Succeed())
	text, err := pods.GetLogs(pod.Name, &corev1.PodLogOptions{}).DoRaw(ctx)
	Expect(err).NotTo(HaveOccurred())
	Expect(pod.Status.Phase).To(Equal(corev1.PodSucceeded), string(text))
	return string(text)
}

// sources are the addresses that asked the API server for a path as its administrator, as its audit log has them.
func sources(c *cluster.Cluster, path string) []netip.Addr {
	GinkgoHelper()
	file, err := os.Open(c.AuditLog())
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = file.Close() }()
	var found []netip.Addr
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var event struct {
			RequestURI string
			User       struct{ Username string }
			SourceIPs  []netip.Addr
		}
		Expect(json.Unmarshal(lines.Bytes(), &event)).To(Succeed())
		if event.RequestURI == path && event.User.Username == "admin" {
			found = append(found, event.SourceIPs...)
		}
	}
	Expect(lines.Err()).NotTo(HaveOccurred())
	return found
}

// serveRegion serves one answer over TLS, under regionHost, and returns who vouches for it and where it listens.
func serveRegion(answer string) (*pki.Authority, string) {
	GinkgoHelper()
	authority, err := pki.NewAuthority("regions")
	Expect(err).NotTo(HaveOccurred())
	pair, err := authority.Issue(regionHost)
	Expect(err).NotTo(HaveOccurred())
	certificate, err := tls.X509KeyPair(pair.Cert, pair.Key)
	Expect(err).NotTo(HaveOccurred())
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, answer) }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	DeferCleanup(server.Close)
	return authority, server.Listener.Addr().String()
}
