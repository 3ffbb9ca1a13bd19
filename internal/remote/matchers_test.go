package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	gomegatypes "github.com/onsi/gomega/types"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// refuse matches a refusal by its reason and object.
func refuse(reason, object string) gomegatypes.GomegaMatcher {
	return WithTransform(func(err error) (string, error) {
		var refusal *remote.Refusal
		if !errors.As(err, &refusal) {
			return fmt.Sprintf("no refusal: %v", err), nil
		}
		return refusal.Reason + " " + refusal.Object, nil
	}, Equal(reason+" "+object))
}

// isPatchOf tells whether an audited request is an apply of the object.
func isPatchOf(asked string, object *unstructured.Unstructured) bool {
	path, _, _ := strings.Cut(asked, "?")
	kind := strings.ToLower(object.GetKind())
	return strings.HasPrefix(path, "patch ") &&
		(strings.HasSuffix(path, "/"+kind+"s/"+object.GetName()) || strings.HasSuffix(path, "/"+kind+"es/"+object.GetName()) ||
			strings.HasSuffix(path, "/"+strings.TrimSuffix(kind, "y")+"ies/"+object.GetName()))
}

// objectName tells the objects of one bundle apart.
func objectName(object *unstructured.Unstructured) string {
	return object.GetKind() + "/" + object.GetName()
}

// content is an object without what an API server counts.
func content(object *unstructured.Unstructured) map[string]any {
	kept := object.DeepCopy()
	kept.SetManagedFields(nil)
	kept.SetResourceVersion("")
	kept.SetGeneration(0)
	return kept.Object
}

func fixed(replicas int32) *v1alpha1.Scaling {
	return &v1alpha1.Scaling{Type: v1alpha1.ScalingFixed, Fixed: &v1alpha1.FixedScaling{Replicas: replicas}}
}

// find gives a rendered object by its kind.
func (g geoConsole) find(kind string) *unstructured.Unstructured {
	GinkgoHelper()
	for _, o := range g.bundle.Objects {
		if o.GetKind() == kind {
			return o
		}
	}
	Fail("nothing of kind " + kind + " is rendered")
	return nil
}

func clusterRoleBinding(name string) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

// bindProbeOnly gives a site the right to read kube-system, and to see no node.
func bindProbeOnly(s *site) {
	GinkgoHelper()
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: s.namespace + "-probe"},
		Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{""}, Resources: []string{"namespaces"}, ResourceNames: []string{"kube-system"}, Verbs: []string{"get"}},
		},
	}
	binding := clusterRoleBinding(s.namespace + "-probe")
	binding.RoleRef = rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name}
	binding.Subjects = []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: s.namespace, Name: "geoconsole-hub"}}
	Expect(s.server.admin.Create(suite, role)).To(Succeed())
	Expect(s.server.admin.Create(suite, binding)).To(Succeed())
}

// startAndStop runs a Clusters until the returned function is called.
func startAndStop(c *remote.Clusters) func() {
	ctx, cancel := context.WithCancel(suite)
	go func() { _ = c.Start(ctx) }()
	return cancel
}

// newThief is a server to which nothing should be sent; it tells about every request that comes.
func newThief(caught chan<- string) string {
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		caught <- r.Header.Get("Authorization")
	}))
	DeferCleanup(thief.Close)
	return thief.URL
}
