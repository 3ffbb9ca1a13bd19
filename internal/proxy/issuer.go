package proxy

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// The causes by which a token is refused, and those of an issuer beside the ones that a region may have too.
const (
	TokenMissing Cause = "TokenMissing"
	TokenInvalid Cause = "TokenInvalid"
	TokenExpired Cause = "TokenExpired"
	// AudienceRefused is a good token of the issuer that is meant for somebody else.
	AudienceRefused Cause = "AudienceRefused"
	// IssuerUnavailable is a token that cannot be judged: its key is not known, and the issuer does not answer.
	IssuerUnavailable Cause = "IssuerUnavailable"
	// IssuerMismatch is a discovery document that names another issuer than the one that was asked.
	IssuerMismatch Cause = "IssuerMismatch"
)

// algorithms are all that sign with a key which the issuer keeps for itself. "none" and those with a shared secret are
// not among them, whatever an issuer says that it supports.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// clockSkew is how far the clocks of issuer and console may be apart.
const clockSkew = 30 * time.Second

// IssuerSettings say whose tokens are taken.
type IssuerSettings struct {
	// URL is the issuer as its tokens name it: https, a DNS name, perhaps a path.
	URL string
	// Audiences of which a token must name one; none means that any will do.
	Audiences []string
	// Roots are the authorities that may sign the issuer's certificate; nil means the system's.
	Roots *x509.CertPool
	// DemoDial maps "host:port" to an address, see DemoDial; empty in production.
	DemoDial map[string]netip.AddrPort
	// Failed is told why the keys could not be fetched. It must not block.
	Failed func(Cause)
}

// Issuer checks the tokens of users with the keys of the one who makes them. Its keys are fetched while Run runs.
type Issuer struct {
	url       string
	audiences []string
	source    *keySource
	keys      *keyring
	judged    *judged
	now       func() time.Time
	failed    func(Cause)
}

// NewIssuer prepares to check tokens. Nothing is dialled before Run. The error names the cure.
func NewIssuer(settings IssuerSettings) (*Issuer, error) { return newIssuer(settings, production) }

func newIssuer(settings IssuerSettings, l limits) (*Issuer, error) {
	at, err := url.Parse(settings.URL)
	if err != nil || at.Scheme != "https" || at.Hostname() == "" || at.User != nil || at.RawQuery != "" {
		return nil, errors.New("issuerURL must be https://<DNS name>[:port][/path]")
	}
	if settings.Failed == nil {
		settings.Failed = func(Cause) {}
	}
	pool := newPool(dialer{demo: settings.DemoDial, timeout: l.connect}, settings.Roots, l)
	return &Issuer{
		url: settings.URL, audiences: settings.Audiences, now: time.Now, failed: settings.Failed,
		source: &keySource{issuer: settings.URL, host: at.Host, carrier: carrier{pool: pool, broken: func(string, Cause) {}}, close: pool.CloseIdleConnections},
		keys:   newKeyring(), judged: newJudged(),
	}, nil
}

// Places are the issuer's URLs, as it named them last.
func (i *Issuer) Places() IssuerPlaces { return i.keys.places() }

// Caller returns whose request it is by its headers, or the cause to refuse it. Nothing of a token is in either. It may
// wait for the issuer, once for all who wait, when a token names a key that is not known yet.
func (i *Issuer) Caller(ctx context.Context, h http.Header) (Caller, Cause) {
	values := h.Values("Authorization")
	if len(values) == 0 {
		return Caller{}, TokenMissing
	}
	keys := i.keys.generation()
	if len(values) == 1 {
		if caller, known := i.judged.caller(values[0], keys, i.now()); known {
			return caller, ""
		}
	}
	if !authorizationAllowed(h) {
		return Caller{}, AuthorizationRefused
	}
	_, raw, _ := strings.Cut(values[0], " ")
	check := &signatureCheck{issuer: i.url, keys: i.keys}
	// Times and audiences are checked below: the library allows for five minutes of skew, and for one audience.
	token, err := oidc.NewVerifier(i.url, check, &oidc.Config{
		SkipClientIDCheck: true, SkipExpiryCheck: true, SupportedSigningAlgs: algorithmNames(),
	}).Verify(ctx, raw)
	if err != nil {
		return Caller{}, cmp.Or(check.cause, TokenInvalid)
	}
	if cause := i.judge(token); cause != "" {
		return Caller{}, cause
	}
	caller := callerOf(token.Issuer, token.Subject)
	i.judged.remember(values[0], verdictOnToken{caller: caller, expiry: token.Expiry, keys: keys})
	return caller, ""
}

