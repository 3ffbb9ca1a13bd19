package browser

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/test/cluster/space"
	"github.com/geoconsole/geoconsole-operator/test/e2e/capture"
)

const host = "console.eu.example.com"

var _ = Describe("A browser in a network of its own", func() {
	var (
		page *Page
		tap  *capture.Tap
	)

	BeforeEach(func(ctx context.Context) {
		if os.Geteuid() != 0 {
			Skip("network namespaces need root")
		}
		server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprint(w, sample)
		}))
		DeferCleanup(server.Close)
		enclosure, err := space.Enclose()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(enclosure.Close)
		Expect(enclosure.Expose(443, strings.TrimPrefix(server.URL, "https://"))).To(Succeed())
		tap, err = capture.Open(enclosure, true)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { _, _ = tap.Close() }) // after its flows were read
		page, err = LaunchIn(ctx, program, Place{Space: enclosure, Hosts: map[string]string{host: space.Beyond.String()}})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(page.Close)
		Expect(page.Open("https://" + host)).To(Succeed())
		Expect(page.Text()).To(ContainSubstring("Grüße aus Frankfurt"))
	})

	It("reaches the hosts that it was given, and calls nobody by itself", func() {
		Expect(undeclared(tap)).To(BeEmpty())
	})

	DescribeTable("is found to reach, when a page asks for it,", func(url string, is func(capture.Flow) bool) {
		Expect(page.Open(url)).NotTo(Succeed())
		Expect(undeclared(tap)).To(ContainElement(Satisfy(is)))
	},
		Entry("another address", "https://203.0.113.7/", func(f capture.Flow) bool {
			return netip.AddrPortFrom(f.Destination, f.Port) == netip.MustParseAddrPort("203.0.113.7:443")
		}),
		Entry("another name", "https://planted.example.org/", func(f capture.Flow) bool {
			return f.Port == 53 && slices.Contains(f.Names, "planted.example.org")
		}),
		Entry("another port of a host that it was given", "https://"+host+":8443/", func(f capture.Flow) bool { return f.Port == 8443 }),
	)
})

func undeclared(tap *capture.Tap) []capture.Flow {
	GinkgoHelper()
	flows, err := tap.Close()
	Expect(err).NotTo(HaveOccurred())
	verdict := capture.Judge(flows, capture.OfEnclosure(443, host))
	if folder := os.Getenv("E2E_ARTIFACTS"); folder != "" {
		Expect(verdict.Write(filepath.Join(folder, "flows-browser-alone.json"))).To(Succeed())
	}
	Expect(verdict.Unseen).To(BeEmpty())
	return verdict.Undeclared
}
