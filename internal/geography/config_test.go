package geography

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/geoconsole/geoconsole-operator/api/v1alpha1"
)

// sampleConfig is the config of the sample, as the bytes of its file.
func sampleConfig(t testing.TB) []byte {
	t.Helper()
	m, problems := FromSpec(sample(), facts())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	file, err := m.Config().Encode()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// edit sets a value deep in a JSON document; a nil value removes the key.
func edit(t *testing.T, document []byte, value any, path ...any) []byte {
	t.Helper()
	var root any
	if err := json.Unmarshal(document, &root); err != nil {
		t.Fatal(err)
	}
	at := root
	for _, step := range path[:len(path)-1] {
		switch step := step.(type) {
		case string:
			at = at.(map[string]any)[step]
		case int:
			at = at.([]any)[step]
		}
	}
	switch last := path[len(path)-1].(type) {
	case string:
		at.(map[string]any)[last] = value
		if value == nil {
			delete(at.(map[string]any), last)
		}
	case int:
		at.([]any)[last] = value
	}
	edited, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return edited
}

func TestReadConfigNamesTheField(t *testing.T) {
	good := sampleConfig(t)
	at := func(value any, path ...any) []byte { return edit(t, good, value, path...) }
	url := func(value string) []byte { return at(value, "regions", 1, "endpoints", 0, "url") }
	withIssuer := at(map[string]any{"type": "OIDC", "oidc": map[string]any{"issuerURL": "https://login.eu-west-1.example.com/dex", "clientID": "geoconsole", "scopes": []string{"openid"}}}, "auth")
	if _, err := ReadConfig(withIssuer); err != nil {
		t.Fatal(err)
	}
	oidc := func(value any, field string) []byte { return edit(t, withIssuer, value, "auth", "oidc", field) }
	const issuerField = "auth.oidc.issuerURL: is not https://"
	const urlField = "regions[1].endpoints[0].url: "
	tests := []struct {
		name string
		file []byte
		// field is the start of the error, or a part of it where the JSON itself is wrong.
		field string
	}{
		{"empty file", nil, "not JSON of format 1"},
		{"an accounts service by http", at(map[string]any{"url": "http://accounts.example.com"}, "accounts"), "accounts.url: "},
		{"an accounts service with authorities that are none", at(map[string]any{"url": "https://accounts.example.com", "caBundle": "x"}, "accounts"), "accounts.caBundle: "},
		{"an accounts service without url", at(map[string]any{}, "accounts"), "accounts.url: "},
		{"unknown choice of region hosts", at("Wildcard", "regionHosts"), "regionHosts: "},
		{"region hosts that are switched off by a word", at("Disabled", "regionHosts"), "regionHosts: "},
		{"not JSON", []byte("format: 1"), "not JSON of format 1"},
		{"cut off", good[:len(good)/2], "not JSON of format 1"},
		{"data after the end", append(bytes.Clone(good), "{}"...), "not JSON of format 1"},
		{"a list", []byte("[]"), "not JSON of format 1"},
		{"null", []byte("null"), "format: is 0"},
		{"too long", bytes.Repeat([]byte(" "), maxConfigBytes+1), "the config is 1048577 bytes long"},
		{"unknown field", at("x", "surprise"), `unknown field "surprise"`},
		{"unknown field, deep", at(true, "regions", 0, "endpoints", 0, "insecure"), `unknown field "regions[0].endpoints[0].insecure"`},
		{"field in other letters' case", bytes.Replace(good, []byte(`"hostname"`), []byte(`"Hostname"`), 1), `unknown field "Hostname"`},
		{"field twice", bytes.Replace(good, []byte(`"hostname"`), []byte(`"hostname": "a.example.com", "hostname"`), 1), `duplicate field "hostname"`},
		{"wrong type", at(7, "hostname"), "Config.hostname"},
		{"wrong type, deep", at("3", "healthChecks", "timeoutSeconds"), "timeoutSeconds"},
		{"number that does not fit", at(1e12, "healthChecks", "intervalSeconds"), "intervalSeconds"},

		{"other format", at(2, "format"), "format: is 2, this release reads 1; run"},
		{"no format", at(nil, "format"), "format: is 0"},
		{"no geography", at("", "geography"), "geography: is empty"},
		{"no countries", at([]any{}, "countries"), "countries: is empty"},
		{"country in lower case", at("at", "countries", 0), `countries[0]: is "at"`},
		{"no host name", at(nil, "hostname"), `hostname: is ""`},
		{"host name with a port", at("console.example.com:443", "hostname"), "hostname: is"},
		{"host name of one label", at("console", "hostname"), "hostname: is"},
		{"auth that is not known", at("Basic", "auth", "type"), `auth.type: is "Basic"`},
		{"no auth", at(nil, "auth"), `auth.type: is ""`},
		{"issuer without the type", at(map[string]any{"type": "None", "oidc": map[string]any{}}, "auth"), "auth.oidc: belongs to type OIDC"},
		{"type without an issuer", at("OIDC", "auth", "type"), "auth.oidc: is missing"},
		{"issuer by http", oidc("http://login.example.com", "issuerURL"), issuerField},
		{"issuer by address", oidc("https://192.0.2.1/dex", "issuerURL"), issuerField},
		{"issuer with a user", oidc("https://user:secret@login.example.com", "issuerURL"), issuerField},
		{"issuer with a query", oidc("https://login.example.com/?tenant=secret", "issuerURL"), issuerField},
		{"issuer that climbs", oidc("https://login.example.com/a/../b", "issuerURL"), issuerField},
		{"issuer with two slashes", oidc("https://login.example.com//a", "issuerURL"), issuerField},
		{"issuer too long", oidc("https://login.example.com/"+strings.Repeat("a", 230), "issuerURL"), issuerField},
		{"issuer at port 0", oidc("https://login.example.com:0/dex", "issuerURL"), "auth.oidc.issuerURL: https://login.example.com:0/dex has no port"},
		{"issuer at port 65536", oidc("https://login.example.com:65536", "issuerURL"), "auth.oidc.issuerURL: https://login.example.com:65536 has no port"},
		{"no client", oidc(nil, "clientID"), "auth.oidc.clientID: is not 1 to 255"},
		{"client that is an option", oidc("--insecure", "clientID"), "auth.oidc.clientID: is not"},
		{"client for a shell", oidc("a;b", "clientID"), "auth.oidc.clientID: is not"},
		{"too many audiences", oidc(strings.Split("a b c d e f g h i", " "), "audiences"), "auth.oidc.audiences: there are 9; give at most 8"},
		{"audience of nothing", oidc([]any{"a", ""}, "audiences"), "auth.oidc.audiences[1]: is not 1 to 255"},
		{"audience with a space", oidc([]any{"a b"}, "audiences"), "auth.oidc.audiences[0]: is not"},
		{"too many scopes", oidc(strings.Split("a b c d e f g h i j k l m n o p openid", " "), "scopes"), "auth.oidc.scopes: there are 17; give at most 16"},
		{"no scopes", oidc(nil, "scopes"), "auth.oidc.scopes: openid is not among them"},
		{"scope of nothing", oidc([]any{"openid", ""}, "scopes"), "auth.oidc.scopes[1]: is not 1 to 128"},
		{"scope with a space", oidc([]any{"a b", "openid"}, "scopes"), "auth.oidc.scopes[0]: is not"},
		{"issuer's CA bundle without a certificate", oidc("PEM", "caBundle"), "auth.oidc.caBundle: holds no certificate"},
		{"log level that is not known", at("Trace", "logLevel"), `logLevel: is "Trace"; choose`},
		{"path without a slash", at("api", "healthChecks", "path"), "healthChecks.path: is"},
		{"path with a query", at("/api?x=1", "healthChecks", "path"), "healthChecks.path: is"},
		{"path that climbs", at("/api/../x", "healthChecks", "path"), "healthChecks.path: is"},
		{"no interval", at(nil, "healthChecks", "intervalSeconds"), "healthChecks.intervalSeconds: is 0; choose 1 to 300"},
		{"timeout too long", at(31, "healthChecks", "timeoutSeconds"), "healthChecks.timeoutSeconds: is 31; choose 1 to 30"},
		{"timeout longer than the interval", at(11, "healthChecks", "timeoutSeconds"), "healthChecks.timeoutSeconds: is 11, longer"},
		{"threshold of nothing", at(0, "healthChecks", "failureThreshold"), "healthChecks.failureThreshold: is 0"},
		{"negative threshold", at(-1, "healthChecks", "successThreshold"), "healthChecks.successThreshold: is -1"},
		{"no bounds", at(nil, "proxy"), "proxy.requestTimeoutSeconds: is 0; choose 5 to 300"},
		{"requests without an end", at(301, "proxy", "requestTimeoutSeconds"), "proxy.requestTimeoutSeconds: is 301; choose"},
		{"no bodies", at(1023, "proxy", "maxRequestBodyBytes"), "proxy.maxRequestBodyBytes: is 1023; choose 1024 to 16777216"},
		{"bodies too long", at(16<<20+1, "proxy", "maxRequestBodyBytes"), "proxy.maxRequestBodyBytes: is 16777217; choose"},
		{"slots that have no quarter", at(3, "proxy", "maxConcurrentRequests"), "proxy.maxConcurrentRequests: is 3; choose 4 to 1024"},
		{"too many slots", at(1025, "proxy", "maxConcurrentRequests"), "proxy.maxConcurrentRequests: is 1025; choose"},

		{"no regions", at([]any{}, "regions"), "regions: there are 0; give 1 to 64"},
		{"no id", at(nil, "regions", 1, "id"), `regions[1].id: is ""`},
		{"id in upper case", at("AWS", "regions", 1, "id"), "regions[1].id: is"},
		{"id that climbs", at("../aws", "regions", 1, "id"), "regions[1].id: is"},
		{"id that ends in a dot", at("aws.", "regions", 1, "id"), "regions[1].id: is"},
		{"long id", at(strings.Repeat("a", 49), "regions", 1, "id"), "regions[1].id: is"},
		{"id twice", at("aws.eu-west-1", "regions", 1, "id"), "regions[1].id: \"aws.eu-west-1\" is there twice"},
		{"id twice as a host name", at("aws-eu-west-1", "regions", 1, "id"), "regions[1].id: \"aws-eu-west-1\" is there twice when dots"},
		{"no display name", at("", "regions", 1, "displayName"), "regions[1].displayName: is empty"},
		{"no endpoints", at([]any{}, "regions", 1, "endpoints"), "regions[1].endpoints: there are 0; give 1 to 4"},
		{"five endpoints", at([]any{1, 2, 3, 4, 5}, "regions", 1, "endpoints"), "regions"},
		{"endpoint of another region", url("https://api.aws.eu-west-1.xcm.example.com"), urlField + `"https://api.aws.eu-west-1.xcm.example.com" is there twice`},
		{"no url", url(""), urlField},
		{"http", url("http://api.example.com"), urlField},
		{"user", url("https://user:secret@api.example.com"), urlField},
		{"path", url("https://api.example.com/"), urlField},
		{"query", url("https://api.example.com?x"), urlField},
		{"fragment", url("https://api.example.com#x"), urlField},
		{"IPv4 address", url("https://192.0.2.1"), urlField},
		{"IPv4 address as one number", url("https://3221225985"), urlField},
		{"IPv6 address", url("https://[2001:db8::1]"), urlField},
		{"upper case", url("https://API.example.com"), urlField},
		{"trailing dot", url("https://api.example.com."), urlField},
		{"port 0", url("https://api.example.com:0"), urlField},
		{"port 65536", url("https://api.example.com:65536"), urlField},
		{"no port after the colon", url("https://api.example.com:"), urlField},
		{"cloud region in upper case", at([]any{"EU-West-1"}, "regions", 1, "cloudRegions"), `regions[1].cloudRegions[0]: is "EU-West-1"`},
		{"cloud region that is a path", at([]any{"eu-west-1", "../x"}, "regions", 1, "cloudRegions"), "regions[1].cloudRegions[1]: is"},
		{"cloud region's code too long", at([]any{strings.Repeat("r", 33)}, "regions", 1, "cloudRegions"), "regions[1].cloudRegions[0]: is"},
		{"cloud region twice", at([]any{"eu-west-1", "eu-west-1"}, "regions", 1, "cloudRegions"), `regions[1].cloudRegions[1]: "eu-west-1" is there twice; remove`},
		{"too many cloud regions", at(slices.Repeat([]any{"eu-west-1"}, 33), "regions", 1, "cloudRegions"), "regions[1].cloudRegions: there are 33; give at most 32"},
		{"CA bundle without a certificate", at("PEM", "regions", 1, "caBundle"), "regions[1].caBundle: holds no certificate; give"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := ReadConfig(test.file)
			if err == nil {
				t.Fatal("the config is read without an error")
			}
			if diff := cmp.Diff(Config{}, c); diff != "" {
				t.Errorf("a config is returned beside the error: %s", diff)
			}
			exact := strings.Contains(test.field, ": ")
			if exact && !strings.HasPrefix(err.Error(), test.field) || !strings.Contains(err.Error(), test.field) {
				t.Errorf("got %q, want %q", err, test.field)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error repeats a credential: %q", err)
			}
		})
	}
}

