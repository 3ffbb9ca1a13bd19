package remote_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// The suite needs KUBEBUILDER_ASSETS: etcd, kube-apiserver and kubectl, as hack/kubernetes builds them. It runs two
// real API servers: a hub, and a cluster of a geography that serves OpenShift's Route API as the hub does not.
func TestRemote(t *testing.T) {
	RegisterFailHandler(Fail)
	log.SetLogger(GinkgoLogr)
	RunSpecs(t, "remote")
}

var (
	hub, geo *apiServer
	suite    context.Context
)

// apiServer is a control plane without nodes and controllers.
type apiServer struct {
	environment *envtest.Environment
	config      *rest.Config
	admin       client.Client
	uid         string
	audit       string
}

var _ = BeforeSuite(func() {
	Expect(os.Getenv("KUBEBUILDER_ASSETS")).NotTo(BeEmpty(), "set KUBEBUILDER_ASSETS to what hack/kubernetes has built")
	var cancel context.CancelFunc
	suite, cancel = context.WithCancel(context.Background())
	DeferCleanup(cancel)
	hub = startAPIServer()
	geo = startAPIServer(filepath.Join(moduleFolder("github.com/openshift/api"), "route/v1/zz_generated.crd-manifests/routes.crd.yaml"))
})

// startAPIServer starts a control plane that keeps an audit log of everything.
func startAPIServer(crds ...string) *apiServer {
	GinkgoHelper()
	folder := GinkgoT().TempDir()
	policy := filepath.Join(folder, "policy.yaml")
	Expect(os.WriteFile(policy, []byte(auditPolicy), 0o600)).To(Succeed())
	server := &apiServer{environment: &envtest.Environment{}, audit: filepath.Join(folder, "audit.log")}
	server.environment.ControlPlane.GetAPIServer().Configure().
		Set("audit-policy-file", policy).
		Set("audit-log-path", server.audit)
	if len(crds) > 0 {
		server.environment.CRDInstallOptions = envtest.CRDInstallOptions{Paths: crds, ErrorIfPathMissing: true}
	}
	var err error
	server.config, err = server.environment.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(server.environment.Stop()).To(Succeed()) })
	scheme := runtime.NewScheme()
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(apiextensionsv1.AddToScheme(scheme)).To(Succeed())
	server.admin, err = client.New(server.config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	var system corev1.Namespace
	Eventually(func() error {
		return server.admin.Get(suite, client.ObjectKey{Name: "kube-system"}, &system)
	}, 30*time.Second).Should(Succeed())
	server.uid = string(system.UID)
	return server
}

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// request is one line of an audit log.
type request struct {
	Verb       string `json:"verb"`
	RequestURI string `json:"requestURI"`
	UserAgent  string `json:"userAgent"`
	Stage      string `json:"stage"`
	User       struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
}

func (r request) String() string { return r.Verb + " " + r.RequestURI }

// requestsOf reads what a user has asked beside watches, probes and the review of rights at each connect, as "verb URI".
func (s *apiServer) requestsOf(username string) []string {
	GinkgoHelper()
	asked := []string{}
	for _, r := range s.audited(username) {
		probe := r.ObjectRef.Resource == "namespaces" && r.ObjectRef.Name == "kube-system"
		if r.Verb != "watch" && !probe && r.ObjectRef.Resource != "selfsubjectrulesreviews" {
			asked = append(asked, r.String())
		}
	}
	return asked
}

// audited reads all that a user has asked.
func (s *apiServer) audited(username string) []request {
	GinkgoHelper()
	written, err := os.ReadFile(s.audit)
	Expect(err).NotTo(HaveOccurred())
	var asked []request
	for line := range strings.Lines(string(written)) {
		var r request
		if strings.Contains(line, username) && json.Unmarshal([]byte(line), &r) == nil && r.User.Username == username {
			asked = append(asked, r)
		}
	}
	return asked
}

// moduleFolder is where the sources of a module are.
func moduleFolder(module string) string {
	GinkgoHelper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(string(out))
}
