package controllers_test

import (
	"context"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var _ = Describe("On a hub of its own", Ordered, func() {
	definition := envtest.CRDInstallOptions{Paths: []string{filepath.Join("..", "config", "crd", "bases")}, ErrorIfPathMissing: true}

	BeforeAll(func() {
		stopOperator()
		usualHub, usualAccess := hub, operatorAccess
		hub = startAPIServer(definition)
		DeferCleanup(func() {
			stopOperator()
			hub, operatorAccess = usualHub, usualAccess
			startOperator()
		})
		operatorAccess = hub.withRights("operator", "../config/rbac/role.yaml", "../config/rbac/console_role.yaml")
		startOperator()
	})

	It("Peer 7: every GeoConsole is emptied out of its clusters when their definition is deleted", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		first, second := europe(namespace, "east", "west"), europe(namespace, "east")
		second.Name, second.Spec.Hostname = "second", "second-"+first.Spec.Hostname
		for _, gc := range []*v1alpha1.GeoConsole{first, second} {
			stand(ctx, gc)
		}
		hub.removeDefinition(ctx, "geoconsoles.xcm.openshift.io")
		Expect(east.ours(ctx, namespace)).To(BeEmpty())
		Expect(west.ours(ctx, namespace)).To(BeEmpty())

		_, err := envtest.InstallCRDs(hub.environment.Config, definition)
		Expect(err).NotTo(HaveOccurred())
		var left v1alpha1.GeoConsoleList
		Expect(hub.List(ctx, &left, client.InNamespace(namespace))).To(Succeed())
		Expect(left.Items).To(BeEmpty())
	})
})
