package environment

import "testing"

func TestCheckServer(t *testing.T) {
	for server, want := range map[string]bool{
		"https://api.geo.example.com:6443": true,
		"https://geo-control-plane:6443":   true,
		"https://198.18.1.2:6443":          true,
		"https://[2001:db8::1]:6443":       true,
		"https://kubernetes.default.svc":   true,
		"":                                 false,
		"api.geo.example.com:6443":         false,
		"http://api.geo.example.com":       false,
		"https://":                         false,
		"https://localhost:6443":           false,
		"https://127.0.0.1:40123":          false,
		"https://127.9.9.9:6443":           false,
		"https://[::1]:6443":               false,
		"https://0.0.0.0:6443":             false,
	} {
		if err := checkServer(server); (err == nil) != want {
			t.Errorf("%q: %v, want accepted %t", server, err, want)
		}
	}
}
