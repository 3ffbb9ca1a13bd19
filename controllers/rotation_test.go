package controllers_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// longestRepair bounds how long what somebody changed stands while credentials are renewed, and from the moment that the
// Secret is good once more where it was not. A repair takes a fraction of a second; the rest is for a busy machine.
const longestRepair = 5 * time.Second

var _ = Describe("Credentials under a steady stream of changes", func() {
	It("are rotated and revoked: what is changed meanwhile is repaired, and no failed pass remains", func(ctx context.Context) {
		namespace := newGeography(ctx, map[string]*apiServer{"east": east})
		account := east.newAccount(ctx, namespace)
		gc := europe(namespace, "east")
		writeKubeconfig(ctx, namespace, "east", account.kubeconfig(account.token(ctx, time.Hour)))
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		changes := meddleWith(east, namespace)
		inUse := func(kubeconfig []byte, ends time.Time) {
			GinkgoHelper()
			writeKubeconfig(ctx, namespace, "east", kubeconfig)
			Eventually(expiryOf, soon).WithArguments(namespace, "east").Should(BeNumerically("~", ends.Unix(), 30))
			changes.awaitRepairs(3)
		}

		stood := meta.FindStatusCondition(now(ctx, gc)(Default).Status.Conditions, v1alpha1.ConditionReachable)
		began := changes.next()
		for i := range 3 {
			life := time.Duration(2+i) * time.Hour
			inUse(account.kubeconfig(account.token(ctx, life)), time.Now().Add(life))
			inUse(east.kubeconfig(), time.Now().Add(7*24*time.Hour)) // of a client certificate
			other := east.newAccount(ctx, namespace)
			inUse(other.kubeconfig(other.token(ctx, life+30*time.Minute)), time.Now().Add(life+30*time.Minute))
			account = other
		}
		repairs := changes.since(began)
		AddReportEntry("repairs while credentials were rotated nine times", len(repairs))
		AddReportEntry("the longest", slices.Max(repairs))
		Expect(slices.Max(repairs)).To(BeNumerically("<", longestRepair))
		Expect(meta.FindStatusCondition(now(ctx, gc)(Default).Status.Conditions, v1alpha1.ConditionReachable)).To(Equal(stood), "no connection was lost")

		By("the Secret being deleted and made anew")
		secret := &corev1.Secret{}
		Expect(hub.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "east"}, secret)).To(Succeed())
		Expect(hub.Delete(ctx, secret)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonSecretMissing))
		secret.ResourceVersion, secret.UID = "", ""
		Expect(hub.Create(ctx, secret)).To(Succeed())
		made := time.Now()
		changes.awaitRepairs(1)
		AddReportEntry("repaired after the Secret was made anew", time.Since(made))
		Expect(time.Since(made)).To(BeNumerically("<", longestRepair))

		By("the credential being revoked")
		Expect(east.Delete(ctx, account.ServiceAccount.DeepCopy())).To(Succeed())
		revoked := time.Now()
		Eventually(now(ctx, gc), 2*soon).Should(haveCondition(v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonUnauthorized))
		AddReportEntry("the loss of a revoked token told after", time.Since(revoked))
		renewed := east.newAccount(ctx, namespace)
		writeKubeconfig(ctx, namespace, "east", renewed.kubeconfig(renewed.token(ctx, time.Hour)))
		made = time.Now()
		changes.awaitRepairs(1)
		AddReportEntry("repaired after a new credential was put into the Secret", time.Since(made))
		Expect(time.Since(made)).To(BeNumerically("<", longestRepair))

		changes.stop()
		Eventually(now(ctx, gc), soon).Should(And(
			haveCondition(v1alpha1.ConditionReachable, metav1.ConditionTrue, v1alpha1.ReasonConnected),
			haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue)))
		failed := passErrors()
		Consistently(passErrors, 3*time.Second).Should(Equal(failed), "a failed pass remains, and is tried again")
	})
})

// meddler changes a Deployment, waits for the repair, and changes it again.
type meddler struct {
	stop func()

	mu      sync.Mutex
	repairs []time.Duration
}

func meddleWith(server *apiServer, namespace string) *meddler {
	ctx, cancel := context.WithCancel(context.Background())
	m := &meddler{}
	ended := make(chan struct{})
	m.stop = func() { cancel(); <-ended }
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			m.meddle(ctx, server, namespace)
		}
	}()
	DeferCleanup(m.stop)
	return m
}

// meddle changes the Deployment once, each time as somebody else, for nobody may take a field again and again. It returns
// when it is repaired.
func (m *meddler) meddle(ctx context.Context, server *apiServer, namespace string) {
	deployment, err := server.deployment(ctx, namespace)
	if err != nil {
		return
	}
	before := client.MergeFrom(deployment.DeepCopy())
	deployment.Spec.Replicas = ptr.To[int32](7)
	if server.Patch(ctx, deployment, before, client.FieldOwner(fmt.Sprint("person-", m.next()))) != nil {
		return
	}
	began := time.Now()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if found, err := server.deployment(ctx, namespace); err == nil && *found.Spec.Replicas != 7 {
			m.mu.Lock()
			m.repairs = append(m.repairs, time.Since(began))
			m.mu.Unlock()
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// next is the number of the next repair.
func (m *meddler) next() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.repairs)
}

func (m *meddler) since(first int) []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.repairs[first:])
}

// awaitRepairs waits for some more repairs.
func (m *meddler) awaitRepairs(more int) {
	GinkgoHelper()
	first := m.next()
	Eventually(m.next, soon, 5*time.Millisecond).Should(BeNumerically(">=", first+more))
}

// passErrors counts the passes over clusters that have failed.
func passErrors() float64 {
	families, err := metrics.Registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	for _, family := range families {
		if family.GetName() != "controller_runtime_reconcile_errors_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			if label(m, "controller") == "cluster" {
				return m.GetCounter().GetValue()
			}
		}
	}
	Fail("the counter of failed passes is not there")
	return 0
}

var _ = Describe("A cluster that cannot be reached", func() {
	It("Peer 20: is left alone until its connection tells; its passes do not spin", func(ctx context.Context) {
		line := newWire(west)
		line.mend()
		namespace := newGeography(ctx, map[string]*apiServer{"west": west})
		line.rewrite(ctx, namespace, "west")
		gc := europe(namespace, "west")
		Expect(hub.Create(ctx, gc)).To(Succeed())
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
		line.cut()
		Eventually(now(ctx, gc), soon).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionUnknown))
		passes, failed := reconciles(), passErrors()
		Consistently(passErrors, 4*grace).Should(Equal(failed))
		AddReportEntry("passes in "+(4*grace).String(), reconciles()-passes)
		Expect(reconciles() - passes).To(BeNumerically("<=", 1))
		line.mend()
		Eventually(now(ctx, gc), 40*time.Second).Should(haveCondition(v1alpha1.ConditionApplied, metav1.ConditionTrue))
	})
})
