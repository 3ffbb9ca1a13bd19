package remote_test

import (
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("The credential's rights", func() {
	var (
		o *operator
		s *site
	)
	BeforeEach(func() {
		o = newOperator()
		s = newSite(geo)
	})
	reason := func() string {
		_, connection := o.Client(s.place)
		return connection.Reason
	}

	It("are reviewed once at each connect, and never between", func() {
		Expect(s.reviews()).To(BeZero())
		connected := o.connect(s.place)
		g := newGeoConsole(s)
		g.apply(connected)
		Expect(s.reviews()).To(Equal(1))
		o.reconnect(s.place)
		Expect(s.reviews()).To(Equal(2))
		Consistently(s.reviews, 3*probeInterval).Should(Equal(2))
	})

	DescribeTable("Property 11: a credential that may do more than the published rights is refused, by the name of one right:",
		func(rule rbacv1.PolicyRule, excess string) {
			binding := s.allow(rule)
			Eventually(reason, soon).Should(Equal(v1alpha1.ReasonCredentialTooBroad))
			Expect(o.Refusal(s.place)).To(Equal(&remote.Refusal{
				Reason: v1alpha1.ReasonCredentialTooBroad, Object: "Secret/" + s.namespace, Field: excess,
			}))
			Expect(s.server.requestsOf(s.user())).To(BeEmpty(), "nothing is asked with it")
			Expect(s.server.admin.Delete(suite, binding)).To(Succeed())
			o.connect(s.place)
			Expect(o.Refusal(s.place)).To(Succeed())
		},
		Entry("all", rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}}, "use any verb on any resource"),
		Entry("Secrets", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"}}, "get secrets"),
		Entry("one Secret", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: []string{"tls"}, Verbs: []string{"get"}}, "get secrets"),
		Entry("a shell in a pod", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods/exec"}, Verbs: []string{"create"}}, "create pods/exec"),
		Entry("a token of anybody", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"serviceaccounts/token"}, Verbs: []string{"create"}}, "create serviceaccounts/token"),
		Entry("rights for anybody", rbacv1.PolicyRule{APIGroups: []string{"rbac.authorization.k8s.io"}, Resources: []string{"rolebindings"}, Verbs: []string{"create"}}, "create rolebindings.rbac.authorization.k8s.io"),
	)

	It("Property 11: a cluster's administrator is refused", func() {
		binding := clusterRoleBinding(s.namespace + "-admin")
		binding.RoleRef = rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"}
		binding.Subjects = []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: s.namespace, Name: "geoconsole-hub"}}
		Expect(s.server.admin.Create(suite, binding)).To(Succeed())
		s.awaitRight(rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}})
		Eventually(reason, soon).Should(Equal(v1alpha1.ReasonCredentialTooBroad))
		Expect(o.Refusal(s.place)).To(HaveField("Field", "use any verb on any resource"))
	})

	It("Property 11: rights that cannot be read count as too many", func() {
		g := newGate(geo)
		g.behind(s)
		g.fail(http.MethodPost, "/selfsubjectrulesreviews", http.StatusForbidden)
		Eventually(reason, soon).Should(Equal(v1alpha1.ReasonCredentialTooBroad))
		Expect(o.Refusal(s.place)).To(HaveField("Field", ""))
	})

	It("Property 2: a review that is never answered holds nothing up", func() {
		g := newGate(geo)
		g.behind(s)
		stuck := make(chan struct{})
		DeferCleanup(func() { close(stuck) })
		g.onRequest(func(_ http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/selfsubjectrulesreviews") {
				return false
			}
			select {
			case <-stuck:
			case <-r.Context().Done():
			}
			return true
		})
		Eventually(reason, soon).Should(Equal(v1alpha1.ReasonConnectionLost))
	})

	It("Property 13: what a cluster calls them reaches nothing", func() {
		g := newGate(geo)
		g.behind(s)
		g.onRequest(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/selfsubjectrulesreviews") {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectRulesReview","status":{"incomplete":true,"evaluationError":"` + secret + `","nonResourceRules":[],
				"resourceRules":[{"verbs":["` + secret + `"],"apiGroups":["` + secret + `"],"resources":["` + secret + `"]}]}}`))
			return true
		})
		Eventually(reason, soon).Should(Equal(v1alpha1.ReasonCredentialTooBroad))
		Expect(o.Refusal(s.place)).To(HaveField("Field", "use another verb on another resource"))
	})

	It("are not asked for on the hub, where the operator has its own", func() {
		place := remote.Place{HubNamespace: "default", Hub: true, Namespace: "default"} // as a cluster's administrator
		o.connect(place)
		Expect(func() health.Connection { _, c := o.Client(place); return c }()).To(HaveField("Up", true))
	})
})

// allow gives a site's account one more rule, in its namespace.
func (s *site) allow(rule rbacv1.PolicyRule) *rbacv1.RoleBinding {
	GinkgoHelper()
	meta := metav1.ObjectMeta{Name: "more", Namespace: s.namespace}
	Expect(s.server.admin.Create(suite, &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{rule}})).To(Succeed())
	binding := &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: meta.Name},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: s.namespace, Name: "geoconsole-hub"}},
	}
	Expect(s.server.admin.Create(suite, binding)).To(Succeed())
	s.awaitRight(rule)
	return binding
}

// awaitRight waits until the API server knows the first right of a rule: it learns of roles by watches of its own.
func (s *site) awaitRight(rule rbacv1.PolicyRule) {
	GinkgoHelper()
	attributes := &authorizationv1.ResourceAttributes{
		Namespace: s.namespace, Verb: rule.Verbs[0], Group: rule.APIGroups[0], Resource: rule.Resources[0],
	}
	attributes.Resource, attributes.Subresource, _ = strings.Cut(attributes.Resource, "/")
	if len(rule.ResourceNames) > 0 {
		attributes.Name = rule.ResourceNames[0]
	}
	Eventually(func(g Gomega) bool {
		review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{User: s.user(), ResourceAttributes: attributes}}
		g.Expect(s.server.admin.Create(suite, review)).To(Succeed())
		return review.Status.Allowed
	}, soon).Should(BeTrue())
}

// reviews counts how often the rights of the site's account were reviewed.
func (s *site) reviews() int {
	GinkgoHelper()
	count := 0
	for _, r := range s.server.audited(s.user()) {
		if r.ObjectRef.Resource == "selfsubjectrulesreviews" {
			count++
		}
	}
	return count
}