func TestConfigRoundTrip(t *testing.T) {
	cert, _ := certificate(t)
	gc, f := sample(), facts()
	gc.Spec.Regions[0].DisplayName = "Irland <&> \u2028 \U0001F600"
	withCA(gc)
	f.CABundles = map[v1alpha1.ConfigMapKey]string{caKey: cert}
	m, problems := FromSpec(gc, f)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	file, err := m.Config().Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.Config(), read); diff != "" {
		t.Error(diff)
	}
	again, err := read.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, again) {
		t.Error("equal configs give different bytes")
	}
}

func TestDigest(t *testing.T) {
	// The first 16 digits of sha256sum of the same bytes.
	if got, want := Digest([]byte("{}\n")), "ca3d163bab055381"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add(sampleConfig(f))
	for _, seed := range []string{"", "null", "{}", "[]", `{"format":1}`, `{"format":1}{"format":1}`, `{"FORMAT":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := ReadConfig(file)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without a text")
			}
			return
		}
		encoded, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadConfig(encoded)
		if err != nil {
			t.Fatalf("a config that was read is refused when it is written again: %v", err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Whatever spec the API server admits: it has a problem, or a console loads its config, and loads what was meant.
func TestProperty6_WhatIsAppliedLoads(t *testing.T) {
	cert, _ := certificate(t)
	loaded, refused := 0, map[string]int{}
	for seed := range uint64(300) {
		problems := loads(t, seed, cert)
		if len(problems) == 0 {
			loaded++
		}
		for _, p := range problems {
			refused[p.Reason]++
		}
	}
	if loaded < 50 || refused[v1alpha1.ReasonConfigRefused] == 0 || refused[v1alpha1.ReasonCountryMissing] == 0 {
		t.Errorf("the specs show too little: %d are loaded, the problems are %v", loaded, refused)
	}
}

func FuzzProperty6_WhatIsAppliedLoads(f *testing.F) {
	cert, _ := certificate(f)
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { loads(t, seed, cert) })
}

// loads makes a spec of the seed and checks that a console loads its config; it returns the problems of a spec that has
// some.
func loads(t *testing.T, seed uint64, cert string) []Problem {
	t.Helper()
	gc, f := admitted(rand.New(rand.NewPCG(seed, 0)), cert)
	m, problems := FromSpec(gc, f)
	file, err := m.Config().Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadConfig(file)
	refused := slices.ContainsFunc(problems, func(p Problem) bool { return p.Reason == v1alpha1.ReasonConfigRefused })
	if refused != (err != nil) {
		t.Fatalf("seed %d: reading the config gives error %v, the problems are %v", seed, err, problems)
	}
	if err != nil && !strings.Contains(err.Error(), "port that exists") && !strings.Contains(err.Error(), "bytes long") {
		t.Fatalf("seed %d: the API server admits a spec whose config no console loads: %v", seed, err)
	}
	if len(problems) > 0 {
		return problems
	}
	if diff := cmp.Diff(m.Config(), read); diff != "" {
		t.Fatalf("seed %d: a console loads something else: %s", seed, diff)
	}
	return nil
}

// admitted is a spec that the API server's schema and rules admit, often at a bound of them.
func admitted(r *rand.Rand, cert string) (*v1alpha1.GeoConsole, Facts) {
	pick := func(options ...string) string { return options[r.IntN(len(options))] }
	gc, f := sample(), facts()
	bundle := cert
	if r.IntN(40) == 0 { // more than a ConfigMap holds, where many regions name it
		bundle = strings.Repeat(cert, 80)
	}
	f.CABundles = map[v1alpha1.ConfigMapKey]string{caKey: bundle}
	gc.Spec.Geography.BuiltIn = v1alpha1.BuiltInGeography(pick("EU", "UK", "US", "US-GOV", "CN"))
	gc.Spec.Hostname = pick("a.b", "console.eu.example.com", strings.Repeat("x", 63)+".example.com", "9.example")
	if r.IntN(2) == 0 {
		gc.Spec.Auth = withOIDC(pick("https://login.eu-west-1.example.com/dex", "https://login.us-east-1.example.com/", "https://a.eu-west-3.example:65535"))
		gc.Spec.Auth.OIDC.ClientID = pick("a", "https://x@y/~z", strings.Repeat("c", 255))
		for i := range r.IntN(maxAudiences + 1) {
			gc.Spec.Auth.OIDC.Audiences = append(gc.Spec.Auth.OIDC.Audiences, v1alpha1.Audience(fmt.Sprint("!~\"<&>", i)))
			gc.Spec.Auth.OIDC.Scopes = []v1alpha1.Scope{"openid", v1alpha1.Scope(fmt.Sprint("!~<&>[]", i))}
		}
		if r.IntN(2) == 0 {
			gc.Spec.Auth.OIDC.CABundle = &v1alpha1.CABundle{HubConfigMap: caKey}
		}
	}
	gc.Spec.Console.LogLevel = v1alpha1.LogLevel(pick("", "Error", "Info", "Debug"))
	gc.Spec.HealthChecks = v1alpha1.HealthChecks{
		Path:             pick("", "/a", "/api/clusters_mgmt/v1", "/.well-known/x_y"),
		IntervalSeconds:  10 + r.Int32N(291),
		TimeoutSeconds:   r.Int32N(11),
		FailureThreshold: r.Int32N(11),
		SuccessThreshold: r.Int32N(11),
	}
	among := func(least, most int32) int32 { return []int32{0, least, most}[r.IntN(3)] }
	gc.Spec.Proxy = v1alpha1.Proxy{
		RequestTimeoutSeconds: among(5, 300), MaxRequestBodyBytes: among(1024, 16777216), MaxConcurrentRequests: among(4, 1024),
	}
	gc.Spec.Regions = nil
	for i := range 1 + r.IntN(maxRegions) {
		region := v1alpha1.Region{
			ID:          pick("aws.eu-west-1", "a", "9", strings.Repeat("z", 40)) + fmt.Sprintf(".%02d", i),
			DisplayName: pick("", "Ireland", "\u00c9ire \"<&>\"", strings.Repeat("\U0001F600", 64)),
		}
		for j := range 1 + r.IntN(maxEndpoints) {
			endpoint := v1alpha1.Endpoint{URL: fmt.Sprintf("https://r%d-%d.lab.example.com", i, j), Country: "DK"}
			if code := pick("lab", "eu-west-1", "us-east-1"); code != "lab" {
				endpoint = v1alpha1.Endpoint{URL: fmt.Sprintf("https://r%d-%d.%s.example.com", i, j, code)}
			}
			if r.IntN(200) == 0 {
				endpoint.Country = v1alpha1.Country(pick("", "FR"))
			}
			endpoint.URL += pick("", "", "", ":1", ":8443", ":65535")
			region.Endpoints = append(region.Endpoints, endpoint)
		}
		if r.IntN(3) == 0 {
			region.CABundle = &v1alpha1.CABundle{HubConfigMap: caKey}
		}
		gc.Spec.Regions = append(gc.Spec.Regions, region)
	}
	if r.IntN(20) == 0 {
		gc.Spec.Regions[0].Endpoints[0].URL = "https://eu-west-1.example.com:" + pick("0", "00000", "65536", "99999")
	}
	return gc, f
}
