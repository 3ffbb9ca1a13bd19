package proxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// authorityOf is a certificate authority of a test.
type authorityOf struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authorityOf {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	return &authorityOf{t: t, key: key, cert: must(x509.ParseCertificate(der))(t)}
}

func (a *authorityOf) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// certificate returns one for the names, valid until now plus lasts.
func (a *authorityOf) certificate(lasts time.Duration, names ...string) tls.Certificate {
	a.t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(a.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: names, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(lasts),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der := must(x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key))(a.t)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// protocol is what an upstream of a test speaks.
type protocol string

const (
	http1 protocol = "HTTP/1.1"
	http2 protocol = "HTTP/2.0"
)

// serveTLS serves a region on loopback with a certificate for the hosts of the tests' regions.
func serveTLS(t *testing.T, ca *authorityOf, spoken protocol, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = spoken == http2
	server.TLS = &tls.Config{Certificates: []tls.Certificate{ca.certificate(time.Hour, testHost, "api.aws.eu-central-1.xcm.example.com", "api.aws.eu-west-3.xcm.example.com")}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// The one region of most tests, and its endpoint.
const (
	testRegion = "aws.eu-west-1"
	testHost   = "api.aws.eu-west-1.xcm.example.com"
)

// usual limits are those of production with the defaults of a config; hasty ones are for upstreams that hang. All others are
// given the usual ones, however busy the machine.
var (
	usual = production.with(Bounds{Timeout: time.Minute, Body: 1 << 20, Concurrent: 256})
	hasty = limits{
		connect: time.Second, handshake: 200 * time.Millisecond, header: 200 * time.Millisecond, pace: usual.pace,
		Bounds: Bounds{Timeout: 5 * time.Second, Body: usual.Body, Concurrent: usual.Concurrent},
	}
)

// regionAt returns a region whose endpoint is served at the address, and collects its failures.
func regionAt(t *testing.T, address net.Addr, roots *x509.CertPool, l limits) (*Region, *failures) {
	t.Helper()
	failed := &failures{seen: make(chan Failure, 100)}
	all := regionsAt(t, map[string]net.Addr{testRegion: address}, roots, Options{Failed: failed.add}, l)
	return all.Region(testRegion), failed
}

// regionsAt returns regions whose endpoints, https://api.<id>.xcm.example.com, are served at the addresses.
func regionsAt(t *testing.T, served map[string]net.Addr, roots *x509.CertPool, options Options, l limits) *Regions {
	t.Helper()
	options.DemoDial = map[string]netip.AddrPort{}
	var upstreams []Upstream
	for id, address := range served {
		host := "api." + id + ".xcm.example.com"
		options.DemoDial[host+":443"] = netip.MustParseAddrPort(address.String())
		upstreams = append(upstreams, Upstream{ID: id, Endpoints: []string{"https://" + host}, Roots: roots})
	}
	all, err := newRegions(upstreams, options, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(all.Close)
	return all
}

// regionOf returns the one region of a test with several endpoints, served at the addresses in order.
func regionOf(t *testing.T, roots *x509.CertPool, options Options, addresses ...net.Addr) *Regions {
	t.Helper()
	options.DemoDial = map[string]netip.AddrPort{}
	upstream := Upstream{ID: testRegion, Roots: roots}
	for i, address := range addresses {
		host := fmt.Sprintf("%s:%d", testHost, 9001+i)
		options.DemoDial[host] = netip.MustParseAddrPort(address.String())
		upstream.Endpoints = append(upstream.Endpoints, "https://"+host)
	}
	all, err := newRegions([]Upstream{upstream}, options, usual)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(all.Close)
	return all
}

type failures struct{ seen chan Failure }

func (f *failures) add(failure Failure) { f.seen <- failure }

// next waits for one failure.
func (f *failures) next(t *testing.T) Failure {
	t.Helper()
	select {
	case failure := <-f.seen:
		return failure
	case <-time.After(10 * time.Second):
		t.Fatal("no failure was reported")
		return Failure{}
	}
}

// console serves a handler as the console does, over real HTTP, and returns its URL and a client that follows nothing.
func console(t *testing.T, handler http.Handler) (string, *http.Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return server.URL, &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// reply is an answer that was read to its end.
type reply struct {
	StatusCode      int
	Header, Trailer http.Header
}

// send makes one request through a console that serves the region, and returns the answer and its body.
func send(t *testing.T, region http.Handler, method, path string, edit func(*http.Request)) (reply, string) {
	t.Helper()
	url, client := console(t, region)
	request, err := http.NewRequest(method, url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(request)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{StatusCode: response.StatusCode, Header: response.Header, Trailer: response.Trailer}, string(body)
}

// problemOf decodes an answer that the console made itself.
func problemOf(t *testing.T, body string) problemBody {
	t.Helper()
	var problem problemBody
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&problem); err != nil {
		t.Fatalf("%q is no OCM error: %v", body, err)
	}
	return problem
}

// answer is a region that always gives the same JSON.
func answer(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	})
}

const clustersPath = "/regions/" + testRegion + "/api/clusters_mgmt/v1/clusters"
