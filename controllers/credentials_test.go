package controllers_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/keyutil"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/render"
)

var _ = Describe("A credential", func() {
	message := func(ctx context.Context, gc *v1alpha1.GeoConsole) string {
		return meta.FindStatusCondition(now(ctx, gc)(Default).Status.Conditions, v1alpha1.ConditionReachable).Message
	}

	It("that ends is told in time by condition, Event and series, until it is renewed", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		account := east.newAccount(ctx, namespace)
		gc := europe(namespace, "east")
		issued := time.Now().Add(-40 * time.Second)
		ends := issued.Add(60 * time.Second) // its last quarter begins in five seconds
		writeKubeconfig(ctx, namespace, "east", account.kubeconfig(account.tokenOf(issued, ends)))
		Expect(hub.Create(ctx, gc)).To(Succeed())

		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue, v1alpha1.ReasonCredentialExpiring))
		Expect(message(ctx, gc)).To(Equal("east: Secret east, key kubeconfig: its credential ends soon; mint a new one and put it into the Secret"))
		Eventually(events(ctx, namespace), soon).Should(ContainElement("Warning CredentialExpiring"))
		Expect(expiryOf(namespace, "east")).To(BeEquivalentTo(ends.Unix()))

		Expect(east.Delete(ctx, account.ServiceAccount.DeepCopy())).To(Succeed()) // the API server itself takes a token for a minute more
		Eventually(now(ctx, gc), 2*soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonUnauthorized))
		Expect(expiryOf(namespace, "east")).To(BeEquivalentTo(ends.Unix()), "most of all now it is asked for")

		account = east.newAccount(ctx, namespace)
		writeKubeconfig(ctx, namespace, "east", account.kubeconfig(account.token(ctx, time.Hour)))
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue, v1alpha1.ReasonConnected))
		Eventually(expiryOf, soon).WithArguments(namespace, "east").Should(BeNumerically("~", time.Now().Add(time.Hour).Unix(), 60))

		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(expiryOf, soon).WithArguments(namespace, "east").Should(BeZero(), "the series goes with the object")
	})

	It("that is replaced by a bad one is told, and told once it is good", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		good := east.kubeconfig()
		writeKubeconfig(ctx, namespace, "east", good)
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		stood := meta.FindStatusCondition(now(ctx, gc)(Default).Status.Conditions, v1alpha1.ConditionReachable).LastTransitionTime

		writeKubeconfig(ctx, namespace, "east", west.kubeconfig())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue, v1alpha1.ReasonKubeconfigNotTaken))
		Expect(message(ctx, gc)).To(ContainSubstring("east: Secret east, key kubeconfig: the changed kubeconfig is not used: it leads to another cluster"))
		Eventually(events(ctx, namespace), soon).Should(ContainElement("Warning KubeconfigNotTaken"))
		deployment, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(east.Delete(ctx, deployment)).To(Succeed())
		Eventually(func() error { _, err := east.deployment(ctx, namespace); return err }, soon).Should(Succeed())

		writeKubeconfig(ctx, namespace, "east", good)
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue, v1alpha1.ReasonConnected))
		Expect(meta.FindStatusCondition(now(ctx, gc)(Default).Status.Conditions, v1alpha1.ConditionReachable).LastTransitionTime).To(Equal(stood))
	})

	It("Property 11: of an administrator is refused, with the cure, and nothing is written by it", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		administrators, err := os.ReadFile(east.adminFile())
		Expect(err).NotTo(HaveOccurred())
		writeKubeconfig(ctx, namespace, "east", administrators)
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonCredentialTooBroad))
		Expect(message(ctx, gc)).To(Equal("east: Secret east, key kubeconfig: its credential may use any verb on any resource, which the published Role does not give; " +
			"bind its ServiceAccount to nothing but what geoconsole rbac prints"))
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonCredentialTooBroad))
		Expect(east.ours(ctx, namespace)).To(BeEmpty())

		writeKubeconfig(ctx, namespace, "east", east.kubeconfig())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
	})
})

