package proxy

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzRequestHeaders asks, of whatever a browser sends: the region sees headers of the list only, as they came.
func FuzzRequestHeaders(f *testing.F) {
	for _, seed := range [][2]string{
		{"Accept", "application/json"},
		{"accept", "x"},
		{"Cookie", "a=b"},
		{"Authorization", "Bearer a"},
		{"X-Forwarded-For", "192.0.2.1"},
		{"Accept\r\nCookie", "x"},
		{"", ""},
		{"Te", "trailers"},
		{"If-Match", "\x00"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		sent := http.Header{name: {value}, "Accept": {"text/plain"}}
		sent.Add(name, value)
		for kept, values := range keep(sent, requestHeaders) {
			if !slices.Contains(requestHeaders, kept) || !slices.Equal(values, sent.Values(kept)) {
				t.Errorf("%q: %q becomes %q: %q", name, value, kept, values)
			}
		}
	})
}

// FuzzAnswers asks, of whatever a region answers: it is refused, or what the browser sees is JSON, text or nothing, with the
// headers of the list, and leads nowhere but below the region's own prefix.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []struct {
		status                   int
		content, name, value, to string
	}{
		{200, "application/json", "Set-Cookie", "a=b", ""},
		{200, "text/html", "X-Operation-Id", "1", ""},
		{200, "application/json, text/html", "Retry-After", "1", ""},
		{204, "", "Refresh", "0", ""},
		{307, "", "Link", "x", "https://" + testHost + "/api/clusters_mgmt/v1/x?a=b"},
		{307, "", "Link", "x", "https://" + testHost + "@evil.example.com/api/clusters_mgmt/v1"},
		{302, "", "Link", "x", "//evil.example.com/api/clusters_mgmt/v1"},
		{302, "", "Link", "x", "/api/clusters_mgmt/v1/../../x"},
		{308, "", "Link", "x", "https://" + testHost + ":443/api/accounts_mgmt/v1/%2e%2e"},
		{300, "", "Location", "https://evil.example.com", "https://evil.example.com"},
	} {
		f.Add(seed.status, seed.content, seed.name, seed.value, seed.to)
	}
	region := &Region{id: testRegion}
	f.Fuzz(func(t *testing.T, status int, content, name, value, to string) {
		response := &http.Response{
			StatusCode: status, Body: http.NoBody, ContentLength: 1, Header: http.Header{name: {value}},
			Request: &http.Request{URL: &url.URL{Scheme: "https", Host: testHost, Path: "/api/clusters_mgmt/v1"}},
		}
		if content != "" {
			response.Header.Set("Content-Type", content)
		}
		if to != "" {
			response.Header.Set("Location", to)
		}
		if region.accept(response) != nil {
			return
		}
		for name := range response.Header {
			if !slices.Contains(responseHeaders, name) && (name != "Location" || !isRedirect(status)) {
				t.Errorf("%d: the browser sees %s", status, name)
			}
		}
		if kind := strings.ToLower(response.Header.Get("Content-Type")); kind != "" &&
			!strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "text/plain") {
			t.Errorf("%d: %q passes", status, kind)
		}
		checkLocation(t, response.Header.Get("Location"))
	})
}

// checkLocation reads a Location as a browser on a page of the console does.
func checkLocation(t *testing.T, location string) {
	t.Helper()
	if location == "" {
		return
	}
	here := &url.URL{Scheme: "https", Host: "console.eu.example.com", Path: "/regions/" + testRegion + "/api/clusters_mgmt/v1"}
	there, err := here.Parse(location)
	if err != nil || there.Scheme != here.Scheme || there.Host != here.Host || there.User != nil {
		t.Fatalf("%q leaves the console: %v", location, err)
	}
	path, below := strings.CutPrefix(there.EscapedPath(), Prefix(testRegion))
	if !below || !APIPath(path) || strings.ContainsAny(location, "\\\r\n\x00") {
		t.Errorf("%q is no path of the region", location)
	}
}

// FuzzAuthorization asks, of whatever a client calls a credential: one that passes is one bearer, in one piece, and says
// nowhere that it is a refresh token.
func FuzzAuthorization(f *testing.F) {
	for _, seed := range []string{
		"Bearer abc", "bearer abc==", "Bearer a, Bearer b", "Basic dXNlcjpwYXNz", "AccessToken x:y", "Bearer ", "Bearer  a", "Bearer a b",
		"Bearer " + jwt(`{"typ":"Refresh"}`), "Bearer " + jwt(`{"token_use":"offline","typ":"Bearer"}`), "Bearer " + jwt(`{"typ":"Bearer"}`), "Bearer " + jwt("\xd0\"typ\":\"Refresh\""),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if !authorizationAllowed(http.Header{"Authorization": {value}}) {
			return
		}
		scheme, token, _ := strings.Cut(value, " ")
		if !strings.EqualFold(scheme, "bearer") || token == "" || strings.ContainsAny(token, " ,;:\t\r\n\x00") {
			t.Errorf("%q passes", value)
		}
		parts := strings.Split(token, ".")
		if len(parts) != 3 {
			return
		}
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		var claims map[string]any
		if json.Unmarshal(payload, &claims) == nil && len(claims) == 1 && (claims["typ"] == "Refresh" || claims["token_use"] == "offline") {
			t.Errorf("%q passes", payload)
		}
	})
}
