package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/geoconsole/geoconsole-operator/internal/geography"
)

func TestAssetsAreServedInTheBestEncoding(t *testing.T) {
	c := threeRegions(nil).build(t)
	for name, test := range map[string]struct{ path, accept, coding, body, contentType string }{
		"browser":           {"/assets/index-1.js", "gzip, deflate, br, zstd", "br", "brotli", "text/javascript; charset=utf-8"},
		"plain http":        {"/assets/index-1.js", "gzip, deflate", "gzip", "gzip", "text/javascript; charset=utf-8"},
		"nothing":           {"/assets/index-1.js", "", "", "plain script", "text/javascript; charset=utf-8"},
		"identity":          {"/assets/index-1.js", "identity", "", "plain script", "text/javascript; charset=utf-8"},
		"no brotli":         {"/assets/index-1.js", "br;q=0, gzip", "gzip", "gzip", "text/javascript; charset=utf-8"},
		"no brotli, spaced": {"/assets/index-1.js", "br; q=0.000 ,gzip ; q=0.5", "gzip", "gzip", "text/javascript; charset=utf-8"},
		"capitals":          {"/assets/index-1.js", "BR", "br", "brotli", "text/javascript; charset=utf-8"},
		"wildcard":          {"/assets/index-1.js", "*", "", "plain script", "text/javascript; charset=utf-8"},
		"broken weight":     {"/assets/index-1.js", "br;q=x", "", "plain script", "text/javascript; charset=utf-8"},
		"part of a name":    {"/assets/index-1.js", "brx, xgzip", "", "plain script", "text/javascript; charset=utf-8"},
		"no brotli twin":    {"/assets/icon-3.svg", "br, gzip", "gzip", "zipped svg", "image/svg+xml"},
		"no twin":           {"/assets/font-2.woff2", "br, gzip", "", "font", "font/woff2"},
	} {
		t.Run(name, func(t *testing.T) {
			response, body := ask(t, c.Public(), http.MethodGet, test.path, func(r *http.Request) {
				if test.accept != "" {
					r.Header.Set("Accept-Encoding", test.accept)
				}
			})
			h := response.Header
			if response.StatusCode != http.StatusOK || body != test.body || h.Get("Content-Encoding") != test.coding || h.Get("Content-Type") != test.contentType {
				t.Errorf("%d %q %v", response.StatusCode, body, h)
			}
			if h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("Vary") != "Accept-Encoding" || h.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%v", h)
			}
			if response.ContentLength != int64(len(test.body)) {
				t.Errorf("Content-Length %d", response.ContentLength)
			}
		})
	}
}

func TestUnknownAssetsAreNotFound(t *testing.T) {
	c := threeRegions(nil).build(t)
	for _, path := range []string{
		"/assets", "/assets/", "/assets/index-2.js", "/assets/index-1.js.br", "/assets/index-1.js.gz", "/assets/../index.html", "/assets/../../etc/passwd",
		"/assets/%2e%2e/index.html", "/assets//index-1.js", "/assets/index-1.js/",
	} {
		response, _ := ask(t, c.Public(), http.MethodGet, path, func(r *http.Request) { r.Header.Set("Accept", "text/html") })
		if response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
		checkIsData(t, response)
	}
}

func TestPages(t *testing.T) {
	c := threeRegions(nil).build(t)
	const page = "<!doctype html><title>GeoConsole</title>"
	for name, test := range map[string]struct {
		path, accept string
		status       int
	}{
		"the root":                    {"/", "", 200},
		"the root by a browser":       {"/", "text/html,application/xhtml+xml,*/*;q=0.8", 200},
		"a page of the interface":     {"/clusters/aws.eu-west-1/2abc", "text/html,*/*;q=0.8", 200},
		"a page that is not there":    {"/nowhere", "text/html", 200},
		"something that is no page":   {"/robots.txt", "*/*", 404},
		"something asked by a script": {"/clusters", "application/json", 404},
		"an icon":                     {"/favicon.ico", "image/avif,image/webp,*/*", 404},
	} {
		t.Run(name, func(t *testing.T) {
			response, body := ask(t, c.Public(), http.MethodGet, test.path, func(r *http.Request) {
				r.Host = "console.eu.example.com"
				if test.accept != "" {
					r.Header.Set("Accept", test.accept)
				}
				r.Header.Set("Sec-Fetch-Mode", "navigate")
			})
			if response.StatusCode != test.status {
				t.Fatalf("status %d, want %d", response.StatusCode, test.status)
			}
			if test.status != http.StatusOK {
				checkIsData(t, response)
				return
			}
			if body != page {
				t.Errorf("body %q", body)
			}
			for name, want := range map[string]string{
				"Content-Type":                 "text/html; charset=utf-8",
				"Cache-Control":                "no-store",
				"X-Content-Type-Options":       "nosniff",
				"Referrer-Policy":              "no-referrer",
				"Cross-Origin-Opener-Policy":   "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Content-Security-Policy": "default-src 'none'; script-src console.eu.example.com/assets/; style-src console.eu.example.com/assets/; " +
					"font-src console.eu.example.com/assets/; img-src console.eu.example.com/assets/; connect-src 'self'; worker-src 'none'; " +
					"frame-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
			} {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// The user interface gets its tokens at the issuer, and sends nothing anywhere else.
func TestPagePolicyOfAnIssuer(t *testing.T) {
	for url, want := range map[string]string{
		"":                                       "connect-src 'self';",
		"https://login.example.com":              "connect-src 'self' https://login.example.com;",
		"https://login.example.com:8444/dex/":    "connect-src 'self' https://login.example.com:8444;",
		"https://login.example.com/realms/a/b-c": "connect-src 'self' https://login.example.com;",
	} {
		auth := geography.ConfigAuth{Type: "None"}
		if url != "" {
			auth = geography.ConfigAuth{Type: "OIDC", OIDC: &geography.ConfigOIDC{IssuerURL: url}}
		}
		if got := (pages{issuer: issuerOrigin(auth)}).policy(""); !strings.Contains(got, want) {
			t.Errorf("%q: %s", url, got)
		}
	}
}

// A Host header is a client's word: it must not be able to write policy.
func TestPagePolicyOfAHost(t *testing.T) {
	p := pages{hostname: "console.eu.example.com"}
	for host, want := range map[string]string{
		"console.eu.example.com":              "script-src console.eu.example.com/assets/;",
		"console.eu.example.com:8443":         "script-src 'self';",
		"console.eu.example.com.evil.example": "script-src 'self';",
		"evil.example":                        "script-src 'self';",
		"127.0.0.1:8080":                      "script-src 'self';",
		"":                                    "script-src 'self';",
		"evil; script-src *":                  "script-src 'self';",
		"data:":                               "script-src 'self';",
	} {
		if got := p.policy(host); !strings.Contains(got, want) {
			t.Errorf("%q: %s", host, got)
		}
	}
}
