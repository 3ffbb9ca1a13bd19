package clients_test

import (
	"testing"

	"github.com/geoconsole/geoconsole-operator/test/e2e/residency"
)

// Only the address that was typed at the issuer is let go, and only where a browser remembers forms.
func TestWhatABrowserRemembersOfTheIssuersForm(t *testing.T) {
	at := func(kind residency.Kind, where string, category residency.Category, count int) residency.Hit {
		return residency.Hit{Place: residency.Place{Kind: kind, Where: where}, Category: category, Encoding: "Raw", Count: count}
	}
	const logins, history = "/profile/Default/Login Data", "/profile/Default/History"
	all := []residency.Hit{
		at(residency.BrowserProfile, logins, residency.Login, 2), at(residency.BrowserProfile, history, residency.Login, 1),
		at(residency.NodeFiles, logins, residency.Login, 2),
	}
	for _, c := range []struct {
		about string
		hit   residency.Hit
		want  bool
	}{
		{"the address", all[0], true},
		{"the name within it", at(residency.BrowserProfile, logins, residency.User, 2), true},
		{"the name once more", at(residency.BrowserProfile, logins, residency.User, 3), false},
		{"the name without it", at(residency.BrowserProfile, "/profile/Default/Web Data", residency.User, 2), false},
		{"a token", at(residency.BrowserProfile, logins, residency.Token, 2), false},
		{"the address in the history", all[1], false},
		{"the address elsewhere", all[2], false},
	} {
		if got := ofForm(c.hit, all); got != c.want {
			t.Errorf("%s: got %v, want %v", c.about, got, c.want)
		}
	}
}