// judge looks at what a token says whose signature and issuer are right.
func (i *Issuer) judge(token *oidc.IDToken) Cause {
	var claims struct {
		NotBefore json.Number `json:"nbf"`
	}
	if token.Claims(&claims) != nil || token.Subject == "" || token.Expiry.IsZero() {
		return TokenInvalid
	}
	if len(i.audiences) > 0 && !slices.ContainsFunc(token.Audience, func(a string) bool { return slices.Contains(i.audiences, a) }) {
		return AudienceRefused
	}
	now := i.now()
	if hasExpired(token.Expiry, now) {
		return TokenExpired
	}
	if claims.NotBefore == "" {
		return ""
	}
	notBefore, err := claims.NotBefore.Float64()
	if err != nil || float64(now.Add(clockSkew).Unix()) < notBefore {
		return TokenInvalid
	}
	return ""
}

func hasExpired(expiry, now time.Time) bool { return !now.Before(expiry.Add(clockSkew)) }

func algorithmNames() []string {
	names := make([]string, 0, len(algorithms))
	for _, algorithm := range algorithms {
		names = append(names, string(algorithm))
	}
	return names
}

// signatureCheck is the oidc.KeySet of one token. The library's own asks the issuer again for every token that does not
// verify: whoever sends foreign tokens would make the console flood the issuer.
type signatureCheck struct {
	issuer string
	keys   *keyring
	// cause is IssuerUnavailable when nothing could be said of the token.
	cause Cause
}

// errSignature is all that is said of a token; the library's texts hold parts of it.
var errSignature = errors.New("the signature is not the issuer's")

// VerifySignature returns the payload of a token that one of the issuer's keys has signed.
func (c *signatureCheck) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return nil, errSignature
	}
	payload, known := c.keys.verify(signed)
	if payload != nil {
		return payload, nil
	}
	// The issuer may have changed its keys since: only a key that is not known, of a token that at least claims to be
	// the issuer's, is worth a question.
	if known || !claimsIssuer(signed, c.issuer) {
		return nil, errSignature
	}
	c.keys.refresh(ctx)
	if payload, known = c.keys.verify(signed); payload != nil {
		return payload, nil
	}
	if !known && !c.keys.current() {
		c.cause = IssuerUnavailable
	}
	return nil, errSignature
}

// claimsIssuer reads a claim that nothing has verified.
func claimsIssuer(signed *jose.JSONWebSignature, issuer string) bool {
	var claims struct {
		Issuer string `json:"iss"`
	}
	return json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &claims) == nil && claims.Issuer == issuer
}

const (
	// renewal is how often the keys are fetched while nothing is wrong: a key that the issuer withdrew is not taken for
	// longer.
	renewal = 10 * time.Minute
	// firstRetry doubles up to lastRetry while the issuer does not answer.
	firstRetry, lastRetry = time.Second, 30 * time.Second
)

// Run keeps the issuer's keys current until ctx ends. Those that are there stay while the issuer is away.
func (i *Issuer) Run(ctx context.Context) {
	defer i.source.close()
	retry := firstRetry
	for {
		i.keys.begin()
		found, cause := i.source.fetch(ctx)
		if ctx.Err() != nil {
			i.keys.end(nil)
			return
		}
		pause := renewal
		if cause == "" {
			i.keys.end(&found)
			retry = firstRetry
		} else {
			i.keys.end(nil)
			i.failed(cause)
			pause, retry = retry, min(2*retry, lastRetry)
		}
		next := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			next.Stop()
			return
		case <-i.keys.wanted:
		case <-next.C:
		}
		next.Stop()
	}
}
