package browser

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/hack/browser"
)

func TestBrowser(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Browser")
}

// program is what is launched.
var program string

var _ = BeforeSuite(func(ctx context.Context) {
	_, err := Install(ctx)
	Expect(err).NotTo(HaveOccurred())
	program, err = browser.Chromium(ctx)
	Expect(err).NotTo(HaveOccurred())
})

// The words are written in the system's three families: the page brings no font of its own.
const sample = `<!doctype html><html lang="en"><title>Sample</title>
<h1 style="font-family: sans-serif">Grüße aus Frankfurt</h1><p style="font-family: serif">Zażółć gęślą jaźń</p>
<pre style="font-family: monospace">0O 1lI | 42 €</pre><button onclick="this.textContent = 'Clicked'">Click</button>`

var _ = Describe("The browser", func() {
	It("opens a page, reads it, acts on it and takes its picture", func(ctx context.Context) {
		page := launch(ctx)
		Expect(page.Open(serve(sample))).To(Succeed())
		Expect(page.Text()).To(And(ContainSubstring("Grüße aus Frankfurt"), ContainSubstring("Zażółć gęślą jaźń")))
		Expect(page.Click(Element{Role: "button", Name: "Click"})).To(Succeed())
		Expect(page.See("Clicked", 10)).To(Succeed())
		Expect(page.Complaints()).To(BeEmpty())

		picture := screenshot(page)
		Expect(picture.Bounds().Size()).To(Equal(image.Pt(1440, 900)))
		Expect(ink(picture)).To(BeNumerically(">", 1000), "pixels of text")
	})

	It("leaves nothing", func(ctx context.Context) {
		home := GinkgoT().TempDir()
		GinkgoT().Setenv("HOME", home)
		GinkgoT().Setenv("TMPDIR", home)
		// This runs after the browser has been closed.
		DeferCleanup(func() { Expect(os.ReadDir(home)).To(BeEmpty()) })
		page := launch(ctx)
		Expect(page.Open(serve(sample))).To(Succeed())
		Expect(os.ReadDir(page.home)).NotTo(BeEmpty(), "the browser's profile")
	})

	It("runs nothing and shows nothing of the machine's but the C library", func(ctx context.Context) {
		if named := os.Getenv("CHROMIUM"); named != "" {
			Skip("the machine's own browser is used: CHROMIUM is " + named)
		}
		page := launch(ctx)
		Expect(page.Open(serve(sample))).To(Succeed())
		screenshot(page)
		own, foreign := mapped(page.command.Process.Pid)
		Expect(own).To(ContainElements(HaveSuffix("/chromium/chromium"), HaveSuffix("/DejaVuSans-Bold.ttf"), HaveSuffix("/libnss3.so")))
		Expect(foreign).To(BeEmpty())
	})
})

var _ = DescribeTable("The driver's packages are installed", func(done time.Duration, want bool) {
	driver, wanted := GinkgoT().TempDir(), time.Now()
	for name, written := range map[string]time.Time{
		"package-lock.json": wanted, "node_modules/.package-lock.json": wanted.Add(done),
	} {
		path := filepath.Join(driver, name)
		Expect(os.MkdirAll(filepath.Dir(path), 0o700)).To(Succeed())
		Expect(os.WriteFile(path, nil, 0o600)).To(Succeed())
		Expect(os.Chtimes(path, written, written)).To(Succeed())
	}
	Expect(installed(driver)).To(Equal(want))
	Expect(os.Remove(filepath.Join(driver, "node_modules/.package-lock.json"))).To(Succeed())
	Expect(installed(driver)).To(BeFalse(), "an installation that was broken off")
},
	Entry("after the lock was written", time.Minute, true),
	Entry("not when the lock is newer", -time.Minute, false),
)

func launch(ctx context.Context) *Page {
	page, err := Launch(ctx, program)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(page.Close)
	return page
}

func serve(html string) (url string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, html)
	}))
	DeferCleanup(server.Close)
	return server.URL
}

func screenshot(page *Page) image.Image {
	path := filepath.Join(GinkgoT().TempDir(), "page.png")
	Expect(page.Screenshot(path)).To(Succeed())
	file, err := os.Open(path)
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = file.Close() }()
	picture, err := png.Decode(file)
	Expect(err).NotTo(HaveOccurred())
	return picture
}

// ink counts the dark pixels of a picture.
func ink(picture image.Image) (dark int) {
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if red, green, blue, _ := picture.At(x, y).RGBA(); red+green+blue < 3*0x4000 {
				dark++
			}
		}
	}
	return dark
}
