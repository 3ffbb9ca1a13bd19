package e2e_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	gomegatypes "github.com/onsi/gomega/types"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// current reads the suite's GeoConsole anew; for Eventually.
func current(ctx context.Context) func(Gomega) *v1alpha1.GeoConsole { return currentOf(ctx, europe) }

func currentOf(ctx context.Context, gc *v1alpha1.GeoConsole) func(Gomega) *v1alpha1.GeoConsole {
	return func(g Gomega) *v1alpha1.GeoConsole {
		fresh := &v1alpha1.GeoConsole{}
		g.Expect(geography.HubClient.Get(ctx, client.ObjectKeyFromObject(gc), fresh)).To(Succeed())
		return fresh
	}
}

func change(ctx context.Context, by func(*v1alpha1.GeoConsole)) { changeOf(ctx, europe, by) }

func changeOf(ctx context.Context, gc *v1alpha1.GeoConsole, by func(*v1alpha1.GeoConsole)) {
	Eventually(func(g Gomega) {
		fresh := currentOf(ctx, gc)(g)
		by(fresh)
		g.Expect(geography.HubClient.Update(ctx, fresh)).To(Succeed())
	}).Should(Succeed())
}

// haveCondition matches "True Ready" and the like.
func haveCondition(kind, statusAndReason string) gomegatypes.GomegaMatcher {
	return WithTransform(func(gc *v1alpha1.GeoConsole) string {
		c := meta.FindStatusCondition(gc.Status.Conditions, kind)
		if c == nil {
			return kind + " is not there"
		}
		return string(c.Status) + " " + c.Reason
	}, Equal(statusAndReason))
}

func haveStatus(kind string, status metav1.ConditionStatus) gomegatypes.GomegaMatcher {
	return HaveField("Status.Conditions", ContainElement(And(HaveField("Type", kind), HaveField("Status", status))))
}

// poller asks the console every 100 ms, as a customer would through the router, with a new connection each time.
type poller struct {
	asked  atomic.Int64
	failed atomic.Int64
	last   atomic.Value
	cancel context.CancelFunc
	done   chan struct{}
}

func startPoller(path string) *poller {
	asker := customerAt(listen)
	ctx, cancel := context.WithCancel(context.Background())
	p := &poller{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				p.ask(asker, path)
			}
		}
	}()
	return p
}

// customerAt asks as a customer would: whatever the host name, at an address of this machine, with a new connection each
// time, and trusting the suite's authority only.
func customerAt(address string) *http.Client { return trusting(geography.CA.CAPEM(), address) }

// userAt asks as customerAt does, with the token of a user of europe.
func userAt(address string) *http.Client {
	asker := customerAt(address)
	asker.Transport = bearer{token, asker.Transport}
	return asker
}

// bearer sends a token along with each request.
type bearer struct {
	token string
	by    http.RoundTripper
}

// RoundTrip sends a copy of the request.
func (b bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+b.token)
	return b.by.RoundTrip(request)
}

// trusting asks at an address, whatever the host name, and trusts authorities (PEM) only.
func trusting(authorities []byte, address string) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authorities)
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}}
}

func (p *poller) ask(asker *http.Client, path string) {
	p.asked.Add(1)
	response, err := asker.Get(geography.URL + path)
	if err == nil {
		err = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			err = errors.Join(err, fmt.Errorf("status %d", response.StatusCode))
		}
	}
	if err != nil {
		p.failed.Add(1)
		p.last.Store(err.Error())
	}
}

// stop ends the poller, once it has asked often enough to mean something, and expects that every answer was 200.
func (p *poller) stop() {
	Eventually(p.asked.Load, "10s").Should(BeNumerically(">", 20))
	p.cancel()
	<-p.done
	AddReportEntry("polled", fmt.Sprintf("%d asked, %d failed", p.asked.Load(), p.failed.Load()))
	Expect(p.failed.Load()).To(BeZero(), "of %d: %v", p.asked.Load(), p.last.Load())
}

// freeAddress is one of this machine that nobody listens on.
func freeAddress() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err) // a machine without loopback
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// request is what an API server's audit log says of one request.
type request struct {
	Verb       string
	RequestURI string
	User       struct{ Username string }
	Stage      string
}

// requestsOf reads the audit log of the geography's cluster from a byte on, for one user, and says where it ends.
func requestsOf(user string, from int64) (requests []request, end int64) {
	log, err := os.Open(geography.Geography.AuditLog())
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = log.Close() }()
	_, err = log.Seek(from, 0)
	Expect(err).NotTo(HaveOccurred())
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		end += int64(len(lines.Bytes())) + 1
		var r request
		Expect(json.Unmarshal(lines.Bytes(), &r)).To(Succeed())
		if r.User.Username == user {
			requests = append(requests, r)
		}
	}
	Expect(lines.Err()).NotTo(HaveOccurred())
	return requests, from + end
}

// steady tells whether a request is one of those that a quiet operator sends: watches, the connection probe, and the
// one long request for the verdicts.
func (r request) steady() bool {
	return r.Verb == "watch" ||
		(r.Verb == "get" && r.RequestURI == "/api/v1/namespaces/kube-system") ||
		(r.Verb == "get" && strings.Contains(r.RequestURI, "/proxy/status"))
}
