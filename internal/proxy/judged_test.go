package proxy

import (
	"crypto/ecdsa"
	"fmt"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	gojwt "github.com/golang-jwt/jwt/v4"
)

// A token that was good costs no signature again. That it was good helps neither another token, nor itself once it has run out
// or the issuer has other keys.
func TestProperty10_AGoodTokenIsJudgedAgain(t *testing.T) {
	l := newLogin(t)
	own := ecKey(t)
	l.publish(published(own, "1"))
	issuer := l.running(l.settings(), time.Hour)
	token := func(key *ecdsa.PrivateKey) string { return signed(t, gojwt.SigningMethodES256, "1", key, nil) }
	good := token(own)
	first, cause := issuer.Caller(t.Context(), carrying(good))
	if cause != "" {
		t.Fatal(cause)
	}
	// Without its keys only what is remembered is taken: this is not how the keyring changes them.
	issuer.keys.lock.Lock()
	issuer.keys.last = found{}
	issuer.keys.lock.Unlock()
	if caller, cause := issuer.Caller(t.Context(), carrying(good)); cause != "" || caller != first {
		t.Errorf("the same token: %q, the same caller: %t", cause, caller == first)
	}
	for name, other := range map[string]string{"its own user's": token(own), "with another signature": token(ecKey(t)), "cut short": good[:len(good)-1]} {
		if _, cause := issuer.Caller(t.Context(), carrying(other)); cause != TokenInvalid {
			t.Errorf("another token, %s: %q", name, cause)
		}
	}
	two := carrying(good)
	two.Add("Authorization", "Bearer "+good)
	if _, cause := issuer.Caller(t.Context(), two); cause != AuthorizationRefused {
		t.Errorf("twice in one request: %q", cause)
	}

	issuer.keys.begin()
	issuer.keys.end(&found{keys: []jose.JSONWebKey{published(own, "1")}})
	if _, cause := issuer.Caller(t.Context(), carrying(good)); cause != "" {
		t.Errorf("the same keys again: %q", cause)
	}
	issuer.keys.begin()
	issuer.keys.end(&found{keys: []jose.JSONWebKey{published(ecKey(t), "1")}})
	if _, cause := issuer.Caller(t.Context(), carrying(good)); cause != TokenInvalid {
		t.Errorf("the key is withdrawn: %q", cause)
	}
	issuer.keys.begin()
	issuer.keys.end(&found{keys: []jose.JSONWebKey{published(own, "1")}})
	if _, cause := issuer.Caller(t.Context(), carrying(good)); cause != "" {
		t.Errorf("the key is back: %q", cause)
	}
	issuer.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if _, cause := issuer.Caller(t.Context(), carrying(good)); cause != TokenExpired {
		t.Errorf("two hours later: %q", cause)
	}
}

func TestJudgedTokensAreBounded(t *testing.T) {
	j, now := newJudged(), time.Now()
	for i := range 3 * maxJudged {
		j.remember(fmt.Sprint(i), verdictOnToken{expiry: now.Add(time.Hour)})
		if len(j.good) > maxJudged {
			t.Fatalf("%d are remembered", len(j.good))
		}
		if _, known := j.caller(fmt.Sprint(i), 0, now); !known {
			t.Fatalf("the newest one of %d is not remembered", i+1)
		}
	}
}
