package e2e_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/hack/clients"
	driver "github.com/geoconsole/geoconsole-operator/test/e2e/browser"
)

// useOcm logs ocm in by the command of the token page, and lists all clusters with it.
func useOcm(ctx context.Context, at *users, issuer *front) {
	GinkgoHelper()
	program, err := clients.Ocm(ctx)
	Expect(err).NotTo(HaveOccurred())
	at.signIn("/token")
	Expect(page.See("Command line", 20)).To(Succeed())
	press("Load token")
	at.passForm("/token")
	login, err := page.Value(driver.Element{Role: "textbox", Name: "ocm login command"})
	Expect(err).NotTo(HaveOccurred())
	Expect(login).To(HavePrefix("ocm login --url https://"))
	Expect(login).To(ContainSubstring(" --token-url " + at.issuer.Options.URL + "/token --client-id geoconsole --token "))
	accessible()
	leavesNothing()
	Expect(page.Open("about:blank")).To(Succeed())

	way := newWay()
	ocm := func(arguments ...string) string {
		command := exec.CommandContext(ctx, program, arguments...)
		command.Env = []string{"HOME=" + way.home, "OCM_CONFIG=" + filepath.Join(way.home, "ocm.json"), "HTTPS_PROXY=" + way.url, "SSL_CERT_FILE=" + at.issuer.Options.CAFile}
		out, err := command.CombinedOutput()
		Expect(err).NotTo(HaveOccurred(), string(out))
		return string(out)
	}
	renewed := issuer.renewals()
	ocm(strings.Fields(login)[1:]...)
	Expect(issuer.renewals()).To(Equal(renewed+1), "what the page gives is a refresh token")
	// ocm takes no token that lasts less than a minute.
	names := strings.Fields(ocm("list", "clusters", "--no-headers", "--columns", "name"))
	Expect(issuer.renewals()).To(BeNumerically(">", renewed+1))
	Expect(names).To(HaveLen(120))
	Expect(way.dialled()).To(ConsistOf(hostOf(at.url), hostOf(at.origin())))
}

func hostOf(address string) string { return strings.TrimPrefix(address, "https://") }

// way is a forward proxy in place of the DNS. It leads every host to this machine, and notes it.
type way struct {
	home, url string

	lock  sync.Mutex
	hosts []string
}

func newWay() *way {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	w := &way{home: GinkgoT().TempDir(), url: "http://" + listener.Addr().String()}
	server := &http.Server{Handler: w, ReadHeaderTimeout: skew}
	go func() { _ = server.Serve(listener) }()
	DeferCleanup(server.Close)
	return w
}

// dialled are the hosts, each once.
func (w *way) dialled() []string {
	w.lock.Lock()
	defer w.lock.Unlock()
	hosts := slices.Clone(w.hosts)
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// ServeHTTP opens the tunnel that is asked for by CONNECT.
func (w *way) ServeHTTP(answer http.ResponseWriter, r *http.Request) {
	w.lock.Lock()
	w.hosts = append(w.hosts, r.Host)
	w.lock.Unlock()
	_, port, err := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || err != nil {
		http.Error(answer, "this is for CONNECT", http.StatusForbidden)
		return
	}
	there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(answer).Hijack()
	if err == nil {
		_, err = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	}
	if err != nil {
		_ = there.Close()
		return
	}
	for _, ends := range [][2]net.Conn{{here, there}, {there, here}} {
		go func() {
			_, _ = io.Copy(ends[0], ends[1])
			_ = ends[0].Close()
		}()
	}
}
