package controllers_test

import (
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// faults lets a share of the requests that pass through it fail, in every way in which a request can: the server says
// so, the connection breaks before the request has come through, or after it took effect.
type faults struct {
	mu     sync.Mutex
	random *rand.Rand
	share  float64
	passed int
	failed int
}

func newFaults(seed uint64) *faults {
	return &faults{random: rand.New(rand.NewPCG(seed, 1))}
}

// fail sets which share of the requests fails from now on.
func (f *faults) fail(share float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.share = share
}

// requests counts all that came, and failures those that were made to fail.
func (f *faults) requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.passed + f.failed
}

func (f *faults) failures() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// fate is what becomes of one request.
type fate func(*http.Request, http.RoundTripper) (*http.Response, error)

var fates = []fate{
	answered(http.StatusInternalServerError),
	answered(http.StatusTooManyRequests),
	answered(http.StatusServiceUnavailable),
	func(*http.Request, http.RoundTripper) (*http.Response, error) { return nil, errCut },
	func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		response, err := next.RoundTrip(r)
		if err == nil {
			_ = response.Body.Close() // nobody hears it
		}
		return nil, errCut
	},
}

var errCut = errors.New("the connection was cut, for a test")

// answered is an answer that the server never gave.
func answered(status int) fate {
	return func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		return &http.Response{
			Request: r, StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"text/plain"}}, Body: io.NopCloser(strings.NewReader("made to fail")),
		}, nil
	}
}

// next draws the fate of a request; nil when it passes.
func (f *faults) next() fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.random.Float64() >= f.share {
		f.passed++
		return nil
	}
	f.failed++
	return fates[f.random.IntN(len(fates))]
}

type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip sends a request.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// before puts the faults in front of a way to a server.
func (f *faults) before(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if fate := f.next(); fate != nil {
			return fate(r, next)
		}
		return next.RoundTrip(r)
	})
}

// sparingDiscovery is before for an operator's hub. Discovery passes: the library asks for it when a controller starts, and
// once more only after ten seconds.
func (f *faults) sparingDiscovery(next http.RoundTripper) http.RoundTripper {
	faulty := f.before(next)
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/"); len(parts) <= 3 && !strings.HasPrefix(r.URL.Path, "/api/v1/") {
			return next.RoundTrip(r)
		}
		return faulty.RoundTrip(r)
	})
}

// front stands in for an API server: a proxy in front of a real one that injects faults.
type front struct {
	*httptest.Server
	kubeconfig []byte
}

// newFront makes one for whoever has a kubeconfig; it asks the server by that credential.
func newFront(f *faults, kubeconfig []byte) *front {
	GinkgoHelper()
	access, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	next, err := rest.TransportFor(access)
	Expect(err).NotTo(HaveOccurred())
	target, err := url.Parse(access.Host)
	Expect(err).NotTo(HaveOccurred())
	quiet := log.New(GinkgoWriter, "front: ", 0)
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:     f.before(next),
		FlushInterval: -1,
		ErrorLog:      quiet,
		ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	})
	proxy.EnableHTTP2 = true
	proxy.Config.ErrorLog = quiet
	proxy.StartTLS()
	DeferCleanup(func() {
		proxy.CloseClientConnections()
		proxy.Close()
	})
	parsed, err := clientcmd.Load(kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	for _, cluster := range parsed.Clusters {
		cluster.Server = proxy.URL
		cluster.CertificateAuthorityData = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw})
	}
	through, err := clientcmd.Write(*parsed)
	Expect(err).NotTo(HaveOccurred())
	return &front{proxy, through}
}

// idle is how long nothing has to be asked until nothing more is expected.
const idle = 300 * time.Millisecond

// await waits until a number of requests has come, or none comes any more.
func (f *faults) await(number int) {
	GinkgoHelper()
	began, last, since := f.requests(), 0, time.Now()
	Eventually(func() bool {
		came := f.requests() - began
		if came != last {
			last, since = came, time.Now()
		}
		return came >= number || time.Since(since) > idle
	}, soon, 10*time.Millisecond).Should(BeTrue())
}
