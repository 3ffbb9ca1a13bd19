package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	driver "github.com/geoconsole/geoconsole-operator/test/e2e/browser"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// users are those of a console, with their issuer.
type users struct {
	console *v1alpha1.GeoConsole
	issuer  *environment.Login
	url     string
}

// ask is one request with a token, if it is not empty, on a connection of its own.
func (u *users) ask(g Gomega, path, token string) (status int, body string) {
	l := &load{asker: customerAt(listen), to: door{token: token}}
	request, err := http.NewRequest(http.MethodGet, u.url+path, nil)
	g.Expect(err).NotTo(HaveOccurred())
	status, text, err := l.send(request)
	g.Expect(err).NotTo(HaveOccurred())
	return status, string(text)
}

// token is a new one of a user.
func (u *users) token(ctx context.Context) string {
	GinkgoHelper()
	token, err := u.issuer.Token(ctx, dex.Users[0])
	Expect(err).NotTo(HaveOccurred())
	return token
}

// known waits until every pod takes the issuer's tokens: for keys that are new to it, a pod asks once in ten seconds.
func (u *users) known(ctx context.Context) {
	GinkgoHelper()
	l := &load{asker: customerAt(listen), to: door{token: u.token(ctx)}}
	Eventually(func() []int {
		statuses := make([]int, 12) // at once, and so by connections of the router to both pods
		var asked sync.WaitGroup
		for i := range statuses {
			asked.Go(func() {
				if request, err := http.NewRequest(http.MethodGet, u.url+oneCluster, nil); err == nil {
					statuses[i], _, _ = l.send(request)
				}
			})
		}
		asked.Wait()
		return statuses
	}, "60s", "500ms").Should(HaveEach(http.StatusOK))
}

// oneCluster is the path of a short list.
const oneCluster = "/api/clusters_mgmt/v1/clusters?size=1"

// signIn opens a page of the console, where nobody is signed in, and comes to it by the issuer's form.
func (u *users) signIn(path string) {
	GinkgoHelper()
	Expect(page.Open(u.url + path)).To(Succeed())
	u.passForm(path)
}

// passForm signs in at the issuer's form, where the page is or comes to be, and comes back to a page of the console.
func (u *users) passForm(path string) {
	GinkgoHelper()
	Expect(page.SignIn(dex.Users[0])).To(Succeed())
	Expect(page.At(path, 20)).To(Succeed())
	Expect(page.See(dex.Users[0], 20)).To(Succeed(), "the masthead names the user")
}

// seeList looks at the list of all clusters.
func seeList() {
	GinkgoHelper()
	Expect(page.See("120 clusters from 3 regions", 30)).To(Succeed())
}

// press clicks a button.
func press(name string) {
	GinkgoHelper()
	Expect(page.Click(driver.Element{Role: "button", Name: name})).To(Succeed())
}

// accessible looks for what is in the way of people, in either scheme.
func accessible() {
	GinkgoHelper()
	for _, scheme := range []string{"dark", "light"} {
		Expect(page.Colors(scheme)).To(Succeed())
		Expect(page.Axe()).To(BeEmpty(), scheme)
	}
}

// leavesNothing expects that the browser keeps nothing of the console.
func leavesNothing() {
	GinkgoHelper()
	Expect(page.Kept()).To(HaveEach(0))
	Expect(page.Stored()).To(BeEmpty())
}

// askedOrigins are those of all that the page has asked for since this was called last.
func askedOrigins() []string {
	GinkgoHelper()
	requests, err := page.Asked()
	Expect(err).NotTo(HaveOccurred())
	seen := map[string]bool{}
	var origins []string
	for _, request := range requests {
		_, address, _ := strings.Cut(request, " ")
		at, err := url.Parse(address)
		Expect(err).NotTo(HaveOccurred())
		if origin := at.Scheme + "://" + at.Host; !seen[origin] {
			seen[origin] = true
			origins = append(origins, origin)
		}
	}
	return origins
}

// origin is the issuer's.
func (u *users) origin() string { return strings.TrimSuffix(u.issuer.Options.URL, "/dex") }

// bearers is how many requests with a token the regions have got, all together.
func bearers() (count int) {
	for _, region := range geography.Regions {
		_, counters := region.Requests()
		count += counters.Bearer
	}
	return count
}

// short is how long a token is good where one is to run out. The console's clock may be skew behind the issuer's.
const short, skew = time.Minute, 30 * time.Second
