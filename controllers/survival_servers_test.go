package controllers_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// mortal is an API server with its etcd that a test ends, starts again at the same address, or sets back to what its
// etcd held before. It keeps an audit log of every write.
type mortal struct {
	*apiServer
	folder string
}

func startMortal(install envtest.CRDInstallOptions) *mortal {
	GinkgoHelper()
	m := &mortal{folder: GinkgoT().TempDir()}
	for _, name := range []string{"etcd", "certificates"} { // what is given is not cleaned up by a stop
		Expect(os.Mkdir(filepath.Join(m.folder, name), 0o700)).To(Succeed())
	}
	Expect(os.WriteFile(filepath.Join(m.folder, "policy.yaml"), []byte(auditPolicy), 0o600)).To(Succeed())
	environment := &envtest.Environment{CRDInstallOptions: install}
	environment.ControlPlane.Etcd = &envtest.Etcd{DataDir: m.etcd()}
	server := environment.ControlPlane.GetAPIServer()
	server.CertDir = filepath.Join(m.folder, "certificates")
	server.Configure().Set("audit-policy-file", filepath.Join(m.folder, "policy.yaml")).Set("audit-log-path", m.audit())
	m.apiServer = startEnvironment(environment)
	return m
}

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  verbs: [get, list, watch]
- level: Metadata
`

func (m *mortal) etcd() string  { return filepath.Join(m.folder, "etcd") }
func (m *mortal) audit() string { return filepath.Join(m.folder, "audit.log") }

// kill ends the API server and its etcd. What etcd holds stays.
func (m *mortal) kill() {
	GinkgoHelper()
	Expect(m.environment.ControlPlane.APIServer.Stop()).To(Succeed())
	Expect(m.environment.ControlPlane.Etcd.Stop()).To(Succeed())
}

// revive starts both again, where they were.
func (m *mortal) revive() {
	GinkgoHelper()
	Expect(m.environment.ControlPlane.Etcd.Start()).To(Succeed())
	Expect(m.environment.ControlPlane.APIServer.Start()).To(Succeed())
}

// backup copies what etcd holds; restore puts the copy back and starts the server with it.
func (m *mortal) backup() string {
	GinkgoHelper()
	m.kill()
	saved := filepath.Join(m.folder, "backup")
	Expect(os.CopyFS(saved, os.DirFS(m.etcd()))).To(Succeed())
	m.revive()
	return saved
}

func (m *mortal) restore(saved string) {
	GinkgoHelper()
	m.kill()
	Expect(os.RemoveAll(m.etcd())).To(Succeed())
	Expect(os.CopyFS(m.etcd(), os.DirFS(saved))).To(Succeed())
	m.revive()
}

// writing is the part of an audit log after a moment.
type writing struct {
	of    *mortal
	since int64
}

// fromNow is the audit log from now on.
func (m *mortal) fromNow() writing {
	GinkgoHelper()
	info, err := os.Stat(m.audit())
	Expect(err).NotTo(HaveOccurred())
	return writing{m, info.Size()}
}

// in are the writing requests in a namespace, refused ones included, as "verb URI"; with verbs, only those.
func (w writing) in(namespace string, verbs ...string) []string {
	GinkgoHelper()
	log, err := os.Open(w.of.audit())
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = log.Close() }() // it was only read
	_, err = log.Seek(w.since, io.SeekStart)
	Expect(err).NotTo(HaveOccurred())
	text, err := io.ReadAll(log)
	Expect(err).NotTo(HaveOccurred())
	requests := []string{}
	for line := range strings.Lines(string(text)) {
		var r struct {
			Verb       string `json:"verb"`
			RequestURI string `json:"requestURI"`
			ObjectRef  struct {
				Namespace string `json:"namespace"`
			} `json:"objectRef"`
		}
		if !strings.HasSuffix(line, "\n") {
			continue // it is being written
		}
		Expect(json.Unmarshal([]byte(line), &r)).To(Succeed())
		if r.ObjectRef.Namespace == namespace && (len(verbs) == 0 || slices.Contains(verbs, r.Verb)) {
			requests = append(requests, r.Verb+" "+r.RequestURI)
		}
	}
	return requests
}