// account is a ServiceAccount that the hub acts as, with what the owner of a geography's cluster gives it.
type account struct {
	server *apiServer
	*corev1.ServiceAccount
}

// newAccount grants in a namespace of the server as a person would.
func (s *apiServer) newAccount(ctx context.Context, namespace string) account {
	GinkgoHelper()
	made++
	manifests, err := render.GeographyRights(namespace, fmt.Sprintf("hub-%d", made)).Manifests()
	Expect(err).NotTo(HaveOccurred())
	a := account{server: s, ServiceAccount: &corev1.ServiceAccount{}}
	for _, m := range manifests {
		if m.Part == render.PartNamespace {
			continue
		}
		Expect(s.Create(ctx, m.Object)).To(Succeed())
		if m.Object.GetKind() == "ServiceAccount" {
			Expect(s.Get(ctx, client.ObjectKeyFromObject(m.Object), a.ServiceAccount)).To(Succeed())
		}
	}
	Eventually(a.mayProbe, soon).WithContext(ctx).Should(BeTrue())
	return a
}

// mayProbe tells whether the server knows the account's rights: it learns of roles by watches of its own.
func (a account) mayProbe(ctx context.Context) bool {
	GinkgoHelper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User:               "system:serviceaccount:" + a.Namespace + ":" + a.Name,
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: "namespaces", Name: metav1.NamespaceSystem},
	}}
	Expect(a.server.Create(ctx, review)).To(Succeed())
	return review.Status.Allowed
}

// token asks the server for one that ends after a time.
func (a account) token(ctx context.Context, life time.Duration) string {
	GinkgoHelper()
	seconds := int64(life.Seconds())
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	Expect(a.server.SubResource("token").Create(ctx, a.ServiceAccount.DeepCopy(), request)).To(Succeed())
	return request.Status.Token
}

// tokenOf signs one of any age, which the server would not do, with the server's key.
func (a account) tokenOf(issued, ends time.Time) string {
	GinkgoHelper()
	issuer := a.server.environment.ControlPlane.APIServer.SecureServing.URL("https", "/").String()
	payload, err := json.Marshal(map[string]any{
		"iss": issuer, "aud": []string{issuer}, "sub": "system:serviceaccount:" + a.Namespace + ":" + a.Name,
		"iat": issued.Unix(), "nbf": issued.Unix(), "exp": ends.Unix(),
		"kubernetes.io": map[string]any{"namespace": a.Namespace, "serviceaccount": map[string]any{"name": a.Name, "uid": a.UID}},
	})
	Expect(err).NotTo(HaveOccurred())
	key, err := keyutil.PrivateKeyFromFile(a.server.signingKey())
	Expect(err).NotTo(HaveOccurred())
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"ES256"}`)) + "." + encode(payload)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), digest[:])
	Expect(err).NotTo(HaveOccurred())
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + encode(signature)
}

// kubeconfig is what the owner hands over.
func (a account) kubeconfig(token string) []byte {
	GinkgoHelper()
	config := clientcmdapi.NewConfig()
	at := a.server.environment.Config
	config.Clusters["geography"] = &clientcmdapi.Cluster{Server: at.Host, CertificateAuthorityData: at.CAData}
	config.AuthInfos["hub"] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts["hub"] = &clientcmdapi.Context{Cluster: "geography", AuthInfo: "hub", Namespace: a.Namespace}
	config.CurrentContext = "hub"
	text, err := clientcmd.Write(*config)
	Expect(err).NotTo(HaveOccurred())
	return text
}

// expiryOf is when the metrics say that the credential of a cluster of a namespace's GeoConsole ends; 0 when they say
// nothing.
func expiryOf(namespace, cluster string) float64 {
	GinkgoHelper()
	families, err := metrics.Registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	for _, family := range families {
		if family.GetName() != "geoconsole_credential_expiry_timestamp_seconds" {
			continue
		}
		for _, m := range family.GetMetric() {
			if label(m, "namespace") == namespace && label(m, "cluster") == cluster && label(m, "name") == "europe" {
				return m.GetGauge().GetValue()
			}
		}
	}
	return 0
}
