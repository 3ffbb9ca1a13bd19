package remote_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
	"weak"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

var _ = Describe("A kubeconfig that changes", func() {
	var (
		o     *operator
		s     *site
		first *remote.Cluster
	)
	BeforeEach(func() {
		o = newOperator()
		s = newSite(geo)
		first = o.connect(s.place)
	})
	status := func() health.Connection {
		_, connection := o.Client(s.place)
		return connection
	}
	write := func(kubeconfig string) {
		GinkgoHelper()
		s.writeSecret(kubeconfig)
		o.SecretChanged(hubNamespace, s.place.SecretName)
	}
	good := func() string { return s.kubeconfig(geo.config.Host, geo.config.CAData) }

	It("is taken up without a gap", func() {
		s.token = s.newToken()
		write(good())
		Eventually(func() bool {
			Expect(status()).To(And(HaveField("Up", true), HaveField("Untaken", "")))
			c, _ := o.Client(s.place)
			return c != first
		}, soon, 10*time.Millisecond).Should(BeTrue())
	})

	DescribeTable("and is bad is not taken up, says why, and forgets that when it is as before:",
		func(bend func() string, reason, field string) {
			before := good()
			write(bend())
			Eventually(func() health.Connection {
				Expect(status()).To(And(HaveField("Up", true), HaveField("Reason", v1alpha1.ReasonConnected)))
				return status()
			}, soon, 10*time.Millisecond).Should(And(HaveField("Untaken", reason), HaveField("Field", field)))
			Eventually(o.events, soon).Should(Receive(HaveField("Object", s.place)))
			Consistently(func() string {
				c, connection := o.Client(s.place)
				Expect(c).To(BeIdenticalTo(first))
				return connection.Untaken
			}, 4*probeInterval, 20*time.Millisecond).Should(Equal(reason))
			write(before)
			Eventually(status, soon).Should(And(HaveField("Up", true), HaveField("Untaken", ""), HaveField("Field", "")))
			Expect(o.connect(s.place)).To(BeIdenticalTo(first))
		},
		Entry("its token is none", func() string { s.token = "not.a.token"; return good() }, v1alpha1.ReasonUnauthorized, ""),
		Entry("it leads to another cluster", func() string {
			return newSite(hub).kubeconfig(hub.config.Host, hub.config.CAData)
		}, v1alpha1.ReasonClusterChanged, ""),
		Entry("it leads nowhere", func() string { return s.kubeconfig("https://127.0.0.1:1", geo.config.CAData) }, v1alpha1.ReasonConnectionLost, ""),
		Entry("Property 11, Peer 11: it holds a command", func() string {
			return strings.Replace(good(), "user: {token:", "user: {exec: {command: id}, token:", 1)
		}, v1alpha1.ReasonKubeconfigRefused, "users[].user.exec"),
		Entry("Property 11: it may do too much", func() string {
			s.allow(readSecrets)
			s.token = s.newToken()
			return good()
		}, v1alpha1.ReasonCredentialTooBroad, "get secrets"),
	)

	It("is tried again by itself, for its cure may lie in the cluster", func() {
		binding := s.allow(readSecrets)
		s.token = s.newToken()
		write(good())
		Eventually(status, soon).Should(HaveField("Untaken", v1alpha1.ReasonCredentialTooBroad))
		Expect(geo.admin.Delete(suite, binding)).To(Succeed())
		Eventually(func() bool { c, _ := o.Client(s.place); return c != nil && c != first }, soon).Should(BeTrue())
		Expect(status()).To(And(HaveField("Up", true), HaveField("Untaken", "")))
	})

	It("is taken up also when the hub did not answer at first", func() {
		hubSecrets := &unsteady{Reader: hub.admin}
		o = newOperatorReading(hubSecrets)
		first = o.connect(s.place)
		s.token = s.newToken()
		hubSecrets.fail(1)
		write(good())
		Eventually(func() bool { c, _ := o.Client(s.place); return c != first }, soon).Should(BeTrue())
		Expect(hubSecrets.failures()).To(BeZero())
	})

	It("Property 7: is not kept", func() {
		hubSecrets := &unsteady{Reader: hub.admin}
		o = newOperatorReading(hubSecrets)
		first = o.connect(s.place)
		s.token = s.newToken()
		write(good())
		Eventually(func() bool { c, _ := o.Client(s.place); return c != first }, soon).Should(BeTrue())
		Expect(hubSecrets.read()).To(Equal(2))
		Eventually(func() int {
			runtime.GC()
			return hubSecrets.kept()
		}, soon).Should(BeZero(), "of the kubeconfigs that were read, so many are still in memory")
	})

	It("Property 7: is read by its own name only, and no Secret of the cluster ever is", func() {
		g := newGeoConsole(s)
		g.apply(first)
		for _, r := range geo.audited(s.user()) {
			Expect(r.ObjectRef.Resource).NotTo(Equal("secrets"), r.String())
		}
	})
})

var _ = Describe("A credential that ends", func() {
	It("is told when the end comes near, though nothing else happens", func() {
		o, s := newOperator(), newSite(geo)
		g := newGate(geo)
		g.onRequest(func(_ http.ResponseWriter, r *http.Request) bool { // as a cluster that takes such tokens
			r.Header.Set("Authorization", "Bearer "+s.token)
			return false
		})
		issued := time.Now().Add(-56 * time.Second)
		ends := issued.Add(80 * time.Second) // so the last quarter begins in four seconds
		good := s.token
		s.token = jwt(issued, ends)
		g.behind(s)
		s.token = good
		o.connect(s.place)
		status := func() health.Connection { _, c := o.Client(s.place); return c }
		Expect(status()).To(And(HaveField("Expiring", false), HaveField("Expires", ends.Unix())))
		for len(o.events) > 0 {
			<-o.events
		}
		Eventually(status, soon).Should(And(HaveField("Up", true), HaveField("Expiring", true), HaveField("Expires", ends.Unix())))
		Eventually(o.events, soon).Should(Receive(HaveField("Object", s.place)))
	})
})

var readSecrets = rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"}}

// unsteady reads Secrets, fails when it is told to, and knows which kubeconfigs that it gave are still in memory.
type unsteady struct {
	client.Reader

	mu     sync.Mutex
	broken int
	given  []weak.Pointer[byte]
}

func (u *unsteady) fail(times int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.broken = times
}

func (u *unsteady) failures() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.broken
}

// Get reads an object.
func (u *unsteady) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.broken > 0 {
		u.broken--
		return errors.New("made to fail")
	}
	err := u.Reader.Get(ctx, key, into, options...)
	if kubeconfig := into.(*corev1.Secret).Data["kubeconfig"]; len(kubeconfig) > 0 {
		u.given = append(u.given, weak.Make(&kubeconfig[0]))
	}
	return err
}

// read counts the kubeconfigs that were given, and kept those of them that are still in memory.
func (u *unsteady) read() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.given)
}

func (u *unsteady) kept() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	count := 0
	for _, kubeconfig := range u.given {
		if kubeconfig.Value() != nil {
			count++
		}
	}
	return count
}

func jwt(issued, ends time.Time) string {
	payload := `{"iat":` + strconv.FormatInt(issued.Unix(), 10) + `,"exp":` + strconv.FormatInt(ends.Unix(), 10) + `}`
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".e30"
}
