package remote_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	"github.com/geoconsole/geoconsole-operator/internal/health"
	"github.com/geoconsole/geoconsole-operator/internal/remote"
)

// secret stands for what a cluster says and the hub must not keep.
const secret = "tenant-secret"

var _ = Describe("A hostile cluster", func() {
	var (
		o     *operator
		s     *site
		front *gate
	)
	BeforeEach(func() {
		o = newOperator()
		s = newSite(geo)
		front = newGate(geo)
		front.behind(s)
	})

	It("Property 13: is not connected when its UID is none", func() {
		front.onRequest(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/namespaces/kube-system") {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-system","uid":"call 555!"}}`)
			return true
		})
		Eventually(func() health.Connection {
			_, connection := o.Client(s.place)
			return connection
		}, soon).Should(Equal(health.Connection{Reason: v1alpha1.ReasonConnectionLost}))
	})

	DescribeTable("Property 13: what it says reaches neither an error nor the log:",
		func(method, path string, status int, body string) {
			logged := gbytes.NewBuffer()
			klog.LogToStderr(false)
			klog.SetOutput(logged)
			DeferCleanup(func() { klog.LogToStderr(true) })
			connected := o.connect(s.place)
			g := newGeoConsole(s)
			if method != http.MethodPost {
				g.apply(connected)
			}
			front.onRequest(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != method || !strings.Contains(r.URL.Path, path) {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = fmt.Fprint(w, body)
				return true
			})
			asked := len(front.asked())
			connected = o.reconnect(s.place)
			changed := newGeoConsole(s, ofGeneration(2), otherConfig, byRoute)
			Eventually(func() bool {
				err := remote.Apply(suite, connected, changed.model.Owner, changed.bundle)
				Expect(fmt.Sprintf("%v %#v", err, err)).NotTo(ContainSubstring(secret))
				_, err = remote.Remove(suite, connected, changed.model.Owner)
				Expect(fmt.Sprintf("%v %#v", err, err)).NotTo(ContainSubstring(secret))
				for _, request := range front.asked()[asked:] {
					if strings.HasPrefix(request, method+" ") && strings.Contains(request, path) {
						return true
					}
				}
				return false
			}, soon).Should(BeTrue())
			klog.Flush()
			Expect(string(logged.Contents())).NotTo(ContainSubstring(secret))
		},
		Entry("an answer to a create", http.MethodPost, "/configmaps", http.StatusInternalServerError, statusSaying(metav1.StatusReasonInternalError)),
		Entry("an answer to an apply", http.MethodPatch, "/", http.StatusConflict, statusSaying(metav1.StatusReasonConflict)),
		Entry("an answer to a replace", http.MethodPut, "/configmaps", http.StatusConflict, statusSaying(metav1.StatusReasonConflict)),
		Entry("an answer to a delete", http.MethodDelete, "/", http.StatusInternalServerError, statusSaying(metav1.StatusReasonInternalError)),
		Entry("an answer that is no object", http.MethodGet, "/configmaps/europe-inventory", http.StatusOK, `{"is":"`+secret+`"}`),
		Entry("an answer that is text", http.MethodGet, "/configmaps/europe-inventory", http.StatusTeapot, secret),
	)
})

// statusSaying is an API server's answer that says more than it should.
func statusSaying(reason metav1.StatusReason) string {
	GinkgoHelper()
	encoded, err := json.Marshal(metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Reason: reason, Message: secret,
	})
	Expect(err).NotTo(HaveOccurred())
	return string(encoded)
}
