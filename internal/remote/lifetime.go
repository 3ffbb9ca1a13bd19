package remote

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/geoconsole/geoconsole-operator/internal/health"
)

const (
	// maxClaims bounds what is decoded of a token, in characters: far above what an API server puts into one.
	maxClaims = 16 << 10
	// lastSecond is the end of the year 9999, the last that a time can be written with.
	lastSecond = 253402300799
)

// lifetime is from when to when the access is good, by what its credential says of itself.
func (a access) lifetime() health.Lifetime {
	if a.certificate != nil {
		return certificateLifetime(a.certificate)
	}
	return tokenLifetime(a.token)
}

func certificateLifetime(certificate *tls.Certificate) health.Lifetime {
	if certificate.Leaf == nil {
		return health.Lifetime{}
	}
	return health.Lifetime{From: certificate.Leaf.NotBefore, Until: certificate.Leaf.NotAfter}
}

// claims are what is read of a JSON Web Token (RFC 7519); each is a number of seconds.
type claims struct {
	IssuedAt  float64 `json:"iat"`
	NotBefore float64 `json:"nbf"`
	Expires   float64 `json:"exp"`
}

// tokenLifetime reads the payload of a token that is a JWT and verifies nothing: whether the token is good is for the
// cluster to say. A token of another form, or without an end, never ends.
func tokenLifetime(token string) health.Lifetime {
	_, rest, _ := strings.Cut(token, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	if signature == "" || strings.Contains(signature, ".") || len(payload) > maxClaims {
		return health.Lifetime{}
	}
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return health.Lifetime{}
	}
	var said claims
	if json.Unmarshal(decoded, &said) != nil {
		return health.Lifetime{}
	}
	from := said.IssuedAt
	if from == 0 {
		from = said.NotBefore
	}
	return health.Lifetime{From: atSecond(from), Until: atSecond(said.Expires)}
}

// atSecond is the zero time for what is no time.
func atSecond(seconds float64) time.Time {
	if seconds <= 0 || seconds > lastSecond {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}
