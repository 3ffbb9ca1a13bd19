package proxy

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// authorizationAllowed reports whether a request's credentials may go to a region: none, or one bearer that is an
// access token. AccessToken (a pull secret) and Basic would hand a long-lived secret over, a refresh token can make
// access tokens: none of them has a use at a region (safety property 10).
func authorizationAllowed(h http.Header) bool {
	values := h.Values("Authorization")
	if len(values) == 0 {
		return true
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	return len(values) == 1 && strings.EqualFold(scheme, "Bearer") && isToken68(token) && !isRefreshToken(token)
}

// isToken68 is the grammar of a bearer in RFC 6750. A second credential, joined by a comma, does not fit it.
func isToken68(token string) bool {
	body := strings.TrimRight(token, "=")
	for i := range len(body) {
		if !isUnreserved(body[i]) && body[i] != '+' && body[i] != '/' {
			return false
		}
	}
	return body != ""
}

// isRefreshToken looks at the claims by which ocm-sdk-go tells tokens apart. It verifies nothing: a token that lies
// about itself is the region's to refuse.
func isRefreshToken(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return false
	}
	var claims struct {
		Use  any `json:"token_use"`
		Type any `json:"typ"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return false
	}
	return isRefresh(claims.Use) || isRefresh(claims.Type)
}

func isRefresh(claim any) bool {
	kind, _ := claim.(string)
	return strings.EqualFold(kind, "refresh") || strings.EqualFold(kind, "offline")
}
