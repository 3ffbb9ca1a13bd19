package proxy

import (
	"encoding/base64"
	"net/http"
	"testing"
)

func jwt(payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(payload)) + ".c2lnbmF0dXJl"
}

// The schemes and the number of credentials that may reach a region.
func TestProperty10_OnlyOneAccessTokenPasses(t *testing.T) {
	for name, test := range map[string]struct {
		values []string
		passes bool
	}{
		"none":                     {nil, true},
		"bearer":                   {[]string{"Bearer " + jwt(`{"typ":"Bearer"}`)}, true},
		"bearer without type":      {[]string{"Bearer " + jwt(`{"sub":"x"}`)}, true},
		"bearer in lower case":     {[]string{"bearer abc"}, true},
		"opaque bearer":            {[]string{"Bearer abc-._~+/=="}, true},
		"access by token_use":      {[]string{"Bearer " + jwt(`{"token_use":"access"}`)}, true},
		"refresh token":            {[]string{"Bearer " + jwt(`{"typ":"Refresh"}`)}, false},
		"offline token":            {[]string{"Bearer " + jwt(`{"typ":"Offline"}`)}, false},
		"refresh by token_use":     {[]string{"Bearer " + jwt(`{"token_use":"refresh"}`)}, false},
		"refresh beside a number":  {[]string{"Bearer " + jwt(`{"token_use":1,"typ":"Refresh"}`)}, false},
		"two headers":              {[]string{"Bearer a", "Bearer b"}, false},
		"two in one header":        {[]string{"Bearer a, Bearer b"}, false},
		"basic":                    {[]string{"Basic dXNlcjpwYXNz"}, false},
		"access token scheme":      {[]string{"AccessToken 0b7a2c1e:cHVsbA=="}, false},
		"negotiate":                {[]string{"Negotiate abc"}, false},
		"empty":                    {[]string{""}, false},
		"scheme alone":             {[]string{"Bearer"}, false},
		"no token":                 {[]string{"Bearer "}, false},
		"padding alone":            {[]string{"Bearer ==="}, false},
		"two spaces":               {[]string{"Bearer  abc"}, false},
		"a token without a scheme": {[]string{"abc"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			for _, value := range test.values {
				h.Add("Authorization", value)
			}
			if authorizationAllowed(h) != test.passes {
				t.Errorf("passes = %v, want %v", !test.passes, test.passes)
			}
		})
	}
}
