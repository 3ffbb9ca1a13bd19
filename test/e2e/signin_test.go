package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
	driver "github.com/geoconsole/geoconsole-operator/test/e2e/browser"
	"github.com/geoconsole/geoconsole-operator/test/e2e/dex"
)

// signIns are the specs of people who sign in with a browser, at an issuer whose tokens last a minute.
func signIns(at *users) {
	const list = oneCluster
	var (
		issuer  *front
		cluster string // the path of a cluster's page
	)

	BeforeAll(func(ctx context.Context) {
		at.issuer.Options.OtherClients = []string{"another-service"}
		issuer = newFront(ctx, at.issuer, short)
		var found struct{ Items []struct{ ID string } }
		Eventually(func(g Gomega) {
			status, body := at.ask(g, "/regions/"+ireland+list, at.token(ctx))
			g.Expect(status).To(Equal(http.StatusOK), body)
			g.Expect(json.Unmarshal([]byte(body), &found)).To(Succeed())
		}, "30s", "1s").Should(Succeed())
		at.known(ctx)
		cluster = "/clusters/" + ireland + "/" + found.Items[0].ID
	})

	It("Property 9: leads to the issuer and back, asks nobody else, and leaves nothing in the browser", func() {
		askedOrigins()
		at.signIn("/")
		seeList()
		Expect(askedOrigins()).To(ConsistOf(at.url, at.origin()))
		leavesNothing()
		accessible()
		Expect(page.Complaints()).To(BeEmpty())
		keep("signed-in")
	})

	It("comes to the page that was opened, and again after a reload", func() {
		at.signIn(cluster)
		Expect(page.See("Control plane type", 20)).To(Succeed())
		// The token was in memory. An issuer that knows its users lets them pass; Dex keeps no sessions, and asks again.
		Expect(page.Reload()).To(Succeed())
		at.passForm(cluster)
		Expect(page.See("Control plane type", 20)).To(Succeed())
		leavesNothing()
	})

	It("goes on when the token has run out, by the refresh token", func(ctx context.Context) {
		at.signIn(cluster)
		renewed, begun := issuer.renewals(), time.Now()
		token := at.token(ctx)
		Eventually(func(g Gomega) {
			status, body := at.ask(g, list, token)
			g.Expect(status).To(Equal(http.StatusUnauthorized))
			g.Expect(body).To(ContainSubstring("TokenExpired"))
		}, short+2*skew, "1s").Should(Succeed(), "a token of the same age")
		AddReportEntry("a token of a minute was taken for", time.Since(begun).Round(time.Second).String())
		Expect(issuer.renewals()).To(BeNumerically(">", renewed))
		before := bearers()
		Expect(page.Click(driver.Element{Role: "link", Name: "Clusters"})).To(Succeed())
		seeList()
		Eventually(bearers, "20s").Should(BeNumerically(">", before), "the list is asked for anew")
		Expect(page.Text()).NotTo(ContainSubstring("expired"))
		Expect(page.Complaints()).To(BeEmpty())
	})

	It("signs out, and nothing is left", func() {
		at.signIn("/")
		seeList()
		press(dex.Users[0])
		Expect(page.Click(driver.Element{Role: "menuitem", Name: "Sign out"})).To(Succeed())
		Expect(page.At("/signed-out", 20)).To(Succeed())
		Expect(page.See("You are signed out", 20)).To(Succeed())
		accessible()
		leavesNothing()
		Expect(page.Fetch(list)).To(Equal(http.StatusUnauthorized))
		keep("signed-out")

		Expect(page.Back()).To(Succeed())
		Consistently(page.Text, "3s", "300ms").ShouldNot(ContainSubstring("clusters from"))
		Expect(page.Open(at.url + "/signed-out")).To(Succeed())
		Expect(page.See("You are signed out", 20)).To(Succeed(), "it does not sign in by itself")
		press("Sign in")
		at.passForm("/")
		seeList()
	})

	It("Property 10: refuses a token for another service, and one of another issuer of the same name, before any region hears of it", func(ctx context.Context) {
		Expect(page.Open("about:blank")).To(Succeed())
		audience, err := dex.Token(ctx, trusting(geography.CA.CAPEM(), issuer.listen), dex.Login{
			Issuer: at.issuer.Options.URL, ClientID: "another-service", User: dex.Users[0],
		})
		Expect(err).NotTo(HaveOccurred())
		foreign := at.issuer.Options
		foreign.Dir, foreign.Listen = filepath.Join(foreign.Dir, "foreign"), freeAddress()
		Expect(os.MkdirAll(foreign.Dir, 0o750)).To(Succeed())
		other, err := dex.Start(ctx, foreign)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { Expect(other.Stop()).To(Succeed()) })
		theirs, err := other.Token(ctx, dex.Users[0])
		Expect(err).NotTo(HaveOccurred())

		before := bearers()
		for _, path := range []string{list, "/regions/" + ireland + list} {
			status, body := at.ask(Default, path, audience)
			Expect(status).To(Equal(http.StatusUnauthorized), body)
			Expect(body).To(ContainSubstring("AudienceRefused"))
			status, body = at.ask(Default, path, theirs)
			Expect(status).To(Equal(http.StatusUnauthorized), body)
			Expect(body).To(ContainSubstring("TokenInvalid"))
		}
		Expect(bearers()).To(Equal(before))
		status, body := at.ask(Default, list, at.token(ctx))
		Expect(status).To(Equal(http.StatusOK), body)
		Expect(bearers()).To(BeNumerically(">", before), "or nothing was counted")
	})

	It("says that the session has expired when its token cannot be renewed, and comes back to the same page", func(ctx context.Context) {
		issuer.down()
		issuer.up(ctx, 20*time.Second) // or this takes longer, and shows no more
		at.known(ctx)
		at.signIn(cluster)
		Expect(page.See("Control plane type", 20)).To(Succeed())
		issuer.down()
		issuer.up(ctx, short) // it has never heard of the refresh token
		Expect(page.See("Your session has expired", 60)).To(Succeed())
		Expect(page.Text()).NotTo(ContainSubstring("Control plane type"))
		accessible()
		leavesNothing()
		keep("expired")
		at.known(ctx)
		press("Sign in again")
		at.passForm(cluster)
		Expect(page.See("Control plane type", 20)).To(Succeed())
	})

	It("shows a login for ocm, which renews its token at the issuer and asks nobody but it and the console", func(ctx context.Context) {
		useOcm(ctx, at, issuer)
	})

	It("serves those who are signed in while the issuer is down, and tells others what is wrong", func(ctx context.Context) {
		at.signIn("/")
		seeList()
		token := at.token(ctx)
		status, body := at.ask(Default, list, token)
		Expect(status).To(Equal(http.StatusOK), body)
		issuer.down()
		before := bearers()
		Expect(page.Click(driver.Element{Role: "link", Name: "analytics"})).To(Succeed())
		Expect(page.See("Control plane type", 20)).To(Succeed())
		Eventually(bearers, "20s").Should(BeNumerically(">", before), "the page asks for what the list does not know")
		status, body = at.ask(Default, list, token)
		Expect(status).To(Equal(http.StatusOK), body)

		// Where the console knows the issuer, the browser finds that nobody is there.
		Expect(page.Open(at.url)).To(Succeed())
		Eventually(page.Text, "20s").Should(ContainSubstring("refused to connect"))

		// Pods that have never reached it say so themselves. What is changed by the way is for the next spec.
		replaced(ctx, at.console, func() {
			changeOf(ctx, at.console, func(gc *v1alpha1.GeoConsole) {
				gc.Spec.Auth.OIDC.Audiences = []v1alpha1.Audience{"another-service"}
			})
		})
		Eventually(func() error { // until they are ready, it is the router that answers
			return errors.Join(page.Open(at.url), page.See("The issuer does not answer", 3))
		}, "90s", "500ms").Should(Succeed())
		Expect(page.Text()).To(ContainSubstring(at.issuer.Options.URL))
		accessible()
		keep("issuer-down")
		issuer.up(ctx, short)
		again := driver.Element{Role: "button", Name: "Try again"}
		Eventually(func(g Gomega) { // the console asks the issuer each half minute
			shown, err := page.Count(again)
			g.Expect(err).NotTo(HaveOccurred())
			if shown > 0 {
				g.Expect(page.Click(again)).To(Succeed())
			}
			g.Expect(shown).To(BeZero())
		}, "90s", "1s").Should(Succeed())
		at.passForm("/")
	})

	It("Property 10: tells users whose tokens are meant for another service, before any region hears of them", func() {
		before := bearers()
		at.signIn("/")
		Expect(page.See("Your token is meant for another service", 30)).To(Succeed())
		Expect(page.Text()).NotTo(ContainSubstring("analytics"))
		Expect(bearers()).To(Equal(before))
	})
}
