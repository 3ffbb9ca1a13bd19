// Package cel proves, against a real API server, what it takes and what it refuses of a GeoConsole, and in which words.
package cel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

// The suite needs KUBEBUILDER_ASSETS: etcd, kube-apiserver and kubectl, as hack/kubernetes builds them.
func TestCEL(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "cel")
}

var (
	ctx    = context.Background()
	server *envtest.Environment
	hub    client.Client
)

var _ = BeforeSuite(func() {
	Expect(os.Getenv("KUBEBUILDER_ASSETS")).NotTo(BeEmpty(), "set KUBEBUILDER_ASSETS to what hack/kubernetes has built")
	server = &envtest.Environment{CRDDirectoryPaths: []string{"../../config/crd/bases"}, ErrorIfCRDPathMissing: true}
	config, err := server.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(server.Stop()).To(Succeed()) })
	hub, err = client.New(config, client.Options{})
	Expect(err).NotTo(HaveOccurred())
	Expect(hub.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "geoconsoles"}})).To(Succeed())
})

// goodText is a GeoConsole with every field that the API has, and not one more.
const goodText = `
apiVersion: xcm.openshift.io/v1alpha1
kind: GeoConsole
metadata: {name: europe, namespace: geoconsoles}
spec:
  geography: {type: BuiltIn, builtIn: EU}
  hostname: console.eu.example.com
  clusters:
  - name: eu-central
    connection: {type: Kubeconfig, kubeconfig: {secretName: eu-central, key: kubeconfig}}
    namespace: geoconsole
    country: DE
  - name: hub
    connection: {type: Hub}
  regions:
  - id: aws.eu-west-1
    displayName: Ireland
    endpoints:
    - {url: "https://api.aws.eu-west-1.xcm.example.com"}
    - {url: "https://standby.xcm.example.com:8443", country: IE}
    caBundle: {hubConfigMap: {name: xcm-ca, key: ca.crt}}
    state: Maintenance
    message: Back at 12:00 UTC.
    cloudRegions: [eu-west-1, eu-north-1]
  - id: aws.eu-west-3
    endpoints: [{url: "https://api.aws.eu-west-3.xcm.example.com"}]
  auth:
    type: OIDC
    oidc:
      issuerURL: https://login.example.com:8443/realms/eu
      country: DE
      clientID: geoconsole
      audiences: [geoconsole]
      scopes: [openid, profile, offline_access]
      caBundle: {hubConfigMap: {name: xcm-ca, key: ca.crt}}
  accounts: {type: Endpoint, endpoint: {url: 'https://accounts.example.eu:8443', country: DE, caBundle: {hubConfigMap: {name: xcm-ca, key: ca.crt}}}}
  exposure: {type: Route, route: {tls: {type: ClusterDefault}}, regionHosts: Enabled}
  console:
    image: quay.io/geoconsole/console@sha256:0000000000000000000000000000000000000000000000000000000000000000
    imagePullSecrets: [{name: pull}]
    scaling: {type: Fixed, fixed: {replicas: 2}}
    resources: {cpu: 100m, memory: 256Mi}
    logLevel: Info
  healthChecks: {path: /api/clusters_mgmt/v1, intervalSeconds: 10, timeoutSeconds: 3, failureThreshold: 3, successThreshold: 2}
  proxy: {requestTimeoutSeconds: 60, maxRequestBodyBytes: 1048576, maxConcurrentRequests: 256}
  maintenance: {message: Back at 13:00 UTC.}
  paused: false
  deletionPolicy: Delete
`

// good makes the good GeoConsole, changed.
func good(changes ...change) *unstructured.Unstructured {
	GinkgoHelper()
	gc := &unstructured.Unstructured{}
	Expect(yaml.Unmarshal([]byte(goodText), &gc.Object)).To(Succeed())
	for _, c := range changes {
		c(gc.Object)
	}
	return gc
}

// change makes a resource different from the good one.
type change func(object map[string]any)

// set puts a value, in YAML, at a path such as spec.regions[0].id. What is on the way there has to exist.
func set(path, value string) change {
	return func(object map[string]any) {
		GinkgoHelper()
		var parsed any
		Expect(yaml.Unmarshal([]byte(value), &parsed)).To(Succeed(), value)
		at(object, path, func(map[string]any) any { return parsed })
	}
}

// unset removes the field at a path.
func unset(path string) change {
	return func(object map[string]any) {
		at(object, path, func(parent map[string]any) any {
			delete(parent, path[strings.LastIndex(path, ".")+1:])
			return nil
		})
	}
}

// at walks to the parent of a path and replaces what value returns, unless that is nil.
func at(object map[string]any, path string, value func(parent map[string]any) any) {
	GinkgoHelper()
	steps := strings.Split(path, ".")
	for _, step := range steps[:len(steps)-1] {
		name, index := step, -1
		if open := strings.IndexByte(step, '['); open >= 0 {
			name = step[:open]
			_, err := fmt.Sscanf(step[open:], "[%d]", &index)
			Expect(err).NotTo(HaveOccurred(), path)
		}
		next := object[name]
		if index >= 0 {
			list, ok := next.([]any)
			Expect(ok && index < len(list)).To(BeTrue(), "%s: no %s", path, step)
			next = list[index]
		}
		fields, ok := next.(map[string]any)
		Expect(ok).To(BeTrue(), "%s: no %s", path, step)
		object = fields
	}
	if v := value(object); v != nil {
		object[steps[len(steps)-1]] = v
	}
}

// repeated is a YAML list of n items, %d in the item is its number.
func repeated(n int, item string) string {
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "- %s\n", strings.ReplaceAll(item, "%d", fmt.Sprint(i)))
	}
	return list.String()
}

// create asks the API server, as kubectl does, to take a resource without keeping it.
func create(gc *unstructured.Unstructured) error {
	return hub.Create(ctx, gc, client.DryRunAll, client.FieldValidation("Strict"))
}

// notChecked ends a refusal of the API server for its schema, which leaves the rules unasked.
const notChecked = "some validation rules were not checked"

// causes are what the API server finds wrong: a field and a sentence each.
func causes(err error) []metav1.StatusCause {
	var refusal *apierrors.StatusError
	if !errors.As(err, &refusal) || refusal.ErrStatus.Details == nil {
		return nil
	}
	var found []metav1.StatusCause
	for _, c := range refusal.ErrStatus.Details.Causes {
		if !strings.Contains(c.Message, notChecked) {
			found = append(found, c)
		}
	}
	return found
}
