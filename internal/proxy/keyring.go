package proxy

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// fetchTimeout bounds one fetch of both documents, and with it how long a request may wait for it.
	fetchTimeout = 5 * time.Second
	// leastPause lies between the end of a fetch and the next one that a token causes, so that no sender of tokens
	// decides how often the issuer is asked.
	leastPause = 10 * time.Second
	// maxDocumentBytes and maxKeys are far above what issuers serve.
	maxDocumentBytes = 256 << 10
	maxKeys          = 64
	// minRSABits is the shortest RSA key that FIPS 186-5 and RFC 7518 allow.
	minRSABits = 2048
)

// IssuerPlaces are the issuer's URLs that users and their clients go to, all of its own host. One that it does not name is
// empty, and all are until it has named them.
type IssuerPlaces struct {
	// Authorization is where a person signs in, Token where a client gets tokens, EndSession where a person signs out.
	Authorization, Token, EndSession string
}

// found is what an issuer says of itself.
type found struct {
	keys   []jose.JSONWebKey
	places IssuerPlaces
}

// keyring holds the last good keys of an issuer. One goroutine fetches (Issuer.Run), all others only ask it to.
type keyring struct {
	// wanted wakes that goroutine.
	wanted chan struct{}
	// pause is leastPause outside tests.
	pause time.Duration

	lock sync.Mutex
	last found
	// fetched counts the fetches that gave keys.
	fetched int
	// good tells whether the latest fetch succeeded, ended when it ended.
	good  bool
	ended time.Time
	// pending closes when the fetch that runs or is wanted has ended; nil when there is none.
	pending chan struct{}
}

func newKeyring() *keyring { return &keyring{wanted: make(chan struct{}, 1), pause: leastPause} }

// begin notes that a fetch starts.
func (k *keyring) begin() {
	k.lock.Lock()
	defer k.lock.Unlock()
	if k.pending == nil {
		k.pending = make(chan struct{})
	}
	select { // this fetch is the one that was wanted
	case <-k.wanted:
	default:
	}
}

// end takes what a fetch found, nil when it failed, and lets go who waits for it.
func (k *keyring) end(result *found) {
	k.lock.Lock()
	defer k.lock.Unlock()
	k.good, k.ended = result != nil, time.Now()
	if result != nil {
		k.last = *result
		k.fetched++
	}
	close(k.pending)
	k.pending = nil
}

// refresh waits for a fetch that runs, or asks for one and waits, unless one has just ended: another would say nothing new.
func (k *keyring) refresh(ctx context.Context) {
	k.lock.Lock()
	if k.pending == nil {
		if time.Since(k.ended) < k.pause {
			k.lock.Unlock()
			return
		}
		k.pending = make(chan struct{})
		k.wanted <- struct{}{} // there is room: who takes it ends what is pending
	}
	done := k.pending
	k.lock.Unlock()
	patience := time.NewTimer(fetchTimeout)
	defer patience.Stop()
	select {
	case <-done:
	case <-ctx.Done():
	case <-patience.C:
	}
}

// verify returns the payload of what one of the keys has signed, else nil, and whether the key that signed it by its own
// account is known.
func (k *keyring) verify(signed *jose.JSONWebSignature) (payload []byte, known bool) {
	header := signed.Signatures[0].Header
	k.lock.Lock()
	keys := k.last.keys
	k.lock.Unlock()
	for i := range keys {
		key := &keys[i]
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		known = known || header.KeyID != ""
		if payload, err := signed.Verify(key); err == nil {
			return payload, true
		}
	}
	return nil, known
}

// generation changes whenever the keys may have.
func (k *keyring) generation() int {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.fetched
}

// current tells whether the latest fetch succeeded.
func (k *keyring) current() bool {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.good
}

func (k *keyring) places() IssuerPlaces {
	k.lock.Lock()
	defer k.lock.Unlock()
	return k.last.places
}

// keySource reads an issuer's documents under the rules for regions: the same dialler, no redirect, bounds on everything.
type keySource struct {
	issuer, host string
	carrier      carrier
	close        func()
}

// fetch reads the discovery document and the keys that it names.
func (s *keySource) fetch(ctx context.Context) (found, Cause) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	var document struct {
		Issuer        string `json:"issuer"`
		Keys          string `json:"jwks_uri"`
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		EndSession    string `json:"end_session_endpoint"`
	}
	if cause := s.read(ctx, strings.TrimSuffix(s.issuer, "/")+"/.well-known/openid-configuration", &document); cause != "" {
		return found{}, cause
	}
	switch {
	case document.Issuer != s.issuer:
		return found{}, IssuerMismatch
	// Only the issuer's own host was checked against the geography.
	case !s.isOwn(document.Keys), !s.isOwnOrEmpty(document.Authorization), !s.isOwnOrEmpty(document.Token), !s.isOwnOrEmpty(document.EndSession):
		return found{}, LeavesGeography
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if cause := s.read(ctx, document.Keys, &set); cause != "" {
		return found{}, cause
	}
	keys := usable(set.Keys)
	if len(keys) == 0 {
		return found{}, UnexpectedContent
	}
	return found{keys: keys, places: IssuerPlaces{
		Authorization: document.Authorization, Token: document.Token, EndSession: document.EndSession,
	}}, ""
}

// plainPath keeps what an issuer says apart from a shell: its token URL is part of a command that users copy.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+/?$`)

func (s *keySource) isOwn(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "https" && u.Host == s.host && raw == "https://"+s.host+u.Path && plainPath.MatchString(u.Path)
}

func (s *keySource) isOwnOrEmpty(raw string) bool { return raw == "" || s.isOwn(raw) }

// read decodes one JSON document. The transport follows no redirect by itself.
func (s *keySource) read(ctx context.Context, address string, into any) Cause {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return UnexpectedContent
	}
	request.Header.Set("Accept", "application/json")
	response, err := s.carrier.RoundTrip(request)
	if err != nil {
		return causeOf(err, answering)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return UnexpectedStatus
	}
	// What is longer is cut, and then no JSON.
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocumentBytes))
	switch {
	case err != nil:
		return causeOf(err, answering)
	case json.Unmarshal(body, into) != nil:
		return UnexpectedContent
	default:
		return ""
	}
}

// usable keeps the public keys that may sign and that this release understands; RFC 7517 §5 wants all others ignored.
func usable(raw []json.RawMessage) []jose.JSONWebKey {
	var keys []jose.JSONWebKey
	for _, one := range raw[:min(len(raw), maxKeys)] {
		var key jose.JSONWebKey
		if json.Unmarshal(one, &key) != nil || !key.IsPublic() || !key.Valid() || key.Use != "" && key.Use != "sig" {
			continue
		}
		if public, isRSA := key.Key.(*rsa.PublicKey); isRSA && public.N.BitLen() < minRSABits {
			continue
		}
		keys = append(keys, key)
	}
	return keys
}
