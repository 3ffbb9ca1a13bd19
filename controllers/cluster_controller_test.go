package controllers_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	routev1 "github.com/openshift/api/route/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

var _ = Describe("A cluster of a GeoConsole", func() {
	It("names the field of a kubeconfig that is refused, and connects when it is cured (Property 11)", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		secret := &corev1.Secret{}
		Expect(hub.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "east"}, secret)).To(Succeed())
		good := secret.Data["kubeconfig"]
		parsed, err := clientcmd.Load(good)
		Expect(err).NotTo(HaveOccurred())
		for _, user := range parsed.AuthInfos {
			user.Exec = &clientcmdapi.ExecConfig{Command: "id", APIVersion: "client.authentication.k8s.io/v1", InteractiveMode: clientcmdapi.NeverExecInteractiveMode}
		}
		secret.Data["kubeconfig"], err = clientcmd.Write(*parsed)
		Expect(err).NotTo(HaveOccurred())
		Expect(hub.Update(ctx, secret)).To(Succeed())
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonKubeconfigRefused))
		Expect(meta.FindStatusCondition(now(ctx, gc)(Default).Status.Conditions, v1alpha1.ConditionReachable).Message).To(ContainSubstring(".exec"))

		Expect(hub.Get(ctx, client.ObjectKeyFromObject(secret), secret)).To(Succeed())
		secret.Data["kubeconfig"] = good
		Expect(hub.Update(ctx, secret)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
	})

	It("that does not answer costs its own row, keeps what it has, and is believed again when it is back", func(ctx context.Context) {
		line := newWire(west)
		line.mend()
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		line.rewrite(ctx, namespace, "west")
		gc := europe(namespace, "east", "west")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		before := now(ctx, gc)(Default).Status.Clusters[1]

		line.cut()
		Eventually(row(ctx, gc, "west"), soon).Should(haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse))
		Expect(row(ctx, gc, "west")(Default)).To(haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue), "before the grace is over, the last value stands")
		Eventually(row(ctx, gc, "west"), soon).Should(haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionUnknown))
		after := now(ctx, gc)(Default)
		Expect(after.Status.Clusters[1].Revision).To(Equal(before.Revision))
		Expect(after.Status.Clusters[1].ClusterUID).To(Equal(before.ClusterUID))
		Expect(row(ctx, gc, "east")(Default)).To(And(
			haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue), haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue)))
		Expect(west.ours(ctx, namespace)).To(ContainElement("Deployment/europe"))

		deployment, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(east.Delete(ctx, deployment)).To(Succeed())
		Eventually(func() error { _, err := east.deployment(ctx, namespace); return err }, soon).Should(Succeed())

		line.mend()
		Eventually(row(ctx, gc, "west"), 40*time.Second).Should(haveRowCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
	})

	It("on the hub itself is the GeoConsole's own namespace, emptied with it", func(ctx context.Context) {
		namespace := newGeography(ctx, nil)
		gc := europe(namespace)
		gc.Spec.Clusters = []v1alpha1.Cluster{{Name: "home", Country: "DE", Connection: v1alpha1.Connection{Type: v1alpha1.ConnectionHub}}}
		gc.Spec.Exposure = v1alpha1.Exposure{Type: v1alpha1.ExposureIngress, Ingress: &v1alpha1.IngressExposure{
			ClassName: "traefik", TLS: v1alpha1.ExposureTLS{Type: v1alpha1.TLSClusterDefault},
		}}
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		Expect(now(ctx, gc)(Default).Status.Clusters).To(ConsistOf(And(HaveField("Namespace", namespace), HaveField("ClusterUID", Not(BeEmpty())))))
		deployment := &unstructured.Unstructured{}
		deployment.SetAPIVersion("apps/v1")
		deployment.SetKind("Deployment")
		Expect(hub.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "europe"}, deployment)).To(Succeed())

		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(func() error { return hub.Get(ctx, client.ObjectKeyFromObject(gc), gc) }, soon).Should(beGone())
		Expect(hub.Get(ctx, client.ObjectKeyFromObject(deployment), deployment)).To(beGone())
	})

	It("that was never reached does not keep a deleted GeoConsole, paused or not", func(ctx context.Context) {
		namespace := newGeography(ctx, nil)
		gc := europe(namespace, "nowhere")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(row(ctx, gc, "nowhere"), soon).Should(haveRowCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse))
		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { paused := true; gc.Spec.Paused = &paused })
		Expect(hub.Delete(ctx, gc)).To(Succeed())
		Eventually(func() error { return hub.Get(ctx, client.ObjectKeyFromObject(gc), gc) }, soon).Should(beGone())
	})

	It("is gone on with where it was when the operator starts again", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		restart := func(meanwhile func()) {
			stopOperator()
			defer startOperator()
			meanwhile()
		}
		restart(func() { Expect(hub.Create(ctx, gc)).To(Succeed()) })
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue))
		restart(func() {}) // the place is promised; whether it was written into, nobody remembers
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		restart(func() {
			deployment, err := east.deployment(ctx, namespace)
			Expect(err).NotTo(HaveOccurred())
			Expect(east.Delete(ctx, deployment)).To(Succeed())
		})
		Eventually(func() error { _, err := east.deployment(ctx, namespace); return err }, soon).Should(Succeed())
		restart(func() { Expect(hub.Delete(ctx, gc)).To(Succeed()) })
		Eventually(func() error { return hub.Get(ctx, client.ObjectKeyFromObject(gc), gc) }, soon).Should(beGone())
		Expect(east.ours(ctx, namespace)).To(BeEmpty())
	})

	It("that gets another name keeps what stands there", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		before, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())

		change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters[0].Name = "eu-east" })
		Eventually(now(ctx, gc), soon).Should(And(
			WithTransform(rowNames, Equal([]string{"eu-east"})), haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue)))
		after, err := east.deployment(ctx, namespace)
		Expect(err).NotTo(HaveOccurred())
		Expect(after.UID).To(Equal(before.UID))
	})

	It("is emptied and filled again when it is taken out and put back", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east, "west": west})
		gc := europe(namespace, "east", "west")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		both := gc.Spec.Clusters
		for range 3 { // without waiting: every stage of the removal may meet the return
			change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters = both[:1] })
			change(ctx, gc, func(gc *v1alpha1.GeoConsole) { gc.Spec.Clusters = both })
		}
		Eventually(func() []string { return west.ours(ctx, namespace) }, soon).Should(ContainElements("Deployment/europe", "Route/europe"))
		Eventually(now(ctx, gc), soon).Should(And(
			WithTransform(rowNames, Equal([]string{"east", "west"})), haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue)))
	})

	It("follows a host name as soon as the one who held it lets it go", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		holder, other := europe(namespace, "east"), europe(namespace, "east")
		other.Name, other.Spec.Hostname = "other", "other-"+holder.Spec.Hostname
		for _, gc := range []*v1alpha1.GeoConsole{holder, other} {
			Expect(hub.Create(ctx, gc)).To(Succeed())
			Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		}
		change(ctx, other, func(gc *v1alpha1.GeoConsole) { gc.Spec.Hostname = holder.Spec.Hostname })
		Eventually(now(ctx, other), soon).Should(haveCondition(v1alpha1.ConditionAccepted, metav1.ConditionFalse, v1alpha1.ReasonHostnameTaken))
		Expect(hub.Delete(ctx, holder)).To(Succeed())
		Eventually(func(g Gomega) string {
			route := &routev1.Route{}
			g.Expect(east.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "other"}, route)).To(Succeed())
			return route.Spec.Host
		}, soon).Should(Equal(holder.Spec.Hostname))
	})

	It("says which right is missing when it cannot be read back", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		limited, err := east.user("no-pods", without(publishedRights("../config/geography-cluster/role.yaml"), "pods")).KubeConfig()
		Expect(err).NotTo(HaveOccurred())
		writeKubeconfig(ctx, namespace, "east", limited)
		gc := europe(namespace, "east")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionFalse, v1alpha1.ReasonForbidden))

		writeKubeconfig(ctx, namespace, "east", east.kubeconfig())
		Eventually(now(ctx, gc), 2*soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
	})
})

func writeKubeconfig(ctx context.Context, namespace, name string, kubeconfig []byte) {
	GinkgoHelper()
	secret := &corev1.Secret{}
	Expect(hub.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, secret)).To(Succeed())
	secret.Data = map[string][]byte{"kubeconfig": kubeconfig}
	Expect(hub.Update(ctx, secret)).To(Succeed())
}
