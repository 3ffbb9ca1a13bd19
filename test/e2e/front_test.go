package e2e_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/geoconsole/geoconsole-operator/test/e2e/environment"
)

// front stands before an issuer, at its address, and counts the tokens that are renewed. It also does what most issuers do,
// and Dex does not: a refresh token is a JWT that says so by its type. ocm and rosa take no others at their --token.
type front struct {
	issuer *environment.Login
	listen string
	server *http.Server

	lock    sync.Mutex
	renewed int
}

// newFront starts an issuer anew, behind a front, with tokens that last so long.
func newFront(ctx context.Context, issuer *environment.Login, lifetime time.Duration) *front {
	GinkgoHelper()
	f := &front{issuer: issuer, listen: issuer.Options.Listen}
	Expect(issuer.Stop()).To(Succeed())
	issuer.Options.Listen = freeAddress()
	f.up(ctx, lifetime)
	DeferCleanup(func() { _ = f.server.Close() })
	return f
}

// up starts the issuer and its front, with tokens that last so long. It has forgotten everything and has other keys than
// before.
func (f *front) up(ctx context.Context, lifetime time.Duration) {
	GinkgoHelper()
	f.issuer.Options.TokenLifetime = lifetime
	Expect(f.issuer.Start(ctx)).To(Succeed())
	options := f.issuer.Options
	authorities, err := os.ReadFile(options.CAFile)
	Expect(err).NotTo(HaveOccurred())
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authorities)
	proxy := &httputil.ReverseProxy{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: environment.LoginHost, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
		},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "https", Host: options.Listen})
			f.unwrap(r.Out)
		},
		ModifyResponse: f.wrap,
	}
	f.server = &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second}
	listener, err := net.Listen("tcp", f.listen)
	Expect(err).NotTo(HaveOccurred())
	go func(server *http.Server) { _ = server.ServeTLS(listener, options.CertFile, options.KeyFile) }(f.server)
}

// down ends both, as a crash would.
func (f *front) down() {
	GinkgoHelper()
	Expect(f.server.Close()).To(Succeed())
	Expect(f.issuer.Stop()).To(Succeed())
}

// renewals is how often a refresh token was taken.
func (f *front) renewals() int {
	f.lock.Lock()
	defer f.lock.Unlock()
	return f.renewed
}

type grantKey struct{}

// unwrap gives Dex the refresh token that it made.
func (f *front) unwrap(r *http.Request) {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/token") {
		return
	}
	body, err := io.ReadAll(r.Body)
	form, parsed := url.ParseQuery(string(body))
	if err == nil && parsed == nil {
		if parts := strings.Split(form.Get("refresh_token"), "."); len(parts) == 3 {
			var claims struct{ Token string }
			if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil && json.Unmarshal(text, &claims) == nil {
				form.Set("refresh_token", claims.Token)
			}
		}
		body = []byte(form.Encode())
	}
	*r = *r.WithContext(context.WithValue(r.Context(), grantKey{}, form.Get("grant_type")))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// wrap makes a JWT of the refresh token that Dex gives.
func (f *front) wrap(response *http.Response) error {
	grant, isGrant := response.Request.Context().Value(grantKey{}).(string)
	if !isGrant || response.StatusCode != http.StatusOK {
		return nil
	}
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if token, given := answer["refresh_token"].(string); given {
		claims, err := json.Marshal(map[string]string{"typ": "Refresh", "token": token})
		if err != nil {
			return err
		}
		encoded := base64.RawURLEncoding.EncodeToString
		answer["refresh_token"] = encoded([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encoded(claims) + "."
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	if grant == "refresh_token" {
		f.lock.Lock()
		defer f.lock.Unlock()
		f.renewed++
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}
