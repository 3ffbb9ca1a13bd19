package xcm

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/golang-jwt/jwt/v4"
)

// bearer is a request's token.
func bearer(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", fmt.Errorf("send one Authorization header with a bearer token, not %d", len(values))
	}
	token, isBearer := strings.CutPrefix(values[0], "Bearer ")
	if !isBearer {
		return "", fmt.Errorf("use the Bearer scheme")
	}
	return token, nil
}

// bearerClaims reads the claims of a request's token, which nothing has verified.
func bearerClaims(r *http.Request) (jwt.MapClaims, error) {
	token, err := bearer(r)
	if err != nil {
		return nil, err
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		// The parser's own text could hold part of the token.
		return nil, fmt.Errorf("the bearer token is not a JWT")
	}
	return claims, nil
}

// authenticate demands a bearer token on all of /api but the health path. Any JWT that is not expired will
// do, or with an issuer any of its tokens.
func (i *Instance) authenticate(r *http.Request) *problem {
	if r.URL.Path == clustersAPI {
		return nil
	}
	claims, err := bearerClaims(r)
	if err != nil {
		return refuse(http.StatusUnauthorized, "Request doesn't carry a valid token: %v", err)
	}
	if !claims.VerifyExpiresAt(i.options.Clock().Unix(), false) {
		return refuse(http.StatusUnauthorized, "Bearer token is expired: get a new one")
	}
	if i.judge == nil {
		return nil
	}
	if token, err := bearer(r); err != nil || i.judge.check(token) != nil {
		return refuse(http.StatusUnauthorized, "Bearer token is not one of %s: get one there", i.options.Issuer.URL)
	}
	return nil
}
