package controllers_test

import (
	"context"
	"os"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

var _ = Describe("The published rights", func() {
	It("are the same in the hub's own namespace as in a geography's cluster", func() {
		Expect(publishedRights("../config/rbac/console_role.yaml")).To(Equal(publishedRights("../config/geography-cluster/role.yaml")))
	})
})

// publishedRights are the rules of all roles in files of config/.
func publishedRights(files ...string) []rbacv1.PolicyRule {
	GinkgoHelper()
	var rules []rbacv1.PolicyRule
	for _, file := range files {
		text, err := os.ReadFile(file)
		Expect(err).NotTo(HaveOccurred())
		for document := range strings.SplitSeq(string(text), "---\n") {
			var role rbacv1.ClusterRole
			Expect(yaml.Unmarshal([]byte(document), &role)).To(Succeed())
			rules = append(rules, role.Rules...)
		}
	}
	Expect(rules).NotTo(BeEmpty())
	return rules
}

// without takes resources out of rules.
func without(rules []rbacv1.PolicyRule, resources ...string) []rbacv1.PolicyRule {
	for i := range rules {
		rules[i].Resources = slices.DeleteFunc(rules[i].Resources, func(r string) bool { return slices.Contains(resources, r) })
	}
	return slices.DeleteFunc(rules, func(r rbacv1.PolicyRule) bool { return len(r.Resources) == 0 })
}

// asOperator is the access of an operator that runs on this server.
func (s *apiServer) asOperator() *rest.Config {
	GinkgoHelper()
	return s.withRights("operator", "../config/rbac/role.yaml", "../config/rbac/console_role.yaml")
}

// withRights is the access of a user who has what files of config/ publish, and nothing more. The namespaces of the
// tests are many, so the rights hold in all of them.
func (s *apiServer) withRights(name string, files ...string) *rest.Config {
	return s.user(name, publishedRights(files...)).Config()
}

func (s *apiServer) user(name string, rules []rbacv1.PolicyRule) *envtest.AuthenticatedUser {
	GinkgoHelper()
	ctx := context.Background()
	meta := metav1.ObjectMeta{Name: "test-" + name}
	Expect(s.Create(ctx, &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules})).To(Succeed())
	Expect(s.Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: meta.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
	})).To(Succeed())
	user, err := s.environment.AddUser(envtest.User{Name: name}, nil)
	Expect(err).NotTo(HaveOccurred())
	return user
}
