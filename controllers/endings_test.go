package controllers_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	routev1 "github.com/openshift/api/route/v1"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// endNamespace deletes a namespace and does what the controller manager would, which a bare API server has not: it deletes
// what is in it and lets it go.
func (s *apiServer) endNamespace(ctx context.Context, name string) {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	Expect(s.Delete(ctx, namespace)).To(Succeed())
	for _, kind := range []client.Object{
		&routev1.Route{}, &networkingv1.Ingress{}, &appsv1.Deployment{}, &policyv1.PodDisruptionBudget{}, &networkingv1.NetworkPolicy{},
		&corev1.ConfigMap{}, &rbacv1.RoleBinding{}, &rbacv1.Role{}, &corev1.ServiceAccount{},
	} {
		Expect(s.DeleteAllOf(ctx, kind, client.InNamespace(name))).To(Succeed())
	}
	var services corev1.ServiceList // cannot be deleted together
	Expect(s.List(ctx, &services, client.InNamespace(name))).To(Succeed())
	for i := range services.Items {
		Expect(s.Delete(ctx, &services.Items[i])).To(Succeed())
	}
	Expect(s.Get(ctx, client.ObjectKeyFromObject(namespace), namespace)).To(Succeed())
	namespace.Spec.Finalizers = nil
	Expect(s.SubResource("finalize").Update(ctx, namespace)).To(Succeed())
	Eventually(func() error { return s.Get(ctx, client.ObjectKeyFromObject(namespace), namespace) }, soon).Should(beGone())
}

// tenant is a kubeconfig with the published rights, whose credential and rights are in the namespace and end with it.
func (s *apiServer) tenant(ctx context.Context, namespace string) []byte {
	GinkgoHelper()
	meta := metav1.ObjectMeta{Name: "tenant-" + namespace, Namespace: namespace}
	account := &corev1.ServiceAccount{ObjectMeta: meta}
	subjects := []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: meta.Name, Namespace: namespace}}
	rules := publishedRights("../config/geography-cluster/role.yaml")
	survey := without(publishedRights("../config/geography-cluster/role.yaml"), "configmaps", "services", "serviceaccounts", "deployments",
		"networkpolicies", "ingresses", "poddisruptionbudgets", "routes", "routes/custom-host", "replicasets", "pods", "pods/proxy")
	for _, object := range []client.Object{
		account,
		&rbacv1.Role{ObjectMeta: meta, Rules: rules},
		&rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: meta.Name}, Subjects: subjects},
		&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: meta.Name}, Rules: survey},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: meta.Name},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: meta.Name}, Subjects: subjects,
		},
	} {
		Expect(s.Create(ctx, object)).To(Succeed())
	}
	request := &authenticationv1.TokenRequest{}
	Expect(s.SubResource("token").Create(ctx, account, request)).To(Succeed())
	config, err := clientcmd.Load(s.kubeconfig())
	Expect(err).NotTo(HaveOccurred())
	for name := range config.AuthInfos {
		config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: request.Status.Token}
	}
	text, err := clientcmd.Write(*config)
	Expect(err).NotTo(HaveOccurred())
	return text
}

// removeDefinition deletes a CustomResourceDefinition, with everything of its kind, and waits until it is gone.
func (s *apiServer) removeDefinition(ctx context.Context, name string) {
	GinkgoHelper()
	path := "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + name
	Expect(s.raw().Delete().AbsPath(path).Do(ctx).Error()).To(Succeed())
	Eventually(func() error { return s.raw().Get().AbsPath(path).Do(ctx).Error() }, 2*soon).Should(beGone())
}
